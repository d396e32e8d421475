/** Clients that always say the same: whatever they say, they pass hardly anything. */
import { afterAll, describe, expect, it } from 'vitest';
import { commandClient } from '../../src/conformance/command-client.ts';
import type { RunResult } from '../../src/conformance/result.ts';
import { runVectors } from '../../src/conformance/run.ts';
import { defaultVectorFolder, VectorFolder } from '../../src/conformance/vector-folder.ts';
import { lineClient, newClients } from './clients.ts';

const clients = newClients();
afterAll(() => clients.remove());

const calls = ['canonical', 'read', 'keyid', 'verify', 'threshold', 'date-time', 'match', 'bin', 'url'];
const steps = ['init', 'refresh', 'download'];
const always = (answer: Record<string, unknown>): string =>
  lineClient([...calls, ...steps], `return ${JSON.stringify(answer)};`);
const takesTheRoot = 'for word in "$@"; do last2=$last; last=$word; done; test "$last2" = init';

const controls: [name: string, command: string[]][] = [
  ['succeeds, by its command line', clients.shell('yes', 'exit 0')],
  ['fails, by its command line', clients.shell('no', 'exit 1')],
  ['fails but for its root, by its command line', clients.shell('root', takesTheRoot)],
  ['says yes, by lines', clients.node('yes', always({ result: 'accept', verified: true, matched: true }))],
  ['says no, by lines', clients.node('no', always({ result: 'reject', verified: false, matched: false }))],
];

async function audit(command: string[]): Promise<RunResult> {
  const client = await commandClient(command);
  try {
    const folder = await VectorFolder.open(defaultVectorFolder());
    // By the command line one vector in ten: a process each takes minutes for all of them.
    const isByLines = client.calls.size > 0;
    const ids = new Set([...folder.entries.keys()].filter((_, i) => isByLines || i % 10 === 0));
    return await runVectors({ folder, client, chosen: (id) => ids.has(id), jobs: 4 });
  } finally {
    await client.close();
  }
}

describe('a client that always', () => {
  it.each(controls)('%s', async (_, command) => {
    const { results, passed } = await audit(command);
    expect(passed / results.length).toBeLessThan(0.15);
    // Nobody passes a family by saying the same always.
    const families = new Set(results.map(({ family }) => family));
    const whole = [...families].filter((family) =>
      results.every((each) => each.family !== family || each.verdict === 'passed'),
    );
    expect(whole).toEqual([]);
    process.stdout.write(`${passed} of ${results.length}\n`);
  });
});
