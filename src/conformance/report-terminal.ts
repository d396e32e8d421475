import { problemLine } from './problem-line.ts';
import { levels, type RunResult, type Tally, tallyByFamily } from './result.ts';

/** Failures that are shown with what went wrong; the rest by their ids, and those in a report. */
const shownMax = 20;
const listedMax = 100;
const lineMax = 300;

/**
 * The results in lines of plain text: what failed, and a table by family and level. Lines hold foreign text: escape each
 * before it is shown.
 */
export function terminalReport(result: RunResult): string[] {
  const { client, passed, failed, skipped } = result;
  const sum = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return [...failureLines(result), ...skippedLines(result), ...tableLines(result), '', `client: ${client}`, sum];
}

function failureLines({ results }: RunResult): string[] {
  const failures = results.filter(({ verdict }) => verdict === 'failed');
  const shown = failures
    .slice(0, shownMax)
    .flatMap(({ id, level, failure }) => [
      `failed ${id} (${level}): ${cut(failure?.comment ?? '')}`,
      ...(failure?.problems ?? []).slice(0, 5).map((problem) => `    ${cut(problemLine(problem))}`),
      ...(failure?.effect ? [`    effect: ${cut(failure.effect)}`] : []),
    ]);
  const listed = failures.slice(shownMax, shownMax + listedMax).map(({ id, level }) => `failed ${id} (${level})`);
  const rest = failures.length - shownMax - listedMax;
  return [
    ...shown,
    ...listed,
    ...(rest > 0 ? [`and ${rest} more: see --json or --report`] : []),
    ...blankAfter(failures),
  ];
}

function skippedLines({ results }: RunResult): string[] {
  const reasons = new Map<string, number>();
  for (const { verdict, reason = '' } of results) {
    if (verdict === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const lines = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `skipped ${count}: ${cut(reason)}`);
  const shown = lines.slice(0, shownMax);
  if (lines.length > shownMax) shown.push(`and for ${lines.length - shownMax} more reasons`);
  return [...shown, ...blankAfter(lines)];
}

/** `passed/failed/skipped` of each family, by level. */
function tableLines({ results }: RunResult): string[] {
  const rows = [...tallyByFamily(results)].map(([family, byLevel]) => [
    family,
    ...levels.map((level) => cell(byLevel.get(level))),
  ]);
  const table = [['family', ...levels], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return [
    'passed/failed/skipped',
    ...table.map((row) =>
      row
        .map((text, i) => (i === 0 ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number)))
        .join('  ')
        .trimEnd(),
    ),
  ];
}

function cell(counts: Tally | undefined): string {
  const { passed = 0, failed = 0, skipped = 0 } = counts ?? {};
  return passed + failed + skipped === 0 ? '-' : `${passed}/${failed}/${skipped}`;
}

function blankAfter(lines: readonly unknown[]): string[] {
  return lines.length > 0 ? [''] : [];
}

function cut(text: string): string {
  return text.length > lineMax ? `${text.slice(0, lineMax)}…` : text;
}
