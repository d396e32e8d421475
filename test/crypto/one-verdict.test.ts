/** Random mutations of valid signatures, messages and keys: the backends may say what they want, but the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derInteger, derSequence } from '../../src/metadata/der-writer.ts';
import { littleEndian } from '../../src/metadata/edwards25519.ts';
import { backends, testKeys, verdict } from './backends.ts';
import { canonicalSmallOrder, L, nonCanonicalSmallOrder } from './ed25519-cases.ts';

type Mutation = (bytes: Uint8Array) => Uint8Array;

const flip: fc.Arbitrary<Mutation> = fc.nat().map((bit) => (bytes) => {
  const copy = bytes.slice();
  if (copy.length > 0) copy[(bit >> 3) % copy.length] = (copy[(bit >> 3) % copy.length] as number) ^ (1 << (bit & 7));
  return copy;
});
const overwrite: fc.Arbitrary<Mutation> = fc
  .tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }))
  .map(([at, patch]) => (bytes) => {
    const copy = bytes.slice();
    for (const [index, byte] of patch.entries()) if (copy.length > 0) copy[(at + index) % copy.length] = byte;
    return copy;
  });
const cut: fc.Arbitrary<Mutation> = fc.nat({ max: 80 }).map((count) => (bytes) => bytes.slice(0, -count || undefined));
const extend: fc.Arbitrary<Mutation> = fc
  .uint8Array({ maxLength: 3 })
  .map((more) => (bytes) => Uint8Array.of(...bytes, ...more));
const replaceR: fc.Arbitrary<Mutation> = fc
  .constantFrom(...canonicalSmallOrder, ...nonCanonicalSmallOrder)
  .map((point) => (bytes) => Uint8Array.of(...point, ...bytes.slice(32)));
const raiseS: fc.Arbitrary<Mutation> = fc.constantFrom(1n, 2n, 8n).map((times) => (bytes) => {
  const raised = (littleEndian(bytes.subarray(32)) + times * L).toString(16).padStart(64, '0');
  return Uint8Array.of(...bytes.slice(0, 32), ...Buffer.from(raised, 'hex').reverse());
});
const halves: fc.Arbitrary<Mutation> = fc
  .uint8Array({ minLength: 64, maxLength: 64 })
  .map((both) => () => derSequence(derInteger(both.subarray(0, 32)), derInteger(both.subarray(32))));

const anything = fc.oneof(flip, overwrite, cut, extend);
const none: fc.Arbitrary<Mutation> = fc.constant((bytes) => bytes);

async function expectOneVerdict(
  form: readonly [string, string, string],
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const verdicts = await Promise.all(backends.map(([, crypto]) => verdict(crypto, form, message, signature)));
  expect(new Set(verdicts).size, JSON.stringify([form, [...message], [...signature], verdicts])).toBe(1);
  return verdicts[0] === true;
}

describe.each(testKeys())('[A-55] [A-65] one verdict on $name', ({ keytype, scheme, text, sign }) => {
  const special = scheme === 'ed25519' ? [replaceR, raiseS] : keytype === 'ecdsa' ? [halves] : [];
  const numRuns = 150;

  it('on mutated signatures and messages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 64 }),
        fc.oneof(none, anything, ...special),
        fc.oneof({ weight: 4, arbitrary: none }, { weight: 1, arbitrary: anything }),
        async (message, mutateSignature, mutateMessage) => {
          const signature = sign(message);
          const [mutated, other] = [mutateSignature(signature), mutateMessage(message)];
          const isSame = Buffer.compare(mutated, signature) === 0 && Buffer.compare(other, message) === 0;
          expect(await expectOneVerdict([keytype, scheme, text], other, mutated)).toBe(isSame);
        },
      ),
      { numRuns },
    );
  });

  it('on mutated keys', async () => {
    const message = Buffer.from('what is signed');
    const signature = sign(message);
    await fc.assert(
      fc.asyncProperty(anything, async (mutate) => {
        const isHex = keytype === 'ed25519';
        const body = text.split('\n').slice(1, -2).join('');
        const mutated = Buffer.from(mutate(new Uint8Array(Buffer.from(isHex ? text : body, isHex ? 'hex' : 'base64'))));
        const other = isHex
          ? mutated.toString('hex')
          : `-----BEGIN PUBLIC KEY-----\n${mutated.toString('base64')}\n-----END PUBLIC KEY-----\n`;
        const isSame =
          mutated.toString('base64') === Buffer.from(isHex ? text : body, isHex ? 'hex' : 'base64').toString('base64');
        expect(await expectOneVerdict([keytype, scheme, other], message, signature)).toBe(isSame);
      }),
      { numRuns },
    );
  });
});
