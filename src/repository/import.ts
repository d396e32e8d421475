/**
 * An existing repository as a publication: verified from a root as clients would, expiry aside, then taken byte for byte.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import { urlSegment } from '../metadata/file-name.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parseRoot } from '../metadata/root.ts';
import { parseSnapshot } from '../metadata/snapshot.ts';
import { parseTargets, type TargetFile, type Targets } from '../metadata/targets.ts';
import { checkThreshold } from '../trust/arbitrary-software.ts';
import { type Authority, topLevelAuthority } from '../trust/authority.ts';
import { checkListedBytes, equalBytes } from '../trust/mix-and-match.ts';
import { type TrustContext, targetsMeta, trustNextRoot, trustPinnedRoot } from '../trust/trusted.ts';
import { authoritiesAmong } from './delegators.ts';
import { headName, metadataName, targetNames } from './layout.ts';
import type { Backend, Content, FileStore, StartDigest } from './ports.ts';
import { answer, beforeAllExpiry } from './proof.ts';
import { contentOf, type Publication, type PublicationStep, verifiedContent } from './publish.ts';
import { type Published, readPublished } from './published.ts';
import { refused } from './refusal.ts';

/** Where a repository is taken from. Nothing in it is believed for standing there. */
export interface ImportSource {
  /** Metadata by the name of its file, or `undefined`. Throws `ERR_TUF_TOO_LONG` for more than `bytesMax`. */
  metadata(name: string, bytesMax: number): Promise<Uint8Array | undefined>;
  /** A target file by its name, or `undefined`; `bytesMax` ends it with an error. */
  target(name: string, bytesMax: number): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The names of all metadata. Absent where a place cannot tell. */
  list?(): AsyncIterable<string>;
}

/** How a repository is taken over. */
export interface ImportOptions {
  readonly crypto: Crypto;
  readonly digest: StartDigest;
  /** Whether target files may be missing: they are served elsewhere, or nobody asks for them. */
  readonly allowMissing?: boolean | undefined;
}

/** A repository that can be written elsewhere. */
export interface Imported {
  readonly publication: Publication;
  readonly published: Published;
  /** The oldest root from which a client can come. */
  readonly rootsFrom: number;
  /** Paths of targets of which no file is there. */
  readonly missing: readonly string[];
  /** Old versions, and roles that nobody delegates to: copied as they are, and read by no client that is new. */
  readonly besides: readonly string[];
  /** What would be of these and is not taken, `metadata/NAME` or `targets/NAME`: nobody vouches for it, or its bytes are wrong. */
  readonly leftOut: readonly string[];
}

/**
 * Plans to take over a repository.
 *
 * @param root a root of it that the operator trusts; newer ones follow by their signatures, and older ones are taken where
 * this one follows from them.
 * @throws {@link TufError} the codes of a client that refuses; `ERR_TUF_REPOSITORY_REFUSED` where something that is listed is
 * not there; `ERR_TUF_STORE`, `ERR_TUF_TRANSPORT`.
 * @spec 4-a, 6.2.1-b, 6.2.1-f
 */
export async function planImport(source: ImportSource, root: Uint8Array, options: ImportOptions): Promise<Imported> {
  const files = new SourceFiles(source);
  const published = await readPublished(files.backend(), root, { crypto: options.crypto });
  if (published === undefined) {
    throw refused('timestamp', 'there is none: nothing is published there', 'name the folder or URL of its metadata');
  }
  const { consistentSnapshot } = published.root.signed;
  const roots = await readRoots(files, root, published, options.crypto);
  const { besides, leftOut } = await readBesides(files, source, published, options.crypto);
  const write = consistentSnapshot ? 'put' : 'replace';
  const metadata = (name: string, bytes: Uint8Array, kind: 'put' | 'replace' = write): PublicationStep => ({
    store: 'metadata',
    write: kind,
    name,
    content: contentOf(bytes),
    target: undefined,
  });
  const roles = [...published.targets.values()];
  const old = besides.flatMap(({ targets }) => (targets === undefined ? [] : [targets]));
  const targets = new TargetSteps(source, consistentSnapshot, options.digest);
  for (const { signed } of roles) await targets.addAll(signed, true);
  for (const signed of old) await targets.addAll(signed, false);
  const { missing } = targets;
  if (missing.length > 0 && options.allowMissing !== true) throw absent(missing);
  const current = [...roles, published.snapshot];
  return {
    publication: {
      base: undefined,
      beforeHead: [
        ...targets.steps,
        ...besides.map(({ name, bytes }) => metadata(name, bytes)),
        ...current.map(({ role, signed, bytes }) => {
          return metadata(metadataName(role, signed.version, consistentSnapshot), bytes);
        }),
        ...[...roots].map(([version, bytes]) => metadata(metadataName('root', version, true), bytes, 'put')),
      ],
      head: published.timestamp.bytes,
      afterHead: [],
      required: [],
      root: published.root.bytes,
    },
    published,
    rootsFrom: Math.min(...roots.keys()),
    missing,
    besides: besides.map(({ name }) => name),
    leftOut: [...leftOut.map((name) => `metadata/${name}`), ...targets.leftOut.map((name) => `targets/${name}`)],
  };
}

const context: TrustContext = { limits: defaultLimits, time: beforeAllExpiry };

/** The roots in their order: from the oldest that leads to the given one, to the newest. */
async function readRoots(
  files: SourceFiles,
  given: Uint8Array,
  { root: newest }: Published,
  crypto: Crypto,
): Promise<Map<number, Uint8Array>> {
  const found = new Map<number, Uint8Array>();
  const pinned = parseRoot(given);
  const { version } = pinned.signed;
  const own = await files.root(version);
  // Signatures may have been added since; what is signed is the same.
  found.set(version, own !== undefined && (await isSame(own, pinned, crypto)) ? own : pinned.bytes);
  for (let next = version + 1; next <= newest.signed.version; next += 1) {
    found.set(next, (await files.root(next)) as Uint8Array);
  }
  let upper = found.get(version) as Uint8Array;
  for (let older = version - 1; older > 0; older -= 1) {
    const bytes = await files.root(older);
    if (bytes === undefined || !(await leadsTo(bytes, upper, crypto))) break;
    found.set(older, bytes);
    upper = bytes;
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

async function isSame(bytes: Uint8Array, pinned: ReturnType<typeof parseRoot>, crypto: Crypto): Promise<boolean> {
  const root = await answer(trustPinnedRoot(bytes, context), crypto).catch(formatOrTrust);
  return root !== undefined && equalBytes(root.message(), pinned.message());
}

async function leadsTo(older: Uint8Array, newer: Uint8Array, crypto: Crypto): Promise<boolean> {
  const root = await answer(trustPinnedRoot(older, context), crypto).catch(formatOrTrust);
  if (root === undefined) return false;
  return (await answer(trustNextRoot(root, newer, context), crypto).catch(formatOrTrust)) !== undefined;
}

/** What is no root, or not trusted, is as if it were not there. */
function formatOrTrust(error: unknown): undefined {
  if (error instanceof TufError && ['format', 'security'].includes(error.family)) return undefined;
  throw error;
}

interface Beside {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What it lists, for a targets role. */
  readonly targets: Targets | undefined;
}

/**
 * Roles that are listed and cannot be reached, where the snapshot tells their digests, and the old versions that are there,
 * where the keys of today have signed them. No client that is new is led to them, but their target files are served, too.
 */
async function readBesides(
  files: SourceFiles,
  source: ImportSource,
  published: Published,
  crypto: Crypto,
): Promise<{ readonly besides: readonly Beside[]; readonly leftOut: readonly string[] }> {
  const { root, snapshot, targets } = published;
  const { consistentSnapshot } = root.signed;
  const { meta } = snapshot.signed;
  const found = new Map<string, Beside>();
  const leftOut: string[] = [];
  for (const [file, version] of meta.versions()) {
    const role = file.replace(/\.json$/, '');
    if (role === file || targets.has(role) || isOtherRole(role) || !isFileName(role)) continue;
    const name = metadataName(role, version, consistentSnapshot);
    const bytes = await files.read(name, defaultLimits.targetsBytes);
    if (bytes === undefined) continue;
    const listed = targetsMeta(snapshot, role);
    await answer(checkListedBytes(role, bytes, listed), crypto);
    const isKnown = listed.hashes !== undefined && knownDigests(listed.hashes).length > 0;
    const document = isKnown ? parsed(bytes, role, version) : undefined;
    if (document === undefined) leftOut.push(name);
    else found.set(name, { name, bytes, targets: document.targets });
  }
  const besides = () => ({ besides: [...found.values()], leftOut });
  if (!consistentSnapshot || source.list === undefined) return besides();
  const delegated = authoritiesAmong(targets.values());
  for await (const name of source.list()) {
    const match = /^([1-9]\d{0,15})\.(.+)\.json$/s.exec(name);
    const [version, role] = [Number(match?.[1]), match?.[2] ?? ''];
    const newest = role === 'snapshot' ? snapshot.signed.version : meta.version(`${role}.json`);
    if (role === 'root' || role === 'timestamp' || newest === undefined || version >= newest) continue;
    if (!isFileName(role) || metadataName(role, version, true) !== name) continue;
    const isTopLevel = role === 'snapshot' || role === 'targets';
    const authorities = isTopLevel ? [topLevelAuthority(root, role)] : delegated(role);
    const bytes = await files.read(name, defaultLimits.targetsBytes).catch(formatOrTrust);
    const document = bytes && parsed(bytes, role, version);
    if (bytes === undefined || document === undefined || !(await isSigned(document.document, authorities, crypto))) {
      leftOut.push(name);
    } else found.set(name, { name, bytes, targets: document.targets });
  }
  return besides();
}

/** Whether this is the name of a role that lists no targets. */
function isOtherRole(role: string): boolean {
  return role === 'root' || role === 'timestamp' || role === 'snapshot';
}

/** Whether enough keys of one of these have signed it. */
async function isSigned(
  document: Signed<DocumentHead>,
  authorities: readonly Authority[],
  crypto: Crypto,
): Promise<boolean> {
  for (const authority of authorities) {
    if (await answer(checkThreshold(authority, document), crypto).then(() => true, formatOrTrust)) return true;
  }
  return false;
}

function isFileName(role: string): boolean {
  return role !== '' && !/[/\\\p{Cc}]/u.test(role);
}

/** A document of this role and version; `undefined` for what is none. */
function parsed(
  bytes: Uint8Array,
  role: string,
  version: number,
): { readonly document: Signed<DocumentHead>; readonly targets: Targets | undefined } | undefined {
  try {
    const targets = role === 'snapshot' ? undefined : parseTargets(bytes, role);
    const document = targets ?? parseSnapshot(bytes);
    return document.signed.version === version ? { document, targets: targets?.signed } : undefined;
  } catch (error) {
    return formatOrTrust(error);
  }
}

/** The target files of roles, each under every name that clients ask by. */
class TargetSteps {
  readonly steps: PublicationStep[] = [];
  readonly missing: string[] = [];
  /** Names of files that no current role lists, and that are not what an old one lists. */
  readonly leftOut: string[] = [];
  readonly #source: ImportSource;
  readonly #consistent: boolean;
  readonly #digest: StartDigest;
  readonly #done = new Set<string>();

  constructor(source: ImportSource, consistent: boolean, digest: StartDigest) {
    this.#source = source;
    this.#consistent = consistent;
    this.#digest = digest;
  }

  /** @param isCurrent whether a file that is not there is missed, and one with other bytes ends it when it is copied. */
  async addAll({ targets }: Targets, isCurrent: boolean): Promise<void> {
    for (const path of targets.paths()) {
      const target = targets.get(path) as TargetFile;
      const names = targetNames(target, this.#consistent);
      if (names.every((name) => this.#done.has(name))) continue;
      const found = await this.#find(target, isCurrent ? [...names, path] : names);
      if (found === undefined) {
        if (isCurrent) this.missing.push(path);
        continue;
      }
      const content = verifiedContent(target, contentFrom(this.#source, found, target), this.#digest);
      if (!isCurrent && !(await isWhole(content))) {
        this.leftOut.push(found);
        continue;
      }
      const write = this.#consistent ? 'put' : 'replace';
      for (const name of names) {
        if (this.#done.has(name)) continue;
        this.#done.add(name);
        this.steps.push({ store: 'targets', write, name, content, target });
      }
    }
  }

  /** The first of these names under which something is. */
  async #find(target: TargetFile, names: readonly string[]): Promise<string | undefined> {
    for (const name of names) {
      const chunks = await this.#source.target(name, target.length);
      if (chunks === undefined) continue;
      await chunks[Symbol.asyncIterator]().return?.();
      return name;
    }
    return undefined;
  }
}

/** Whether all of it can be read, and is what it has to be. */
async function isWhole(content: Content): Promise<boolean> {
  const reading = (async () => {
    for await (const _ of content.chunks());
    return true;
  })();
  return (await reading.catch(formatOrTrust)) ?? false;
}

function contentFrom(source: ImportSource, name: string, { length, path }: TargetFile): Content {
  return {
    length,
    async *chunks() {
      const chunks = await source.target(name, length);
      if (chunks === undefined) throw absent([path]);
      yield* chunks;
    },
  };
}

/** The metadata of a source by the names that a server has, and by those that repositories have before they are served. */
class SourceFiles {
  readonly #source: ImportSource;
  readonly #read = new Map<string, Uint8Array>();

  constructor(source: ImportSource) {
    this.#source = source;
  }

  /** As a place to read from; nothing is kept in it. */
  backend(): Backend {
    const none = async (): Promise<never> => {
      throw new TypeError('what is imported is only read');
    };
    const read: FileStore['read'] = (name, bytesMax) => {
      const version = /^([1-9]\d*)\.root\.json$/.exec(name)?.[1];
      return version === undefined ? this.read(name, bytesMax) : this.root(Number(version));
    };
    const files = { read, open: none, put: none, replace: none };
    const head = { read: () => this.#once(headName, defaultLimits.timestampBytes), replace: none };
    return { metadata: files, targets: files, head };
  }

  /** `VERSION.ROLE.json`, or else `ROLE.json`, whose version is compared when it is verified. */
  async read(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    const plain = name.replace(/^[1-9]\d*\./, '');
    for (const each of new Set([name, encoded(name), plain, encoded(plain)])) {
      const bytes = await this.#once(each, bytesMax);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }

  /** A root by its version: by its name, from where ceremonies keep them, or the newest without a number. */
  async root(version: number): Promise<Uint8Array | undefined> {
    const name = metadataName('root', version, true);
    for (const each of [name, `root_history/${name}`, 'root.json']) {
      const bytes = await this.#once(each, defaultLimits.rootBytes);
      if (bytes === undefined || (each === 'root.json' && versionOf(bytes) !== version)) continue;
      return bytes;
    }
    return undefined;
  }

  async #once(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const bytes = await this.#source.metadata(name, bytesMax);
    if (bytes !== undefined) this.#read.set(name, bytes);
    return bytes;
  }
}

/** The name of a file that some write as it stands in a URL. */
function encoded(name: string): string {
  return `${urlSegment(name.replace(/\.json$/, ''))}.json`;
}

/** The version of a root that may be anything; `undefined` for what is no root. */
function versionOf(bytes: Uint8Array): number | undefined {
  try {
    return parseRoot(bytes).signed.version;
  } catch (error) {
    return formatOrTrust(error);
  }
}

function absent(paths: readonly string[]): TufError<'ERR_TUF_REPOSITORY_REFUSED'> {
  const path = paths[0] as string;
  const more = paths.length > 1 ? `, and ${paths.length - 1} more` : '';
  const hint = 'name where target files are with --targets, or leave those that are not there out with --allow-missing';
  const message = `the file of the target ${JSON.stringify(path)} is not there${more}`;
  return new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { path }, { hint });
}
