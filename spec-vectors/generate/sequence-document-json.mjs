// @ts-check
/** Documents as JSON text: what two readers could read differently, values that not every language has, and sheer size. */
import { alteredAfterwards, labels, refuses, roles, signedAs, takes, words } from './sequence-document-parts.mjs';
import { text } from './sequence-parts.mjs';
import { entriesOf, members, raw, withValue } from './tree.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./sequence-document-parts.mjs').Role} Role */

/** @type {About} */
const differential = {
  section: '4.1',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['4.1-a', 'A-46', 'T23', 'JSON-05', 'PY-16', 'J16', 'LIB-2', 'GAP-12'],
  effect: 'readers disagree about what the document says: what one has verified, another uses differently',
};
/** @type {About} */
const noJson = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.2.1-a', 'A-46', 'T23', 'JSON-01', 'GO-14', 'GAP-12'],
  effect:
    'what is no metadata crashes the client before a signature is checked (CVE-2026-23991), or a part of it is believed',
};
/** @type {About} */
const numbers = {
  section: '4.1',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['4.1-b', 'A-66', 'T23', 'JSON-07', 'J15', 'LIB-1', 'GAP-12'],
  effect: 'one language reads another number than the next, so one signature covers two documents',
};
/** @type {About} */
const texts = {
  section: '4.1',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.1-a', '4.1-b', 'A-01', 'A-60', 'JSON-07', 'J15', 'LIB-1', 'SG-11', 'GAP-12'],
  effect: 'the canonical form of a text is another, so honest metadata is refused',
};
/** @type {About} */
const names = {
  ...texts,
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-67', 'DLG-13', 'GAP-12'],
  effect: 'a name that means something to the programming language is lost, and with it a part of what was signed',
};
/** @type {About} */
const size = {
  section: '4.1',
  level: 'decision',
  attack: 'denial-of-service',
  rows: ['A-46', 'A-68', 'T23', 'JSON-01', 'JSON-03', 'PY-15', 'GAP-08'],
  effect: 'a small file keeps the client busy for minutes, or exhausts its stack',
};

export function vectors() {
  return [
    ...duplicates(),
    ...surroundings(),
    ...otherValues(),
    ...encodings(),
    ...numberForms(),
    ...strings(),
    ...namesOfMembers(),
    ...depths(),
  ];
}

/** The change that gives the only target of targets that custom data. @param {Tree} custom */
function customised(custom) {
  return (/** @type {Signed} */ signed) => withValue(signed, ['targets', 'hello.txt', 'custom'], custom);
}

/** The document with a member written twice; the value that comes last is the honest one, and is signed. @param {Tree} tree @param {string} name @param {Tree} first */
function twice(tree, name, first) {
  return members([[name, first], ...entriesOf(tree)]);
}

function duplicates() {
  const other = (/** @type {Role} */ role) =>
    refuses(
      role,
      `duplicate-version-${labels[role]}`,
      `${words[role]} says its version twice: 9, and then the right one`,
      differential,
      'malformed',
      signedAs(role, (signed) => twice(signed, 'version', 9)),
    );
  const inside = (
    /** @type {Role} */ role,
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(signed: Signed) => Tree} */ change,
  ) =>
    refuses(role, `duplicate-${name}`, `${words[role]}: ${comment}`, differential, 'malformed', signedAs(role, change));
  const hashes = { sha256: '0'.repeat(64) };
  return [
    ...roles.map(other),
    inside('targets', 'target', 'one target path twice, with another digest first', (signed) =>
      withValue(signed, ['targets'], twice(signed['targets'] ?? {}, 'hello.txt', { hashes, length: 6 })),
    ),
    inside('snapshot', 'meta', 'one file twice, at version 1 first', (signed) =>
      withValue(signed, ['meta'], twice(signed['meta'] ?? {}, 'targets.json', { version: 1 })),
    ),
    refuses(
      'timestamp',
      'duplicate-type',
      'timestamp: the _type twice, another one first',
      differential,
      'malformed wrong-type',
      signedAs('timestamp', (signed) => twice(signed, '_type', 'root')),
    ),
    inside('timestamp', 'same-value', 'one member twice with one value', (signed) =>
      twice(signed, 'expires', signed['expires'] ?? null),
    ),
    inside('timestamp', 'by-escape', 'one member twice, once spelled with an escape', (signed) =>
      members([[raw('"versio\\u006e"', '"version"', 'version'), 9], ...entriesOf(signed)]),
    ),
    inside(
      'targets',
      'in-custom',
      'one member of custom twice',
      customised(
        members([
          ['a', 1],
          ['a', 2],
        ]),
      ),
    ),
    inside(
      'targets',
      'proto',
      'two members __proto__ in custom',
      customised(
        members([
          ['__proto__', {}],
          ['__proto__', { a: 1 }],
        ]),
      ),
    ),
    refuses(
      'timestamp',
      'duplicate-signed',
      'timestamp has signed twice, another one first',
      differential,
      'malformed',
      {
        envelope: {
          timestamp: ({ signatures, signed }) =>
            members([
              ['signatures', signatures],
              ['signed', withValue(signed, ['version'], 9)],
              ['signed', signed],
            ]),
        },
      },
    ),
    refuses(
      'timestamp',
      'duplicate-signatures',
      'timestamp has signatures twice, empty ones first',
      differential,
      'malformed',
      {
        envelope: {
          timestamp: ({ signatures, signed }) =>
            members([
              ['signatures', []],
              ['signatures', signatures],
              ['signed', signed],
            ]),
        },
      },
    ),
  ];
}

function surroundings() {
  const around = (
    /** @type {Role} */ role,
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ before,
    /** @type {string | Buffer} */ after,
    about = differential,
  ) =>
    refuses(role, `${name}-${labels[role]}`, `${words[role]}: ${comment}`, about, 'malformed', {
      bytes: { [role]: (bytes) => Buffer.concat([text(before), bytes, Buffer.from(after)]) },
    });
  return [
    ...roles.map((role) => around(role, 'byte-order-mark', 'a byte order mark comes first', '\ufeff', '')),
    ...roles.map((role) => around(role, 'text-behind', 'a letter follows', '', 'x', noJson)),
    around('timestamp', 'document-behind', 'a second document follows', '', '{"signatures":[],"signed":{}}', noJson),
    around('timestamp', 'nul-behind', 'a NUL follows', '', '\0', noJson),
    around('timestamp', 'comment-behind', 'a comment follows', '', ' // signed', noJson),
    around('timestamp', 'bracket-before', 'a bracket comes first', '[', '', noJson),
    around('timestamp', 'inside-list', 'it stands in a list', '[', ']', noJson),
    refuses('timestamp', 'trailing-comma-timestamp', 'timestamp: a comma before the last brace', noJson, 'malformed', {
      bytes: { timestamp: (bytes) => Buffer.concat([bytes.subarray(0, -1), text(',}')]) },
    }),
    refuses(
      'timestamp',
      'single-quotes-timestamp',
      'timestamp: single quotation marks in place of double ones',
      noJson,
      'malformed',
      {
        bytes: { timestamp: (bytes) => text(bytes.toString().replaceAll('"', "'")) },
      },
    ),
    refuses(
      'timestamp',
      'half-timestamp',
      'timestamp: its first half, whole as an answer',
      { ...noJson, rows: ['4.2.1-a', 'T23', 'T36', 'GAP-08'] },
      'malformed',
      {
        bytes: { timestamp: (bytes) => bytes.subarray(0, bytes.length >> 1) },
      },
    ),
  ];
}

function otherValues() {
  return roles.flatMap((role) =>
    /** @type {const} */ ([
      ['null', 'null'],
      ['list', '[]'],
      ['object', '{}'],
      ['text', '"signed"'],
      ['number', '0'],
    ]).map(([name, value]) =>
      refuses(
        role,
        `value-${name}-${labels[role]}`,
        `${words[role]} is nothing but ${value}`,
        noJson,
        'malformed',
        text(value),
      ),
    ),
  );
}

function encodings() {
  const instead = (
    /** @type {Role} */ role,
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {Buffer | string} */ token,
    /** @type {string} */ canonical,
  ) =>
    refuses(
      role,
      `${name}-${labels[role]}`,
      `${words[role]}: ${comment}; it is signed as a lax reader would read it`,
      differential,
      'malformed',
      signedAs(role, (signed) => ({ ...signed, 'x-note': raw(token, canonical) })),
    );
  const bytes = (/** @type {number[]} */ ...list) => Buffer.from([0x22, ...list, 0x22]);
  return [
    ...roles.map((role) =>
      instead(role, 'bytes-that-are-no-utf-8', 'a text holds the byte FF', bytes(0xff), '"\ufffd"'),
    ),
    instead('timestamp', 'utf-8-overlong', 'a text holds a slash in two bytes', bytes(0xc0, 0xaf), '"\ufffd\ufffd"'),
    instead(
      'timestamp',
      'utf-8-surrogate',
      'a text holds a surrogate in three bytes',
      bytes(0xed, 0xa0, 0x80),
      '"\ufffd\ufffd\ufffd"',
    ),
    instead('timestamp', 'utf-8-cut', 'a text ends in the middle of a letter', bytes(0xc3), '"\ufffd"'),
    instead(
      'timestamp',
      'lone-surrogate',
      'a text holds one half of a pair of surrogates, as an escape',
      '"\\ud83d"',
      '"\ufffd"',
    ),
    instead(
      'timestamp',
      'surrogates-reversed',
      'a text holds a pair of surrogates in the wrong order',
      '"\\udd11\\ud83d"',
      '"\ufffd\ufffd"',
    ),
    instead('timestamp', 'control-character', 'a text holds a line feed that is not escaped', '"a\nb"', '"a\nb"'),
    instead('timestamp', 'unknown-escape', 'a text holds an escape that JSON does not have', '"\\x41"', '"A"'),
    refuses('timestamp', 'utf-16-timestamp', 'timestamp is UTF-16', noJson, 'malformed', {
      bytes: { timestamp: (document) => Buffer.from(`\ufeff${document}`, 'utf16le') },
    }),
  ];
}

function numberForms() {
  const most = '9007199254740991';
  const custom = (/** @type {string} */ token, canonical = token) => customised({ n: raw(token, canonical) });
  const read = (/** @type {string} */ name, /** @type {string} */ token) =>
    takes(
      'targets',
      `number-${name}`,
      `custom holds the number ${token}`,
      { ...texts, rows: ['4.1-b', 'A-66', 'JSON-07', 'GAP-12'] },
      signedAs('targets', custom(token)),
    );
  const wrong = (/** @type {string} */ name, /** @type {string} */ token, canonical = token, about = numbers) =>
    refuses(
      'targets',
      `number-${name}`,
      `custom holds the number ${token}, signed as ${canonical}`,
      about,
      'malformed',
      signedAs('targets', custom(token, canonical)),
    );
  /** @type {About} */
  const changed = {
    ...numbers,
    level: 'MUST',
    attack: 'arbitrary-software',
    rows: ['4-a', 'A-66', 'T1', 'J15', 'LIB-2', 'JSON-07'],
    effect: 'a number can be changed by whoever serves it: two spellings are one value to the client',
  };
  const afterwards = (
    /** @type {string} */ name,
    /** @type {string} */ signedToken,
    /** @type {string} */ servedToken,
    /** @type {string} */ reason,
    about = changed,
  ) =>
    refuses(
      'targets',
      `number-altered-${name}`,
      `custom holds a number that is signed as ${signedToken} and served as ${servedToken}`,
      about,
      reason,
      alteredAfterwards('targets', custom(signedToken), (signed) =>
        withValue(signed, ['targets', 'hello.txt', 'custom', 'n'], raw(servedToken)),
      ),
    );
  const version = (/** @type {Role} */ role, /** @type {string} */ name, /** @type {string} */ token) =>
    refuses(
      role,
      `version-${name}-${labels[role]}`,
      `version of ${words[role]} is ${token}, signed as 2`,
      { ...numbers, rows: ['4.1-b', '4.3-d', 'A-21', 'A-66', 'JSON-06', 'PY-12', 'GAP-13'] },
      'malformed',
      signedAs(role, (signed) => withValue(signed, ['version'], raw(token, '2'))),
    );
  const bad = { ...noJson, rows: ['4.2.1-a', 'A-46', 'A-66', 'T23', 'GAP-12'] };
  return [
    read('largest', most),
    read('smallest', `-${most}`),
    read('zero', '0'),
    wrong('above-largest', '9007199254740992'),
    wrong('2-63', '9223372036854775808'),
    wrong('fraction', '1.5'),
    wrong('fraction-zero', '1.0', '1'),
    wrong('exponent', '1e3', '1000'),
    wrong('minus-zero', '-0', '0'),
    wrong('nan', 'NaN', 'null', bad),
    wrong('infinity', 'Infinity', 'null', bad),
    wrong('leading-zero', '01', '1', bad),
    wrong('plus', '+1', '1', bad),
    wrong('hex', '0x10', '16', bad),
    afterwards('largest', most, '9007199254740990', 'unsigned'),
    afterwards('beyond-doubles', '9007199254740992', '9007199254740993', 'malformed unsigned'),
    afterwards('spelling', '1', '1.0', 'malformed unsigned', numbers),
    version('timestamp', 'fraction', '2.0'),
    version('timestamp', 'exponent', '2e0'),
    version('root', 'fraction', '2.0'),
    version('a', 'fraction', '2.0'),
    refuses(
      'targets',
      'version-of-sixty-thousand-digits',
      'version of targets has sixty thousand digits',
      { ...size, rows: ['4.3-d', 'A-21', 'JSON-03', 'PY-15', 'GAP-08'] },
      'malformed',
      signedAs('targets', (signed) => withValue(signed, ['version'], raw('9'.repeat(60_000)))),
    ),
  ];
}

function strings() {
  const custom = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {Tree} */ value,
    about = texts,
  ) => takes('targets', `text-${name}`, `custom holds ${comment}`, about, signedAs('targets', customised(value)));
  const controls = String.fromCharCode(...Array.from({ length: 32 }, (_, i) => i), 127);
  const changed = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ asSigned,
    /** @type {string} */ asServed,
  ) =>
    refuses(
      'targets',
      `text-altered-${name}`,
      `custom holds ${comment}, after signing`,
      {
        ...texts,
        attack: 'arbitrary-software',
        rows: ['4-a', 'A-60', 'T1', 'T23', 'J15'],
        effect: 'a text can be changed by whoever serves it: two texts are one to the client',
      },
      'unsigned',
      alteredAfterwards('targets', customised({ text: asSigned }), (signed) =>
        withValue(signed, ['targets', 'hello.txt', 'custom', 'text'], asServed),
      ),
    );
  return [
    custom('letters', 'letters outside ASCII', { caf\u00e9: '\u6587\u4ef6 \u{1f511} \u00df' }),
    custom('quotes', 'quotation marks and backslashes', { 'a"b\\c': '"\\" \\n' }),
    custom('control-characters', 'every control character, escaped', { text: controls }),
    custom('line-feeds', 'line feeds, as PEM has them', { text: 'a\nb\r\nc\n' }),
    custom('slashes-escaped', 'slashes, once as an escape', { plain: '/', escaped: raw('"\\/"', '"/"') }),
    custom('letters-as-escapes', 'letters as escapes, astral ones too', {
      text: raw('"\\u00e9\\ud83d\\udd11"', '"\u00e9\u{1f511}"'),
    }),
    custom('empty', 'an empty name and an empty text', { '': '' }),
    custom('composed-and-decomposed', 'two names that look the same, composed and decomposed', {
      '\u00e9': 1,
      'e\u0301': 2,
    }),
    custom(
      'names-by-code-point',
      'names above U+E000 and astral ones: code points, not UTF-16 units, are their order',
      { '\ue000': 1, '\uffff': 2, '\u{10000}': 3, '\u{10ffff}': 4 },
    ),
    custom(
      'names-like-numbers',
      'names that look like numbers, and others',
      { 10: 'ten', 2: 'two', '-1': 'less', '01': 'one', a: 1 },
      { ...texts, rows: ['A-67', 'J1', 'J15', 'GAP-12'] },
    ),
    changed('composed', 'a composed letter where a decomposed one was', 'e\u0301', '\u00e9'),
    changed('replacement', 'a replacement character where a letter was', '\u00e9', '\ufffd'),
    changed('letter-case', 'a capital letter where a small one was', 'a', 'A'),
  ];
}

function namesOfMembers() {
  const inherited = /** @type {const} */ (['__proto__', 'constructor', 'toString', 'hasOwnProperty']);
  const own = (/** @type {string} */ name, /** @type {Tree} */ value) =>
    members([
      [name, value],
      ['other', 1],
    ]);
  const label = (/** @type {string} */ name) =>
    name.replace(/_/g, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [
    ...inherited.map((name) =>
      takes(
        'targets',
        `name-${label(name)}`,
        `custom has a member ${name}`,
        names,
        signedAs('targets', customised(own(name, { polluted: true }))),
      ),
    ),
    ...inherited.slice(0, 2).map((name) =>
      refuses(
        'targets',
        `name-altered-${label(name)}`,
        `custom has a member ${name}, which is changed after signing`,
        { ...names, level: 'MUST', attack: 'arbitrary-software', rows: ['4-a', 'A-67', 'T1', 'J15'] },
        'unsigned',
        alteredAfterwards('targets', customised(own(name, 'as signed')), (signed) =>
          withValue(signed, ['targets', 'hello.txt', 'custom'], own(name, 'as served')),
        ),
      ),
    ),
    takes(
      'timestamp',
      'name-proto-in-signed',
      'timestamp has a member __proto__, with a version of its own',
      names,
      signedAs('timestamp', (signed) => members([...entriesOf(signed), ['__proto__', { version: 9 }]])),
    ),
    takes(
      'timestamp',
      'name-proto-in-envelope',
      'timestamp has a member __proto__ beside signed, with another signed',
      { ...names, rows: ['A-67', 'RB-09', 'GAP-12'] },
      {
        envelope: { timestamp: (envelope) => members([...entriesOf(envelope), ['__proto__', { signed: null }]]) },
      },
    ),
  ];
}

function depths() {
  /** The value of custom stands at depth 5: envelope, signed, targets, target, custom. */
  const nested = (/** @type {number} */ count) => {
    const token = '['.repeat(count) + ']'.repeat(count);
    return signedAs('targets', customised({ deep: raw(token, token) }));
  };
  const inEnvelope = (/** @type {number} */ count) => ({
    bytes: {
      timestamp: (/** @type {Buffer} */ bytes) =>
        Buffer.concat([bytes.subarray(0, -1), text(`,"x-deep":${'['.repeat(count)}${']'.repeat(count)}}`)]),
    },
  });
  return [
    takes(
      'targets',
      'depth-40',
      'custom is nested, 40 levels in all',
      { ...size, attack: 'lock-out', rows: ['A-46', 'GAP-08'], effect: 'honest metadata is refused' },
      nested(35),
    ),
    refuses(
      'targets',
      'depth-ten-thousand',
      'custom is nested ten thousand levels deep',
      size,
      'malformed',
      nested(10_000),
    ),
    refuses(
      'targets',
      'depth-thirty-thousand',
      'custom is nested thirty thousand levels deep',
      size,
      'malformed',
      nested(30_000),
    ),
    refuses(
      'timestamp',
      'depth-in-envelope',
      'timestamp has a member beside signed that is nested ten thousand levels deep',
      size,
      'malformed',
      inEnvelope(10_000),
    ),
    refuses(
      'timestamp',
      'depth-of-objects',
      'timestamp is nothing but the beginnings of five thousand objects',
      { ...size, level: 'MUST' },
      'malformed',
      Buffer.from('{"signed":'.repeat(5000)),
    ),
    refuses(
      'timestamp',
      'depth-of-brackets',
      'timestamp is nothing but fifty thousand brackets',
      { ...size, level: 'MUST' },
      'malformed',
      Buffer.alloc(50_000, '['),
    ),
    takes(
      'targets',
      'long-text',
      'custom holds a text of 60,000 letters',
      { ...size, attack: 'lock-out', rows: ['A-68', 'GAP-08'], effect: 'honest metadata is refused' },
      signedAs('targets', customised({ text: 'long '.repeat(12_000) })),
    ),
    takes(
      'targets',
      'many-items',
      'custom holds a list of 20,000 numbers',
      { ...size, attack: 'lock-out', rows: ['A-68', 'GAP-08'], effect: 'honest metadata is refused' },
      signedAs('targets', customised({ list: Array.from({ length: 20_000 }, () => 0) })),
    ),
  ];
}
