import { downloadInto, runOnState } from '../client/behind.ts';
import type { ClientOptions, Target } from '../client/client.ts';
import { UpdateClient } from '../client/client.ts';
import type { Crypto, Store, TargetSink } from '../client/ports.ts';
import type { RunningDigest } from '../crypto/running-digest.ts';
import { streamingDigest } from '../crypto/streaming-digest.ts';
import { isTufError, TufError } from '../errors.ts';
import { parseDateTime } from '../metadata/date-time.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { isLongLocalName, localName } from '../metadata/file-name.ts';
import { type HashAlgorithm, hashAlgorithms } from '../metadata/hashes.ts';
import { issuedMember } from '../metadata/issued.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parseRoot } from '../metadata/root.ts';
import { Scanner } from '../metadata/scanner.ts';
import { decodeUtf8 } from '../metadata/utf8.ts';
import { memoryStore } from '../store/memory.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { trustNextRoot, trustPinnedRoot } from '../trust/trusted.ts';
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
  /** Whether its file is in the bundle, and is what is listed. An incremental bundle leaves out those of the older one. */
  readonly included: boolean;
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
    const held = new Map<string, string>();
    client.on('accepted', ({ role, version, from }) => {
      if (from === 'store') for (const each of entriesOf(role, version)) held.set(each, localOf(role, version));
    });
    await client.refresh({ signal });
    const links = new Map<string, BundleLink>();
    const targets: BundledTarget[] = [];
    await runOnState(client, (state) => only(() => addTopLevel(links, state)), { signal });
    for (const path of head.targets) {
      const target = await client.find(path, { signal });
      await runOnState(client, (state) => only(() => addVisited(links, state)), { signal });
      const included = head.files && target !== undefined && (await checkFile(client, target, head, signal));
      targets.push({ path, target, included });
    }
    await checkEarlierRoots(client, source, entries, place, options);
    await checkUsed(source, entries, place, waiting, held);
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

/** The names under which a role's document may be served. */
function entriesOf(role: string, version: number): string[] {
  return role === 'root' ? [rootEntry(version)] : [`metadata/${version}.${role}.json`, `metadata/${role}.json`];
}

/** The name under which a client keeps it; that of a role with a very long name is not told, and its entry not known again. */
function localOf(role: string, version: number): string {
  if (role === 'root') return `root_history/${version}.root.json`;
  return isLongLocalName(role) ? '' : localName(role, '.json');
}

function rootEntry(version: number): string {
  return `metadata/${version}.root.json`;
}

/** Whether the file of a target is there; where it is, it is what is listed. */
async function checkFile(
  client: UpdateClient,
  target: Target,
  { incremental }: BundleHead,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await downloadInto(client, target, new DigestSink(target), { signal });
    return true;
  } catch (error) {
    if (!isTufError(error) || error.code !== 'ERR_TUF_TRANSPORT' || error.evidence.status !== 404) throw error;
    if (incremental) return false;
    throw missing(`targets/${target.path}`);
  }
}

/** Roots before the pinned one have to lead to it. */
async function checkEarlierRoots(
  client: UpdateClient,
  source: BundleSource,
  entries: ReadonlyMap<string, Entry>,
  place: BundlePlace,
  { root: pinned, signal }: VerifyBundleOptions,
): Promise<void> {
  const { version } = parseRoot(pinned).signed;
  if (entries.has(rootEntry(version))) place.used.add(rootEntry(version));
  const chain = [pinned];
  for (let own = version - 1; own > 0; own -= 1) {
    const entry = entries.get(rootEntry(own));
    if (entry === undefined) break;
    if (entry.size > defaultLimits.rootBytes) throw extra(entry.name);
    chain.unshift(await bytesAt(source, entry.at, entry.size));
    place.used.add(entry.name);
  }
  if (chain.length > 1) await runOnState(client, (_, context) => followRoots(chain, context), { signal });
}

function* followRoots([first, ...later]: readonly Uint8Array[], context: UpdateContext): Workflow<void> {
  let root = yield* trustPinnedRoot(first as Uint8Array, context);
  for (const bytes of later) root = yield* trustNextRoot(root, bytes, context);
}

/** What nothing vouches for is not carried: every entry was asked for, or is what the store had of that very document. */
async function checkUsed(
  source: BundleSource,
  entries: ReadonlyMap<string, Entry>,
  { used }: BundlePlace,
  { kept }: WaitingStore,
  held: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { name, at, size } of entries.values()) {
    if (name === headName || used.has(name)) continue;
    const same = kept.get(held.get(name) ?? '');
    if (same?.length !== size || !equalBytes(same, await bytesAt(source, at, size))) throw extra(name);
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
    for (const { version, issued } of linksOf(role, links)) {
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

/** Of the root the newest only. A role that the bundle says nothing of is as old as one can be: nobody knows. */
function linksOf(role: string, links: readonly BundleLink[]): Pick<BundleLink, 'version' | 'issued'>[] {
  const found = links.filter((link) => link.role === role);
  if (found.length === 0) return [{ version: 0, issued: undefined }];
  return role === 'root' ? found.slice(-1) : found;
}

function addTopLevel(links: Map<string, BundleLink>, { roots, timestamp, snapshot, targets }: UpdateState): void {
  for (const document of [...roots, timestamp, snapshot, targets]) addLink(links, document);
}

/** Every delegated role that a search has visited, whether it lists the target or only not. */
function addVisited(links: Map<string, BundleLink>, { targets, delegated }: UpdateState): void {
  const seen = new Set<Signed<DocumentHead>>();
  const pending = [targets];
  for (let each = pending.shift(); each !== undefined; each = pending.shift()) {
    if (seen.has(each)) continue;
    seen.add(each);
    addLink(links, each);
    pending.push(...(delegated.get(each)?.values() ?? []));
  }
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
