import { writeDecisions } from '../ask/decisions.ts';
import { answerType, lifetimeMax, questionBytesMax, questionType } from '../ask/form.ts';
import { type AnswerQuestion, readQuestion } from '../ask/question.ts';
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { encodeHex } from '../metadata/hex.ts';
import { jsonOf } from '../metadata/json.ts';
import type { Signer } from '../repository/signer.ts';
import { Batch } from './batch.ts';
import type { PublishedFiles } from './ports.ts';
import { Published, unlisted } from './published.ts';

/** What an answer server is made of. */
export interface AnswerHandlerOptions {
  /** What is published. Every answer is of what a client would accept of it. */
  readonly files: PublishedFiles;
  /** The earliest root that a client may have pinned. */
  readonly root: Uint8Array;
  /** The answer key: listed in `tufa/answer-keys.json`, and no key of any role. */
  readonly signer: Signer;
  /** Seconds that an answer says something for, 1 to 3,600. Default 30. */
  readonly lifetime?: number | undefined;
  /** Milliseconds after which what is published is looked at again. Default 1,000. */
  readonly refreshMs?: number | undefined;
  /** Why a target is not permitted although it is listed, for people; `undefined` for all others. At most 1,024 characters. */
  readonly deny?: ((path: string) => string | undefined) | undefined;
  /** Whether a request is let in: where a limit on the rate of an address belongs. False is answered with 429. */
  readonly admit?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /** Questions that are being answered at a time; more are answered with 503. Default 4,096. */
  readonly inFlightMax?: number | undefined;
  /** Told of what this server cannot do; clients hear of it as 500 or 503 without a reason. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The clock; the system's by default. */
  readonly now?: (() => Date) | undefined;
}

/** A handler for a server with the fetch API. */
export type AnswerHandler = (request: Request) => Promise<Response>;

/** Anybody may ask from anywhere: an answer is public, and bound to its question. */
const headers = {
  'access-control-allow-origin': '*',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** A request that is refused: the status, and what a person is told. */
class Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, text: string, more: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.text = text;
    this.headers = more;
  }
}

/** The handler, on the cryptography of a platform. Throws `TypeError` for options that are out of their range. */
export function handlerOn(crypto: Crypto, options: AnswerHandlerOptions): AnswerHandler {
  const { lifetime = 30, refreshMs = 1000, inFlightMax = 4096, now = () => new Date() } = options;
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > lifetimeMax)
    throw new TypeError(`lifetime is 1 to ${lifetimeMax} seconds`);
  const monotonic = (): number => performance.now();
  const published = new Published(options.root, options.files, crypto, { refreshMs, now, monotonic });
  const batch = keyidOf(options.signer, crypto).then((keyid) => ({
    keyid,
    queue: new Batch(options.signer, keyid, crypto, lifetime, now),
  }));
  batch.catch(() => {}); // told to whoever asks
  let inFlight = 0;

  const answer = async (request: Request): Promise<Response> => {
    if (request.method === 'OPTIONS') return preflight();
    if (request.method !== 'POST') throw new Refusal(405, 'POST a question', { allow: 'POST, OPTIONS' });
    if ((await options.admit?.(request)) === false)
      throw new Refusal(429, 'too many questions', { 'retry-after': '1' });
    // Whoever sends slowly keeps nobody waiting: a question counts once it is there.
    const bytes = await questionOf(request);
    if (inFlight >= inFlightMax) throw new Refusal(503, 'too many questions', { 'retry-after': '1' });
    inFlight += 1;
    try {
      return await answerTo(bytes);
    } finally {
      inFlight -= 1;
    }
  };

  const answerTo = async (bytes: Uint8Array): Promise<Response> => {
    const question = parse(bytes);
    const { keyid, queue } = await batch;
    const { state, decisions } = await published.look(question.targets, options.deny);
    if (!state.answerKeyids.includes(keyid)) throw unlisted(keyid);
    if (state.roots.get(question.root.version) !== encodeHex(question.root.sha256))
      throw new Refusal(404, 'this server answers for another repository, or does not know that root');
    const body = await queue.answer(state.meta, bytes, writeDecisions(decisions));
    return new Response(new Uint8Array(body), { headers: { ...headers, 'content-type': answerType } });
  };

  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof Refusal) return refuse(error);
      options.onError?.(error);
      return refuse(new Refusal(503, 'no answer can be given now', { 'retry-after': '5' }));
    }
  };
}

function preflight(): Response {
  const allowed = {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '86400',
  };
  return new Response(null, { status: 204, headers: { ...headers, ...allowed } });
}

function refuse({ status, text, headers: more }: Refusal): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...headers, ...more, 'content-type': 'text/plain; charset=utf-8' },
  });
}

function parse(bytes: Uint8Array): AnswerQuestion {
  try {
    return readQuestion(bytes);
  } catch (error) {
    throw error instanceof TufError ? new Refusal(400, error.message) : error;
  }
}

async function questionOf(request: Request): Promise<Uint8Array> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== questionType) throw new Refusal(415, `a question is ${questionType}`);
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { value, done = true } = (await reader?.read()) ?? {};
    if (done || value === undefined) break;
    length += value.length;
    if (length > questionBytesMax) {
      await reader?.cancel().catch(() => {}); // nobody wants the rest
      throw new Refusal(413, `a question has at most ${questionBytesMax} bytes`);
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The SHA-256 of the canonical key object: what the list of answer keys calls it. */
async function keyidOf({ key }: Signer, crypto: Crypto): Promise<string> {
  return encodeHex(await crypto.digest('sha256', canonicalJson(jsonOf(key), 'olpc')));
}
