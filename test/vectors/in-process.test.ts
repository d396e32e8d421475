/** Every vector, in process: calls as calls, sequences as sequences. */
import { describe, expect, it } from 'vitest';
import { inProcessClient } from '../../src/conformance/in-process.ts';
import { problemLine } from '../../src/conformance/problem-line.ts';
import { runVectors } from '../../src/conformance/run.ts';
import { defaultVectorFolder, VectorFolder } from '../../src/conformance/vector-folder.ts';

const folder = await VectorFolder.open(defaultVectorFolder());
const families = new Set([...folder.entries.values()].map(({ family }) => family));

describe('tufa in process', () => {
  it.each([...families])('passes every vector of %s', async (family) => {
    const { results } = await runVectors({ folder, client: inProcessClient(), filter: `${family}/`, jobs: 8 });
    const others = results.filter(({ verdict }) => verdict !== 'passed');
    const lines = others.map(({ id, failure, reason }) => {
      return `${id}: ${reason ?? failure?.problems.map(problemLine).join('; ')}`;
    });
    expect(lines).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  });
});
