/**
 * How long a transport waits for a server.
 *
 * A limit on the whole request alone is wrong in both directions: five seconds end a healthy download of a large file, and
 * an hour lets a server that drips hold a small one for an hour. So three limits, counted in milliseconds spent waiting
 * for the network (time in the sink is not counted):
 *
 * @module
 */
import type { TufError } from '../errors.ts';
import { transportError } from './failure.ts';

/** Limits on waiting. `Infinity` switches one off, `0` the rate. */
export interface PatienceOptions {
  /** Most milliseconds without one byte, also before the first (T3). Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Fewest bytes per second, on average after the first `idleTimeoutMs` (T3). Default 1,024: less than any usable link. */
  readonly bytesPerSecondMin?: number;
  /**
   * Most milliseconds for a request with its redirects. Default none: `bytesMax` and the rate bound every request, and a
   * healthy download must not fail for its size.
   */
  readonly totalTimeoutMs?: number;
}

/** The limits, with what one request has spent of them. */
export interface Patience {
  /** How much longer to wait for the next byte, in milliseconds. */
  left(): number;
  /** Notes a wait that ended with so many bytes. */
  spent(ms: number, bytes: number): void;
  /** The error for a wait that ended with none. */
  error(url: string, ms: number): TufError<'ERR_TUF_TRANSPORT'>;
}

/** Checks the options once and gives each request its own {@link Patience}. Throws `TypeError` for a limit that is none. */
export function patienceFor(options: PatienceOptions): () => Patience {
  const {
    idleTimeoutMs: idle = 30_000,
    bytesPerSecondMin: rate = 1024,
    totalTimeoutMs: total = Number.POSITIVE_INFINITY,
  } = options;
  if (!(idle > 0 && total > 0 && rate >= 0)) throw new TypeError('timeouts are above 0, a rate is not below');
  return () => {
    let waitedMs = 0;
    let received = 0;
    return {
      left: () => {
        const earned = rate === 0 ? Number.POSITIVE_INFINITY : idle + (received * 1000) / rate;
        return Math.max(0, Math.min(idle, total - waitedMs, earned - waitedMs, timerMax));
      },
      spent: (ms, bytes) => {
        waitedMs += ms;
        received += bytes;
      },
      error: (url, ms) =>
        transportError(url, `too slow: ${received} bytes in ${Math.round(waitedMs + ms)} ms`, {
          isTemporary: true,
          hint: 'try again, or change idleTimeoutMs, totalTimeoutMs or bytesPerSecondMin',
        }),
    };
  };
}

/** The longest time that every runtime's timers take. */
const timerMax = 2 ** 31 - 1;
