/**
 * Every bit of every byte flipped of all files but the roots: timestamp, snapshot, targets, the delegated role and every
 * target, of Sigstore's repository where it is at hand and of one of the same shapes elsewhere.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absent, sigstore } from './archive.ts';
import { type FlipCounts, flipFile, flipTable } from './flips.ts';
import { runOn } from './real-repository.ts';
import { shapes } from './shapes.ts';
import { Steps } from './steps.ts';

const repository = absent === undefined ? sigstore() : shapes();
const files = [...repository.files.keys()].filter((path) => !path.endsWith('.root.json'));

describe(`every flipped bit of the roles and targets of ${repository.name}`, () => {
  const all: FlipCounts[] = [];
  let steps: Steps;
  beforeAll(async () => {
    steps = await Steps.of(repository);
    expect(steps.honest).toEqual((await runOn(repository)).trusts);
  });
  afterAll(() => process.stderr.write(flipTable(`roles and targets of ${repository.name}`, all)));

  it.each(files)('[4-a, 5.4.2, 5.5.3, 5.6.3, 5.7.3b, A-01] in %s', async (path) => {
    const counts = await flipFile(steps, path, { stride: 1, bitsOf: () => [0, 1, 2, 3, 4, 5, 6, 7] });
    all.push(counts);
    expect(counts.wrong).toEqual([]);
    expect(counts.bytes).toBe(repository.files.get(path)?.length);
    expect(counts.flips).toBe(counts.bytes * 8);
    expect(counts.refused).toBeGreaterThan(counts.flips / 3);
  });
});
