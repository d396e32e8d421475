import { escapeMarkup } from './markup.ts';
import { problemLine } from './problem-line.ts';
import { type RunResult, tally, type VectorResult } from './result.ts';

/** The results as JUnit XML: one suite for each family, one case for each vector. */
export function junitReport({ client, passed, failed, skipped, results }: RunResult): string {
  const families = [...new Set(results.map(({ family }) => family))];
  const counts = `tests="${passed + failed + skipped}" failures="${failed}" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeMarkup(`tufa audit client: ${client}`)}" ${counts} time="${seconds(results)}">`,
    ...families.flatMap((family) =>
      suite(
        family,
        results.filter((each) => each.family === family),
      ),
    ),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(family: string, results: readonly VectorResult[]): string[] {
  const { failed, skipped } = tally(results);
  const counts = `tests="${results.length}" failures="${failed}" skipped="${skipped}" errors="0"`;
  return [
    `  <testsuite name="${escapeMarkup(family)}" ${counts} time="${seconds(results)}">`,
    ...results.map(testCase),
    '  </testsuite>',
  ];
}

function testCase(result: VectorResult): string {
  const { id, family, verdict, reason = '', failure } = result;
  const opening = `    <testcase classname="${escapeMarkup(family)}" name="${escapeMarkup(id)}" time="${seconds([result])}"`;
  if (verdict === 'passed') return `${opening}/>`;
  if (verdict === 'skipped') return `${opening}><skipped message="${escapeMarkup(reason)}"/></testcase>`;
  const { comment = '', effect = '', problems = [], output = '' } = failure ?? {};
  const lines = problems.map(problemLine);
  const text = [...lines, '', comment, effect, ...(output === '' ? [] : ['', output])].join('\n');
  const message = escapeMarkup(lines[0] ?? '');
  return `${opening}><failure message="${message}">${escapeMarkup(text, true)}</failure></testcase>`;
}

function seconds(results: readonly VectorResult[]): string {
  return (results.reduce((sum, { duration }) => sum + duration, 0) / 1000).toFixed(3);
}
