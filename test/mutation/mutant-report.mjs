/**
 * The report on mutants, in Markdown. It holds no dates and no times, so it changes only with what it says.
 *
 * @module
 */
import { layers } from './mutant-plan.mjs';
import { isLeft, nameOf, tally } from './mutants.mjs';

/** The least share of killed mutants in each folder, in per cent. */
export const scoreMin = 95;

/**
 * @param {Map<string, import('./mutants.mjs').Mutant[]>} results by file
 * @param {string[]} missing files that are not judged yet
 * @param {Map<string, string>} reasonOf the name of each listed survivor to the reason
 * @param {Record<string, string>} leftOut what is not mutated, and why
 */
export function reportText(results, missing, reasonOf, leftOut) {
  const texts = Object.values(leftOut).map((reason) => {
    const count = [...results.values()].flat().filter((mutant) => mutant.reason === reason).length;
    return `- ${reason} (${count})`;
  });
  return `${[
    intro,
    '',
    '## Score',
    '',
    ...scores(results),
    ...(missing.length === 0 ? [] : ['', `Not judged yet: ${missing.map((file) => `\`${file}\``).join(', ')}.`]),
    '',
    '## Left out',
    '',
    'No kind of change is left out. What is left out are texts that only people read, by a plugin that knows them from',
    'where they stand (`test/mutation/messages.mjs`); conditions around them, codes and evidence stay in:',
    '',
    ...texts,
    '',
    '## What survives, and why',
    '',
    '`test/mutation/surviving-mutants.json` has them with their reasons, which `npm run test:mutants` holds against what it',
    'finds, in both directions.',
    ...layers.flatMap((layer) => survivors(results, reasonOf, layer)),
  ].join('\n')}\n`;
}

const intro = `# Mutants

Would the tests notice? [Stryker](https://stryker-mutator.io) changes \`src/trust\` and \`src/metadata\` in every small way it
knows: another operator, a condition that is always true, a block that is empty, a string or an object without content, a
call less, another regular expression. For each such mutant, tests are run until one fails. At least 95 % have to fall in each
folder, and whoever survives has to have a reason. This file is written by the command.

\`\`\`sh
npm run test:mutants                        # all, and writes this file
npm run test:mutants -- src/trust           # files whose path contains the text
npm run test:mutants -- --own src/metadata  # only by the tests of the files' own group: for who works on one
npm run test:mutants -- --added             # tests were only added since: kills stay
\`\`\`

It is no part of \`npm test\` or of CI. It may be killed at any point and started again: what it learned is kept in
\`.cache/mutation/results/\`, for each mutant as long as the mutated file, and the tests that killed it or let it live,
are as they were. The first start installs Stryker below \`.cache/mutation/\`; it is no dependency of the project. The sources are
mutated in a copy.

Each mutant first meets the tests of its group of files (\`test/mutation/mutant-plan.mjs\`); who survives and
is not listed meets all of \`test/metadata\`, \`test/trust\` and \`test/workflow\` and the vectors of one call. Not run, since they
take long and repeat what others prove: hostile files and faults at every question, transcripts, hostile sizes, and the
tests that go through tens of thousands of strings. Properties draw from one seed, as many examples as ever, and do not
shrink what fails.

The tests are run in Stryker's own process, with vitest's \`expect\`, instead of in a worker of vitest for each mutant, which
took half a second for two test files and several for all. Since modules are not loaded anew for each mutant, one counts as
killed only where the test that failed passes right after without it, and as a survivor only after all was loaded anew for
it. On six files with 204 mutants, Stryker's runner for vitest came to the same verdicts by the same tests.

A mutant whose reason is "speed only" costs time and changes no verdict; no test measures time.`;

function scores(results) {
  const row = (name, mutants) => {
    const { judged, killed, timeout, survived, uncovered, ignored, score } = tally(mutants);
    const percent = score === undefined ? '–' : score.toFixed(2);
    return `| ${[name, judged, killed, timeout, survived, uncovered, ignored, percent].join(' | ')} |`;
  };
  const of = (prefix) => [...results].filter(([file]) => file.startsWith(prefix));
  return [
    'Score: killed and timed out, of all that are not left out, in per cent. Timed out: the mutant does not end.',
    '',
    '| file | mutants | killed | timed out | survived | met by no test | left out | score |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    ...layers.flatMap((layer) => [
      ...of(`${layer}/`)
        .filter(([, mutants]) => mutants.length > 0)
        .map(([file, mutants]) => row(`\`${file}\``, mutants)),
      row(
        `**${layer}**`,
        of(`${layer}/`).flatMap(([, mutants]) => mutants),
      ),
    ]),
    row('**all**', [...results.values()].flat()),
  ];
}

function survivors(results, reasonOf, layer) {
  const lines = [];
  for (const [file, mutants] of results) {
    const left = mutants.filter(isLeft);
    if (!file.startsWith(`${layer}/`) || left.length === 0) continue;
    lines.push('', `### ${file}`, '');
    const byReason = new Map();
    for (const mutant of left) {
      const reason = reasonOf.get(nameOf(file, mutant)) ?? 'not explained yet';
      byReason.set(reason, [...(byReason.get(reason) ?? []), mutant]);
    }
    for (const [reason, same] of byReason) {
      lines.push(`- ${reason}`);
      for (const { original, replacement } of same) lines.push(`  - ${code(original)} → ${code(replacement)}`);
    }
  }
  return lines;
}

function code(text) {
  const short = text.length > 90 ? `${text.slice(0, 90)}…` : text;
  const ticks = /`+/.test(short) ? '``' : '`';
  return `${ticks}${ticks.length > 1 ? ' ' : ''}${short}${ticks.length > 1 ? ' ' : ''}${ticks}`;
}
