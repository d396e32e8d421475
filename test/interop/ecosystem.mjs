/** docs/audit/ecosystem.md: what each peer makes of each family of vectors, and what makes it fail. */
import { basename } from 'node:path';
import { causeOf, isRequestsAlone } from './causes.mjs';
import { isWithheld, publicReference } from './disclosure.mjs';
import { isVarying } from './expected.mjs';

/** @typedef {import('./audit.mjs').Outcome} Outcome */
/** @typedef {{ name: string, list: string, outcomes: readonly Outcome[] }} Audited `list`: the file of what it fails */

const levels = [
  ['MUST', 'What the specification demands'],
  ['SHOULD', 'What it advises'],
  ['decision', 'Where it is silent'],
];

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

Written by \`npm run interop -- --update\` from a run. \`npm run interop\` runs the vectors again, with \`--with-tough\` those of tough,
too, and fails where anything differs.

**To read it with care.** A failure is a disagreement, not always a defect: the vectors of a *decision* stand where the
specification is silent or contradicts itself, and another choice is as good if it is made knowingly. One cause can fail many
vectors, so the numbers say nothing about how good a client is. A family such as \`strict-reading\` asks one part of a client, and a
lax answer there may be caught by the next part. What may help an attacker and is not public is counted, and not shown:
[how it is reported](disclosure.md).

Each cell says **passed / other requests / failed / skipped**. A sequence compares four things: the verdict, the metadata that the
client trusts afterwards, the target files that it wrote, and its requests. *Other requests*: the runner calls it failed, but nothing
except the requests differs; the client fetches one file more or one less than the specification's steps do, and decides rightly.`;
}

function matrix(level, title, peers) {
  const own = peers.map(({ name, outcomes }) => ({ name, outcomes: outcomes.filter((each) => each.level === level) }));
  const row = (family) => {
    const count = own[0].outcomes.filter((each) => family === undefined || each.family === family).length;
    const cells = own.map((peer) => cellOf(peer, family));
    return `| ${[family === undefined ? '**all**' : `\`${family}\``, count, ...cells].join(' | ')} |`;
  };
  return `## ${title}

Level \`${level}\`.

| family | vectors | ${peers.map(({ name }) => name).join(' | ')} |
| --- | ---: | ${peers.map(() => '---:').join(' | ')} |
${[...familiesOf(own[0].outcomes), undefined].map(row).join('\n')}`;
}

function cellOf({ name, outcomes }, family) {
  const own = outcomes.filter((each) => family === undefined || each.family === family);
  const count = (holds) => own.filter(holds).length;
  const requests = count((each) => isOtherRequests(name, each));
  const failed = count(({ verdict }) => verdict === 'failed') - requests;
  return [
    count(({ verdict }) => verdict === 'passed'),
    requests,
    failed,
    count(({ verdict }) => verdict === 'skipped'),
  ].join(' / ');
}

function isOtherRequests(peer, outcome) {
  return outcome.verdict === 'failed' && !isVarying(peer, outcome.id) && isRequestsAlone(outcome);
}

/** What one peer fails: by cause, and by name where no cause is known. @param {Audited} peer */
export function section({ name, list, outcomes }) {
  const failed = outcomes.filter(({ verdict }) => verdict === 'failed');
  const shown = failed.filter((outcome) => isVarying(name, outcome.id) || !isWithheld(name, outcome));
  const groups = new Map();
  for (const outcome of shown) {
    const title = titleOf(name, outcome);
    groups.set(title, [...(groups.get(title) ?? []), outcome]);
  }
  const others = groups.get(undefined) ?? [];
  groups.delete(undefined);
  const bySize = [...groups].sort(([, one], [, other]) => other.length - one.length);
  const hidden = failed.length - shown.length;
  const requests = failed.filter((outcome) => isOtherRequests(name, outcome)).length;
  const file = basename(list);
  return [
    `## ${name}`,
    `${failed.length} failed, ${requests} of them by other requests alone${hidden > 0 ? `; ${hidden} are [not shown](disclosure.md)` : ''}. Their names: [${file}](../../test/interop/${file}). What is behind them, as far as we saw:`,
    bySize.map(([title, own]) => `- ${title} ${countsOf(own)}`).join('\n'),
    ...levels.flatMap(([level, , own = others.filter((each) => each.level === level)]) =>
      own.length === 0 ? [] : [`Others, \`${level}\`:\n\n${named(own)}`],
    ),
  ].join('\n\n');
}

/** What the page says of a failure that is one of several, or nothing. */
function titleOf(peer, outcome) {
  if (isVarying(peer, outcome.id)) return 'Not the same in every run.';
  const reference = publicReference(peer, outcome.id);
  return reference === undefined ? causeOf(peer, outcome) : `Public: ${reference}.`;
}

/** How many, of which levels, and where. */
function countsOf(outcomes) {
  const count = (level) => outcomes.filter((each) => each.level === level).length;
  const byLevel = levels.flatMap(([level, , own = count(level)]) => (own === 0 ? [] : [`${own} \`${level}\``]));
  const byFamily = familiesOf(outcomes).map((family) => {
    return `\`${family}\` ${outcomes.filter((each) => each.family === family).length}`;
  });
  return `**${byLevel.join(', ')}**: ${byFamily.join(', ')}`;
}

function named(outcomes) {
  const lines = familiesOf(outcomes).map((family) => {
    const own = outcomes.filter((each) => each.family === family);
    return `- ${family}: ${own.map(({ id }) => `\`${id.split('/')[1]}\``).join(' ')}`;
  });
  return lines.join('\n');
}

function familiesOf(outcomes) {
  return [...new Set(outcomes.map(({ family }) => family))];
}
