import type { AnswerState, FileState } from '../ask/answer.ts';
import { type Decision, decisionTextMax } from '../ask/decisions.ts';
import { answerKeys } from '../ask/exchange.ts';
import { runOnState } from '../client/behind.ts';
import { type Platform, UpdateClient } from '../client/client.ts';
import type { Crypto, Transport } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { encodeHex } from '../metadata/hex.ts';
import { memoryStore } from '../store/memory.ts';
import { digest } from '../trust/question.ts';
import { findTarget } from '../workflow/find-target.ts';
import type { Workflow } from '../workflow/question.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import type { PublishedFiles } from './ports.ts';

/** What a state says of the files that answers name, and of the roots that clients may have pinned. */
export interface PublishedState {
  readonly meta: AnswerState['meta'];
  /** SHA-256 in hex of each root, by its version. */
  readonly roots: ReadonlyMap<number, string>;
  /** The keyids of the keys that may answer. */
  readonly answerKeyids: readonly string[];
}

/** Nobody resolves it: the files are read by a port. */
const base = 'https://repository.invalid';

/** What is published, verified as a client would before anything is said of it; looked at again after `refreshMs`. */
export class Published {
  readonly #client: UpdateClient;
  readonly #refreshMs: number;
  readonly #monotonic: () => number;
  #last: { readonly of: UpdateState; readonly described: PublishedState } | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(
    root: Uint8Array,
    files: PublishedFiles,
    crypto: Crypto,
    { refreshMs, now, monotonic }: { refreshMs: number; now: () => Date; monotonic: () => number },
  ) {
    const platform: Platform = { transport: () => transportOf(files), crypto: () => crypto };
    this.#client = new UpdateClient(
      { root, store: memoryStore(), metadataUrl: `${base}/metadata`, targetsUrl: `${base}/targets`, now },
      platform,
    );
    this.#refreshMs = refreshMs;
    this.#monotonic = monotonic;
  }

  /**
   * What is published now, and what a search on that very state finds of each path.
   *
   * @throws {@link TufError} why a client would refuse it.
   */
  async look(
    paths: readonly string[] | undefined,
    deny: ((path: string) => string | undefined) | undefined,
  ): Promise<{ readonly state: PublishedState; readonly decisions: readonly Decision[] | undefined }> {
    const now = this.#monotonic();
    if (now - this.#lookedMs >= this.#refreshMs) {
      await this.#client.refresh();
      this.#lookedMs = now;
    }
    const last = this.#last;
    const { of, described, decisions } = await runOnState(
      this.#client,
      function* (state, context) {
        // One object for one state: questions on it are answered together.
        const isSame = last !== undefined && isOneState(last.of, state);
        const found = isSame ? last.described : yield* describe(state, context);
        return { of: state, described: found, decisions: paths && (yield* decide(paths, deny, state, context)) };
      },
      {},
    );
    if (described !== last?.described) this.#last = { of, described };
    return { state: described, decisions };
  }
}

/** A client that lives keeps the documents that have not changed. */
function isOneState(a: UpdateState, b: UpdateState): boolean {
  return a.root === b.root && a.timestamp === b.timestamp && a.snapshot === b.snapshot && a.targets === b.targets;
}

function* decide(
  paths: readonly string[],
  deny: ((path: string) => string | undefined) | undefined,
  state: UpdateState,
  context: UpdateContext,
): Workflow<readonly Decision[]> {
  const decisions: Decision[] = [];
  for (const path of paths) {
    const { target } = yield* findTarget(state, path, context);
    const text = target && deny?.(path);
    if (target === undefined) decisions.push({ path, permitted: false, reason: 'not-listed' });
    else if (text !== undefined)
      decisions.push({ path, permitted: false, reason: 'denied', text: text.slice(0, decisionTextMax) });
    else decisions.push({ path, permitted: true, length: target.length, hashes: target.hashes });
  }
  return decisions;
}

function* describe(state: UpdateState, context: UpdateContext): Workflow<PublishedState> {
  const fileOf = function* ({ signed, bytes }: UpdateState['root' | 'timestamp' | 'snapshot']): Workflow<FileState> {
    return { version: signed.version, length: bytes.length, sha256: yield* digest('sha256', bytes) };
  };
  const roots = new Map<number, string>();
  for (const { signed, bytes } of state.roots) roots.set(signed.version, encodeHex(yield* digest('sha256', bytes)));
  const settings = { policy: 'require', roundTripMs: 0, graceMs: 0, skewMs: 0 } as const;
  const keys = yield* answerKeys(state, context, settings);
  const meta = {
    root: yield* fileOf(state.root),
    timestamp: yield* fileOf(state.timestamp),
    snapshot: yield* fileOf(state.snapshot),
  };
  return { meta, roots, answerKeyids: [...(keys?.keys.keys() ?? [])] };
}

/** A client's transport over the port. */
function transportOf(files: PublishedFiles): Transport {
  return {
    async get(url, { bytesMax, sink }) {
      const path = url
        .slice(base.length + 1)
        .split('/')
        .map(decodeURIComponent)
        .join('/');
      const bytes = await files.read(path, bytesMax + 1);
      if (bytes === undefined) return { outcome: 'unavailable', status: 404 };
      if (bytes.length > bytesMax) return { outcome: 'too-long' };
      await sink.start(bytes.length);
      await sink.write(bytes);
      return { outcome: 'complete' };
    },
  };
}

/** For a server whose key no list names. */
export function unlisted(keyid: string): TufError<'ERR_TUF_ANSWER_KEY'> {
  return new TufError(
    'ERR_TUF_ANSWER_KEY',
    `answer server: its key ${keyid} is not listed by the published targets role`,
    { path: 'tufa/answer-keys.json', keyid },
    { hint: 'run tufa ask authorize, publish, and start it again' },
  );
}
