import { downloadInto, runOnState } from '../client/behind.ts';
import { type ClientOptions, type Target, UpdateClient } from '../client/client.ts';
import type { Crypto, TargetSink, Transport, TransportRequest } from '../client/ports.ts';
import type { RunningDigest } from '../crypto/running-digest.ts';
import { streamingDigest } from '../crypto/streaming-digest.ts';
import { TufError } from '../errors.ts';
import { delegatedRoles } from '../metadata/delegations.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { hashAlgorithms } from '../metadata/hashes.ts';
import { parseRoot } from '../metadata/root.ts';
import { compareCodePoints } from '../metadata/utf8.ts';
import { memoryStore } from '../store/memory.ts';
import { delegatedAuthority } from '../trust/authority.ts';
import { equalBytes, tooLong } from '../trust/mix-and-match.ts';
import type { Workflow } from '../workflow/question.ts';
import { only } from '../workflow/recalled.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import { updateTargets } from '../workflow/update-targets.ts';
import {
  type BundleSource,
  bytesAt,
  duplicate,
  endOfBundle,
  entriesMax,
  entryOf,
  foldedName,
  malformed,
  readEntries,
} from './entries.ts';
import { headBytesMax, writeHead } from './head.ts';
import { bundleUrls, entryName } from './place.ts';
import { fileBytesMax, headerOf, headName, isEntryName, padded } from './tar.ts';

/** What goes into a bundle. */
export interface CreateBundleOptions {
  /** The root that its verifiers pin, or the oldest that any of them does: the bundle begins with it. */
  readonly root: Uint8Array;
  /** Where the repository is: gives what a client asks for below `metadata/` and `targets/`. */
  readonly transport: Transport;
  /** The paths whose searches it is to answer; `all` for every target that is listed. */
  readonly targets: readonly string[] | 'all';
  /** Whether the files of those that are found go in, too. */
  readonly files?: boolean | undefined;
  /** An older bundle: what stands in it with the same bytes is left out, and a verifier needs a store that has it. */
  readonly since?: BundleSource | undefined;
  readonly now?: (() => Date) | undefined;
  readonly crypto?: Crypto | undefined;
  readonly limits?: ClientOptions['limits'];
  readonly canonicalForm?: ClientOptions['canonicalForm'];
  readonly prefixTargetsWithHash?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of a bundle, in pieces. All metadata is verified before the first piece comes; a file is while it is read, and what
 * was written of it is to be thrown away where this throws.
 */
export async function* createOn(options: CreateBundleOptions, crypto: Crypto): AsyncGenerator<Uint8Array> {
  const { root, files = false, signal } = options;
  const recorder = new Recorder(options.transport);
  const { now, limits, canonicalForm, prefixTargetsWithHash } = options;
  const client = new UpdateClient(
    {
      root,
      now,
      limits,
      canonicalForm,
      prefixTargetsWithHash,
      ...bundleUrls,
      store: memoryStore(),
      transport: recorder,
    },
    { transport: () => recorder, crypto: () => crypto },
  );
  await client.refresh({ signal });
  const paths = options.targets === 'all' ? await runOnState(client, allPaths, { signal }) : options.targets;
  const targets = [...new Set(paths)].sort(compareCodePoints);
  const found: Target[] = [];
  // Only what a search visits is vouched for by the verification; to list all paths, other roles may have been read.
  const visited = new Set(['targets']);
  const end = client.on('searched', ({ role }) => visited.add(role));
  for (const path of targets) {
    const target = await client.find(path, { signal });
    if (target === undefined) continue;
    if (files && target.length > fileBytesMax) throw tooLong({ path }, fileBytesMax);
    found.push(target);
  }
  end();
  const head = writeHead({ targets, files, incremental: options.since !== undefined });
  if (targets.length + recorder.metadata.size + found.length > entriesMax || head.length > headBytesMax)
    throw malformed(`it would have more than ${entriesMax} entries`, 0);
  const older = options.since && (await olderOf(options.since));
  const first = `metadata/${parseRoot(root).signed.version}.root.json`;
  const names = await runOnState(client, (state) => only(() => namesOn(state, visited)), { signal });
  const metadata = inOrder(new Map([[first, root], ...recorder.metadata]), names);
  checkNames(metadata.map(([name]) => name));
  yield* entryOf(headName, head);
  for (const [name, bytes] of metadata) {
    // The timestamp is asked for in every update.
    const isLeftOut = name !== timestampEntry && (await older?.has(name, bytes));
    if (!isLeftOut) yield* entryOf(name, bytes);
  }
  if (files) for (const target of found) yield* fileOf(client, target, recorder, older, signal);
  yield endOfBundle;
}

const timestampEntry = 'metadata/timestamp.json';

/** The entries of snapshot and targets roles, in the order in which a verifier asks for them. */
function namesOn({ root, snapshot }: UpdateState, visited: Iterable<string>): string[] {
  const name = (role: string, version: number | undefined): string =>
    `metadata/${root.signed.consistentSnapshot ? `${version}.` : ''}${role}.json`;
  const roles = [...visited].map((role) => name(role, snapshot.signed.meta.version(`${role}.json`)));
  return [timestampEntry, name('snapshot', snapshot.signed.version), ...roles];
}

/** Roots in their order, then what is named. */
function inOrder(metadata: ReadonlyMap<string, Uint8Array>, names: readonly string[]): [string, Uint8Array][] {
  const roots = [...metadata].filter(([name]) => /^metadata\/\d+\.root\.json$/.test(name));
  return [...roots, ...names.map((name): [string, Uint8Array] => [name, metadata.get(name) as Uint8Array])];
}

/** Refuses what no verifier would take, before anything is written. */
function checkNames(names: readonly string[]): void {
  const folded = new Set<string>();
  for (const name of names) {
    if (!isEntryName(name)) throw malformed(`no bundle has an entry ${JSON.stringify(name.slice(0, 200))}`, 0);
    if (folded.has(foldedName(name))) throw duplicate(name);
    folded.add(foldedName(name));
  }
}

/** What stands in an older bundle. */
async function olderOf(source: BundleSource) {
  const entries = await readEntries(source);
  return {
    async has(name: string, bytes: Uint8Array): Promise<boolean> {
      const entry = entries.get(name);
      return entry?.size === bytes.length && equalBytes(await bytesAt(source, entry.at, entry.size), bytes);
    },
    /** A file is known by its digest, which its name has. */
    hasFile: (name: string, size: number): boolean =>
      entries.get(name)?.size === size && /^targets\/(?:.*\/)?[0-9a-f]{64,}\./.test(name),
  };
}

async function* fileOf(
  client: UpdateClient,
  target: Target,
  recorder: Recorder,
  older: Awaited<ReturnType<typeof olderOf>> | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const sink = new QueueSink(target, signal);
  const done = downloadInto(client, target, sink, { signal }).then(
    () => sink.end(),
    (error: unknown) => sink.fail(error),
  );
  let name: string | undefined;
  let isLeftOut = false;
  try {
    for await (const chunk of sink.chunks()) {
      if (name === undefined) {
        name = recorder.lastTarget;
        isLeftOut = older?.hasFile(name, target.length) ?? false;
        if (isLeftOut) break;
        yield headerOf(name, target.length);
      }
      yield chunk;
    }
  } finally {
    // Whoever takes no more, or no more of this file: what still comes is verified, and waits for nobody.
    sink.drop();
  }
  await done;
  sink.throwFailure();
  if (!isLeftOut) yield new Uint8Array(padded(target.length) - target.length);
}

/** Keeps every metadata file that was asked for, by the name under which it is served. */
class Recorder implements Transport {
  readonly metadata = new Map<string, Uint8Array>();
  /** The entry name of the target file that was asked for last. */
  lastTarget = '';
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async get(url: string, request: TransportRequest) {
    const name = entryName(url);
    if (!name.startsWith('metadata/')) {
      this.lastTarget = name;
      return this.#transport.get(url, request);
    }
    const chunks: Uint8Array[] = [];
    const { sink } = request;
    const outcome = await this.#transport.get(url, {
      ...request,
      sink: {
        start: (length, etag) => {
          chunks.length = 0;
          return sink.start(length, etag);
        },
        write: (chunk) => {
          chunks.push(chunk.slice());
          return sink.write(chunk);
        },
      },
    });
    if (outcome.outcome === 'complete') this.metadata.set(name, joined(chunks));
    return outcome;
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Every path that the roles list which can be reached by delegations. */
function* allPaths(state: UpdateState, context: UpdateContext): Workflow<string[]> {
  const paths = new Set<string>();
  const seen = new Set<string>();
  const pending = [state.targets];
  for (let targets = pending.pop(); targets !== undefined; targets = pending.pop()) {
    for (const path of targets.signed.targets.paths()) paths.add(path);
    const { delegations } = targets.signed;
    if (delegations === undefined) continue;
    const known = [...state.snapshot.signed.meta.versions()].map(([name]) => name.replace(/\.json$/, ''));
    for (const role of delegatedRoles(delegations, known)) {
      const edge = `${role.name} of ${targets.role}`;
      if (seen.has(edge) || !known.includes(role.name)) continue;
      seen.add(edge);
      pending.push(yield* updateTargets(delegatedAuthority(targets, role), state.root, state.snapshot, context));
    }
  }
  return [...paths];
}

/** Hands chunks on as they are taken, so that no file is in memory as a whole. */
class QueueSink implements TargetSink {
  length = 0;
  isDropped = false;
  readonly #target: Target;
  readonly #signal: AbortSignal | undefined;
  readonly #digests = new Map<HashAlgorithm, RunningDigest>();
  #waiting: Uint8Array | undefined;
  #taken: (() => void) | undefined;
  #offered: (() => void) | undefined;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(target: Target, signal: AbortSignal | undefined) {
    this.#target = target;
    this.#signal = signal;
  }

  async start(): Promise<void> {
    if (this.length > 0)
      throw new TufError(
        'ERR_TUF_TRANSPORT',
        `target ${JSON.stringify(this.#target.path)}: it broke off in the middle`,
        { url: this.#target.path, path: this.#target.path, isTemporary: true },
        { hint: 'make the bundle again' },
      );
    for (const algorithm of hashAlgorithms) {
      if (Object.hasOwn(this.#target.hashes, algorithm)) this.#digests.set(algorithm, await streamingDigest(algorithm));
    }
    if (this.#target.length === 0) await this.#offer(new Uint8Array(0));
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#signal?.throwIfAborted();
    this.length += chunk.length;
    for (const digest of this.#digests.values()) digest.update(chunk);
    if (!this.isDropped) await this.#offer(chunk.slice());
  }

  digest(algorithm: HashAlgorithm): Uint8Array {
    return (this.#digests.get(algorithm) as RunningDigest).digest();
  }

  #offer(chunk: Uint8Array): Promise<void> {
    this.#waiting = chunk;
    this.#offered?.();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  end(): void {
    this.#isOver = true;
    this.#offered?.();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.end();
  }

  /** What still comes is verified, and handed to nobody. */
  drop(): void {
    this.isDropped = true;
    this.#taken?.();
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#waiting === undefined && !this.#isOver) {
        await new Promise<void>((resolve) => {
          this.#offered = resolve;
        });
      }
      const chunk = this.#waiting;
      this.#waiting = undefined;
      if (chunk !== undefined) {
        yield chunk;
        this.#taken?.();
        continue;
      }
      this.throwFailure();
      if (this.#isOver) return;
    }
  }
}
