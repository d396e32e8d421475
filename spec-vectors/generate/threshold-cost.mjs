// @ts-check
/** Thousands of signatures: what it costs to refuse them. */
import { testKeys } from './keys.mjs';
import { rsa, rsaSigner } from './signature-keys.mjs';
import { expand } from './signature-numbers.mjs';
import { accept, refuse, threeKeys } from './threshold-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */

/** @type {About} */
const about = {
  section: '5.6.3',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['5.6.3', '4.2.1-c', 'SIG-10', 'PY-4', 'SG-8'],
  effect: 'each false signature costs a verification: one small file keeps the client busy for minutes (CVE-2020-6173)',
};

const role = /** @type {const} */ ('targets');
const [one, two] = threeKeys(role);

export function vectors() {
  const strangers = Array.from({ length: 5000 }, (_, index) => ({
    ...one,
    keyid: `x${index.toString(16).padStart(4, '0')}`,
    sign: () => 'ab',
  }));
  const long = rsaSigner(rsa[4096]);
  const falseRsa = Array.from({ length: 60 }, (_, index) => ({
    ...long,
    keyid: `rsa ${index}`,
    sign: () => `00${expand(`a false signature ${index}`, 511).toString('hex')}`,
  }));
  const listed = testKeys('threshold many', 150);
  const falsely = (/** @type {Signer} */ signer, /** @type {number} */ index) => ({
    ...signer,
    sign: () => `${expand(`a false signature ${index}`, 63).toString('hex')}00`,
  });
  const short = { ...one, keyid: 'k' };
  const last = /** @type {Signer} */ (listed.at(-1));
  const manyFalse = listed.slice(0, -1).map(falsely);
  return [
    refuse('5000-strangers', '5,000 signatures for keyids that nobody lists', { role, signers: strangers }, about),
    accept(
      '5000-strangers-then-one',
      '5,000 signatures for keyids that nobody lists, then a true one',
      { role, signers: [...strangers, one] },
      { ...about, level: 'decision', rows: [...about.rows, 'A-07'] },
    ),
    refuse(
      '5000-copies',
      '5,000 false signatures for one keyid that the role lists',
      {
        role,
        listed: [short, two],
        signers: Array.from({ length: 5000 }, () => ({ ...short, sign: () => 'ab' })),
        honest: [two],
      },
      { ...about, rows: [...about.rows, 'A-05'] },
      'malformed',
    ),
    refuse(
      '60-strangers-of-rsa-4096',
      'false signatures by RSA keys of 4096 bits, of which the role lists one',
      {
        role,
        listed: [long, two],
        honest: [two],
        signers: [{ ...long, sign: () => falseRsa[0]?.sign() ?? '' }, ...falseRsa],
      },
      about,
    ),
    accept(
      '149-false-then-one',
      'the role lists 150 keys: 149 false signatures, then a true one',
      { role, listed, honest: [last], signers: [...manyFalse, last] },
      {
        ...about,
        attack: 'lock-out',
        rows: ['4.2.1-d', 'SIG-10', 'SG-8'],
        effect: 'false signatures cost the true one: honest metadata is refused',
      },
    ),
    refuse(
      '149-false-of-two',
      'threshold 2 of 150 keys: 149 false signatures, and a true one',
      { role, listed, threshold: 2, honest: listed.slice(0, 2), signers: [...manyFalse, last] },
      about,
    ),
    refuse(
      'very-long-signature',
      'a signature of 200,000 digits',
      { role, signers: [{ ...one, sign: (message) => one.sign(message) + '0'.repeat(200_000) }] },
      { ...about, rows: ['4.2.1-d', 'SIG-10', 'SG-8'] },
    ),
  ];
}
