/**
 * From what a release says in short to drafts of targets roles.
 *
 * @module
 */
import { webCrypto } from '../crypto/web-crypto.ts';
import { type DelegatedRole, delegatedRole } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import { topLevelRoles } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import type { Draft } from '../repository/draft.ts';
import type { StartDigest } from '../repository/ports.ts';
import type { Published } from '../repository/published.ts';
import {
  createTargets,
  type DelegationSpec,
  editTargets,
  type TargetEntry,
  type TargetsEditor,
} from '../repository/targets-draft.ts';
import type { KeyRing, KeySource } from './keys.ts';
import type { TestDelegation, TestRelease, TestRoleChange, TestTarget } from './release.ts';

const crypto = webCrypto();

/** What a release is made from. */
export interface PlanContext {
  readonly published: Published | undefined;
  readonly ring: KeyRing;
  readonly source: KeySource;
  readonly now: Date;
  /** Whether every targets role gets a new version. */
  readonly renew: boolean;
}

/** The changes of each targets role, the keys after them, and the content of new targets. */
export interface Plan {
  readonly ring: KeyRing;
  /** By role; a role without changes gets a new version all the same. */
  readonly changes: ReadonlyMap<string, readonly ((editor: TargetsEditor) => void)[]>;
  /** By SHA-256, in lower-case hex. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

type Changes = ((editor: TargetsEditor) => void)[];

/**
 * @throws TypeError for what does not fit what is published: a path to remove that is not listed, a role that is not
 * delegated to, a new role without paths.
 */
export async function planRoles(release: TestRelease, context: PlanContext): Promise<Plan> {
  const planning = new Planning(context);
  for (const role of new Set(release.rotate)) await planning.rotate(role);
  await planning.change('targets', release);
  planning.renewExpired();
  return planning;
}

class Planning implements Plan {
  readonly changes = new Map<string, Changes>();
  readonly contents = new Map<string, Uint8Array>();
  readonly #context: PlanContext;
  readonly #revoked = new Set<string>();
  ring: KeyRing;

  constructor(context: PlanContext) {
    this.#context = context;
    this.ring = context.ring;
    if (context.published === undefined) this.#of('targets');
  }

  /** A new key for a role; a targets role is signed anew with it. */
  async rotate(role: string): Promise<void> {
    const { source } = this.#context;
    this.ring.of(role);
    this.ring = this.ring.with(role, await source.next(role));
    if (role === 'targets') this.#of(role);
    if ((topLevelRoles as readonly string[]).includes(role)) return;
    this.#of(role);
    const found = this.#delegationTo(role);
    if (found === undefined) throw new TypeError(`no role delegates to ${JSON.stringify(role)}`);
    this.#delegate(found.delegator, found.entry.name, found.entry);
  }

  async change(role: string, change: TestRoleChange): Promise<void> {
    const { targets = {}, remove = [], delegations = {}, revoke = [] } = change;
    for (const [path, target] of Object.entries(targets)) {
      const { bytes, sha256, custom } = await targetOf(target);
      this.contents.set(sha256, bytes);
      const entry = { length: bytes.length, hashes: { sha256 }, custom };
      this.#of(role).push((editor) => editor.put(path, entry));
    }
    for (const path of remove) {
      this.#of(role).push((editor) => {
        if (!editor.remove(path)) throw new TypeError(`${role} does not list ${JSON.stringify(path)}`);
      });
    }
    for (const name of revoke) {
      this.#of(role).push((editor) => {
        if (!editor.revoke(name)) throw new TypeError(`${role} does not delegate to ${JSON.stringify(name)}`);
      });
      this.#revoked.add(name);
      this.ring = this.ring.without(name);
    }
    for (const [name, delegation] of Object.entries(delegations)) await this.#changeDelegation(role, name, delegation);
  }

  /** A new version of each role that has expired, or of all where they are to be renewed. */
  renewExpired(): void {
    const { published, now, renew } = this.#context;
    for (const [role, { signed }] of published?.targets ?? []) {
      if (this.#revoked.has(role)) continue;
      if (renew || signed.expiresAt.milliseconds <= now.getTime()) this.#of(role);
    }
  }

  async #changeDelegation(delegator: string, name: string, delegation: TestDelegation): Promise<void> {
    const found = this.#delegationTo(name);
    if (found !== undefined && found.delegator !== delegator) {
      throw new TypeError(`${found.delegator} delegates to ${JSON.stringify(name)} already: choose another name`);
    }
    const paths = delegation.paths ?? found?.entry.paths;
    if (paths === undefined) throw new TypeError(`the new role ${JSON.stringify(name)} needs paths`);
    const isNew = found === undefined;
    if (isNew) this.ring = this.ring.with(name, await this.#context.source.next(name));
    if (isNew || delegation.paths !== undefined || delegation.terminating !== undefined) {
      this.#delegate(delegator, name, { paths, terminating: delegation.terminating ?? found?.entry.terminating });
    }
    if (isNew) this.#of(name);
    await this.change(name, delegation);
  }

  #delegate(delegator: string, name: string, spec: Pick<DelegationSpec, 'paths' | 'terminating'>): void {
    const { paths, terminating } = spec;
    this.#of(delegator).push((editor) => {
      editor.delegate({ name, paths, terminating, keys: [this.ring.of(name)], threshold: 1 });
    });
  }

  #delegationTo(name: string): { readonly delegator: string; readonly entry: DelegatedRole } | undefined {
    if (this.#revoked.has(name)) return undefined;
    for (const [delegator, { signed }] of this.#context.published?.targets ?? []) {
      const entry = signed.delegations && delegatedRole(signed.delegations, name);
      if (entry !== undefined) return { delegator, entry };
    }
    return undefined;
  }

  #of(role: string): Changes {
    const changes = this.changes.get(role) ?? [];
    this.changes.set(role, changes);
    return changes;
  }
}

/** The next version of every targets role of a plan. */
export function targetsDrafts(
  plan: Plan,
  published: Published | undefined,
  expires: Date,
): ReadonlyMap<string, Draft<Targets>> {
  const drafts = new Map<string, Draft<Targets>>();
  for (const [role, changes] of plan.changes) {
    const change = (editor: TargetsEditor): void => {
      for (const each of changes) each(editor);
    };
    const current = published?.targets.get(role);
    drafts.set(role, current === undefined ? firstDraft(role, change) : nextDraft(current, change));
  }
  return drafts;

  function firstDraft(role: string, change: (editor: TargetsEditor) => void): Draft<Targets> {
    // A name that was used before goes on above its old versions.
    const listed = published?.snapshot.signed.meta.version(`${role}.json`);
    const draft = createTargets({ role, expires, version: (listed ?? 0) + 1 });
    return editTargets(draft, change) ?? draft;
  }

  function nextDraft(current: Signed<Targets>, change: (editor: TargetsEditor) => void): Draft<Targets> {
    return editTargets(current, change, { expires, version: current.signed.version + 1 }) as Draft<Targets>;
  }
}

async function targetOf(
  target: TestTarget,
): Promise<{ readonly bytes: Uint8Array; readonly sha256: string; readonly custom: TargetEntry['custom'] }> {
  const { content, custom } =
    typeof target === 'string' || target instanceof Uint8Array ? { content: target, custom: undefined } : target;
  const bytes = typeof content === 'string' ? encodeUtf8(content) : content.slice();
  const sha256 = encodeHex(await crypto.digest('sha256', bytes));
  return { bytes, sha256, custom };
}

/** A digest of chunks that are kept until its end: WebCrypto has no other. */
export const streamDigest: StartDigest = (algorithm) => {
  const chunks: Uint8Array[] = [];
  return {
    update: (chunk) => void chunks.push(chunk.slice()),
    digest: async () => crypto.digest(algorithm, new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer())),
  };
};
