/**
 * The vectors that a peer is known to fail: `ADAPTER.xfails` beside its adapter, which the runner reads too. Strict both ways.
 * What is withheld (disclosure.mjs) stands there as a number for each family, in a comment that the runner passes over.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isWithheld } from './disclosure.mjs';

/**
 * What a peer does otherwise from run to run: it is counted as failed, and held against nothing. `peer` is how its name begins.
 *
 * @type {readonly { peer: string, vectors: RegExp, reason: string }[]}
 */
const varying = [
  {
    peer: '',
    vectors: /^update-(snapshot|targets)\/listed-length-over-limit$/,
    reason: 'who gives up after some seconds has taken more or less by then: that depends on the machine',
  },
  {
    peer: 'go-tuf 2.4.2',
    vectors: /^(download\/prefix-(strongest|next)|target-url\/order-(?!none|upper|blake))/,
    reason: 'of several digests a random one names the file (go-tuf PR 772)',
  },
  {
    peer: 'tuf-js 6.0.2',
    vectors: /^path-pattern\/(stars-(6|segments)|extglob-nested)$/,
    reason: 'they take some seconds, and more than may be on a slow machine',
  },
];

/** @typedef {import('./audit.mjs').Outcome} Outcome */

/** The outcomes; where a peer has no one answer, it counts as failed. @param {string} peer @param {readonly Outcome[]} outcomes */
export function settled(peer, outcomes) {
  return outcomes.map((outcome) => (isVarying(peer, outcome.id) ? { ...outcome, verdict: 'failed' } : outcome));
}

/** Whether a peer has no one answer to a vector. */
export function isVarying(peer, id) {
  return varying.some((each) => peer.startsWith(each.peer) && each.vectors.test(id));
}

/**
 * Compares settled outcomes with a list.
 *
 * @param {string} file
 * @param {string} peer
 * @param {readonly Outcome[]} outcomes
 * @returns {{ passed: number, problems: string[] }}
 */
export function compare(file, peer, outcomes) {
  const { ids, withheld } = readExpected(file);
  const problems = [];
  const found = new Map();
  for (const outcome of outcomes) {
    const { id, family, verdict } = outcome;
    if (isVarying(peer, id)) continue;
    if (verdict === 'passed' && ids.has(id)) problems.push(`${id} is listed, and passes`);
    if (verdict !== 'failed' || ids.has(id)) continue;
    if (isWithheld(peer, outcome)) found.set(family, (found.get(family) ?? 0) + 1);
    else problems.push(`${id} fails: ${outcome.problems.map(textOf).join('; ')}`);
  }
  for (const family of new Set([...found.keys(), ...withheld.keys()])) {
    const [now, then] = [found.get(family) ?? 0, withheld.get(family) ?? 0];
    if (now !== then) problems.push(`${family}: ${now} failures are withheld, and ${then} were`);
  }
  return { passed: outcomes.length - problems.length, problems };
}

function textOf({ what, where, expected, found }) {
  const cut = (text) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
  return `${[what, where].filter((each) => each !== '').join(', ')}: ${cut(expected)}, not ${cut(found)}`;
}

function readExpected(file) {
  const expected = { ids: new Set(), withheld: new Map() };
  if (!existsSync(file)) return expected;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, family, count] = /^# withheld: (\S+) (\d+)$/.exec(line) ?? [];
    if (family !== undefined) expected.withheld.set(family, Number(count));
    else if (line !== '' && !line.startsWith('#')) expected.ids.add(line);
  }
  return expected;
}

/** Writes the list from the settled outcomes of a run. */
export function writeExpected(file, peer, outcomes) {
  const failed = outcomes.filter(({ verdict, id }) => verdict === 'failed' && !isVarying(peer, id));
  const families = [...new Set(failed.map(({ family }) => family))];
  const lines = families.flatMap((family) => {
    const own = failed.filter((outcome) => outcome.family === family);
    const shown = own.filter((outcome) => !isWithheld(peer, outcome)).map(({ id }) => id);
    return own.length === shown.length ? shown : [`# withheld: ${family} ${own.length - shown.length}`, ...shown];
  });
  const title = `# What ${peer} answers otherwise. Written by: npm run interop -- --update`;
  writeFileSync(file, `${[title, ...lines].join('\n')}\n`);
}
