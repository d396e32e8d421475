/**
 * Bits of every byte of every root flipped, of Sigstore's repository where it is at hand and of one of the same shapes
 * elsewhere: four bits of each byte, every bit in two bytes side by side.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absent, sigstore } from './archive.ts';
import { type FlipCounts, flipFile, flipTable } from './flips.ts';
import { runOn } from './real-repository.ts';
import { shapes } from './shapes.ts';
import { Steps } from './steps.ts';

if (absent !== undefined) process.stderr.write(`in place of Sigstore, a repository of the same shapes: ${absent}\n`);

const repository = absent === undefined ? sigstore() : shapes();
const roots = [...repository.files.keys()].filter((path) => path.endsWith('.root.json'));
const bits = [
  [0, 2, 5, 7],
  [1, 3, 4, 6],
] as const;

describe(`flipped bits of every byte of the roots of ${repository.name}`, () => {
  const all: FlipCounts[] = [];
  let steps: Steps;
  beforeAll(async () => {
    steps = await Steps.of(repository);
    expect(steps.honest).toEqual((await runOn(repository)).trusts);
  });
  afterAll(() => process.stderr.write(flipTable(`roots of ${repository.name}`, all)));

  it.each(roots)('[4-a, 5.3.4a, 5.3.4b, A-01] in %s', async (path) => {
    const counts = await flipFile(steps, path, { stride: 1, bitsOf: (offset) => bits[offset % 2 === 0 ? 0 : 1] });
    all.push(counts);
    expect(counts.wrong).toEqual([]);
    expect(counts.bytes).toBe(repository.files.get(path)?.length);
    expect(counts.flips).toBe(counts.bytes * 4);
    expect(counts.refused).toBeGreaterThan(counts.flips / 3);
  });
});
