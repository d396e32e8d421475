/**
 * The operator of a test repository: makes releases with the real library, and holds all keys in memory.
 *
 * @module
 */
import { webCrypto } from '../crypto/web-crypto.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { type TopLevelRole, topLevelRoles } from '../metadata/root.ts';
import type { TargetFile } from '../metadata/targets.ts';
import type { Content } from '../repository/ports.ts';
import { contentOf, planPublication, publish } from '../repository/publish.ts';
import { type Published, readPublished } from '../repository/published.ts';
import { prepareRelease, type ReleaseDrafts } from '../repository/release.ts';
import type { RoleSpec } from '../repository/role-key.ts';
import { createRoot, editRoot, type RootEditor } from '../repository/root-draft.ts';
import { unsigned } from '../repository/signing.ts';
import { millisecondsOf, type TimeSpan } from './clock.ts';
import { KeyRing, type KeySource } from './keys.ts';
import { memoryBackend } from './memory-backend.ts';
import type { TestLifetimes, TestRelease, TestVersions } from './release.ts';
import { type Plan, planRoles, streamDigest, targetsDrafts } from './role-drafts.ts';

const crypto = webCrypto();

/** What a publisher does beside what a release says. */
interface PublishOptions {
  /** Also makes a new version of every targets role and the snapshot, with the same content. */
  readonly renew?: boolean | undefined;
}

export class TestPublisher {
  /** What is served, by path below the base URL. */
  readonly files: Map<string, Uint8Array> = new Map();
  readonly #backend = memoryBackend(this.files);
  readonly #source: KeySource;
  readonly #lifetimes: Readonly<Record<TopLevelRole, TimeSpan>>;
  #ring: KeyRing;
  #published: Published | undefined;
  #firstTimestamp: Uint8Array | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: KeySource, ring: KeyRing, lifetimes: TestLifetimes) {
    this.#source = source;
    this.#ring = ring;
    this.#lifetimes = {
      root: lifetimes.root ?? { days: 365 },
      targets: lifetimes.targets ?? { days: 90 },
      snapshot: lifetimes.snapshot ?? { days: 7 },
      timestamp: lifetimes.timestamp ?? { days: 1 },
    };
  }

  static async open(source: KeySource, lifetimes: TestLifetimes): Promise<TestPublisher> {
    return new TestPublisher(source, await KeyRing.make(source), lifetimes);
  }

  get ring(): KeyRing {
    return this.#ring;
  }

  /** The one of the first release. */
  get firstTimestamp(): Uint8Array {
    return this.#firstTimestamp as Uint8Array;
  }

  /** What is published; there is something after the first release. */
  get published(): Published {
    return this.#published as Published;
  }

  get versions(): TestVersions {
    const { root, timestamp, snapshot, targets } = this.published;
    const version = (document: Signed<DocumentHead>): number => document.signed.version;
    return {
      root: version(root),
      timestamp: version(timestamp),
      snapshot: version(snapshot),
      targets: version(targets.get('targets') as Signed<DocumentHead>),
    };
  }

  /** Publishes one release after another, whoever asks. What fails changes nothing. */
  publish(release: TestRelease, now: Date, options: PublishOptions = {}): Promise<TestVersions> {
    const work = async (): Promise<TestVersions> => this.#publish(release, now, options);
    const made = this.#last.then(work, work);
    this.#last = made;
    return made;
  }

  async #publish(release: TestRelease, now: Date, { renew = false }: PublishOptions): Promise<TestVersions> {
    const former = this.#ring;
    const plan = await planRoles(release, {
      published: this.#published,
      ring: former,
      source: this.#source,
      now,
      renew,
    });
    const expires = {
      root: this.#expiry('root', now),
      targets: this.#expiry('targets', now),
      snapshot: this.#expiry('snapshot', now),
      timestamp: this.#expiry('timestamp', now),
    };
    const drafts: ReleaseDrafts = {
      root: this.#rootDraft(release, plan, now, expires.root),
      targets: targetsDrafts(plan, this.#published, expires.targets),
    };
    const prepared = await prepareRelease(this.#published, drafts, {
      crypto,
      signers: [...plan.ring.signers, ...former.signers],
      now,
      expires,
      renewSnapshot: renew || (this.#published !== undefined && hasExpired(this.#published.snapshot, now)),
    });
    if (!prepared.complete) throw unsigned(prepared.missing[0] as (typeof prepared.missing)[number]);
    const contents = ({ hashes }: TargetFile): Content | undefined => {
      const bytes = plan.contents.get(hashes.get('sha256') ?? '');
      return bytes && contentOf(bytes);
    };
    const publication = await planPublication(prepared.release, contents, { crypto, digest: streamDigest });
    await publish(publication, this.#backend);
    this.#firstTimestamp ??= publication.head;
    this.#ring = plan.ring;
    this.#published = await readPublished(this.#backend, publication.root, { crypto });
    return this.versions;
  }

  #expiry(role: TopLevelRole, now: Date): Date {
    return new Date(now.getTime() + millisecondsOf(this.#lifetimes[role]));
  }

  #rootDraft({ rotate = [] }: TestRelease, { ring }: Plan, now: Date, expires: Date): ReleaseDrafts['root'] {
    const spec = (role: TopLevelRole): RoleSpec => ({ keys: [ring.of(role)], threshold: 1 });
    if (this.#published === undefined) {
      const [root, targets, snapshot, timestamp] = topLevelRoles.map(spec) as [RoleSpec, RoleSpec, RoleSpec, RoleSpec];
      return createRoot({ expires, roles: { root, targets, snapshot, timestamp } });
    }
    const { root } = this.#published;
    const rotated = topLevelRoles.filter((role) => rotate.includes(role));
    if (rotated.length === 0 && !hasExpired(root, now)) return undefined;
    const change = (editor: RootEditor): void => {
      for (const role of rotated) editor.setRole(role, spec(role));
    };
    return editRoot(root, change, { expires, version: root.signed.version + 1 });
  }
}

function hasExpired(document: Signed<DocumentHead>, now: Date): boolean {
  return document.signed.expiresAt.milliseconds <= now.getTime();
}
