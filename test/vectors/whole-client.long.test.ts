/**
 * The vectors asked of a whole client: tufa in process with nothing but sequences, the built client under test by lines, and
 * by its command line, where each step is a process of its own.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientUnderTest } from '../../src/conformance/client-under-test.ts';
import { commandClient } from '../../src/conformance/command-client.ts';
import { inProcessClient } from '../../src/conformance/in-process.ts';
import { problemLine } from '../../src/conformance/problem-line.ts';
import type { RunResult } from '../../src/conformance/result.ts';
import { runVectors } from '../../src/conformance/run.ts';
import { defaultVectorFolder, VectorFolder } from '../../src/conformance/vector-folder.ts';
import { buildCommand, newFolder } from '../cli/harness.ts';

const folder = await VectorFolder.open(defaultVectorFolder());
const entries = [...folder.entries.values()];
const isSequence = ({ schema }: { readonly schema: string }): boolean => schema === 'sequence/1';
/** Families of questions to one part of a client. */
const carried = new Set([
  'strict-reading',
  'signature',
  'threshold',
  'date-time',
  'path-pattern',
  'hash-bin',
  'target-url',
]);
const base = newFolder();
let command: string[];

beforeAll(async () => {
  command = [process.execPath, await buildCommand('conformance-client', base.path)];
});
afterAll(() => rmSync(base.path, { recursive: true, force: true }));

/** Each family, and the vectors of it that are run. */
function families(chosen: typeof entries): [family: string, ids: Set<string>][] {
  const names = new Set(chosen.map(({ family }) => family));
  return [...names].map((name) => [name, new Set(chosen.filter(({ family }) => family === name).map(({ id }) => id))]);
}

async function run(client: ClientUnderTest, family: string, ids: ReadonlySet<string>): Promise<RunResult> {
  try {
    const chosen = (id: string): boolean => ids.has(id);
    return await runVectors({ folder, client, filter: `${family}/`, chosen, jobs: 4 });
  } finally {
    await client.close();
  }
}

/** What did not pass, but for what no client of this kind is asked. */
function others({ results }: RunResult, fine = /^$/): string[] {
  return results
    .filter(({ verdict, reason = '' }) => verdict === 'failed' || (verdict === 'skipped' && !fine.test(reason)))
    .map(({ id, reason, failure }) => `${id}: ${reason ?? failure?.problems.map(problemLine).join('; ')}`);
}

const notAsked = /there is no sequence$|^a whole client may refuse|faketime is not installed$|know the profile strict$/;

describe('tufa, asked as a whole client', () => {
  const calls = families(entries.filter((entry) => !isSequence(entry)));

  it.each(calls)('passes every vector of %s in process, as a sequence', async (family, ids) => {
    const found = await run({ ...inProcessClient(), calls: new Set() }, family, ids);
    expect(others(found, notAsked)).toEqual([]);
  });

  it.each(families(entries))('passes every vector of %s by lines', async (family, ids) => {
    expect(others(await run(await commandClient(command, { protocol: 'lines' }), family, ids))).toEqual([]);
  });

  // A process takes a thousand times what a call takes: of the sequences one in three, of the matrix and of what was asked as
  // calls one in twelve. `tufa audit client --protocol command-line` runs all of them.
  const isSampled = (entry: (typeof entries)[number], i: number): boolean =>
    i % (isSequence(entry) && entry.family !== 'matrix' ? 3 : 12) === 0;
  const sampled = new Set(entries.filter(isSampled).map(({ id }) => id));

  it('passes the vectors by its command line', async () => {
    const client = await commandClient(command, { protocol: 'command-line' });
    try {
      const chosen = (id: string): boolean => sampled.has(id);
      const found = await runVectors({ folder, client, chosen, jobs: availableParallelism() + 1 });
      expect(others(found, notAsked)).toEqual([]);
      // What real metadata can carry is asked of such a client, too.
      const asked = found.results.filter(({ verdict }) => verdict === 'passed');
      expect(12 * asked.filter(({ family }) => carried.has(family)).length).toBeGreaterThan(250);
      expect(new Set(asked.map(({ by }) => by))).toEqual(new Set(['command-line']));
    } finally {
      await client.close();
    }
  });
});
