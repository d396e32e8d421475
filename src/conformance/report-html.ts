/**
 * The results as one page: a matrix by family, and each failure with what was served, expected and found. It needs no
 * other file and no script, and every text that is not tufa's own is escaped.
 *
 * @spec A-71
 * @module
 */
import { htmlPage } from './html-page.ts';
import { escapeMarkup } from './markup.ts';
import { problemLine } from './problem-line.ts';
import { reportStyle } from './report-style.ts';
import { levels, type RunResult, type Tally, tallyByFamily, type VectorResult } from './result.ts';
import type { Level } from './vector.ts';

/** Failures that are shown in full; the rest are listed. */
const shownMax = 400;
const listedMax = 5000;
const outputMax = 4000;

const meanings: Readonly<Record<Level, string>> = {
  MUST: 'the specification demands it',
  SHOULD: 'the specification advises it',
  decision: 'the specification is silent or contradicts itself; the verdict is a choice of tufa',
};

const verdicts = ['passed', 'failed', 'skipped'] as const;
const marks = { passed: '✓', failed: '✗', skipped: '○' } as const;

/** The whole page. `at` is when it was made, RFC 3339. */
export function htmlReport(result: RunResult, at: string): string {
  const { client, spec, results } = result;
  const failures = levels.flatMap((level) =>
    results.filter((each) => each.verdict === 'failed' && each.level === level),
  );
  return htmlPage(`${client}: TUF test vectors`, reportStyle, [
    '<header>',
    `<h1>${escapeMarkup(client)}</h1>`,
    `<p>Test vectors for The Update Framework ${escapeMarkup(spec)}, run ${escapeMarkup(at)}</p>`,
    summary(result),
    '</header>',
    '<main>',
    ...matrix(results),
    ...failureSection(failures),
    ...skippedSection(results),
    '</main>',
  ]);
}

function summary({ passed, failed, skipped }: Tally): string {
  const counts = { passed, failed, skipped };
  const items = verdicts.map((each) => `<li class="${each}">${marks[each]} <b>${counts[each]}</b> ${each}</li>`);
  return `<ul class="sum">${items.join('')}</ul>`;
}

function matrix(results: readonly VectorResult[]): string[] {
  const head = levels.map((level) => `<th scope="col">${level}</th>`).join('');
  const rows = [...tallyByFamily(results)].map(([family, byLevel]) => {
    const cells = levels.map((level) => matrixCell(byLevel.get(level))).join('');
    return `<tr><th scope="row">${escapeMarkup(family)}</th>${cells}</tr>`;
  });
  return [
    '<section>',
    '<h2>By family</h2>',
    `<div class="wide"><table class="matrix"><thead><tr><th scope="col">family</th>${head}</tr></thead>`,
    `<tbody>${rows.join('\n')}</tbody></table></div>`,
    `<dl>${levels.map((level) => `<dt>${badge(level)}</dt><dd>${meanings[level]}</dd>`).join('')}</dl>`,
    '</section>',
  ];
}

function matrixCell(counts: Tally | undefined): string {
  const { passed = 0, failed = 0, skipped = 0 } = counts ?? {};
  const total = passed + failed + skipped;
  if (total === 0) return '<td class="none">–</td>';
  const verdict = failed > 0 ? 'failed' : passed > 0 ? 'passed' : 'skipped';
  const said = verdicts
    .filter((each) => (counts?.[each] ?? 0) > 0)
    .map((each) => `<span class="${each}">${marks[each]} ${counts?.[each]}</span>`);
  return `<td class="is-${verdict}">${said.join(' ')}</td>`;
}

function badge(level: Level): string {
  return `<span class="level ${level.toLowerCase()}">${level}</span>`;
}

function failureSection(failures: readonly VectorResult[]): string[] {
  if (failures.length === 0) return ['<section><h2>Failures</h2>', '<p>None.</p></section>'];
  const rest = failures.slice(shownMax);
  return [
    `<section><h2>Failures</h2>`,
    ...failures.slice(0, shownMax).map(failureArticle),
    ...(rest.length === 0 ? [] : [`<h3>And ${rest.length} more</h3>`, idList(rest)]),
    '</section>',
  ];
}

function failureArticle({ id, level, section, attack, by, failure }: VectorResult): string {
  const { comment = '', effect = '', problems = [], served = [], output = '' } = failure ?? {};
  const row = ({ where, expected, found, ...rest }: (typeof problems)[number]): string => {
    const what = problemLine({ ...rest, where, expected: '', found: '' }).replace(/: expected ; found $/, '');
    return `<tr><th scope="row">${escapeMarkup(what)}</th><td>${long(expected)}</td><td>${long(found)}</td></tr>`;
  };
  return [
    `<article id="${escapeMarkup(id)}">`,
    `<h3>${badge(level)} ${escapeMarkup(id)}</h3>`,
    `<p class="about">${escapeMarkup(attack)}, section ${escapeMarkup(section)}${by === undefined ? '' : `, run as ${escapeMarkup(by)}`}</p>`,
    `<p>${escapeMarkup(comment)}</p>`,
    `<p class="effect"><b>Effect:</b> ${escapeMarkup(effect)}</p>`,
    '<div class="wide"><table class="problems"><thead><tr><th></th><th scope="col">expected</th><th scope="col">found</th></tr></thead>',
    `<tbody>${problems.map(row).join('')}</tbody></table></div>`,
    folded('What was served', served.join('\n')),
    folded('What the client wrote', output.slice(0, outputMax)),
    '</article>',
  ].join('\n');
}

function long(text: string): string {
  return escapeMarkup(text.length > outputMax ? `${text.slice(0, outputMax)}…` : text);
}

function folded(title: string, text: string): string {
  if (text.trim() === '') return '';
  return `<details><summary>${title}</summary><pre>${escapeMarkup(text, true)}</pre></details>`;
}

function skippedSection(results: readonly VectorResult[]): string[] {
  const byReason = new Map<string, VectorResult[]>();
  for (const result of results.filter(({ verdict }) => verdict === 'skipped')) {
    const { reason = '' } = result;
    byReason.set(reason, [...(byReason.get(reason) ?? []), result]);
  }
  if (byReason.size === 0) return [];
  return [
    '<section><h2>Skipped</h2>',
    ...[...byReason].map(
      ([reason, list]) =>
        `<details><summary>${list.length}: ${escapeMarkup(reason.slice(0, outputMax))}</summary>${idList(list)}</details>`,
    ),
    '</section>',
  ];
}

function idList(results: readonly VectorResult[]): string {
  const items = results.slice(0, listedMax).map(({ id, level }) => `<li>${escapeMarkup(id)} (${level})</li>`);
  return `<ul class="ids">${items.join('')}</ul>`;
}
