// @ts-check
/** Values inside a document that are refused whatever they say: repeated names, bad text, numbers that are not integers. */
import { honest } from './documents.mjs';
import { text } from './reading-json.mjs';
import { reject, withSigned } from './reading-vector.mjs';
import { members, raw } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const number = {
  ...text,
  rows: ['4.1-b', 'A-66', 'JSON-07', 'J15', 'GAP-12'],
  effect:
    'the number reads differently in different languages: a signed document can be replaced by another that one reader takes for the same',
};

export function vectors() {
  return [...duplicatesInSigned(), ...duplicatesInEnvelope(), ...strings(), ...numbers()];
}

/** Members of `signed`. */
function duplicatesInSigned() {
  const doubled = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {Tree} */ firstValue,
    /** @type {string | import('./tree.mjs').Raw} */ member,
  ) => {
    const entries = Object.entries(honest.timestamp());
    return reject(
      'timestamp',
      `json-duplicate-${name}`,
      comment,
      { signed: members([[member, firstValue], ...entries]) },
      text,
    );
  };
  return [
    doubled('version', 'version twice: 9 comes first, the signed 1 last', 9, 'version'),
    doubled(
      'version-escaped',
      'version twice: 9 comes first and its name is spelled with an escape',
      9,
      raw('"\\u0076ersion"', '"version"', 'version'),
    ),
    doubled('expires', 'expires twice', '2099-01-01T00:00:00Z', 'expires'),
    doubled('type', '_type twice, with the same value', 'timestamp', '_type'),
    doubled('meta', 'meta twice', { 'snapshot.json': { version: 9 } }, 'meta'),
    reject(
      'timestamp',
      'json-duplicate-unrecognised',
      'an unrecognised member twice',
      { signed: members([['x-note', 1], ['x-note', 2], ...Object.entries(honest.timestamp())]) },
      text,
    ),
    reject(
      'targets',
      'json-duplicate-in-custom',
      'a name twice in custom',
      withSigned(
        'targets',
        ['targets', 'hello.txt', 'custom'],
        members([
          ['a', 1],
          ['a', 2],
        ]),
      ),
      text,
    ),
  ];
}

/** Members of the envelope and of its entries. */
function duplicatesInEnvelope() {
  const twice = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(envelope: { signed: Tree, signatures: Tree }) => readonly (readonly [string, Tree])[]} */ entries,
  ) => reject('timestamp', `json-duplicate-${name}`, comment, { envelope: (tree) => members(entries(tree)) }, text);
  const other = { ...honest.timestamp(), version: 9 };
  return [
    twice('signed', 'signed twice: the first is not the one that is signed', ({ signed, signatures }) => [
      ['signatures', signatures],
      ['signed', other],
      ['signed', signed],
    ]),
    twice('signatures', 'signatures twice: the first is empty', ({ signed, signatures }) => [
      ['signatures', []],
      ['signatures', signatures],
      ['signed', signed],
    ]),
    twice('envelope-member', 'an unrecognised member twice in the envelope', ({ signed, signatures }) => [
      ['x-note', 1],
      ['x-note', 2],
      ['signatures', signatures],
      ['signed', signed],
    ]),
    reject(
      'timestamp',
      'json-duplicate-sig',
      'sig twice in a signature entry',
      {
        envelope: ({ signed, signatures }) => ({
          signatures: signatures.map(({ keyid, sig }) =>
            members([
              ['keyid', keyid],
              ['sig', ''],
              ['sig', sig],
            ]),
          ),
          signed,
        }),
      },
      text,
    ),
  ];
}

function strings() {
  const custom = (/** @type {Tree} */ value) =>
    withSigned('targets', ['targets', 'hello.txt', 'custom'], { text: value });
  const replaced = Buffer.from('"a\ufffd"');
  const encoding = {
    ...text,
    rows: ['A-46', 'JSON-07', 'J15', 'J16', 'GAP-12'],
    effect: 'the bytes become U+FFFD: different documents have the same signed bytes, so one can replace the other',
  };
  const bytes = (/** @type {string} */ hex) =>
    raw(Buffer.concat([Buffer.from('"a'), Buffer.from(hex, 'hex'), Buffer.from('"')]), replaced);
  const refusedText = (/** @type {string} */ name, /** @type {string} */ comment, /** @type {Tree} */ value) =>
    reject('targets', `json-${name}`, comment, custom(value), encoding, { control: 'targets-target-custom-nested' });
  return [
    refusedText('utf8-invalid', 'a byte that is not UTF-8 in custom', bytes('ff')),
    refusedText('utf8-overlong', 'an overlong solidus in custom', bytes('c0af')),
    refusedText('utf8-surrogate', 'a surrogate in three bytes in custom', bytes('eda080')),
    refusedText('utf8-truncated', 'a character that is cut short in custom', bytes('e282')),
    refusedText('surrogate-high', 'an escaped high surrogate alone in custom', raw('"a\\ud800"', replaced)),
    refusedText('surrogate-low', 'an escaped low surrogate alone in custom', raw('"a\\udc00"', replaced)),
    refusedText('control-character', 'a raw newline in a string in custom', raw('"a\nb"')),
    refusedText('bad-escape', 'an escape that JSON does not have in custom', raw('"a\\x41"', '"aA"')),
    reject(
      'targets',
      'json-utf8-invalid-path',
      'a byte that is not UTF-8 in a target path',
      withSigned(
        'targets',
        ['targets'],
        members([[raw(bytes('ff').text, replaced, 'a\ufffd'), { hashes: { sha256: 'ab'.repeat(32) }, length: 1 }]]),
      ),
      encoding,
    ),
    reject(
      'root',
      'json-utf8-invalid-envelope',
      'a byte that is not UTF-8 in an unrecognised member of the envelope',
      { envelope: (tree) => ({ ...tree, 'x-note': bytes('ff') }) },
      encoding,
    ),
  ];
}

function numbers() {
  /** @type {readonly (readonly [string, string, import('./tree.mjs').Raw])[]} */
  const spelled = [
    ['fraction', '1.5', raw('1.5')],
    ['integral-fraction', '1.0', raw('1.0', '1')],
    ['exponent', '1e2', raw('1e2', '100')],
    ['minus-zero', '-0', raw('-0', '0')],
    ['2-53', '2^53', raw('9007199254740992')],
    ['2-53-plus-one', '2^53 + 1', raw('9007199254740993')],
    ['minus-2-53', '-2^53', raw('-9007199254740992')],
    ['nan', 'NaN', raw('NaN')],
    ['infinity', 'Infinity', raw('Infinity')],
    ['leading-zero', '01', raw('01', '1')],
  ];
  const digits = raw('7'.repeat(40_000));
  return [
    ...spelled.map(([name, words, value]) =>
      reject(
        'targets',
        `json-number-${name}-in-custom`,
        `${words} in custom`,
        withSigned('targets', ['targets', 'hello.txt', 'custom'], { n: value }),
        number,
        { control: 'targets-target-custom-largest-number' },
      ),
    ),
    ...spelled
      .slice(0, 6)
      .map(([name, words, value]) =>
        reject(
          'root',
          `json-number-${name}-unrecognised`,
          `${words} in an unrecognised member`,
          withSigned('root', ['x-note'], { n: value }),
          number,
          { control: 'root-member' },
        ),
      ),
    reject(
      'root',
      'json-number-fraction-in-envelope',
      '1.5 in an unrecognised member of the envelope, which nothing signs',
      { envelope: (tree) => ({ ...tree, 'x-note': raw('1.5') }) },
      number,
      { control: 'root-envelope-member' },
    ),
    reject(
      'timestamp',
      'json-number-40000-digits',
      'a version of 40000 digits, within the size that a timestamp may have',
      withSigned('timestamp', ['version'], digits),
      {
        ...number,
        attack: 'denial-of-service',
        rows: ['A-66', 'JSON-03', 'PY-15'],
        effect: 'reading the number takes time that grows with the square of its digits (CVE-2020-10735)',
      },
    ),
  ];
}
