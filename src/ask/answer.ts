/**
 * Answers: what is permitted right now. The one file that mints an {@link Answered}: it exists only because a listed answer key
 * has signed it and because it answers this very question.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { encodeBase64 } from '../metadata/base64.ts';
import { formatDateTime, type Instant } from '../metadata/date-time.ts';
import { encodeHex } from '../metadata/hex.ts';
import { readLength, readPositive } from '../metadata/members.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import type { Scanner } from '../metadata/scanner.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { type Proof, verify } from '../trust/question.ts';
import type { AnswerKeys } from './answer-keys.ts';
import { type Decision, readDecisions } from './decisions.ts';
import { type Envelope, preAuthEncoding, readEnvelope } from './dsse.ts';
import {
  batchMax,
  lifetimeMax,
  readAnswered,
  readBase64,
  readConstant,
  readDigest,
  readFormat,
  readInstant,
  readList,
  readOnly,
  stateType,
} from './form.ts';
import { headFrom, leafOf } from './merkle.ts';

/** The roles whose state an answer tells. */
export const answeredRoles = ['root', 'timestamp', 'snapshot'] as const;
type AnsweredRole = (typeof answeredRoles)[number];

/** What an answer says of one file. */
export interface FileState {
  readonly version: number;
  /** Bytes. */
  readonly length: number;
  readonly sha256: Uint8Array;
}

/** What an answer key signs. */
export interface AnswerState {
  readonly issued: Instant;
  /** Seconds from the sending of the question, by the asker's monotonic clock. */
  readonly lifetime: number;
  readonly tree: { readonly size: number; readonly head: Uint8Array };
  readonly meta: { readonly [role in AnsweredRole]: FileState };
}

declare const answered: unique symbol;

/** A state that a listed key has signed for this question, and what it decides on the targets that were asked for. */
export type Answered = AnswerState & {
  readonly decisions: readonly Decision[] | undefined;
  readonly keyid: string;
  readonly [answered]: true;
};

/** The bytes of a state, which are signed. */
export function writeState({ issued, lifetime, tree, meta }: AnswerState): Uint8Array {
  const files = Object.fromEntries(
    answeredRoles.map((role) => {
      const { version, length, sha256 } = meta[role];
      return [`${role}.json`, { version, length, hashes: { sha256: encodeHex(sha256) } }];
    }),
  );
  const head = { size: tree.size, sha256: encodeHex(tree.head) };
  const time = formatDateTime(issued);
  return encodeUtf8(
    JSON.stringify({ _type: 'tufa-state', version: 1, issued: time, lifetime, tree: head, meta: files }),
  );
}

/** The bytes of an answer. */
export function writeAnswer(
  { payload, signatures }: Envelope,
  index: number,
  path: readonly Uint8Array[],
  decisions: Uint8Array,
): Uint8Array {
  const envelope = {
    payloadType: stateType,
    payload: encodeBase64(payload),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: encodeBase64(sig) })),
  };
  const own = decisions.length === 0 ? {} : { decisions: encodeBase64(decisions) };
  return encodeUtf8(
    JSON.stringify({ _type: 'tufa-answer', version: 1, envelope, index, path: path.map(encodeHex), ...own }),
  );
}

/** Levels of a tree of {@link batchMax} leaves. */
const pathMax = Math.log2(batchMax);

function readAnswer(scanner: Scanner) {
  const readers = {
    _type: readConstant('tufa-answer'),
    version: readFormat,
    envelope: () => readEnvelope(scanner, stateType),
    index: readLength,
    path: () => readList(scanner, pathMax, readDigest),
    decisions: readBase64,
  };
  return readOnly(scanner, readers, 'decisions');
}

function readFileState(scanner: Scanner): FileState {
  const { version, length, hashes } = readOnly(scanner, {
    version: readPositive,
    length: readPositive,
    hashes: () => readOnly(scanner, { sha256: readDigest }),
  });
  return { version, length, sha256: hashes.sha256 };
}

function readState(scanner: Scanner): AnswerState {
  const upTo = (most: number) => (): number => {
    const value = scanner.integer(1);
    return value <= most ? value : scanner.fail(`expected at most ${most}`, scanner.valueAt);
  };
  const { issued, lifetime, tree, meta } = readOnly(scanner, {
    _type: readConstant('tufa-state'),
    version: readFormat,
    issued: readInstant,
    lifetime: upTo(lifetimeMax),
    tree: () => readOnly(scanner, { size: upTo(batchMax), sha256: readDigest }),
    meta: () =>
      readOnly(scanner, {
        'root.json': readFileState,
        'timestamp.json': readFileState,
        'snapshot.json': readFileState,
      }),
  });
  const files = { root: meta['root.json'], timestamp: meta['timestamp.json'], snapshot: meta['snapshot.json'] };
  return { issued, lifetime, tree: { size: tree.size, head: tree.sha256 }, meta: files };
}

/**
 * An answer to this question by one of these keys. Its signature is verified before its payload is read.
 *
 * @param question the exact bytes that were sent.
 * @param targets those that the question names.
 * @throws {@link TufError} `ERR_TUF_ANSWER_MALFORMED`; `ERR_TUF_ANSWER_UNSIGNED`; `ERR_TUF_ANSWER_MISMATCH` for an answer to
 * anything else.
 */
export function* trustAnswer(
  bytes: Uint8Array,
  keys: AnswerKeys,
  question: Uint8Array,
  targets: readonly string[] | undefined,
): Proof<Answered> {
  const { envelope, index, path, decisions = new Uint8Array(0) } = readAnswered(bytes, 'answer', readAnswer);
  const keyid = yield* signerOf(envelope, keys);
  const state = readAnswered(envelope.payload, 'answer state', readState);
  const head = yield* headFrom(yield* leafOf(question, decisions), index, state.tree.size, path);
  if (head === undefined || !equalBytes(head, state.tree.head)) {
    throw new TufError(
      'ERR_TUF_ANSWER_MISMATCH',
      'answer: it is signed, but it answers another question',
      { expected: head && encodeHex(head), found: encodeHex(state.tree.head) },
      { hint: 'ask again; if it stays so, somebody between here and the server replays or mixes up answers' },
    );
  }
  const decided = targets === undefined ? undefined : readDecisions(decisions, targets);
  return { ...state, decisions: decided, keyid } as Answered;
}

/** The keyid of the listed key that made a signature of the envelope. Keyids are labels: every listed key is tried. */
function* signerOf({ payload, signatures }: Envelope, keys: AnswerKeys): Proof<string> {
  const message = preAuthEncoding(stateType, payload);
  for (const [keyid, key] of keys.keys) {
    for (const { sig } of signatures) {
      if ((yield* verify(key as PublicKey, message, sig)) === true) return keyid;
    }
  }
  throw new TufError(
    'ERR_TUF_ANSWER_UNSIGNED',
    'answer: none of its signatures is by a key that the targets role lists',
    { trustedKeyids: [...keys.keys.keys()], keyids: signatures.map(({ keyid }) => keyid) },
    { hint: 'the answer server may have an old key, or somebody answers in its place' },
  );
}
