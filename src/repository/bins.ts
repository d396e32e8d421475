/**
 * Hash bins: the targets of a role, spread over 2^bitLength roles by the SHA-256 of their paths (TAP 15), so that a client
 * fetches one small document and not one of everything.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { binName, binNumber, type Delegations, rolesForPath, type SuccinctRoles } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Json } from '../metadata/json.ts';
import type { Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { Draft, editDocument, type Tree } from './draft.ts';
import { refused } from './refusal.ts';
import type { RoleSpec } from './role-key.ts';
import { type BinsSpec, createTargets, editTargets } from './targets-draft.ts';

/** Most bits that {@link putIntoBins} makes bins for: each of the 65,536 is a file, and a line of the snapshot. */
export const binBitsMax = 16;

/** What {@link putIntoBins} changes. */
export interface Binning {
  /** The bins that change, and the role that delegates to them last. */
  readonly drafts: readonly Draft<Targets>[];
  /** Entries that no client found where they stood; they are left out. */
  readonly unreachable: readonly { readonly role: string; readonly path: string }[];
  /** How many targets are listed now. */
  readonly targets: number;
}

/**
 * Makes hash bins of a role, other ones of those that it has, or none: all targets of the role and of its bins go where
 * clients look for them then. Bins that are not delegated to any longer stay listed and served for those who are in the
 * middle of an update.
 *
 * @param current the role; all targets roles as they are staged or published, by name; and the versions that the snapshot
 * lists, also of bins that were given up and come again.
 * @param spec `undefined` to take the targets back into the role.
 * @param expires when the new versions of the role and of its bins end.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a role that delegates by name, a bin that delegates, and more
 * than 2^16 bins, and bins with the names of roles that another one delegates to.
 * @spec 4.5-o, 6.3.1, A-35
 */
export async function putIntoBins(
  current: {
    readonly delegator: Signed<Targets> | Draft<Targets>;
    readonly roles: ReadonlyMap<string, Signed<Targets> | Draft<Targets>>;
    readonly listedVersion: (role: string) => number | undefined;
  },
  spec: BinsSpec | undefined,
  expires: { readonly role: Date; readonly bins: Date },
  crypto: Pick<Crypto, 'digest'>,
): Promise<Binning> {
  const { delegator, roles } = current;
  const { role } = delegator;
  if (spec !== undefined && spec.bitLength > binBitsMax) {
    throw refused(role, `${2 ** spec.bitLength} bins are too many`, `use at most ${binBitsMax} bits`);
  }
  const former = delegator.signed.delegations?.succinct;
  for (const bins of [former, spec]) if (bins !== undefined) checkOwnNames(role, bins, roles);
  const { entries, unreachable } = await gather(delegator, roles, former, crypto);
  const moved = editTargets(
    delegator,
    (targets) => {
      if (spec === undefined) targets.revokeBins();
      else targets.delegateBins(spec);
    },
    { expires: expires.role },
  );
  const listed = (own: Iterable<readonly [string, Json]>) =>
    editDocument<Targets>(moved ?? delegator, (tree) => tree.set('targets', new Map(own)), { expires: expires.role });
  const count = { unreachable, targets: entries.size };
  if (spec === undefined) return { drafts: drafted(listed(entries) ?? moved), ...count };

  const isSigned = spec.signers === undefined || (former !== undefined && hasSameKeys(former, spec.signers));
  const spread = await spreadOver(spec, entries, crypto);
  const created = (name: string): Draft<Targets> => {
    return createTargets({ role: name, expires: expires.bins, version: (current.listedVersion(name) ?? 0) + 1 });
  };
  const drafts: Draft<Targets>[] = [];
  for (const [name, targets] of spread)
    drafts.push(...drafted(binDraft(targets, roles.get(name) ?? created(name), isSigned, expires.bins)));
  return { drafts: [...drafts, ...drafted(listed([]) ?? moved)], ...count };
}

/** Refuses bins that are another's roles, too: their targets would be taken for those of the bins. */
function checkOwnNames(
  delegator: string,
  bins: Pick<SuccinctRoles, 'bitLength' | 'namePrefix'>,
  roles: ReadonlyMap<string, { readonly signed: Targets }>,
): void {
  for (const [other, { signed }] of roles) {
    if (other === delegator || signed.delegations === undefined) continue;
    const { succinct, roles: named } = signed.delegations;
    const taken =
      succinct?.namePrefix === bins.namePrefix
        ? binName(bins, 0)
        : named.find(({ name }) => binNumber(bins, name) !== undefined)?.name;
    if (taken !== undefined) throw refused(taken, `${other} delegates to it`, 'choose another prefix for the bins');
  }
}

function drafted(draft: Draft<Targets> | undefined): Draft<Targets>[] {
  return draft === undefined ? [] : [draft];
}

/** What clients find in a role and its bins; the role is asked first. */
async function gather(
  delegator: Signed<Targets> | Draft<Targets>,
  bins: ReadonlyMap<string, Signed<Targets> | Draft<Targets>>,
  succinct: SuccinctRoles | undefined,
  crypto: Pick<Crypto, 'digest'>,
): Promise<{ entries: Map<string, Json>; unreachable: { role: string; path: string }[] }> {
  const entries = new Map(targetsIn(delegator));
  const unreachable: { role: string; path: string }[] = [];
  if (succinct === undefined) return { entries, unreachable };
  for (const [role, bin] of bins) {
    if (binNumber(succinct, role) === undefined) continue;
    if (bin.signed.delegations !== undefined) {
      throw refused(role, 'the bin delegates itself', 'end what it delegates first: its targets cannot be moved');
    }
    for (const [path, entry] of targetsIn(bin)) {
      const isFound = !entries.has(path) && (await binOfPath(succinct, path, crypto)) === role;
      if (isFound) entries.set(path, entry);
      else unreachable.push({ role, path });
    }
  }
  return { entries, unreachable };
}

function targetsIn(document: Signed<Targets> | Draft<Targets>): Map<string, Json> {
  return new Map(document.signedJson().get('targets') as ReadonlyMap<string, Json>);
}

/** The name of the bin that a path belongs to. */
export async function binOfPath(
  succinct: SuccinctRoles,
  path: string,
  crypto: Pick<Crypto, 'digest'>,
): Promise<string> {
  const delegations: Delegations = { keys: new Map(), roles: [], succinct };
  const digest = encodeHex(await crypto.digest('sha256', encodeUtf8(path)));
  return (rolesForPath(delegations, path, digest)[0] as { readonly name: string }).name;
}

/** Every bin with what belongs to it; most may have nothing. */
async function spreadOver(
  spec: BinsSpec,
  entries: ReadonlyMap<string, Json>,
  crypto: Pick<Crypto, 'digest'>,
): Promise<Map<string, Tree>> {
  const spread = new Map<string, Tree>();
  for (let bin = 0; bin < 2 ** spec.bitLength; bin += 1) spread.set(binName(spec, bin), new Map());
  const succinct: SuccinctRoles = { ...spec, keyids: [], threshold: 1 };
  for (const [path, entry] of entries) {
    (spread.get(await binOfPath(succinct, path, crypto)) as Tree).set(path, entry);
  }
  return spread;
}

/** The next version of a bin; `undefined` where what is published says the same by the same keys. */
function binDraft(
  targets: Tree,
  current: Signed<Targets> | Draft<Targets>,
  isSigned: boolean,
  expires: Date,
): Draft<Targets> | undefined {
  const isPublished = !(current instanceof Draft);
  const version = isPublished && !isSigned ? current.signed.version + 1 : undefined;
  const changed = editDocument<Targets>(current, (tree) => tree.set('targets', targets), { version });
  if (changed === undefined) return isPublished ? undefined : current;
  return editDocument<Targets>(changed, () => {}, { expires }) ?? changed;
}

function hasSameKeys({ keyids, threshold }: SuccinctRoles, spec: RoleSpec): boolean {
  const listed = new Set(spec.keys.map(({ keyid }) => keyid));
  return threshold === spec.threshold && keyids.length === listed.size && keyids.every((keyid) => listed.has(keyid));
}
