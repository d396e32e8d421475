/** The vectors against the adapters of peers: as the lists beside the adapters say, or to write those lists. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { audit, keptAudit } from './audit.mjs';
import { ecosystemPage, section } from './ecosystem.mjs';
import { compare, settled, writeExpected } from './expected.mjs';
import { Lacking } from './install.mjs';

const page = fileURLToPath(new URL('../../docs/audit/ecosystem.md', import.meta.url));
const links = fileURLToPath(new URL('../../.cache/interop/adapters', import.meta.url));

/**
 * One peer after another: some vectors measure time.
 *
 * @typedef {object} Options
 * @property {boolean} isUpdate writes down what is found
 * @property {boolean} isKept takes the reports of the last runs in place of a run
 * @property {boolean} isWhole all peers are there, and the page can be written
 * @property {() => number} secondsLeft for the next of them
 * @property {import('./tally.mjs').Tally} tally
 *
 * @param {readonly { name: string, install: () => Promise<import('./peers.mjs').Installed> }[]} peers
 * @param {Options} options
 */
export async function runVectors(peers, options) {
  const { isUpdate, isWhole, tally } = options;
  const audited = [];
  for (const { name, install } of peers) {
    const begin = performance.now();
    const title = `${name} on the vectors`;
    try {
      const adapter = await (await install()).adapter?.();
      if (adapter === undefined) continue;
      if (!isUpdate && !existsSync(adapter.list))
        throw new Lacking('what it fails is not listed yet: --update does so');
      if (adapter.beside !== undefined) rmSync(adapter.beside, { force: true });
      const outcomes = await auditOne(name, adapter, options);
      const peer = { name, list: adapter.list, outcomes };
      audited.push(peer);
      if (isUpdate) writeExpected(adapter.list, name, outcomes);
      placeList(adapter);
      const result = compare(adapter.list, name, outcomes);
      if (!isUpdate) result.problems.push(...problemsOfPage(peer));
      tally.group(title, result, performance.now() - begin);
    } catch (error) {
      if (error instanceof Lacking) tally.skip(title, error.message);
      else tally.group(title, { passed: 0, problems: [error.stack] }, performance.now() - begin);
    }
  }
  if (isUpdate && isWhole) writeFileSync(page, ecosystemPage(audited));
}

async function auditOne(name, { command, list }, { isKept, secondsLeft }) {
  return settled(name, isKept ? keptAudit(name) : await audit(name, withoutList(command, list), secondsLeft()));
}

/** The same command where the runner finds no list: it says nothing of a failure that it expects. */
function withoutList(command, list) {
  const entry = list.replace(/\.xfails$/, '');
  if (!command.includes(entry)) return command;
  const link = join(links, basename(entry));
  mkdirSync(links, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(entry, link);
  return command.map((word) => (word === entry ? link : word));
}

/** Whoever runs a compiled adapter by hand finds the list there. */
function placeList({ list, beside }) {
  if (beside !== undefined && existsSync(list)) copyFileSync(list, beside);
}

function problemsOfPage(peer) {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
  return text.includes(section(peer)) ? [] : ['docs/audit/ecosystem.md says otherwise: npm run interop -- --update'];
}
