/** Every vector, in process: calls as calls, sequences as sequences. */
import { describe, expect, it } from 'vitest';
import { inProcessClient } from '../../src/conformance/in-process.ts';
import { problemLine } from '../../src/conformance/problem-line.ts';
import { runVectors } from '../../src/conformance/run.ts';
import { defaultVectorFolder, VectorFolder } from '../../src/conformance/vector-folder.ts';

const folder = await VectorFolder.open(defaultVectorFolder());
const client = inProcessClient();

/** The ids of each family, in parts that are run in seconds. */
function parts(): [name: string, ids: Set<string>][] {
  const most = 200;
  const ids = new Map<string, string[]>();
  for (const { id, family } of folder.entries.values()) ids.set(family, [...(ids.get(family) ?? []), id]);
  return [...ids].flatMap(([family, all]) =>
    Array.from({ length: Math.ceil(all.length / most) }, (_, i): [string, Set<string>] => {
      const from = i * most;
      const part = all.slice(from, from + most);
      return [`${family}, from ${from + 1} to ${from + part.length}`, new Set(part)];
    }),
  );
}

describe('tufa in process passes every vector', () => {
  it.each(parts())('of %s', async (_, ids) => {
    const { results } = await runVectors({ folder, client, chosen: (id) => ids.has(id), jobs: 8 });
    const others = results.filter(({ verdict }) => verdict !== 'passed');
    const lines = others.map(({ id, failure, reason }) => {
      return `${id}: ${reason ?? failure?.problems.map(problemLine).join('; ')}`;
    });
    expect(lines).toEqual([]);
    expect(results.length).toBe(ids.size);
  });
});
