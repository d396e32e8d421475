import { TufError } from '../errors.ts';
import { compareInstants, formatDateTime, type Instant } from '../metadata/date-time.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';

/**
 * Refuses a document that has expired at `time`. Equal is expired.
 *
 * @throws {@link TufError} `ERR_TUF_EXPIRED`.
 * @spec 4.3-e, 5.1, 5.3.10, 5.4.4, 5.5.6, 5.6.5, A-10, A-69
 */
export function checkFreeze(document: Signed<DocumentHead>, time: Instant): void {
  const { version, expires, expiresAt } = document.signed;
  if (compareInstants(expiresAt, time) > 0) return;
  const { role } = document;
  const now = formatDateTime(time);
  throw new TufError(
    'ERR_TUF_EXPIRED',
    `${role}: version ${version} expired at ${expires} (now ${now})`,
    { role, version, expires, time: now },
    {
      hint: 'refresh again; if it stays so, check this clock, and whether the repository is renewed or held back',
    },
  );
}
