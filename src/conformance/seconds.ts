import type { Instant } from '../metadata/date-time.ts';

/** An instant as the vectors write it: whole seconds since 1970, rounded down, and the nanoseconds above. */
export function secondsOf({ milliseconds, nanoseconds }: Instant): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1_000_000 + nanoseconds };
}
