// @ts-check
/** What holds for every role alike: enough signatures, too few, none, copies, and one key under two keyids. */
import { signer } from './repository.mjs';
import { accept, everyRole, refuse, threeKeys } from './threshold-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./repository.mjs').Envelope} Envelope */
/** @typedef {import('./threshold-vector.mjs').Role} Role */

/** Sections and rows that say of each role that it has to be signed. @type {Record<Role, { section: string, row: string }>} */
const places = {
  root: { section: '5.3.4', row: '5.3.4a' },
  timestamp: { section: '5.4.2', row: '5.4.2' },
  snapshot: { section: '5.5.3', row: '5.5.3' },
  targets: { section: '5.6.3', row: '5.6.3' },
  packages: { section: '5.6.3', row: '5.6.3' },
  'bin-0': { section: 'TAP 15', row: 'A-35' },
};

/** @param {Role} role @param {Omit<About, 'section' | 'level'> & Partial<About>} about @returns {About} */
function forRole(role, about) {
  const { section, row } = places[role];
  // The specification knows no succinct roles.
  const level = role === 'bin-0' ? 'decision' : 'MUST';
  return { level, section, ...about, rows: [row, ...about.rows] };
}

/** Whether the check of delegated roles is concerned, which implementations have had apart. @param {Role} role */
function isDelegated(role) {
  return role === 'packages' || role === 'bin-0';
}

const stranger = threeKeys('stranger')[0];

export function vectors() {
  return everyRole.flatMap((role) => [...counted(role), ...tooFew(role), ...copies(role), ...sameKey(role)]);
}

/** @param {Role} role */
function counted(role) {
  const [one, two, three] = threeKeys(role);
  const about = forRole(role, {
    attack: 'lock-out',
    rows: ['4.3-i', 'A-04'],
    effect: 'enough signatures are not enough: honest metadata is refused',
  });
  return [
    accept(`${role}-one-of-three`, 'threshold 1 of three keys: the last one signs', { role, signers: [three] }, about),
    accept(
      `${role}-two-of-three`,
      'threshold 2 of three keys: the first and the last sign',
      { role, threshold: 2, honest: [one, two], signers: [one, three] },
      about,
    ),
    accept(
      `${role}-three-of-two`,
      'threshold 2, and all three sign, in another order than the keys are listed',
      { role, threshold: 2, signers: [three, two, one] },
      about,
    ),
    accept(
      `${role}-stranger-first`,
      'a signature by a key that is not listed stands before enough good ones',
      { role, threshold: 2, signers: [stranger, one, two] },
      {
        ...about,
        rows: [...about.rows, 'A-07'],
        effect: 'a file that also carries the signature of a removed key is refused',
      },
    ),
  ];
}

/** @param {Role} role */
function tooFew(role) {
  const [one, two] = threeKeys(role);
  const about = forRole(role, {
    attack: 'arbitrary-software',
    rows: ['T1', 'T10', ...(isDelegated(role) ? ['SIG-12', 'RS-2'] : [])],
    effect: 'whoever answers on the network, or holds too few keys, writes the metadata of this role',
  });
  const last = (/** @type {string} */ sig) => `${sig.slice(0, -2)}${sig.endsWith('00') ? '01' : '00'}`;
  return [
    refuse(`${role}-one-of-two`, 'threshold 2, and one key signs', { role, threshold: 2, signers: [one] }, about),
    refuse(`${role}-no-signature`, 'no signature at all', { role, signers: [] }, about),
    refuse(`${role}-stranger`, 'a true signature by a key that is not listed', { role, signers: [stranger] }, about),
    refuse(
      `${role}-one-and-stranger`,
      'threshold 2: a key that is listed and one that is not',
      { role, threshold: 2, signers: [one, stranger] },
      about,
    ),
    refuse(
      `${role}-stranger-as-listed`,
      'a true signature by a key that is not listed, under the keyid of one that is',
      { role, signers: [{ ...one, sign: stranger.sign }] },
      { ...about, rows: [...about.rows, 'GO-1'] },
    ),
    refuse(
      `${role}-false-signature`,
      'threshold 2: one true signature, and one with its last byte changed',
      { role, threshold: 2, signers: [one, { ...two, sign: (message) => last(two.sign(message)) }] },
      about,
    ),
    refuse(
      `${role}-former-signature`,
      'the signatures of the release before',
      { role, envelope: ({ signed }, { signatures }) => ({ signatures, signed }) },
      { ...about, rows: [...about.rows, '4.2.1-d'] },
    ),
  ];
}

/** @param {Role} role */
function copies(role) {
  const [one, two] = threeKeys(role);
  const about = forRole(role, {
    attack: 'threshold-bypass',
    rows: [
      '4.2.1-c',
      '4.2.1-e',
      '5.3.4d',
      'A-05',
      'T10',
      isDelegated(role) ? 'SIG-02' : 'SIG-01',
      'PY-1',
      isDelegated(role) ? 'TH-2' : 'TH-1',
      'RS-1',
      'PHP-1',
    ],
    effect:
      'one key counts as often as it is repeated and meets any threshold alone (CVE-2020-6174, CVE-2020-15093, CVE-2026-6966)',
    peers: isDelegated(role)
      ? ['tough before 0.22.0 counts each copy for delegated roles']
      : ['python-tuf to 0.12.1 and tough before 0.7.1 count each copy'],
  });
  const [first] = [one];
  return [
    refuse(
      `${role}-copy`,
      'threshold 2: one signature and its copy',
      { role, threshold: 2, signers: [first, first] },
      about,
      'malformed',
    ),
    refuse(
      `${role}-copy-beside-enough`,
      'threshold 2: two keys sign, and one signature is there twice',
      { role, threshold: 2, signers: [one, two, one] },
      {
        ...about,
        level: 'decision',
        attack: 'parser-differential',
        effect: 'some clients read the file and others do not',
      },
      'malformed',
    ),
  ];
}

/** @param {Role} role */
function sameKey(role) {
  const [one, two] = threeKeys(role);
  const again = signer(one.key, one.sign, 'ab'.repeat(32));
  const listed = [one, again, two];
  const about = forRole(role, {
    attack: 'threshold-bypass',
    rows: ['5.3.4c', 'A-04', 'T10', 'SIG-04', 'GO-1', 'PY-3', 'J14', 'B10', 'SG-9'],
    effect: 'one key meets a threshold of two, because it is listed twice (GHSA-3633-5h82-39pq)',
    peers: ['python-tuf 5.1.0, tuf-js 5.0.1 and tuf-browser 0.1.11 count the key twice'],
  });
  return [
    refuse(
      `${role}-one-key-twice`,
      'threshold 2: one key under two keyids signs under both',
      { role, listed, threshold: 2, honest: [one, two], signers: [one, again] },
      about,
    ),
    accept(
      `${role}-one-key-twice-and-another`,
      'threshold 2: one key signs under two keyids, and another key under its own',
      { role, listed, threshold: 2, honest: [one, two], signers: [one, again, two] },
      {
        ...about,
        level: 'decision',
        attack: 'lock-out',
        effect: 'a key that is listed twice is an error: honest metadata is refused',
        peers: undefined,
      },
    ),
  ];
}
