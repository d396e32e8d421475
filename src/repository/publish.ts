/**
 * From a release to files, and from files to a published release: what never changes is written first, the head last, by
 * compare and swap. Whoever reads at any moment, or after a crash at any moment, finds one whole state.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import type { Signed } from '../metadata/document.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { Root } from '../metadata/root.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { checkTargetFile, equalBytes } from '../trust/mix-and-match.ts';
import { checkRelease, rootPlace } from './check-release.ts';
import { headName, metadataName, targetNames } from './layout.ts';
import type { Backend, Content, FileStore, StartDigest } from './ports.ts';
import type { Release } from './release.ts';

/** One file to write. */
export interface PublicationStep {
  readonly store: 'metadata' | 'targets';
  /** `put` where the file never changes, `replace` where snapshots are not consistent. */
  readonly write: 'put' | 'replace';
  readonly name: string;
  readonly content: Content;
  /** The target that the file is, for a target file. */
  readonly target: TargetFile | undefined;
}

/** Everything that is written, in order. Publishing it twice is the same as once. */
export interface Publication {
  /** The head that it builds on; `undefined` for none. */
  readonly base: Uint8Array | undefined;
  readonly beforeHead: readonly PublicationStep[];
  readonly head: Uint8Array;
  /** A root that the state before it does not satisfy. */
  readonly afterHead: readonly PublicationStep[];
  /** Target files that have to be there already. */
  readonly required: readonly string[];
  /** The newest root once it is published. */
  readonly root: Uint8Array;
}

/** Gives the content of a target that is new or changed; `undefined` where it is in the repository already. */
export type TargetContents = (target: TargetFile) => Content | undefined | Promise<Content | undefined>;

/** How a publication is planned. */
export interface PlanOptions {
  readonly crypto: Crypto;
  readonly digest: StartDigest;
  /**
   * Whether clients may be refused between two writes, where a key that the new root replaces is lost and cannot sign for
   * clients of the old one. False by default: such a release is refused.
   */
  readonly acceptGap?: boolean | undefined;
}

/** Bytes in memory as content. */
export function contentOf(bytes: Uint8Array): Content {
  return { length: bytes.length, chunks: () => [bytes] };
}

/**
 * The files of a release in the order in which they are written: target files, delegated roles, targets, snapshot, root,
 * and the head last.
 *
 * @throws {@link TufError} the codes of a client that would refuse the release; `ERR_TUF_CONFLICT` and
 * `ERR_TUF_REPOSITORY_REFUSED` where it breaks with what is published.
 * @spec 6.2.1-a, 6.2.1-b, 6.2.1-c, 6.3.1, 6.3.2, 6.3.3, 458-e
 */
export async function planPublication(
  release: Release,
  contents: TargetContents,
  { crypto, digest, acceptGap }: PlanOptions,
): Promise<Publication> {
  await checkRelease(release, crypto);
  const consistent = release.root.signed.consistentSnapshot;
  const write = consistent ? 'put' : 'replace';
  const { steps: targetSteps, required } = await planTargets(release, contents, digest);
  const metadata = (document: Signed, kind: 'put' | 'replace' = write): PublicationStep => ({
    store: 'metadata',
    write: kind,
    name: metadataName(document.role, document.signed.version, consistent),
    content: contentOf(document.bytes),
    target: undefined,
  });
  const changed = changedTargets(release);
  const delegated = changed.filter(({ role }) => role !== 'targets');
  const documents: Signed[] = [...delegated, ...changed.filter(({ role }) => role === 'targets')];
  if (release.snapshot !== release.before?.snapshot) documents.push(release.snapshot);
  const place = await rootPlace(release, crypto, acceptGap);
  const root = [metadata(release.root as Signed<Root>, 'put')];
  const steps = documents.map((document) => metadata(document));
  return {
    base: release.before?.timestamp.bytes,
    beforeHead: [...targetSteps, ...steps, ...(place === 'before' ? root : [])],
    head: release.timestamp.bytes,
    afterHead: place === 'after' ? root : [],
    required,
    root: release.root.bytes,
  };
}

/** The targets roles that differ from what is published. */
export function changedTargets(release: Release): Signed<Targets>[] {
  return [...release.targets.values()].filter((document) => release.before?.targets.get(document.role) !== document);
}

async function planTargets(
  release: Release,
  contents: TargetContents,
  digest: StartDigest,
): Promise<{ steps: PublicationStep[]; required: string[] }> {
  const consistent = release.root.signed.consistentSnapshot;
  const steps = new Map<string, PublicationStep>();
  const required: string[] = [];
  for (const { role, signed } of changedTargets(release)) {
    const before = release.before?.targets.get(role)?.signed.targets;
    for (const path of signed.targets.paths()) {
      const target = signed.targets.get(path) as TargetFile;
      if (isSameFile(target, before?.get(path))) continue;
      const content = await contents(target);
      for (const name of targetNames(target, consistent)) {
        if (content === undefined) required.push(name);
        else {
          const write = consistent ? 'put' : 'replace';
          steps.set(name, { store: 'targets', write, name, content: verifiedContent(target, content, digest), target });
        }
      }
    }
  }
  return { steps: [...steps.values()], required };
}

function isSameFile(a: TargetFile, b: TargetFile | undefined): boolean {
  if (b === undefined || a.length !== b.length || a.hashes.size !== b.hashes.size) return false;
  return [...a.hashes].every(([algorithm, digest]) => b.hashes.get(algorithm) === digest);
}

/** Content whose last chunk is followed by an error where the whole is not the target. @spec 5.7.3a, 5.7.3b */
export function verifiedContent(target: TargetFile, content: Content, digest: StartDigest): Content {
  return {
    length: target.length,
    async *chunks() {
      const algorithms = knownDigests(target.hashes).map(({ algorithm }) => algorithm);
      const running = await Promise.all(algorithms.map((algorithm) => digest(algorithm)));
      let length = 0;
      for await (const chunk of content.chunks()) {
        length += chunk.length;
        for (const each of running) each.update(chunk);
        yield chunk;
      }
      const digests = await Promise.all(running.map((each) => each.digest()));
      const found = algorithms.map((algorithm, i): [HashAlgorithm, Uint8Array] => [
        algorithm,
        digests[i] as Uint8Array,
      ]);
      checkTargetFile(target, length, new Map(found));
    },
  };
}

/** What clients would be given once a publication is done: read through it to what is there already. */
export interface Preview {
  readonly metadata: Pick<FileStore, 'read'>;
  readonly targets: Pick<FileStore, 'open'>;
}

/** A look at a publication before anybody else has one. */
export function previewOf(publication: Publication, backend: Backend): Preview {
  const steps = [...publication.beforeHead, ...publication.afterHead];
  const find = (store: string, name: string): PublicationStep | undefined =>
    steps.findLast((step) => step.store === store && step.name === name);
  return {
    metadata: {
      read: async (name, bytesMax) => {
        const bytes = name === headName ? publication.head : await collect(find('metadata', name)?.content);
        return bytes ?? backend.metadata.read(name, bytesMax);
      },
    },
    targets: {
      open: async (name) => {
        const step = find('targets', name);
        return step === undefined ? backend.targets.open(name) : toAsync(step.content);
      },
    },
  };
}

async function* toAsync(content: Content): AsyncGenerator<Uint8Array> {
  yield* content.chunks();
}

async function collect(content: Content | undefined): Promise<Uint8Array | undefined> {
  if (content === undefined) return undefined;
  const bytes = new Uint8Array(content.length);
  let at = 0;
  for await (const chunk of content.chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Refuses a publication that cannot begin: the head is another than it builds on, or a target file that it lists is
 * nowhere.
 *
 * @throws {@link TufError} `ERR_TUF_CONFLICT`, `ERR_TUF_REPOSITORY_REFUSED`, `ERR_TUF_STORE`.
 */
export async function checkPublication(publication: Publication, backend: Backend): Promise<'begin' | 'go on'> {
  const current = await backend.head.read();
  for (const name of publication.required) await checkThere(backend.targets, name);
  const { base, head } = publication;
  if (current !== undefined && equalBytes(current, head)) return 'go on';
  const isBase = current === undefined || base === undefined ? current === base : equalBytes(current, base);
  if (!isBase) throw movedHead();
  return 'begin';
}

/**
 * Publishes. Safe to repeat: after a crash or a failure the same call goes on where it stopped.
 *
 * @throws {@link TufError} what {@link checkPublication} throws; `ERR_TUF_CONFLICT` where a file is there with other bytes,
 * or somebody else was faster.
 * @spec 4.4-f, 6.2.1-f, 458-e
 */
export async function publish(publication: Publication, backend: Backend): Promise<void> {
  await backend.sync?.();
  const state = await checkPublication(publication, backend);
  for (const step of publication.beforeHead) await write(step, backend);
  if (state === 'begin') await backend.head.replace(publication.base, publication.head);
  for (const step of publication.afterHead) await write(step, backend);
  await backend.settle?.();
}

async function write(step: PublicationStep, backend: Backend): Promise<void> {
  const store = backend[step.store];
  if (step.write === 'replace') await store.replace(step.name, step.content);
  else await store.put(step.name, step.content);
}

async function checkThere(targets: FileStore, name: string): Promise<void> {
  const found = await targets.open(name);
  if (found !== undefined) {
    await found[Symbol.asyncIterator]().return?.();
    return;
  }
  const hint = 'add the file itself, or take the target out of its role';
  throw new TufError(
    'ERR_TUF_REPOSITORY_REFUSED',
    `the target file ${name} is listed and not there`,
    { path: name },
    { hint },
  );
}

function movedHead(): TufError {
  const hint = 'somebody published meanwhile: publish again, on top of that';
  return new TufError(
    'ERR_TUF_CONFLICT',
    `${headName} is not the one this release builds on`,
    { path: headName },
    { hint },
  );
}
