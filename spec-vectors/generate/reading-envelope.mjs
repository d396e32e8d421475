// @ts-check
/** The envelope: `signed`, `signatures` and the entries of `signatures`. */
import { keys } from './keys.mjs';
import { accept, anyType, reject, roles } from './reading-vector.mjs';
import { members, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./documents.mjs').Role} Role */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./reading-vector.mjs').Path} Path */

/** @type {About} */
const shape = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.2.1-a', 'A-32', 'JSON-01', 'GO-14', 'GAP-13'],
  effect: 'valid JSON of the wrong shape crashes the reader before it has checked a signature (CVE-2026-23991)',
};

/** @type {About} */
const duplicate = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'threshold-bypass',
  rows: ['4.2.1-c', '4.2.1-e', 'A-05', 'SIG-01', 'PY-1', 'TH-1', 'TH-2', 'RS-1', 'PHP-1'],
  effect:
    'one key counts as often as it is repeated and meets any threshold alone (CVE-2020-6174, CVE-2020-15093, CVE-2026-6966)',
};

/** @type {About} */
const tolerant = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4-a', '4.2.1-a', 'RB-09', 'NT-4', 'GAP-13'],
  effect: 'honest metadata with an unrecognised member is refused, and the format can never grow',
};

/** @type {About} */
const notValid = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.1-d', 'J16', 'B9', 'GAP-14'],
  effect:
    'one signature that does not count makes the whole file unreadable: a single signer can lock all clients out, and Sigstore roots 12 and 14 are refused',
};

/** A signature that is not hex, for a keyid that is none: other than described, and nobody says that it may be there. @type {About} */
const odd = { ...notValid, level: 'decision' };

/** What the envelope may lack or have wrong. @type {readonly (readonly [string, Path, readonly string[]])[]} */
const faults = [
  ['signed', ['signed'], Object.keys(anyType)],
  ['signatures', ['signatures'], ['missing', 'null', 'object', 'text', 'zero', 'true']],
  ['signature', ['signatures', 0], ['null', 'array', 'object', 'text', 'zero', 'true']],
  ['signature-keyid', ['signatures', 0, 'keyid'], ['missing', 'null', 'array', 'object', 'zero', 'true']],
  ['signature-sig', ['signatures', 0, 'sig'], ['missing', 'null', 'array', 'object', 'zero', 'true']],
];

export function vectors() {
  return [
    ...faults.flatMap(([field, path, labels]) => labels.map((label) => faulty('root', field, path, label))),
    ...roles
      .filter((role) => role !== 'root')
      .flatMap((role) => [
        faulty(role, 'signed', ['signed'], 'missing'),
        faulty(role, 'signatures', ['signatures'], 'missing'),
      ]),
    ...duplicates(),
    ...unrecognised(),
    ...signatures(),
    ...lists(),
  ];
}

/** @param {Role} role @param {string} field @param {Path} path @param {string} label */
function faulty(role, field, path, label) {
  const [words, value] = /** @type {readonly [string, Tree | undefined]} */ (anyType[label]);
  const envelope = (/** @type {Tree} */ tree) => withValue(tree, path, value);
  return reject(role, `${field}-${label}`, `/${path.join('/')} ${words}`, { envelope }, shape);
}

function duplicates() {
  const repeated = (
    /** @type {Role} */ role,
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(sig: string) => string} */ again,
  ) =>
    reject(
      role,
      name,
      comment,
      {
        envelope: ({ signed, signatures: [first, ...rest] }) => {
          if (first === undefined) throw new Error('a document has a signature');
          return { signatures: [first, { keyid: first.keyid, sig: again(first.sig) }, ...rest], signed };
        },
      },
      duplicate,
    );
  return [
    ...roles.map((role) =>
      repeated(role, 'signature-duplicate', 'one signature twice; the threshold of 1 is met without it', (sig) => sig),
    ),
    repeated(
      'root',
      'signature-duplicate-empty',
      'a second entry for the same keyid with an empty signature',
      () => '',
    ),
    repeated('root', 'signature-duplicate-false', 'a second entry for the same keyid with a false signature', (sig) =>
      '0'.repeat(sig.length),
    ),
    reject(
      'root',
      'signature-duplicate-unknown',
      'two entries for one keyid that no role lists',
      {
        envelope: ({ signed, signatures }) => ({ signatures: [...signatures, stranger(), stranger()], signed }),
      },
      duplicate,
    ),
    reject(
      'root',
      'signature-duplicate-apart',
      'two entries for one keyid with another between them',
      {
        envelope: ({ signed, signatures }) => ({ signatures: [...signatures, ...signatures.slice(0, 1)], signed }),
      },
      duplicate,
    ),
  ];
}

/** A signature entry for a keyid that is not listed anywhere. */
function stranger() {
  return { keyid: 'ab'.repeat(32), sig: 'cd'.repeat(64) };
}

function unrecognised() {
  return [
    ...roles.map((role) =>
      accept(
        role,
        'envelope-member',
        'an unrecognised member beside signed and signatures',
        {
          envelope: (tree) => ({ ...tree, 'x-note': { a: [1, null] } }),
        },
        tolerant,
      ),
    ),
    ...orders(),
    accept(
      'root',
      'signature-member',
      'an unrecognised member in a signature entry, such as the method of old files',
      {
        envelope: ({ signed, signatures }) => ({
          signatures: signatures.map((entry) => ({ ...entry, method: 'ed25519' })),
          signed,
        }),
      },
      { ...tolerant, rows: [...tolerant.rows, '1.5.4', 'SIG-08', 'NT-1'] },
    ),
  ];
}

/** Members of the envelope in other orders and with other names. */
function orders() {
  return [
    accept(
      'root',
      'envelope-members-null',
      'unrecognised members that are null and empty',
      {
        envelope: (tree) => ({ '': null, ...tree, 'x-empty': {} }),
      },
      tolerant,
    ),
    accept(
      'root',
      'envelope-proto',
      'a member __proto__ beside signed and signatures',
      {
        envelope: ({ signed, signatures }) =>
          members([
            ['__proto__', { signed: {} }],
            ['signatures', signatures],
            ['signed', signed],
          ]),
      },
      { ...tolerant, rows: [...tolerant.rows, 'A-67'] },
    ),
    accept(
      'root',
      'envelope-signed-first',
      'signed before signatures',
      {
        envelope: ({ signed, signatures }) =>
          members([
            ['signed', signed],
            ['signatures', signatures],
          ]),
      },
      tolerant,
    ),
  ];
}

function signatures() {
  /** Replaces the second of the two signatures; the first one meets the threshold. */
  const second = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(sig: string) => string} */ change,
    about = odd,
  ) =>
    accept(
      'root',
      `signature-${name}`,
      comment,
      {
        envelope: ({ signed, signatures: list }) => ({
          signatures: list.map((entry) =>
            entry.keyid === keys.root2.keyid ? { ...entry, sig: change(entry.sig) } : entry,
          ),
          signed,
        }),
      },
      about,
    );
  return [
    second('empty', 'an empty signature: read, and not counted', () => '', notValid),
    second('odd-hex', 'a signature with an odd number of hex digits: read, and not counted', (sig) => sig.slice(1)),
    second('not-hex', 'a signature that is no hex: read, and not counted', () => 'no signature'),
    second(
      'trailing-garbage',
      'a true signature with letters behind it: read, and not counted',
      (sig) => `${sig}zz-garbage`,
    ),
    second('space', 'a true signature behind a space: read, and not counted', (sig) => ` ${sig}`),
    second('short', 'half a signature: read, and not counted', (sig) => sig.slice(64), notValid),
    second('upper-case', 'a true signature in upper-case hex', (sig) => sig.toUpperCase(), notValid),
  ];
}

/** Lists that are empty, or name keyids that no role lists. */
function lists() {
  return [
    accept(
      'root',
      'signatures-empty',
      'no signature at all: read, and never trusted',
      {
        envelope: ({ signed }) => ({ signatures: [], signed }),
      },
      {
        ...notValid,
        rows: ['4.2.1-a'],
        effect: 'reading and verifying are mixed up: a draft that nobody has signed cannot be shown',
      },
    ),
    accept(
      'root',
      'signature-unknown-keyid',
      'a signature for a keyid that no role lists',
      {
        envelope: ({ signed, signatures: list }) => ({ signatures: [...list, stranger()], signed }),
      },
      {
        ...notValid,
        rows: ['4.2.1-a', 'A-07'],
        effect: 'a file that also carries the signature of a retired key is refused, as Sigstore roots 5 and 9 do',
      },
    ),
    accept(
      'root',
      'signature-keyid-proto',
      'a signature for the keyid __proto__',
      {
        envelope: ({ signed, signatures: list }) => ({
          signatures: [{ keyid: '__proto__', sig: '00' }, { keyid: 'constructor', sig: '00' }, ...list],
          signed,
        }),
      },
      {
        ...odd,
        rows: ['A-67'],
        effect: 'a name of the programming language is taken for a repeated keyid: honest metadata is refused',
      },
    ),
  ];
}
