import { compareInstants, type Instant } from '../metadata/date-time.ts';
import type { CheckContext } from './context.ts';
import { counted } from './finding.ts';
import type { HeadView } from './view.ts';

/** One line of the expiry calendar. */
export interface CalendarEntry {
  readonly role: string;
  readonly file: string;
  readonly version: number | null;
  /** As the document says; `null` where it says nothing that can be read. */
  readonly expires: string | null;
  /** Whole days, rounded down; below 0 where it has expired. */
  readonly daysLeft: number | null;
  readonly expired: boolean;
}

const hour = 3_600_000;
const day = 24 * hour;

/** With less time left than this somebody should look: milliseconds. */
const soon: Readonly<Record<string, number>> = { root: 30 * day, snapshot: day, timestamp: 3 * hour };
const soonForTargets = 14 * day;
/** A timestamp that lasts longer bounds no freeze attack that matters. */
const timestampLastsMax = 31 * day;

/** Which document a client needs together with which: the first must not outlive the second. */
const neededBy = [
  ['timestamp', 'snapshot'],
  ['timestamp', 'root'],
  ['snapshot', 'targets'],
  ['snapshot', 'root'],
] as const;

export interface DatedDocument {
  readonly role: string;
  readonly file: string;
  readonly view: HeadView | undefined;
}

/** The calendar of all documents that clients need now, earliest first, with its findings. @spec 5.3.10, 5.4.4, A-10 */
export function checkExpiry(context: CheckContext, documents: readonly DatedDocument[]): CalendarEntry[] {
  const { findings, at } = context;
  const ends = new Map<string, Instant>();
  const entries = documents.map(({ role, file, view }): CalendarEntry & { readonly end: Instant | undefined } => {
    const end = view?.expiresAt;
    const about = { role, file };
    const left = end === undefined ? undefined : end.milliseconds - at.milliseconds;
    const expired = end !== undefined && compareInstants(end, at) <= 0;
    if (end !== undefined) ends.set(role, end);
    if (expired) findings.add('expired', about, `${role} expired at ${view?.expires}`);
    else if (left !== undefined && left < (soon[role] ?? soonForTargets)) {
      findings.add('expires-soon', about, `${role} expires at ${view?.expires}, in ${spanOf(left)}`);
    } else if (role === 'timestamp' && left !== undefined && left > timestampLastsMax) {
      findings.add('timestamp-long', about, `the timestamp lasts for another ${spanOf(left)}`);
    }
    const daysLeft = left === undefined ? null : Math.floor(left / day);
    return { role, file, version: view?.version ?? null, expires: view?.expires ?? null, daysLeft, expired, end };
  });
  for (const [role, other] of neededBy) {
    const [end, otherEnd] = [ends.get(role), ends.get(other)];
    if (end === undefined || otherEnd === undefined || compareInstants(end, otherEnd) <= 0) continue;
    findings.add('expiry-order', { role }, `${role} ends after ${other}, without which it is of no use`);
  }
  const order = (entry: { readonly end: Instant | undefined }): number =>
    entry.end?.milliseconds ?? Number.NEGATIVE_INFINITY;
  return entries.sort((a, b) => order(a) - order(b)).map(({ end: _, ...entry }) => entry);
}

/** A span for people: days, or hours below two of them. */
function spanOf(milliseconds: number): string {
  return milliseconds < 2 * day
    ? counted(Math.floor(milliseconds / hour), 'hour')
    : counted(Math.floor(milliseconds / day), 'day');
}
