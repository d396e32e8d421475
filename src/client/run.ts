import { notLoaded, TufError } from '../errors.ts';
import { joinUrl } from '../metadata/file-name.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Key } from '../metadata/key.ts';
import type { PublicKey, UnusableKey } from '../metadata/public-key.ts';
import type {
  Downloaded,
  DownloadQuestion,
  Fetched,
  FetchQuestion,
  Question,
  UpdateEvent,
  Workflow,
} from '../workflow/question.ts';
import type { Asking } from './asking.ts';
import { BufferSink } from './buffer-sink.ts';
import type { Mirrors, MirrorUrls } from './mirrors.ts';
import type { Crypto, Resume, Sink, Store, TargetSink, Transport, TransportOutcome } from './ports.ts';

/** The world in which a program of the workflow runs. */
export interface World {
  readonly transport: Transport;
  readonly store: Store;
  readonly crypto: Crypto;
  readonly metadataUrl: string;
  readonly targetsUrl: string | undefined;
  /** What else has the repository, by the number of its place less 1. */
  readonly mirrors?: Mirrors | undefined;
  /** What confirms updates, where something does. */
  readonly asking?: Asking | undefined;
  readonly signal: AbortSignal | undefined;
  /** Where a download goes; present when the program may download. */
  readonly sink: TargetSink | undefined;
  report(event: UpdateEvent): void;
}

/** Bytes that are verified before timers, sockets and an abort get their turn: a fraction of a second at most. */
const bytesPerTurn = 16 * 1024 * 1024;
/** What a verification takes at least, in bytes that could be hashed meanwhile. */
const bytesPerVerification = 256 * 1024;

/** The loop that answers the questions of a program, one after the other, until it ends. There is no other. */
export async function run<T>(program: Workflow<T>, given: World): Promise<T> {
  const world = { ...given, crypto: verifyingOnce(given.crypto) };
  let verified = 0;
  let step = program.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      if (step.value.kind === 'verify') verified += step.value.message.length + bytesPerVerification;
      if (verified > bytesPerTurn) {
        // node:crypto answers at once, and a role may list a thousand keys for a document of many megabytes.
        await new Promise((resolve) => setTimeout(resolve));
        verified = 0;
      }
      world.signal?.throwIfAborted();
      answer = answerTo(step.value, world);
      if (isThenable(answer)) answer = await answer;
    } catch (error) {
      // The program decides what a failure of the world means; as a rule it ends.
      step = program.throw(error);
      continue;
    }
    step = program.next(answer);
  }
  return step.value;
}

/**
 * The same, which knows what it was asked before: each Ed25519 key is the same object however many documents list it, so that
 * an engine imports it once, and one signature of one message by one key is verified once, though a root is held against the
 * keys of the one before and its own, and a held file against the root twice. A message is known by the memory that it stands
 * in, which nobody else can write to, a key and a signature by all of their bytes.
 */
function verifyingOnce(crypto: Crypto): Crypto {
  const keys = new Map<string, PublicKey>();
  const verdicts = new Map<string, { message: Uint8Array; verdict: ReturnType<Crypto['verify']> }>();
  return {
    digest: (algorithm, bytes) => crypto.digest(algorithm, bytes),
    verify(key, message, signature) {
      if (key.kind !== 'ed25519') return crypto.verify(key, message, signature);
      const name = encodeHex(key.bytes);
      const same = keys.get(name) ?? key;
      keys.set(name, same);
      const both = `${name} ${encodeHex(signature)}`;
      let known = verdicts.get(both);
      if (known?.message !== message) known = { message, verdict: crypto.verify(same, message, signature) };
      verdicts.set(both, known);
      return known.verdict;
    },
  };
}

/** A promise of any realm, and whatever else `await` waits for. */
function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as PromiseLike<unknown> | undefined)?.then === 'function';
}

function answerTo(question: Question, world: World): unknown {
  switch (question.kind) {
    case 'public-key':
      return readPublicKey(question.key);
    case 'verify':
      return world.crypto.verify(question.key, question.message, question.signature);
    case 'digest':
      return world.crypto.digest(question.algorithm, question.bytes);
    case 'report':
      return world.report(question.event);
    case 'fetch':
      return question.place?.once
        ? (world.mirrors as Mirrors).fetchOnce(question, world.signal, (signal) =>
            fetchMetadata(question, { ...world, signal }),
          )
        : fetchMetadata(question, world);
    case 'fetch-all':
      return (world.mirrors as Mirrors).fetchAll(question, world.signal, (place, signal) =>
        fetchMetadata({ ...question, kind: 'fetch', place }, { ...world, signal }),
      );
    case 'download':
      return downloadTarget(question, world);
    case 'read':
      return fromStore('read', question.name, async () => {
        // A store may keep what it hands over: the program has bytes that nobody else can write to.
        const bytes = await world.store.read(question.name, question.bytesMax);
        return bytes === undefined ? undefined : new Uint8Array(bytes);
      });
    case 'write':
      // The pinned root among others: what a store changes, moves to a worker or hands on is a copy.
      return fromStore('write', question.name, () =>
        world.store.write(question.name, new Uint8Array(question.bytes), question.refetchable),
      );
    case 'remove':
      return fromStore('remove', question.name, () => world.store.remove(question.name));
    case 'clear':
      return fromStore('clear', '', () => world.store.clear());
    default:
      // Only what confirms an update asks this.
      return (world.asking as Asking).answer(question, world.signal);
  }
}

async function readPublicKey(key: Key): Promise<PublicKey | UnusableKey> {
  const { parseOtherKey } = await import('../metadata/other-keys.ts').catch(notLoaded);
  return key.publicKey(parseOtherKey);
}

async function fetchMetadata(question: FetchQuestion, world: World): Promise<Fetched> {
  const sink = new BufferSink(question.bytesMax);
  const answer = await get(question.below ?? 'metadataUrl', question, question.fresh, sink, world);
  return answer.outcome === 'complete' ? { outcome: 'complete', bytes: sink.bytes() } : answer;
}

/** What the sink had was all. */
const whole = { outcome: 'complete', resumed: true } as const;

async function downloadTarget(question: DownloadQuestion, world: World): Promise<Downloaded> {
  const { sink } = world;
  if (world.targetsUrl === undefined || sink === undefined)
    throw new TypeError('the client was made without targetsUrl');
  const resume = question.anew ? undefined : sink.resume;
  const isThere = resume?.offset === question.bytesMax;
  const answer = isThere ? whole : await get('targetsUrl', question, false, sink, world, resume);
  if (answer.outcome === 'too-long') return { ...answer, resumed: resume !== undefined };
  if (answer.outcome !== 'complete') return answer;
  const digests = new Map<HashAlgorithm, Uint8Array>();
  for (const algorithm of question.algorithms) digests.set(algorithm, await sink.digest(algorithm));
  return { outcome: 'complete', length: sink.length, digests, resumed: answer.resumed === true };
}

/** The sink takes nothing more, and is at rest, once the transport has said how it ended, or has failed. */
async function get(
  urls: keyof MirrorUrls,
  { path, bytesMax, place }: FetchQuestion | DownloadQuestion,
  fresh: boolean,
  sink: Sink,
  world: World,
  resume?: Resume,
): Promise<TransportOutcome> {
  const { transport, signal } = world;
  const base = (place?.mirror ? world.mirrors?.places[place.mirror - 1] : world)?.[urls];
  // A mirror may have no targets.
  if (base === undefined) return { outcome: 'unavailable', status: 404 };
  let open = true;
  let taking: Promise<void> | undefined;
  const whileOpen =
    <A extends unknown[]>(take: (...values: A) => void | Promise<void>) =>
    (...values: A): void | Promise<void> => {
      if (!open) throw new TypeError('the transport goes on after it has ended');
      const work = take(...values);
      taking = work || undefined;
      return work;
    };
  const sealed = {
    start: whileOpen((length: number | undefined, etag?: string) => sink.start(length, etag)),
    write: whileOpen((chunk: Uint8Array) => sink.write(chunk)),
  };
  const once = place?.once;
  try {
    const answer = await transport.get(joinUrl(base, path), { bytesMax, fresh, signal, resume, sink: sealed, once });
    open = false;
    await taking;
    return answer;
  } finally {
    open = false;
    // A connection may break while the sink is at work: only then is the sink closed, or given to the next place.
    await taking?.catch(() => {}); // it is thrown already, or the transport has failed for another reason
  }
}

async function fromStore<T>(operation: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TufError) throw error;
    throw new TufError(
      'ERR_TUF_STORE',
      `store: cannot ${operation} ${path}`,
      { path, operation },
      { cause: error, hint: 'check that the storage is there, writable and not full' },
    );
  }
}
