/** The vectors that ask one part a question, in small parts: what each mutant is judged by, beside the tests of its layer. */
import { describe, expect, it } from 'vitest';
import { inProcessClient } from '../../src/conformance/in-process.ts';
import { runVectors } from '../../src/conformance/run.ts';
import { defaultVectorFolder, VectorFolder } from '../../src/conformance/vector-folder.ts';

const families = new Set([
  'canonical-json',
  'date-time',
  'document',
  'hash-bin',
  'keyid',
  'path-pattern',
  'signature',
  'strict-reading',
  'target-url',
  'threshold',
]);
const most = 60;

const folder = await VectorFolder.open(defaultVectorFolder());
const ids = [...folder.entries.values()].filter(({ family }) => families.has(family)).map(({ id }) => id);
const parts = Array.from({ length: Math.ceil(ids.length / most) }, (_, i) => ids.slice(i * most, (i + 1) * most));

describe('vectors of one call', () => {
  it.each(parts.map((part) => [part[0], part] as const))('from %s', async (_, part) => {
    const chosen = new Set(part);
    const { results } = await runVectors({
      folder,
      client: inProcessClient(),
      chosen: (id) => chosen.has(id),
      jobs: 1,
    });
    expect(results.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id)).toEqual([]);
  });
});
