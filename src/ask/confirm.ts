/**
 * A refresh that is confirmed by an answer: accepted offline, and permitted now.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { compareInstants, formatDateTime, type Instant } from '../metadata/date-time.ts';
import { encodeHex } from '../metadata/hex.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { monotonicTime, report, type Workflow, wait, write } from '../workflow/question.ts';
import { recallState } from '../workflow/recall-state.ts';
import { ignored, only, recalled } from '../workflow/recalled.ts';
import { refresh } from '../workflow/refresh.ts';
import { beforeAll, checkFreshness, type UpdateContext, type UpdateState } from '../workflow/state.ts';
import type { AnswerKeys } from './answer-keys.ts';
import { type AskSettings, answerKeys, ask, type Confirmed, compareStates, frozen } from './exchange.ts';
import { readConstant, readDigest, readForm, readInstant, readOnly } from './form.ts';
import { Overlay } from './overlay.ts';

/** A state, and the answer that it rests on; without one only where the policy is `prefer`. */
export interface ConfirmedState {
  readonly state: UpdateState;
  readonly confirmed: Confirmed | undefined;
}

/** Milliseconds before the second attempt at a newer state; doubled for each after it. */
const pauseMs = 500;

/**
 * Updates, and asks whether the state is the current one.
 *
 * @throws {@link TufError} those of a refresh and of {@link ask}; `ERR_TUF_FROZEN`, `ERR_TUF_ANSWER_STALE`, `ERR_TUF_FORK`;
 * `ERR_TUF_EXPIRED` for what has expired at the time of the answer.
 */
export function confirmedRefresh(
  pinned: Uint8Array,
  context: UpdateContext,
  settings: AskSettings,
): Workflow<ConfirmedState> {
  return settings.skewMs === undefined
    ? refreshWithoutClock(pinned, context, settings)
    : refreshWithClock(pinned, context, settings);
}

function* refreshWithClock(
  pinned: Uint8Array,
  context: UpdateContext,
  settings: AskSettings,
): Workflow<ConfirmedState> {
  const state = yield* refresh(pinned, context);
  const again = (before: UpdateState): Workflow<UpdateState> => refresh(pinned, { ...context, established: before });
  const current = yield* currentState(state, again, context, settings);
  const issued = current.confirmed?.answered.issued;
  // Narrower than either clock alone.
  if (issued !== undefined && compareInstants(issued, context.time) > 0) checkFreshness(current.state, issued);
  return current;
}

/** Asks, and refreshes and asks again for as long as the answer is of a newer state and there is grace. */
function* currentState(
  first: UpdateState,
  again: (before: UpdateState) => Workflow<UpdateState>,
  context: UpdateContext,
  settings: AskSettings,
  earliest?: (keys: AnswerKeys) => Workflow<Instant | undefined>,
): Workflow<ConfirmedState> {
  let state = first;
  let begun: number | undefined;
  for (let pause = 0; ; pause = pause * 2 || pauseMs) {
    const keys = yield* answerKeys(state, context, settings);
    const notBefore = keys && (yield* earliest?.(keys) ?? only(() => undefined));
    const confirmed = keys && (yield* ask(state, keys, context, settings, notBefore));
    if (confirmed === undefined) return { state, confirmed };
    if ((yield* compareStates(state, confirmed.answered)) === 'current') {
      const { issued, lifetime, keyid } = confirmed.answered;
      yield* report({ type: 'answered', issued: formatDateTime(issued), lifetime, keyid });
      return { state, confirmed };
    }
    const now = yield* monotonicTime();
    begun ??= now;
    if (now - begun + pause > settings.graceMs) throw frozen(state, confirmed.answered);
    if (pause > 0) yield* wait(pause);
    state = yield* again(state);
  }
}

/**
 * The same without a clock: the chain is verified without expiry, the answer gives the time, and then everything is checked
 * again at it. Nothing is kept before.
 */
function* refreshWithoutClock(
  pinned: Uint8Array,
  context: UpdateContext,
  settings: AskSettings,
): Workflow<ConfirmedState> {
  const overlay = new Overlay();
  const timeless = { ...context, isTimeless: true, established: undefined };
  const update = (): Workflow<UpdateState> => overlay.over(refresh(pinned, { ...timeless, time: beforeAll }));
  const floor = context.floor?.time;
  const known = yield* recallAnswered();
  const first = yield* update();
  // What only other keys than those that are listed now have vouched for is forgotten with them.
  const earliest = (keys: AnswerKeys): Workflow<Instant | undefined> =>
    only(() => later(floor, known && equalBytes(known.keys, keys.sha256) ? known.time : undefined));
  const { state: early, confirmed } = yield* overlay.over(currentState(first, update, context, settings, earliest));
  if (confirmed === undefined) throw noTime();
  const time = confirmed.answered.issued;
  const at = { ...timeless, time };
  const again = yield* overlay.over(recallState(pinned, 'strict', at));
  const state: UpdateState = { ...(again?.state ?? early), offline: undefined };
  checkFreshness(state, time);
  // The list that authorised the key is that of the state which holds at this time.
  const keys = yield* overlay.over(answerKeys(state, at, settings));
  if (keys === undefined || (yield* compareStates(state, confirmed.answered)) !== 'current') throw noTime();
  yield* overlay.commit();
  yield* rememberAnswered({ keys: keys.sha256, time });
  return { state, confirmed };
}

function noTime(): TufError<'ERR_TUF_ANSWER_MISSING'> {
  return new TufError(
    'ERR_TUF_ANSWER_MISSING',
    'answer: without one there is no time to check anything at',
    { url: undefined },
    { hint: 'clock: "untrusted" needs an answer server, and policy: "require"' },
  );
}

/** What is remembered of a time that an answer gave: which list of keys had vouched for it. */
interface AnsweredTime {
  readonly keys: Uint8Array;
  readonly time: Instant;
}

const answeredName = 'answered-time';
const answeredBytesMax = 1024;

function recallAnswered(): Workflow<AnsweredTime | undefined> {
  const parse = (bytes: Uint8Array): AnsweredTime =>
    readForm(bytes, answeredName, (scanner) => {
      const readers = { _type: readConstant('tufa-answered'), keys: readDigest, time: readInstant };
      const { keys, time } = readOnly(scanner, readers);
      return { keys, time };
    });
  return recalled(answeredName, answeredBytesMax, (bytes) => only(() => parse(bytes)), ignored(answeredName));
}

function* rememberAnswered({ keys, time }: AnsweredTime): Workflow<void> {
  const text = { _type: 'tufa-answered', keys: encodeHex(keys), time: formatDateTime(time) };
  yield* write(answeredName, encodeUtf8(`${JSON.stringify(text)}\n`));
}

function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || (b !== undefined && compareInstants(a, b) < 0) ? b : a;
}
