/** Every bit of every file flipped, of Sigstore's repository where it is at hand, and of one of the same shapes elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absent, sigstore } from './archive.ts';
import { type FlipCounts, flipFile, flipTable } from './flips.ts';
import { runOn, type Trusts } from './real-repository.ts';
import { shapes } from './shapes.ts';

if (absent !== undefined) process.stderr.write(`in place of Sigstore, a repository of the same shapes: ${absent}\n`);

const everyBit = [0, 1, 2, 3, 4, 5, 6, 7];
const repository = absent === undefined ? sigstore() : shapes();

describe(`every flipped bit of ${repository.name}`, () => {
  const all: FlipCounts[] = [];
  let honest: Trusts;
  beforeAll(async () => {
    honest = (await runOn(repository)).trusts as Trusts;
  });
  afterAll(() => process.stderr.write(flipTable(repository.name, all)));

  it.each([...repository.files.keys()])('[4-a, 5.3.4a, 5.4.2, 5.5.3, 5.6.3, 5.7.3b, A-01] in %s', async (path) => {
    const counts = await flipFile(repository, path, honest, { stride: 1, bitsOf: () => everyBit });
    all.push(counts);
    expect(counts.wrong).toEqual([]);
    expect([counts.bytes, counts.flips]).toEqual([
      repository.files.get(path)?.length,
      (repository.files.get(path)?.length ?? 0) * 8,
    ]);
    expect(counts.refused).toBeGreaterThan(counts.flips / 3);
  });
});
