/** docs/audit/ecosystem.md: what each peer makes of each family of vectors, and what it fails. */
import { commentOf } from './audit.mjs';
import { isWithheld, publicReference } from './disclosure.mjs';
import { isVarying } from './expected.mjs';

const levels = [
  ['MUST', 'What the specification demands'],
  ['SHOULD', 'What it advises'],
  ['decision', 'Where it is silent'],
];

/** @typedef {{ name: string, outcomes: readonly import('./audit.mjs').Outcome[] }} Audited */

/**
 * The whole page.
 *
 * @param {readonly Audited[]} peers with settled outcomes of the same vectors
 */
export function ecosystemPage(peers) {
  return `${[introduction(peers), ...levels.map(([level, title]) => matrix(level, title, peers)), ...peers.map(section)].join('\n\n')}\n`;
}

function introduction(peers) {
  const count = peers[0].outcomes.length;
  return `# Other implementations and the vectors

Released clients, held against all ${count} [vectors](../../spec-vectors/README.md) by the runner that anybody can use, \`tufa audit
client\`. The adapters are in \`test/interop\`: they translate, and neither check nor repair anything. What a peer offers is asked
by the line protocol, everything else of the whole client as a sequence of a server's answers; what neither can carry is skipped.
A client that retries or waits longer than a test can was told to do so less: two seconds of silence for python-tuf, five for a
file of tuf-js and tough, one try for each. go-tuf has the settings that it comes with.

Written by \`npm run interop -- --update\` from a run. \`npm run interop\` runs all of it again and fails where anything differs.

**To read it with care.** A failure is a disagreement, not always a defect: the vectors of a *decision* stand where the
specification is silent or contradicts itself, and another choice is as good if it is made knowingly. One cause can fail many
vectors. A family such as \`strict-reading\` asks one part of a client, and a lax answer there may be caught by the next part.
What may help an attacker and is not public is counted, and not shown: [how it is reported](disclosure.md).`;
}

function matrix(level, title, peers) {
  const families = familiesOf(peers[0].outcomes.filter((each) => each.level === level));
  const rows = families.map((family) => {
    const cells = peers.map(({ outcomes }) => cellOf(outcomes, family, level));
    const count = peers[0].outcomes.filter((each) => each.level === level && each.family === family).length;
    return `| \`${family}\` | ${[count, ...cells].join(' | ')} |`;
  });
  const all = peers[0].outcomes.filter((each) => each.level === level).length;
  const sums = peers.map(({ outcomes }) => cellOf(outcomes, undefined, level));
  return `## ${title}

Level \`${level}\`. Passed / failed / skipped.

| family | vectors | ${peers.map(({ name }) => name).join(' | ')} |
| --- | ---: | ${peers.map(() => '---:').join(' | ')} |
${rows.join('\n')}
| **all** | ${[all, ...sums].join(' | ')} |`;
}

function cellOf(outcomes, family, level) {
  const own = outcomes.filter((each) => each.level === level && (family === undefined || each.family === family));
  const count = (verdict) => own.filter((each) => each.verdict === verdict).length;
  return ['passed', 'failed', 'skipped'].map(count).join(' / ');
}

/** What one peer fails, by family. */
export function section({ name, outcomes }) {
  const failed = outcomes.filter(({ verdict }) => verdict === 'failed');
  const parts = familiesOf(failed).map((family) => familyPart(name, family, failed));
  return [`## ${name}`, ...parts].join('\n\n');
}

function familyPart(peer, family, failed) {
  const own = failed.filter((outcome) => outcome.family === family);
  const shown = own.filter((outcome) => !isWithheld(peer, outcome));
  const lines = shown.map((outcome) => `- ${lineOf(peer, outcome)}`);
  const hidden = own.length - shown.length;
  if (hidden > 0) lines.push(`- ${hidden} ${lines.length > 0 ? 'more ' : ''}[not shown](disclosure.md)`);
  return `### ${family}: ${own.length} failed\n\n${lines.join('\n')}`;
}

function lineOf(peer, { id, level }) {
  const reference = publicReference(peer, id);
  const notes = [
    ...(level === 'MUST' ? [] : [level]),
    ...(reference === undefined ? [] : [reference]),
    ...(isVarying(peer, id) ? ['not in every run'] : []),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return `\`${id.split('/')[1]}\`: ${escaped(commentOf(id))}${note}`;
}

function familiesOf(outcomes) {
  return [...new Set(outcomes.map(({ family }) => family))];
}

/** A comment as plain text of a Markdown line. */
function escaped(text) {
  return text.replace(/[\\`*_<>|[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
