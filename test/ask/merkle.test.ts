import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headFrom, leafOf, treeOf } from '../../src/ask/merkle.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { answer } from '../../src/repository/proof.ts';

const crypto = nodeCrypto();
const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const leaves = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => new Uint8Array(sha256(Buffer.from([i & 255, i >> 8]))));

/** The head by its definition in RFC 9162, section 2.1.1, of leaves that are hashed already. */
function headByDefinition(all: readonly Uint8Array[]): Uint8Array {
  if (all.length === 1) return all[0] as Uint8Array;
  const left = 2 ** Math.floor(Math.log2(all.length - 1));
  const halves = [headByDefinition(all.slice(0, left)), headByDefinition(all.slice(left))] as const;
  return new Uint8Array(sha256(Buffer.from([1]), ...halves));
}

describe('the tree of a batch', () => {
  it('has the head of RFC 9162, and a proof of every leaf that leads there', async () => {
    for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 33]) {
      const all = leaves(count);
      const { head, paths } = await answer(treeOf(all), crypto);
      expect(Buffer.from(head)).toEqual(Buffer.from(headByDefinition(all)));
      for (const [i, leaf] of all.entries()) {
        expect(await answer(headFrom(leaf, i, count, paths[i] as Uint8Array[]), crypto)).toEqual(head);
      }
    }
  });

  it('lets no leaf, index, size or path stand for another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(), fc.nat(3), async (count, a, b, what) => {
        const all = leaves(count);
        const { head, paths } = await answer(treeOf(all), crypto);
        const [i, j] = [a % count, b % count];
        const path = paths[i] as Uint8Array[];
        const other = [
          () => headFrom(leaves(count + 1)[count] as Uint8Array, i, count, path),
          () => headFrom(all[i] as Uint8Array, i, count, [...path, head]),
          () => headFrom(all[i] as Uint8Array, i, count, path.slice(1)),
          () => headFrom(all[i] as Uint8Array, i === j ? count : j, count, path),
        ][what] as () => ReturnType<typeof headFrom>;
        if (what === 2 && path.length === 0) return;
        const found = await answer(other(), crypto);
        expect(found === undefined || !Buffer.from(found).equals(Buffer.from(head))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('has leaves that no node can be, of the very bytes of question and decisions', async () => {
    const [question, decisions] = [Buffer.from('question'), Buffer.from('decisions')];
    const leaf = await answer(leafOf(question, decisions), crypto);
    expect(Buffer.from(leaf)).toEqual(sha256(Buffer.from([0]), sha256(question), sha256(decisions)));
  });
});
