import { downloadInto, runOnState } from '../client/behind.ts';
import type { ClientOptions, Target } from '../client/client.ts';
import { UpdateClient } from '../client/client.ts';
import type { Crypto, Store, TargetSink } from '../client/ports.ts';
import type { RunningDigest } from '../crypto/running-digest.ts';
import { streamingDigest } from '../crypto/streaming-digest.ts';
import { TufError } from '../errors.ts';
import { parseDateTime } from '../metadata/date-time.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { type HashAlgorithm, hashAlgorithms } from '../metadata/hashes.ts';
import { issuedMember } from '../metadata/issued.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parseRoot } from '../metadata/root.ts';
import { Scanner } from '../metadata/scanner.ts';
import { decodeUtf8 } from '../metadata/utf8.ts';
import { memoryStore } from '../store/memory.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { findTarget } from '../workflow/find-target.ts';
import type { Workflow } from '../workflow/question.ts';
import { only } from '../workflow/recalled.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import { type BundleSource, bytesAt, type Entry, malformed, readEntries } from './entries.ts';
import { type BundleHead, headBytesMax, readHead } from './head.ts';
import { BundlePlace, bundleUrls, missing, WaitingStore } from './place.ts';
import { headName } from './tar.ts';

/** How a bundle is verified. No option leads to a network. */
export interface VerifyBundleOptions {
  /** The pinned root. */
  readonly root: Uint8Array;
  /** Where versions are counted, and what passed is kept; without it nothing is. */
  readonly store?: Store | undefined;
  /**
   * The most that a role's signed issue time may be ago, in milliseconds, by role; a number is for the timestamp. A role whose issue time
   * nobody knows is refused.
   */
  readonly maxAgeMs?: number | Readonly<Record<string, number>> | undefined;
  readonly now?: (() => Date) | undefined;
  readonly crypto?: Crypto | undefined;
  readonly limits?: ClientOptions['limits'];
  readonly profile?: ClientOptions['profile'];
  readonly canonicalForm?: ClientOptions['canonicalForm'];
  readonly floor?: ClientOptions['floor'];
  readonly prefixTargetsWithHash?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One document that a bundle's word rests on. */
export interface BundleLink {
  readonly role: string;
  readonly version: number;
  /** RFC 3339. */
  readonly expires: string;
  /** When its signers say that they issued it (`x-tufa-issued`); `undefined` where they do not say. */
  readonly issued: Date | undefined;
}

/** A target that a bundle is for. */
export interface BundledTarget {
  readonly path: string;
  /** `undefined`: no trusted role lists it, which the bundle proves as it proves what is listed. */
  readonly target: Target | undefined;
}

/** What a bundle has proved. */
export interface VerifiedBundle {
  readonly links: readonly BundleLink[];
  readonly targets: readonly BundledTarget[];
  readonly head: BundleHead;
  /** Roots that are newer than the bundle may exist: it cannot say. */
  readonly newerRoots: 'unseen';
  /**
   * A client whose only place is the bundle: `download`, `downloadToFile` and `downloadToBlob` give the files that are in it, each verified
   * again as it is read.
   */
  readonly client: UpdateClient;
}

/** The verification, on the cryptography of a platform. */
export async function verifyOn(
  source: BundleSource,
  options: VerifyBundleOptions,
  crypto: Crypto,
): Promise<VerifiedBundle> {
  const entries = await readEntries(source);
  const head = await headIn(source, entries);
  await checkRoots(source, entries, options);
  const { store = memoryStore(), signal } = options;
  return store.exclusive(async () => {
    const waiting = new WaitingStore(store);
    const place = new BundlePlace(source, entries);
    const client = new UpdateClient(
      { ...clientOptions(options), ...bundleUrls, store: waiting, transport: place },
      { transport: () => place, crypto: () => crypto },
    );
    await client.refresh({ signal });
    const links = new Map<string, BundleLink>();
    const targets: BundledTarget[] = [];
    await runOnState(client, (state) => only(() => addTopLevel(links, state)), { signal });
    for (const path of head.targets) {
      const target = await client.find(path, { signal });
      targets.push({ path, target });
      await runOnState(client, addVouchers(links, path), { signal });
      if (head.files && target !== undefined) await downloadInto(client, target, new DigestSink(target), { signal });
    }
    await checkUsed(source, entries, place, waiting, parseRoot(options.root).signed.version);
    checkAges([...links.values()], options);
    await waiting.commit();
    return { links: [...links.values()], targets, head, newerRoots: 'unseen', client };
  }, signal);
}

function clientOptions(options: VerifyBundleOptions) {
  const { root, now, limits, profile, canonicalForm, floor, prefixTargetsWithHash } = options;
  return { root, now, limits, profile, canonicalForm, floor, prefixTargetsWithHash };
}

async function headIn(source: BundleSource, entries: ReadonlyMap<string, Entry>): Promise<BundleHead> {
  const [first] = entries.values();
  if (first?.name !== headName) throw malformed(`it does not begin with ${headName}`, 0);
  if (first.size > headBytesMax) throw malformed(`${headName} is longer than ${headBytesMax} bytes`, first.at);
  try {
    return readHead(await bytesAt(source, first.at, first.size));
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    throw malformed(error.message, first.at, error);
  }
}

/** The roots follow one another, from the pinned one or the next on; the pinned one is there as it is pinned. */
async function checkRoots(
  source: BundleSource,
  entries: ReadonlyMap<string, Entry>,
  { root: pinned, store }: VerifyBundleOptions,
): Promise<void> {
  const { version } = parseRoot(pinned).signed;
  let last: number | undefined;
  for (const { name, at, size } of entries.values()) {
    const [, digits] = /^metadata\/([1-9]\d{0,15})\.root\.json$/.exec(name) ?? [];
    if (digits === undefined) continue;
    const own = Number(digits);
    const isFirst = last === undefined;
    // A store may have what comes before.
    const reachable = store === undefined ? version + 1 : own;
    if (isFirst && own > reachable) throw missing(`metadata/${version + 1}.root.json`);
    if (last !== undefined && own !== last + 1) throw missing(`metadata/${last + 1}.root.json`);
    last = own;
    if (own !== version) continue;
    const isPinned = size === pinned.length && equalBytes(await bytesAt(source, at, size), pinned);
    if (!isPinned) throw foreign(version);
  }
}

function foreign(version: number): TufError<'ERR_TUF_BUNDLE_FOREIGN'> {
  return new TufError(
    'ERR_TUF_BUNDLE_FOREIGN',
    `bundle: root ${version} is in it, and is not the pinned one`,
    { version },
    { hint: 'it is of another repository; check which root belongs to it' },
  );
}

/** What nothing vouches for is not carried: every entry was asked for, or is what the store had already, or a root before the pinned one. */
async function checkUsed(
  source: BundleSource,
  entries: ReadonlyMap<string, Entry>,
  { used }: BundlePlace,
  { kept }: WaitingStore,
  pinnedVersion: number,
): Promise<void> {
  for (const { name, at, size } of entries.values()) {
    if (name === headName || used.has(name)) continue;
    const [, root] = /^metadata\/(\d+)\.root\.json$/.exec(name) ?? [];
    if (root !== undefined && Number(root) <= pinnedVersion) {
      if (size > defaultLimits.rootBytes) throw extra(name);
      const { signed } = parseRoot(await bytesAt(source, at, size));
      if (signed.version === Number(root)) continue;
    }
    const same = kept.filter((bytes) => bytes.length === size);
    if (same.length > 0) {
      const bytes = await bytesAt(source, at, size);
      if (same.some((each) => equalBytes(each, bytes))) continue;
    }
    throw extra(name);
  }
}

function extra(name: string): TufError<'ERR_TUF_BUNDLE_EXTRA'> {
  return new TufError(
    'ERR_TUF_BUNDLE_EXTRA',
    `bundle: nothing in it vouches for ${JSON.stringify(name)}`,
    { name },
    { hint: 'have it made again; do not use what is not vouched for' },
  );
}

function checkAges(links: readonly BundleLink[], { maxAgeMs, now = () => new Date() }: VerifyBundleOptions): void {
  if (maxAgeMs === undefined) return;
  const limits = typeof maxAgeMs === 'number' ? { timestamp: maxAgeMs } : maxAgeMs;
  const time = now().getTime();
  for (const [role, limit] of Object.entries(limits)) {
    for (const { version, issued } of links.filter((link) => link.role === role)) {
      const ageMs = issued && time - issued.getTime();
      // A time that is still to come says nothing.
      if (ageMs !== undefined && ageMs >= 0 && ageMs <= limit) continue;
      throw new TufError(
        'ERR_TUF_TOO_OLD',
        issued === undefined
          ? `${role}: nobody says when version ${version} was issued`
          : `${role}: version ${version} was issued at ${issued.toISOString()}`,
        { role, version, issued: issued?.toISOString(), maxAgeMs: limit },
        { hint: 'get a newer bundle, or accept an older one' },
      );
    }
  }
}

function addTopLevel(links: Map<string, BundleLink>, { roots, timestamp, snapshot, targets }: UpdateState): void {
  for (const document of [...roots, timestamp, snapshot, targets]) addLink(links, document);
}

/** The documents on whose word a target rests. */
function addVouchers(links: Map<string, BundleLink>, path: string) {
  return function* (state: UpdateState, context: UpdateContext): Workflow<void> {
    const { vouchers } = yield* findTarget(state, path, context);
    for (const document of vouchers) addLink(links, document);
  };
}

function addLink(links: Map<string, BundleLink>, { role, signed, bytes }: Signed<DocumentHead>): void {
  const { version, expires } = signed;
  links.set(`${version} ${role}`, { role, version, expires, issued: issuedIn(bytes) });
}

function issuedIn(bytes: Uint8Array): Date | undefined {
  const text = decodeUtf8(bytes);
  // Most documents do not say, and to pass over megabytes of them would take longer than to verify them.
  if (!text.includes(`"${issuedMember}"`)) return undefined;
  const scanner = new Scanner(text, { depth: defaultLimits.depth });
  let found: Date | undefined;
  scanner.object((name) => {
    if (name !== 'signed') return scanner.skip();
    scanner.object((member) => {
      if (member !== issuedMember || scanner.peek() !== '"') return scanner.skip();
      const instant = parseDateTime(scanner.string(), true);
      found = instant && new Date(instant.milliseconds);
    });
  });
  return found;
}

/** Digests a file, and keeps nothing of it. */
class DigestSink implements TargetSink {
  length = 0;
  readonly #target: Target;
  readonly #digests = new Map<HashAlgorithm, RunningDigest>();

  constructor(target: Target) {
    this.#target = target;
  }

  async start(): Promise<void> {
    this.length = 0;
    for (const algorithm of hashAlgorithms) {
      if (Object.hasOwn(this.#target.hashes, algorithm)) this.#digests.set(algorithm, await streamingDigest(algorithm));
    }
  }

  write(chunk: Uint8Array): void {
    this.length += chunk.length;
    for (const digest of this.#digests.values()) digest.update(chunk);
  }

  digest(algorithm: HashAlgorithm): Uint8Array {
    return (this.#digests.get(algorithm) as RunningDigest).digest();
  }
}
