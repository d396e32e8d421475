/**
 * An existing repository as a publication: verified from a root as clients would, expiry aside, then taken byte for byte.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parseRoot } from '../metadata/root.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { type TrustContext, trustNextRoot, trustPinnedRoot } from '../trust/trusted.ts';
import { formatOrTrust, type ImportSource, SourceFiles } from './import-files.ts';
import { readBesides } from './import-history.ts';
import { metadataName, targetNames } from './layout.ts';
import type { Content, StartDigest } from './ports.ts';
import { answer, beforeAllExpiry } from './proof.ts';
import { contentOf, type Publication, type PublicationStep, verifiedContent } from './publish.ts';
import { type Published, readPublished } from './published.ts';
import { refused } from './refusal.ts';

export type { ImportSource };

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
  /**
   * Versions that keys of their time signed, be it long since they were removed, and roles that nobody delegates to and whose
   * digest the snapshot lists or that were signed so: copied as they are, read by no client that is new.
   */
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
  const chain = [...roots.values()].map((bytes) => parseRoot(bytes));
  const { besides, leftOut } = await readBesides(files, source, { published, roots: chain }, options.crypto);
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

function absent(paths: readonly string[]): TufError<'ERR_TUF_REPOSITORY_REFUSED'> {
  const path = paths[0] as string;
  const more = paths.length > 1 ? `, and ${paths.length - 1} more` : '';
  const hint = 'name where target files are with --targets, or leave those that are not there out with --allow-missing';
  const message = `the file of the target ${JSON.stringify(path)} is not there${more}`;
  return new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { path }, { hint });
}
