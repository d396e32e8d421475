/**
 * A report of `tufa check` as one page: findings, the expiry calendar, the delegation graph. It needs no other file and
 * no script, and every text that is not tufa's own is escaped.
 *
 * @spec A-71
 * @module
 */
import type { CheckReport } from '../check/check.ts';
import { checkCodes, type Severity } from '../check/codes.ts';
import type { CalendarEntry } from '../check/expiry.ts';
import type { Finding } from '../check/finding.ts';
import type { ReportedEdge } from '../check/reported-graph.ts';
import { htmlPage } from '../conformance/html-page.ts';
import { escapeMarkup } from '../conformance/markup.ts';
import { graphSvg } from './check-graph.ts';
import { checkStyle } from './check-style.ts';
import { leftWords } from './check-words.ts';
import { plural } from './plural.ts';

const severities = ['error', 'warning', 'note'] as const;
const marks: Readonly<Record<Severity, string>> = { error: '✗', warning: '!', note: 'i' };
const titles: Readonly<Record<Severity, string>> = { error: 'Errors', warning: 'Warnings', note: 'Notes' };
/** Rows of one table. */
const rowsMax = 500;
/** Rows of the calendar: what ends first stands first. */
const datesMax = 40;
/** A calendar's bar is full at so many days. */
const barDays = 365;

/** The whole page. */
export function checkHtml(report: CheckReport): string {
  const { place, at, read } = report;
  const looked = `${plural(read.documents, 'document')} and ${plural(read.targetFiles, 'target file')}`;
  return htmlPage(`${place}: check of a TUF repository`, checkStyle, [
    '<header>',
    `<h1>${escapeMarkup(place)}</h1>`,
    `<p class="dim">A check of ${looked}, judged as of <time>${escapeMarkup(at)}</time></p>`,
    summary(report),
    '</header>',
    '<main>',
    ...severities.flatMap((severity) => findingsSection(report, severity)),
    ...calendarSection(report.calendar),
    ...graphSection(report),
    ...againstSection(report),
    '</main>',
  ]);
}

function summary({ counts }: CheckReport): string {
  const items = severities.map((each) => {
    const label = `<span aria-hidden="true">${marks[each]}</span> <b>${counts[each]}</b> ${each}${counts[each] === 1 ? '' : 's'}`;
    return `<li class="is-${counts[each] === 0 ? 'none' : each}">${label}</li>`;
  });
  return `<ul class="sum">${items.join('')}</ul>`;
}

function findingsSection(report: CheckReport, severity: Severity): string[] {
  const own = report.findings.filter((finding) => finding.severity === severity);
  if (own.length === 0) return severity === 'error' ? ['<section><h2>Errors</h2>', '<p>None.</p>', '</section>'] : [];
  const codes = [...new Set(own.map(({ code }) => code))];
  return [
    `<section><h2>${titles[severity]}</h2>`,
    ...codes.map((code) =>
      codeArticle(
        code,
        own.filter((finding) => finding.code === code),
        report.omitted[code] ?? 0,
      ),
    ),
    '</section>',
  ];
}

function codeArticle(code: Finding['code'], findings: readonly Finding[], omitted: number): string {
  const { severity, meaning, advice } = checkCodes[code];
  const hints = new Set(findings.map(({ hint }) => hint).filter((hint) => hint !== advice));
  const count = findings.length + omitted;
  return [
    `<article class="${severity}">`,
    `<h3><code>${code}</code>${count > 1 ? ` <span class="dim">× ${count}</span>` : ''}</h3>`,
    `<p class="dim">${escapeMarkup(meaning)}</p>`,
    `<ul>${findings.map(findingItem).join('')}${omitted > 0 ? `<li class="dim">and ${omitted} more</li>` : ''}</ul>`,
    ...[advice, ...hints].map((hint) => `<p class="todo"><b>To do:</b> ${escapeMarkup(hint)}</p>`),
    '</article>',
  ].join('\n');
}

function findingItem({ text, file, pointer }: Finding): string {
  const place = [file, pointer].filter((each) => each !== undefined && !text.includes(each)).join(' ');
  const where = place === '' ? '' : ` <span class="dim where">${escapeMarkup(place)}</span>`;
  return `<li>${escapeMarkup(text)}${where}</li>`;
}

function calendarSection(calendar: readonly CalendarEntry[]): string[] {
  const rows = calendar.slice(0, datesMax).map((entry) => {
    const { role, version, expires, daysLeft, expired } = entry;
    const share = Math.max(0, Math.min(1, (daysLeft ?? 0) / barDays));
    const bar = `<span class="bar" aria-hidden="true"><span style="width:${Math.max(2, Math.round(share * 100))}%"></span></span>`;
    const left = `<td class="left${expired ? ' over' : ''}">${leftWords(entry)}${bar}</td>`;
    return `<tr><th scope="row">${escapeMarkup(role)}</th><td class="version">${version ?? '–'}</td><td class="date">${dateCell(expires)}</td>${left}</tr>`;
  });
  const more = calendar.length - rows.length;
  return [
    '<section><h2>Expiry calendar</h2>',
    rows.length === 0 ? '<p>Nothing that expires could be read.</p>' : '',
    '<div class="wide"><table class="calendar"><thead><tr><th scope="col">role</th><th scope="col">version</th>',
    '<th scope="col">expires</th><th scope="col">left</th></tr></thead>',
    `<tbody>${rows.join('\n')}</tbody></table></div>`,
    more > 0 ? `<p class="dim">And ${more} more that end later.</p>` : '',
    '</section>',
  ];
}

/** May break between the day and the time only. */
function dateCell(expires: string | null): string {
  if (expires === null) return '–';
  const parts = expires.split(/(?=T)/).map((part) => `<span>${escapeMarkup(part)}</span>`);
  return parts.join('<wbr>');
}

function graphSection({ graph }: CheckReport): string[] {
  if (graph.roles.length === 0) return [];
  const rows = graph.edges.slice(0, rowsMax).map((edge) => {
    const { from, to, terminating, threshold, keys } = edge;
    const cells = [
      reachWords(edge),
      `${threshold} of ${plural(keys, 'key')}`,
      terminating ? 'ends the search' : 'goes on',
    ];
    const names = [from, to].map((name) => `<td class="name">${escapeMarkup(name)}</td>`);
    return `<tr>${names.join('')}${cells.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`;
  });
  const table = [
    '<details><summary>The same as a table</summary>',
    '<div class="wide"><table class="edges"><thead><tr><th scope="col">from</th><th scope="col">to</th><th scope="col">paths</th>',
    '<th scope="col">signed by</th><th scope="col">after it</th></tr></thead>',
    `<tbody>${rows.join('\n')}</tbody></table></div></details>`,
  ];
  return [
    '<section><h2>Delegations</h2>',
    '<p class="dim">In the order in which a search asks. A thick line: the search ends there. Dashed: once more.</p>',
    `<div class="wide graph">${graphSvg(graph)}</div>`,
    graph.omitted > 0 ? `<p class="dim">${plural(graph.omitted, 'role')} left out.</p>` : '',
    ...(rows.length === 0 ? ['<p class="dim">No role is delegated.</p>'] : table),
    '</section>',
  ];
}

/** For which paths a delegation is. */
function reachWords({ reach, reachKind, reachCount }: ReportedEdge): string {
  if (reachKind === 'bins') return 'by the digest of the path';
  if (reachKind === 'nothing') return 'no path';
  const listed = `${reach.join(', ')}${reachCount > reach.length ? ` and ${reachCount - reach.length} more` : ''}`;
  return reachKind === 'paths' ? listed : `digests that begin with ${listed}`;
}

function againstSection({ against }: CheckReport): string[] {
  if (against === null) return [];
  const { name, roles, targets } = against;
  const rows = roles.slice(0, rowsMax).map(({ role, verdict, version, otherVersion }) => {
    const cells = [version, otherVersion].map((each) => `<td>${each ?? '–'}</td>`).join('');
    return `<tr><th scope="row">${escapeMarkup(role)}</th>${cells}<td class="v-${verdict}">${verdict}</td></tr>`;
  });
  const counts = Object.entries(targets.counts).filter(([, count]) => count > 0);
  const items = targets.others.slice(0, rowsMax).map(({ path, role, verdict }) => {
    return `<li><span class="v-${verdict}">${verdict}</span> ${escapeMarkup(path)} <span class="dim">${escapeMarkup(role)}</span></li>`;
  });
  return [
    `<section><h2>Compared with ${escapeMarkup(name)}</h2>`,
    '<div class="wide"><table><thead><tr><th scope="col">role</th><th scope="col">here</th><th scope="col">there</th>',
    `<th scope="col">verdict</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`,
    `<p>Targets: ${counts.map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'none'}.</p>`,
    items.length === 0
      ? ''
      : `<details><summary>Targets that are not confirmed</summary><ul>${items.join('')}</ul></details>`,
    '</section>',
  ];
}
