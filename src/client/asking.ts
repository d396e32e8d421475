import { confirmedRefresh } from '../ask/confirm.ts';
import { type AskSettings, type Confirmed, late } from '../ask/exchange.ts';
import { nonceBytes } from '../ask/question.ts';
import { TufError } from '../errors.ts';
import { compareInstants, type Instant } from '../metadata/date-time.ts';
import type { OnlineQuestion, Workflow } from '../workflow/question.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import type { SendQuestion } from './ports.ts';

/** How an application asks: pinned like its root, and never discovered. */
export interface AskingOptions {
  /** The answer server; https, or http on a loopback address. */
  readonly url: string | URL;
  /**
   * `require`: without an answer there is no refresh. `prefer`: a missing answer is the event `answer-missing`. That is **no
   * defence against whoever holds the network**, who leaves the answer out. One that is there and false is refused either way.
   */
  readonly policy: 'prefer' | 'require';
  /**
   * `trusted`, the default: an answer whose time is more than `skewMs` from the client's clock is refused. `untrusted`: the
   * answer's time replaces the clock, for devices that have none; needs `require`.
   */
  readonly clock?: 'trusted' | 'untrusted' | undefined;
  /** Milliseconds between a trusted clock and an answer. Default 300,000. */
  readonly skewMs?: number | undefined;
  /** Milliseconds from sending a question to having its answer. Default 10,000. */
  readonly roundTripMs?: number | undefined;
  /** Milliseconds that a release gets to arrive that the answer server knows already. Default 20,000. */
  readonly graceMs?: number | undefined;
  /** Replaces the platform's own way to fetch. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What carries a question to the server, and what a platform has besides. */
export interface AskingPlatform {
  readonly send: SendQuestion;
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number;
}

/** Confirms the updates of clients; made by `asking()` of `tufa/ask`. Each client has its own. */
export interface Asking {
  /** @internal */
  refresh(pinned: Uint8Array, context: UpdateContext): Workflow<UpdateState>;
  /** @internal */
  answer(question: OnlineQuestion, signal: AbortSignal | undefined): unknown;
  /** @internal The time at which a state is judged; throws where its answer says nothing any more. */
  timeOf(state: UpdateState, local: Instant): Instant;
  /** @internal Whether an answer has said that this state is the current one. */
  isConfirmed(state: UpdateState): boolean;
  /** @internal */
  readonly settings: AskSettings;
}

/** What confirms updates on a platform. Throws `TypeError` for options that are not as {@link AskingOptions} says. */
export function askingOn(
  { policy, clock = 'trusted', skewMs = 300_000, roundTripMs = 10_000, graceMs = 20_000 }: AskingOptions,
  platform: AskingPlatform,
): Asking {
  for (const [name, ms] of Object.entries({ skewMs, roundTripMs, graceMs })) {
    if (!(ms >= 0 && ms < 2 ** 31)) throw new TypeError(`the option ${name} is a number of milliseconds`);
  }
  const isKnown = /^(prefer|require)$/.test(policy) && /^(trusted|untrusted)$/.test(clock);
  if (!isKnown || (clock === 'untrusted' && policy !== 'require')) {
    throw new TypeError('policy is "prefer" or "require", clock "trusted" or, with "require", "untrusted"');
  }
  const isTrusted = clock === 'trusted';
  const settings = { policy, roundTripMs, graceMs, skewMs: isTrusted ? skewMs : undefined };
  /** The answers that states rest on, and the local time of their refresh. */
  const answers = new WeakMap<UpdateState, Confirmed & { readonly local: Instant }>();

  return {
    settings,
    *refresh(pinned, context) {
      const { state, confirmed } = yield* confirmedRefresh(pinned, context, settings);
      if (confirmed !== undefined) answers.set(state, { ...confirmed, local: context.time });
      return state;
    },
    isConfirmed: (state) => answers.has(state),
    answer(question, signal) {
      switch (question.kind) {
        case 'nonce':
          return crypto.getRandomValues(new Uint8Array(nonceBytes));
        case 'send':
          return platform.send(question, signal);
        case 'monotonic':
          return platform.monotonic();
        case 'wait':
          return pause(question.ms, signal);
      }
    },
    timeOf(state, local) {
      const answer = answers.get(state);
      if (answer === undefined && policy === 'require') throw unanswered();
      if (answer === undefined) return local;
      const { issued, lifetime } = answer.answered;
      const monotonicMs = platform.monotonic() - answer.sentMs;
      // A monotonic clock may stand still while the machine sleeps; a clock that is trusted does not.
      const sinceMs = Math.max(monotonicMs, isTrusted ? local.milliseconds - answer.local.milliseconds : 0);
      if (sinceMs > lifetime * 1000) {
        if (policy === 'require') throw late(sinceMs, lifetime * 1000);
        return local;
      }
      const answered = { milliseconds: issued.milliseconds + Math.floor(monotonicMs), nanoseconds: 0 };
      return isTrusted && compareInstants(answered, local) < 0 ? local : answered;
    },
  };
}

function unanswered(): TufError<'ERR_TUF_ANSWER_MISSING'> {
  return new TufError(
    'ERR_TUF_ANSWER_MISSING',
    'answer: what is trusted was had offline, and an answer is required',
    { url: undefined },
    { hint: 'refresh with a connection' },
  );
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    function end(): void {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
