import type { CheckReport } from '../check/check.ts';
import type { Severity } from '../check/codes.ts';
import type { CalendarEntry } from '../check/expiry.ts';
import type { Finding } from '../check/finding.ts';
import { plural } from './plural.ts';

/** Findings of one code that are printed. */
const shownPerCode = 10;
/** Lines of the calendar, of the roles of another copy, and of its targets. */
const linesMax = 30;

const titles: Readonly<Record<Severity, string>> = { error: 'errors', warning: 'warnings', note: 'notes' };

/** A report for the terminal: by severity, each code once with what to do, then what expires when. */
export function checkLines(report: CheckReport): string[] {
  const { findings, calendar, against, counts } = report;
  const severities = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    if (own.length === 0) return [];
    const codes = [...new Set(own.map(({ code }) => code))];
    return [`${titles[severity]} (${counts[severity]})`, ...codes.flatMap((code) => linesOfCode(report, code)), ''];
  });
  return [
    ...severities,
    'calendar',
    ...calendarLines(calendar),
    ...(against === null ? [] : ['', ...againstLines(against)]),
  ];
}

/** How many there are of each severity, and what was looked at. */
export function countLine({ counts, read, place }: CheckReport): string {
  const { error, warning, note } = counts;
  const found = `${plural(error, 'error')}, ${plural(warning, 'warning')}, ${plural(note, 'note')}`;
  return `${place}: ${found} in ${plural(read.documents, 'document')} and ${plural(read.targetFiles, 'target file')}`;
}

function linesOfCode({ findings, omitted }: CheckReport, code: Finding['code']): string[] {
  const own = findings.filter((finding) => finding.code === code);
  const more = own.length - shownPerCode + (omitted[code] ?? 0);
  const lines: string[] = [];
  for (const [i, { text, hint }] of own.slice(0, shownPerCode).entries()) {
    lines.push(`  ${code}: ${text}`);
    // What to do is said once where it is the same for all.
    if (own[i + 1]?.hint !== hint || i === shownPerCode - 1) lines.push(`    hint: ${hint}`);
  }
  return more > 0 ? [...lines, `  ${code}: and ${more} more`] : lines;
}

function calendarLines(calendar: readonly CalendarEntry[]): string[] {
  const more = calendar.length - linesMax;
  const width = Math.min(40, Math.max(0, ...calendar.map(({ role }) => role.length)));
  const lines = calendar.slice(0, linesMax).map((entry) => {
    const { role, version, expires } = entry;
    return `  ${role.padEnd(width)}  version ${version ?? 'unknown'}, ${expires ?? 'no date'}, ${leftWords(entry)}`;
  });
  return more > 0 ? [...lines, `  and ${more} more that end later`] : lines;
}

/** How long a document lasts, for people. */
export function leftWords({ expired, daysLeft }: CalendarEntry): string {
  if (daysLeft === null) return 'unknown';
  if (expired) return 'expired';
  return daysLeft === 0 ? 'less than a day left' : `${plural(daysLeft, 'day')} left`;
}

function againstLines({ name, roles, targets }: NonNullable<CheckReport['against']>): string[] {
  const verdicts = Object.entries(targets.counts).filter(([, count]) => count > 0);
  return [
    `against ${name}`,
    ...roles.slice(0, linesMax).map(({ role, verdict, version, otherVersion }) => {
      return `  ${role}: ${verdict}, version ${version ?? 'none'} here and ${otherVersion ?? 'none'} there`;
    }),
    `  targets: ${verdicts.map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'none'}`,
    ...targets.others.slice(0, linesMax).map(({ path, role, verdict }) => `  ${path} of ${role}: ${verdict}`),
  ];
}
