/**
 * One question and its answer: the list of answer keys, the challenge, what the answer says of the state that the client
 * trusts.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { compareInstants, formatDateTime, type Instant } from '../metadata/date-time.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import { targetUrlPath } from '../metadata/file-name.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Root } from '../metadata/root.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { checkTargetFile, tooLong } from '../trust/mix-and-match.ts';
import { digest, type Proof } from '../trust/question.ts';
import type { Trusted } from '../trust/trusted.ts';
import { bytesOf } from '../workflow/fetch-metadata.ts';
import {
  type FetchQuestion,
  fetch,
  type Place,
  read,
  report,
  type Sent,
  sendQuestion,
  takeNonce,
  type Workflow,
  write,
} from '../workflow/question.ts';
import { isRefusal, unless } from '../workflow/recalled.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import { type Answered, answeredRoles, trustAnswer } from './answer.ts';
import {
  type AnswerKeys,
  answerKeysBytesMax,
  answerKeysPath,
  listedAnswerKeys,
  trustAnswerKeys,
} from './answer-keys.ts';
import { answerBytesMax } from './form.ts';
import { writeQuestion } from './question.ts';

/** How a client asks: pinned configuration of the application, never discovered. */
export interface AskSettings {
  /** What a missing answer means: an event, or the end. */
  readonly policy: 'prefer' | 'require';
  /** Milliseconds from sending a question to having its answer. */
  readonly roundTripMs: number;
  /** Milliseconds that the local clock and an answer may be apart. `undefined`: the local clock is not believed. */
  readonly skewMs: number | undefined;
  /** Milliseconds that a newer state gets to arrive. */
  readonly graceMs: number;
}

/** An answer, and when it was asked for by the monotonic clock: its lifetime is counted from there. */
export interface Confirmed {
  readonly answered: Answered;
  /** Milliseconds of the monotonic clock. */
  readonly sentMs: number;
}

/** The local file that keeps the list of answer keys. It is held against the listed digests at each use. */
const keysName = 'answer-keys';

/**
 * Asks what is permitted now, and believes it if it is an answer to this question by a listed key, in time.
 *
 * @param earliest no answer is older than that.
 * @param targets to be decided on; without them the state alone is asked for.
 * @returns `undefined` where there is no answer and `prefer` allows that.
 * @throws {@link TufError} `ERR_TUF_ANSWER_MISSING`, `ERR_TUF_ANSWER_KEY`, `ERR_TUF_ANSWER_MALFORMED`,
 * `ERR_TUF_ANSWER_UNSIGNED`, `ERR_TUF_ANSWER_MISMATCH`, `ERR_TUF_ANSWER_EXPIRED`, `ERR_TUF_ANSWER_TIME`.
 */
export function* ask(
  state: UpdateState,
  keys: AnswerKeys,
  context: UpdateContext,
  settings: AskSettings,
  earliest: Instant | undefined,
  targets?: readonly string[],
): Workflow<Confirmed | undefined> {
  const pinned = state.roots[0] as Trusted<Root>;
  const root = { version: pinned.signed.version, sha256: yield* digest('sha256', pinned.bytes) };
  const question = writeQuestion({ nonce: yield* takeNonce(), root, targets });
  const sent = yield* sendQuestion(question, answerBytesMax, settings.roundTripMs);
  if (sent.outcome === 'missing') return yield* missing(sent, settings);
  if (sent.roundTripMs > settings.roundTripMs) throw late(sent.roundTripMs, settings.roundTripMs);
  const answered = yield* trustAnswer(sent.bytes, keys, question, targets);
  const lifetimeMs = answered.lifetime * 1000;
  if (sent.roundTripMs >= lifetimeMs) throw late(sent.roundTripMs, lifetimeMs);
  checkTime(answered, context.time, settings.skewMs, earliest);
  return { answered, sentMs: sent.sentMs };
}

/** That there is no answer: an event, or the end. */
function* missing(
  { cause }: Extract<Sent, { readonly outcome: 'missing' }>,
  { policy }: Pick<AskSettings, 'policy'>,
): Workflow<undefined> {
  if (policy === 'prefer') {
    yield* report({ type: 'answer-missing', cause });
    return undefined;
  }
  const why = cause instanceof TufError ? cause : undefined;
  const url = (why?.evidence as { url?: string } | undefined)?.url;
  throw new TufError(
    'ERR_TUF_ANSWER_MISSING',
    `answer: none was had, and one is required${why ? ` (${why.message})` : ''}`,
    { url },
    { cause, hint: 'try again; check that the answer server is up, and its URL' },
  );
}

/** For an answer that came too late, or is used too late. */
export function late(elapsedMs: number, limitMs: number): TufError<'ERR_TUF_ANSWER_EXPIRED'> {
  return new TufError(
    'ERR_TUF_ANSWER_EXPIRED',
    `answer: ${Math.round(elapsedMs)} ms after it was asked for it says nothing any more`,
    { elapsedMs: Math.round(elapsedMs), limitMs },
    { hint: 'refresh again' },
  );
}

function checkTime(
  { issued }: Answered,
  local: Instant,
  skewMs: number | undefined,
  earliest: Instant | undefined,
): void {
  const apart = Math.abs(issued.milliseconds - local.milliseconds);
  const isApart = skewMs !== undefined && apart > skewMs;
  const isEarly = earliest !== undefined && compareInstants(issued, earliest) < 0;
  if (!isApart && !isEarly) return;
  const time = formatDateTime(issued);
  const other = formatDateTime(isApart ? local : (earliest as Instant));
  throw new TufError(
    'ERR_TUF_ANSWER_TIME',
    isApart ? `answer: issued at ${time}, and the clock says ${other}` : `answer: issued at ${time}, before ${other}`,
    { issued: time, time: other },
    {
      hint: isApart
        ? 'set the clock; an application without a good one can be made with clock: "untrusted"'
        : 'the answer server is behind, or its key was stolen: its operator has to look',
    },
  );
}

/**
 * Whether an answer is of the state that is trusted here, or of a newer one.
 *
 * @throws {@link TufError} `ERR_TUF_FORK` for two files of one version; `ERR_TUF_ANSWER_STALE` for a state that is older in
 * any role.
 */
export function* compareStates(state: UpdateState, { meta }: Answered): Proof<'current' | 'newer'> {
  let verdict: 'current' | 'newer' = 'current';
  for (const role of answeredRoles) {
    const { version, sha256 } = meta[role];
    const own = state[role];
    if (version > own.signed.version) verdict = 'newer';
    if (version !== own.signed.version) continue;
    const [held, answered] = [encodeHex(yield* digest('sha256', own.bytes)), encodeHex(sha256)];
    if (held === answered) continue;
    throw new TufError(
      'ERR_TUF_FORK',
      `${role}: version ${version} is one file here and another at the answer server`,
      { role, version, held, answered },
      { hint: 'compare both with the publisher: somebody shows different releases to different clients' },
    );
  }
  for (const role of answeredRoles) {
    const [trustedVersion, { version }] = [state[role].signed.version, meta[role]];
    if (version >= trustedVersion) continue;
    throw new TufError(
      'ERR_TUF_ANSWER_STALE',
      `answer: it knows ${role} ${version}, and here ${trustedVersion} is trusted`,
      { role, version, trustedVersion },
      { hint: 'ask again; the answer server has not seen the newest release' },
    );
  }
  return verdict;
}

/** For a state that the answer server has and nobody else serves. */
export function frozen(state: UpdateState, { meta }: Answered): TufError<'ERR_TUF_FROZEN'> {
  const role = answeredRoles.find((each) => meta[each].version > state[each].signed.version) ?? 'timestamp';
  const evidence = { role, version: state[role].signed.version, answered: meta[role].version };
  return new TufError(
    'ERR_TUF_FROZEN',
    `${role}: ${evidence.answered} is permitted now, and the server gives no newer one than ${evidence.version}`,
    evidence,
    { hint: 'try again, then another network: somebody may hold the newest release back' },
  );
}

/**
 * The keys that may answer on this state: as kept, where that is what is listed, or fetched.
 *
 * @returns `undefined` where none are listed and `prefer` allows that.
 * @throws {@link TufError} `ERR_TUF_ANSWER_KEY`, `ERR_TUF_ANSWER_MALFORMED`, `ERR_TUF_TRANSPORT`, and those of a target file.
 */
export function* answerKeys(
  state: UpdateState,
  context: UpdateContext,
  settings: AskSettings,
): Workflow<AnswerKeys | undefined> {
  let file: TargetFile;
  try {
    file = listedAnswerKeys(state.targets);
  } catch (cause) {
    if (settings.policy === 'require') throw cause;
    return yield* missing({ outcome: 'missing', cause }, settings);
  }
  const kept = yield* read(keysName, answerKeysBytesMax);
  const same = kept && (yield* unless(isRefusal, listed(file, kept)));
  if (same !== undefined) return yield* trustAnswerKeys(same, state.root, state.targets);
  const bytes = yield* fetchKeys(state, file, context);
  const keys = yield* trustAnswerKeys(bytes, state.root, state.targets);
  yield* write(keysName, bytes, true);
  return keys;
}

/** The bytes, where they are those of the listed file. */
function* listed(file: TargetFile, bytes: Uint8Array): Workflow<Uint8Array> {
  const digests = new Map<HashAlgorithm, Uint8Array>();
  for (const { algorithm } of knownDigests(file.hashes)) digests.set(algorithm, yield* digest(algorithm, bytes));
  checkTargetFile(file, bytes.length, digests);
  return bytes;
}

function* fetchKeys(state: UpdateState, file: TargetFile, context: UpdateContext): Workflow<Uint8Array> {
  if (file.length > answerKeysBytesMax) throw tooLong({ path: answerKeysPath }, answerKeysBytesMax);
  const isPrefixed = state.root.signed.consistentSnapshot && context.prefixTargetsWithHash;
  const [strongest] = knownDigests(file.hashes);
  const path = targetUrlPath(file.path, isPrefixed ? file.hashes.get(strongest?.algorithm ?? '') : undefined);
  const question = { role: answerKeysPath, path, bytesMax: file.length, fresh: false, below: 'targetsUrl' } as const;
  const attempt = function* (place?: Place): Workflow<Uint8Array> {
    const asked: Omit<FetchQuestion, 'kind'> = { ...question, place };
    return yield* listed(file, bytesOf(yield* fetch(asked), question));
  };
  return yield* state.order?.first(attempt) ?? attempt();
}
