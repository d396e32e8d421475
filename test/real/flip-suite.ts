import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absent, sigstore } from './archive.ts';
import { type FlipCounts, flipFile, flipTable } from './flips.ts';
import { runOn } from './real-repository.ts';
import { shapes } from './shapes.ts';
import { Steps } from './steps.ts';

const everyBit = [0, 1, 2, 3, 4, 5, 6, 7];
/** One bit of each byte, which changes with its place; all eight with TUFA_EVERY_BIT=1, which takes many minutes. */
const bitsOf = (offset: number): readonly number[] => (process.env['TUFA_EVERY_BIT'] === '1' ? everyBit : [offset % 8]);

/**
 * Flips bits of every byte of some files, of Sigstore's repository where it is at hand, and of one of the same shapes
 * elsewhere: each result is refused with a type, or leaves exactly the same trust. An oracle that shares no code with the
 * sources says which of the two it has to be.
 */
export function describeFlips(what: string, title: string, isChosen: (path: string) => boolean): void {
  if (absent !== undefined) process.stderr.write(`in place of Sigstore, a repository of the same shapes: ${absent}\n`);
  const repository = absent === undefined ? sigstore() : shapes();
  describe(`every flipped byte: ${what} of ${repository.name}`, () => {
    const all: FlipCounts[] = [];
    let steps: Steps;
    beforeAll(async () => {
      steps = await Steps.of(repository);
      expect(steps.honest).toEqual((await runOn(repository)).trusts);
    });
    afterAll(() => process.stderr.write(flipTable(`${what} of ${repository.name}`, all)));

    it.each([...repository.files.keys()].filter(isChosen))(`${title} in %s`, async (path) => {
      const counts = await flipFile(steps, path, { stride: 1, bitsOf });
      all.push(counts);
      expect(counts.wrong).toEqual([]);
      expect(counts.bytes).toBe(repository.files.get(path)?.length);
      expect(counts.flips).toBe(counts.bytes * bitsOf(0).length);
      expect(counts.refused).toBeGreaterThan(counts.flips / 3);
    });
  });
}

/** Whether a path is that of a root, of an odd version. The files are shared out between two processes. */
export const isOddRoot = (path: string): boolean => /[13579]\.root\.json$/.test(path);
