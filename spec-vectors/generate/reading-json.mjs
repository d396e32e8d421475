// @ts-check
/** The document as JSON text: spellings that change nothing, and texts that are refused whatever they say. */
import { honest, signedDocument } from './documents.mjs';
import { accept, reject, roles, withSigned } from './reading-vector.mjs';
import { compactText, indentedText, members, raw, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./documents.mjs').Role} Role */

/** @type {About} */
const spelling = {
  section: '4.1',
  level: 'SHOULD',
  attack: 'lock-out',
  rows: ['4.1-a', 'A-01', 'GAP-12', 'B14'],
  effect:
    'the signatures cover the canonical form, so honest metadata in another spelling is refused: python-tuf and others write indented files',
};

/** @type {About} */
export const text = {
  section: '4.1',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-46', 'JSON-05', 'GAP-12', 'PY-16', 'J16'],
  effect: 'readers disagree about what the document says: what one has verified, another uses differently',
};

/** @type {About} */
const notMetadata = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.2.1-a', 'A-46', 'JSON-01', 'GO-14'],
  effect: 'what a captive portal or a broken mirror sends crashes the reader, or is taken for the absence of an update',
};

/** @type {About} */
const depth = {
  ...text,
  attack: 'denial-of-service',
  rows: ['A-46', 'A-68', 'JSON-01', 'GAP-08'],
  effect: 'a small file exhausts the stack before a signature is checked',
};

export function vectors() {
  return [...spellings(), ...texts(), ...depths()];
}

function spellings() {
  const about = spelling;
  const around = (/** @type {string} */ before, /** @type {string} */ after) => ({
    bytes: (/** @type {Buffer} */ bytes) => Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]),
  });
  const canonicalText = ({ tree, canonical } = signedDocument('root')) =>
    indentedText(withValue(tree, ['signed'], raw(canonical)), '');
  return [
    ...roles.map((role) => accept(role, 'json-indented', 'indented by one space', { text: indentedText }, about)),
    accept(
      'root',
      'json-reordered',
      'members in descending order, at every level',
      { text: (tree) => indentedText(reversed(tree), '\t') },
      about,
    ),
    accept(
      'root',
      'json-canonical',
      'signed in its canonical form, on one line',
      { bytes: () => canonicalText() },
      about,
    ),
    accept(
      'root',
      'json-windows-lines',
      'lines that end in carriage return and newline',
      { text: (tree) => Buffer.from(indentedText(tree).toString().replaceAll('\n', '\r\n')) },
      about,
    ),
    accept('root', 'json-newline-after', 'a newline behind the document', around('', '\n'), about),
    accept(
      'root',
      'json-space-around',
      'spaces, tabs and newlines around the document',
      around('\n \t\r\n', ' \t\r\n\n'),
      about,
    ),
    accept('root', 'json-escaped-name', 'the name of a required member spelled with escapes', withEscapedName(), about),
    accept(
      'root',
      'json-escaped-value',
      '_type spelled with escapes',
      withSigned('root', ['_type'], raw('"\\u0072oo\\u0074"', '"root"', 'root')),
      about,
    ),
    accept(
      'timestamp',
      'json-escaped-everything',
      'every letter of the listed file name as an escape',
      withEscapedMetaPath(),
      about,
    ),
  ];
}

/** The same value with the members of every object in reverse. @param {Tree} tree @returns {Tree} */
function reversed(tree) {
  if (Array.isArray(tree)) return tree.map(reversed);
  if (
    typeof tree !== 'object' ||
    tree === null ||
    !('signatures' in tree || Object.getPrototypeOf(tree) === Object.prototype)
  )
    return tree;
  return members(
    Object.entries(tree)
      .reverse()
      .map(([name, value]) => /** @type {const} */ ([name, reversed(/** @type {Tree} */ (value))])),
  );
}

function withEscapedName() {
  const entries = Object.entries(honest.root());
  return {
    signed: members(
      entries.map(
        ([name, value]) =>
          /** @type {const} */ ([name === 'expires' ? raw('"e\\u0078pires"', '"expires"', 'expires') : name, value]),
      ),
    ),
  };
}

function withEscapedMetaPath() {
  const path = 'snapshot.json';
  const escaped = [...path].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return withSigned('timestamp', ['meta'], members([[raw(`"${escaped}"`, `"${path}"`, path), { version: 1 }]]));
}

/** @param {string} name @param {string} comment @param {(bytes: Buffer) => Buffer} bytes @param {About} about @param {Role} [role] */
function refused(name, comment, bytes, about, role = 'timestamp') {
  return reject(role, `json-${name}`, comment, { bytes }, about);
}

/**
 * The honest document, `signed` in its canonical form, so that nobody has a reason to write it anew, with one bracket changed.
 *
 * @param {Role} role @param {string} name @param {string} comment @param {readonly [what: string, by: string]} change
 */
function crossed(role, name, comment, [what, by]) {
  const { tree, canonical } = signedDocument(role);
  const text = compactText(withValue(tree, ['signed'], raw(canonical))).toString();
  if (!text.includes(what)) throw new Error(`${what} is not in the document`);
  return refused(name, comment, () => Buffer.from(text.replace(what, by)), notMetadata, role);
}

function texts() {
  const instead = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string | Buffer} */ document,
  ) => refused(name, comment, () => Buffer.from(document), notMetadata);
  const joined = (/** @type {(string | Buffer)[]} */ ...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  return [
    instead('empty', 'no byte at all', ''),
    instead('null', 'null', 'null'),
    instead('array', 'an empty array', '[]'),
    instead('object', 'an empty object', '{}'),
    instead('string', 'a string', '"timestamp"'),
    instead('number', 'a number', '1'),
    instead('true', 'true', 'true'),
    instead('html', 'an HTML page', '<!DOCTYPE html>\n<title>Sign in</title>\n'),
    instead('gzip', 'the magic bytes of a compressed file', Buffer.from('1f8b080000000000', 'hex')),
    instead('zeros', 'a block of zeros', Buffer.alloc(64)),
    refused('in-array', 'the honest document as the item of an array', (bytes) => joined('[', bytes, ']'), notMetadata),
    crossed('timestamp', 'signed-opened-by-bracket', 'signed begins with a bracket and ends with a brace', [
      '"signed":{',
      '"signed":[',
    ]),
    crossed('root', 'keyids-opened-by-brace', 'a list of keyids begins with a brace and ends with a bracket', [
      '"keyids":[',
      '"keyids":{',
    ]),
    refused('truncated', 'the honest document without its last byte', (bytes) => bytes.subarray(0, -1), notMetadata),
    refused(
      'truncated-half',
      'half of the honest document',
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      notMetadata,
    ),
    refused('byte-order-mark', 'a byte order mark before the document', (bytes) => joined('\ufeff', bytes), text),
    refused(
      'utf16',
      'the document in UTF-16 with a byte order mark',
      (bytes) => Buffer.from(`\ufeff${bytes}`, 'utf16le'),
      text,
    ),
    refused('trailing-garbage', 'a letter behind the document', (bytes) => joined(bytes, 'x'), text),
    refused('trailing-nul', 'a NUL behind the document', (bytes) => joined(bytes, '\0'), text),
    refused('trailing-document', 'the document twice', (bytes) => joined(bytes, '\n', bytes), text),
    refused('leading-garbage', 'a letter before the document', (bytes) => joined('x', bytes), text),
    refused('comment', 'a comment behind the document', (bytes) => joined(bytes, ' // signed'), text),
    refused('trailing-comma', 'a comma before the last brace', (bytes) => joined(bytes.subarray(0, -1), ',}'), text),
  ];
}

function depths() {
  /** The value of custom stands at depth 5: envelope, signed, targets, target, custom. */
  const nestedTo = (/** @type {number} */ total) =>
    withSigned('targets', ['targets', 'hello.txt', 'custom'], { a: brackets(total - 5) });
  const envelope = (/** @type {number} */ total) => ({
    envelope: (/** @type {{ [name: string]: Tree }} */ tree) => ({ ...tree, 'x-note': brackets(total - 1) }),
  });
  const fine = {
    ...depth,
    attack: 'lock-out',
    effect: 'nesting is counted in another way: honest metadata is refused',
  };
  return [
    accept('targets', 'json-depth-64', 'custom reaches depth 64, counted from the envelope', nestedTo(64), fine),
    accept(
      'root',
      'json-depth-64-envelope',
      'an unrecognised member of the envelope reaches depth 64',
      envelope(64),
      fine,
    ),
    reject('targets', 'json-depth-65', 'custom reaches depth 65, counted from the envelope', nestedTo(65), depth, {
      control: 'targets-json-depth-64',
    }),
    reject(
      'root',
      'json-depth-65-envelope',
      'an unrecognised member of the envelope reaches depth 65',
      envelope(65),
      depth,
      { control: 'root-json-depth-64-envelope' },
    ),
    reject('targets', 'json-depth-10000', 'custom reaches depth 10000', nestedTo(10_000), depth, {
      control: 'targets-json-depth-64',
    }),
  ];
}

/** Arrays nested to a depth, as one token. @param {number} count */
function brackets(count) {
  const token = '['.repeat(count) + ']'.repeat(count);
  return raw(token, token, []);
}
