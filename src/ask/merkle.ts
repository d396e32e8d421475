/**
 * The tree of a batch of questions, as in RFC 9162, section 2.1: one signature over its head answers all of them.
 *
 * @module
 */
import { digest, type Proof } from '../trust/question.ts';

/**
 * What stands for one question and what is said to it alone: SHA-256(0x00 ‖ SHA-256(question) ‖ SHA-256(decisions)), over the
 * exact bytes of both.
 */
export function* leafOf(question: Uint8Array, decisions: Uint8Array): Proof<Uint8Array> {
  return yield* node(0, yield* digest('sha256', question), yield* digest('sha256', decisions));
}

function node(prefix: 0 | 1, left: Uint8Array, right: Uint8Array): Proof<Uint8Array> {
  const bytes = new Uint8Array(1 + left.length + right.length);
  bytes[0] = prefix;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.length);
  return digest('sha256', bytes);
}

/**
 * The head of a tree of `size` leaves that has `leaf` at `index`, by its inclusion proof; `undefined` where the proof is of
 * another length than such a tree's.
 */
export function* headFrom(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Proof<Uint8Array | undefined> {
  if (index >= size) return undefined;
  let head = leaf;
  let at = index;
  let last = size - 1;
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      head = yield* node(1, sibling, head);
      // A node without a sibling is its own parent.
      while (at % 2 === 0 && at !== 0) {
        at /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      head = yield* node(1, head, sibling);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? head : undefined;
}

/** The head of a tree, and the inclusion proof of each of its leaves, at least one. */
export function* treeOf(leaves: readonly Uint8Array[]): Proof<{ head: Uint8Array; paths: Uint8Array[][] }> {
  const paths = leaves.map((): Uint8Array[] => []);
  const head = yield* headOf(leaves, paths);
  return { head, paths };
}

function* headOf(leaves: readonly Uint8Array[], paths: readonly Uint8Array[][]): Proof<Uint8Array> {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let left = 1;
  while (left * 2 < leaves.length) left *= 2;
  const heads = [
    yield* headOf(leaves.slice(0, left), paths.slice(0, left)),
    yield* headOf(leaves.slice(left), paths.slice(left)),
  ] as const;
  for (const [i, path] of paths.entries()) path.push(heads[i < left ? 1 : 0]);
  return yield* node(1, ...heads);
}
