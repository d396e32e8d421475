/** A sample of what the long tests of flips do in full. */
import { afterAll, describe, expect, it } from 'vitest';
import { type FlipCounts, flipFile, flipTable } from './flips.ts';
import { runOn } from './real-repository.ts';
import { shapes } from './shapes.ts';
import { Steps } from './steps.ts';

const repository = shapes();
const all: FlipCounts[] = [];
afterAll(() => process.stderr.write(flipTable(repository.name, all)));

describe('a flipped bit', () => {
  it('[4-a, 5.3.4a, 5.4.2, 5.5.3, 5.6.3, 5.7.3b, A-01] is refused, or changes nothing that is trusted', async () => {
    const steps = await Steps.of(repository);
    expect(steps.honest).toEqual((await runOn(repository)).trusts);
    for (const [path, bytes] of repository.files) {
      const stride = Math.max(1, Math.floor(bytes.length / 48));
      all.push(await flipFile(steps, path, { stride, bitsOf: (offset) => [offset % 8] }));
    }
    expect(all.flatMap(({ file, wrong }) => wrong.map((each) => `${file}: ${each}`))).toEqual([]);
    const sum = (name: 'flips' | 'refused' | 'harmless'): number => all.reduce((total, each) => total + each[name], 0);
    expect([sum('flips') > 500, sum('refused') > 400, sum('harmless') > 10]).toEqual([true, true, true]);
  });
});
