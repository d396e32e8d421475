// @ts-check
/** The URLs of targets and of roles. */
import { digests, metadata, mixedPrefix, prefixOrder, refuse, target, version } from './url-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {readonly [name: string, comment: string, text: string, url: string]} Row */

/** @type {About} */
const plain = {
  section: '5.7.3',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['3.1.1-a', '3.1.1-b', '5.7.3c', 'A-15', 'A-19'],
  effect: 'the target is not found where the repository keeps it',
};

/** @type {About} */
const encoded = {
  ...plain,
  level: 'decision',
  rows: ['3.1.1-a', '4.5-b', 'A-15', 'J20', 'GAP-10'],
  effect: 'the target cannot be downloaded, or another file is asked for in its place',
};

/** @type {About} */
const marks = {
  ...encoded,
  rows: ['3.1.1-a', 'A-15', 'A-39', 'J20'],
  effect: 'two encodings are in the field: a server that compares names byte by byte answers one of them alone',
};

/** @type {About} */
const climbing = {
  ...encoded,
  attack: 'wrong-software',
  rows: ['4.5-b', 'A-15', 'J20', 'PATH-02', 'GAP-11'],
  effect: 'the request leaves the folder, the base URL or the server: whoever writes there answers',
};

/** @type {About} */
const order = {
  ...plain,
  level: 'decision',
  rows: ['5.7.3c', '6.2.1-b', 'A-12', 'A-19', 'PATH-06', 'GO-11'],
  effect:
    'which file is asked for depends on chance, or a repository that is moving to another algorithm cannot be read',
};

/** @type {About} */
const role = {
  section: '3.1.2',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['3.1.2-b', '6.2.1-a', 'A-39', 'A-41'],
  effect: 'the metadata of a delegated role is not found',
};

/** @type {About} */
const roleEncoded = {
  ...role,
  level: 'decision',
  rows: ['3.1.2-b', 'A-39', 'A-41', 'PATH-01', 'PY-11', 'TH-11', 'GAP-11'],
  effect: 'the metadata of a delegated role is not found, or that of another role is asked for in its place',
};

/** @type {About} */
const roleMarks = { ...roleEncoded, rows: ['A-39', 'A-41'], effect: marks.effect };

/** @type {About} */
const roleClimbing = {
  ...roleEncoded,
  attack: 'privilege-escalation',
  rows: ['A-39', 'A-41', 'PATH-01', 'PY-11', 'TH-11', 'J9', 'J22', 'GAP-11'],
  effect: 'the request leaves the folder of the metadata: a delegate chooses what is asked for',
};

/** @type {readonly Row[]} */
const unreserved = [
  ['plain', 'a name', 'apple.txt', 'apple.txt'],
  [
    'folder',
    'a name in a folder: the prefix stands before the last segment',
    'packages/apple.txt',
    'packages/apple.txt',
  ],
  ['folders', 'a name in several folders', 'a/b/c/apple.txt', 'a/b/c/apple.txt'],
  ['no-ending', 'a name without a dot', 'apple', 'apple'],
  ['upper-case', 'upper case stays', 'Packages/APPLE', 'Packages/APPLE'],
  ['unreserved', 'the four marks that are not encoded', 'a-b.c_d~e', 'a-b.c_d~e'],
  ['digits', 'digits', '2049/01', '2049/01'],
];

/** @type {readonly Row[]} */
const otherNames = [
  ['dot-file', 'a leading dot', '.hidden', '.hidden'],
  ['dots-three', 'three dots are a name', '...', '...'],
  ['dots-before', 'two dots before a name', '..a', '..a'],
  ['dots-behind', 'two dots behind a name', 'a..', 'a..'],
  ['dots-inside', 'two dots in a name', 'a..b/c', 'a..b/c'],
  ['tilde-first', 'a tilde at the beginning', '~root/x', '~root/x'],
  ['hyphen-inside', 'a segment that begins with a hyphen', 'a/-b', 'a/-b'],
  ['like-metadata', 'a name like that of metadata', 'timestamp.json', 'timestamp.json'],
  ['like-version', 'a name like that of versioned metadata', '2.root.json', '2.root.json'],
  ['like-prefixed', 'a name that begins with a digest', `${'a'.repeat(64)}.apple.txt`, `${'a'.repeat(64)}.apple.txt`],
  ['empty-segment', 'an empty segment stays', 'a//b', 'a//b'],
  ['trailing-slash', 'a separator at the end stays: the last segment is empty', 'a/', 'a/'],
  ['long-segment', 'a segment of 200 characters', 'a'.repeat(200), 'a'.repeat(200)],
  ['long-non-ascii', 'fifty characters, three hundred when encoded', '\u00e9'.repeat(50), '%C3%A9'.repeat(50)],
  ['device', 'the name of a device of Windows', 'nul', 'nul'],
  ['device-folder', 'a folder and a file with names of devices', 'con/aux.txt', 'con/aux.txt'],
  ['many-segments', 'seventy separators', `${'a/'.repeat(70)}b`, `${'a/'.repeat(70)}b`],
];

/** @type {readonly Row[]} */
const encodedNames = [
  ['space', 'a space', 'a b', 'a%20b'],
  ['space-first', 'a space at the beginning', ' a', '%20a'],
  ['space-last', 'a space at the end, which URL parsers cut off', 'a ', 'a%20'],
  ['tab', 'a tab, which URL parsers drop', 'a\tb', 'a%09b'],
  ['newline', 'a newline, which would end a request line', 'a\nb', 'a%0Ab'],
  ['carriage-return', 'a carriage return and a newline', 'a\r\nHost: x', 'a%0D%0AHost%3A%20x'],
  ['delete', 'U+007F', 'a\u007fb', 'a%7Fb'],
  ['percent', 'a percent sign', '100%', '100%25'],
  ['percent-encoded', 'a name that looks encoded is not decoded', 'a%20b', 'a%2520b'],
  ['percent-slash', 'an encoded separator in the name', 'a%2Fb', 'a%252Fb'],
  ['percent-lower-case', 'digits in lower case stay', 'a%2fb', 'a%252fb'],
  ['percent-broken', 'a percent sign without digits', 'a%zz', 'a%25zz'],
  ['question', 'a question mark begins no query', 'a?b', 'a%3Fb'],
  ['number-sign', 'a number sign begins no fragment', 'a#b', 'a%23b'],
  ['quote', 'a quotation mark', 'a"b', 'a%22b'],
  ['angle-brackets', 'angle brackets', '<a>', '%3Ca%3E'],
  ['brackets', 'brackets', '[a]', '%5Ba%5D'],
  ['braces', 'braces', '{a}', '%7Ba%7D'],
  ['bar', 'a bar', 'a|b', 'a%7Cb'],
  ['caret', 'a caret', 'a^b', 'a%5Eb'],
  ['grave', 'a grave accent', 'a`b', 'a%60b'],
  ['composed', 'a composed character', '\u00fc.txt', '%C3%BC.txt'],
  ['decomposed', 'the same in decomposed form: nothing is composed', 'u\u0308.txt', 'u%CC%88.txt'],
  ['three-bytes', 'a character of three bytes', '\u20ac', '%E2%82%AC'],
  ['astral', 'a character outside the basic plane', '\u{1f600}', '%F0%9F%98%80'],
  ['non-ascii-folder', 'a folder outside ASCII', 'caf\u00e9/x', 'caf%C3%A9/x'],
  ['fullwidth-slash', 'a fullwidth separator is none', 'a\uff0fb', 'a%EF%BC%8Fb'],
  ['right-to-left', 'a right-to-left override', 'a\u202etxt.exe', 'a%E2%80%AEtxt.exe'],
  ['zero-width', 'a zero-width space', 'a\u200bb', 'a%E2%80%8Bb'],
  ['mixed', 'several of them', 'a b/\u00fc?#%.txt', 'a%20b/%C3%BC%3F%23%25.txt'],
];

/** What some encoders leave as it is in a segment. @type {readonly Row[]} */
const marked = [
  ['mark-exclamation', 'an exclamation mark', 'a!', 'a%21'],
  ['mark-apostrophe', 'an apostrophe', "a'b", 'a%27b'],
  ['mark-parentheses', 'parentheses', 'a (1).txt', 'a%20%281%29.txt'],
  ['mark-star', 'a star', 'a*b', 'a%2Ab'],
  ['mark-dollar', 'a dollar sign', '$a', '%24a'],
  ['mark-ampersand', 'an ampersand', 'a&b', 'a%26b'],
  ['mark-plus', 'a plus sign, which is no space', 'c++.txt', 'c%2B%2B.txt'],
  ['mark-comma', 'a comma', 'a,b', 'a%2Cb'],
  ['mark-semicolon', 'a semicolon', 'a;b', 'a%3Bb'],
  ['mark-equals', 'an equals sign', 'a=b', 'a%3Db'],
  ['mark-at', 'an at sign, as in the names of scopes', '@scope/pkg', '%40scope/pkg'],
  ['mark-colon', 'a colon', 'sha256:abc', 'sha256%3Aabc'],
  ['mark-all', 'all of them', "!$&'()*+,;=:@", '%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40'],
];

/** @type {readonly Row[]} */
const absolute = [
  ['leading-slash', 'a separator at the beginning: the first segment is empty', '/etc/passwd', '/etc/passwd'],
  ['leading-slashes', 'two separators at the beginning name no other server', '//host/x', '//host/x'],
  ['leading-slashes-three', 'three separators', '///x', '///x'],
  ['slash-alone', 'a separator alone', '/', '/'],
  ['absolute-url', 'a whole URL', 'http://host/x', 'http%3A//host/x'],
  ['scheme', 'a scheme', 'javascript:x', 'javascript%3Ax'],
  ['user-info', 'what looks like credentials', 'user:pass@host/x', 'user%3Apass%40host/x'],
  ['drive', 'a drive', 'C:/x', 'C%3A/x'],
  ['drive-backslash', 'a drive and a backslash', 'C:\\x', 'C%3A%5Cx'],
  ['backslash', 'a backslash is no separator', 'a\\b', 'a%5Cb'],
  ['backslash-up', 'a backslash does not go up', '..\\x', '..%5Cx'],
  ['backslash-host', 'two backslashes name no server', '\\\\host\\x', '%5C%5Chost%5Cx'],
  ['encoded-dots', 'encoded dots are not decoded', '%2e%2e/x', '%252e%252e/x'],
  ['encoded-dots-upper', 'encoded dots in upper case', '%2E%2E/%2E/x', '%252E%252E/%252E/x'],
  ['encoded-up', 'encoded dots and an encoded separator', '..%2fx', '..%252fx'],
  ['dots-semicolon', 'dots and a parameter, which some servers drop', '..;/x', '..%3B/x'],
  ['dots-space', 'dots and a space, which some systems drop', '.. /x', '..%20/x'],
];

/** @type {readonly (readonly [name: string, comment: string, path: string])[]} */
const refused = [
  ['refused-empty', 'the empty path', ''],
  ['refused-dot', 'a dot', '.'],
  ['refused-dot-dot', 'two dots', '..'],
  ['refused-dot-first', 'a dot before a name', './a'],
  ['refused-dot-inside', 'a dot between names', 'a/./b'],
  ['refused-dot-last', 'a dot behind a name', 'a/.'],
  ['refused-up-first', 'two dots before a name', '../a'],
  ['refused-up-inside', 'two dots between names', 'a/../b'],
  ['refused-up-last', 'two dots behind a name', 'a/..'],
  ['refused-up-far', 'more dots than folders', 'a/../../b'],
  ['refused-up-absolute', 'two dots behind a leading separator', '/../a'],
  ['refused-query-climbs', 'two dots behind a question mark', 'a?/../../b'],
  ['refused-nul', 'a NUL in the name', 'a\0b'],
  ['refused-nul-last', 'a NUL at the end', 'a\0'],
  ['refused-nul-folder', 'a NUL in the name of a folder', 'a\0/b'],
];

/** @type {readonly Row[]} */
const roles = [
  ['role-plain', 'a role', 'packages', 'packages'],
  ['role-unreserved', 'the four marks that are not encoded', 'a-b.c_d~e', 'a-b.c_d~e'],
  ['role-upper-case', 'upper case stays', 'PACKAGES', 'PACKAGES'],
];

/** @type {readonly Row[]} */
const odd = [
  ['role-like-root', 'a name that differs from root in case alone', 'Root', 'Root'],
  ['role-like-timestamp', 'a name that differs from timestamp in case alone', 'TIMESTAMP', 'TIMESTAMP'],
  ['role-json', 'an ending of files', 'a.json', 'a.json'],
  ['role-digits', 'digits alone', '10', '10'],
  ['role-version', 'a name that begins with a version', '7.packages', '7.packages'],
  ['role-device', 'the name of a device of Windows', 'CON', 'CON'],
  ['role-hidden', 'a leading dot', '.packages', '.packages'],
  ['role-dot-last', 'a dot at the end', 'packages.', 'packages.'],
  ['role-tilde', 'a tilde', '~', '~'],
  ['role-space', 'a space', 'my role', 'my%20role'],
  ['role-space-alone', 'a space alone', ' ', '%20'],
  ['role-percent', 'a percent sign', '100%', '100%25'],
  ['role-percent-encoded', 'a name that looks encoded is not decoded', 'a%20b', 'a%2520b'],
  ['role-question', 'a question mark', '?', '%3F'],
  ['role-number-sign', 'a number sign', '#', '%23'],
  ['role-quote', 'a quotation mark', '"', '%22'],
  ['role-newline', 'a newline', 'a\nb', 'a%0Ab'],
  ['role-composed', 'a composed character', '\u00fc', '%C3%BC'],
  ['role-decomposed', 'the same in decomposed form', 'u\u0308', 'u%CC%88'],
  ['role-astral', 'a character outside the basic plane', '\u{1f511}', '%F0%9F%94%91'],
  ['role-brackets', 'brackets', '[a]', '%5Ba%5D'],
  ['role-long', 'a name of 150 characters', 'r'.repeat(150), 'r'.repeat(150)],
];

/** @type {readonly Row[]} */
const roleMarked = [
  ['role-mark-exclamation', 'an exclamation mark', 'a!', 'a%21'],
  ['role-mark-apostrophe', 'an apostrophe', "it's", 'it%27s'],
  ['role-mark-parentheses', 'parentheses', '(a)', '%28a%29'],
  ['role-mark-star', 'a star', '*', '%2A'],
  ['role-mark-at', 'an at sign', '@scope', '%40scope'],
  ['role-mark-colon', 'a colon', 'a:b', 'a%3Ab'],
  ['role-mark-plus', 'a plus sign', 'a+b', 'a%2Bb'],
  ['role-mark-all', 'all that some encoders leave', "!$&'()*+,;=:@", '%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40'],
];

/** @type {readonly Row[]} */
const roleClimbs = [
  ['role-slash', 'a separator: a role is one segment', 'a/b', 'a%2Fb'],
  ['role-leading-slash', 'a separator at the beginning', '/role', '%2Frole'],
  ['role-leading-slashes', 'two separators at the beginning', '//host/role', '%2F%2Fhost%2Frole'],
  ['role-up', 'a name that would go up', '../role', '..%2Frole'],
  ['role-up-inside', 'two dots between names', 'a/../../root', 'a%2F..%2F..%2Froot'],
  ['role-dot', 'a dot', '.', '.'],
  ['role-dot-dot', 'two dots', '..', '..'],
  ['role-backslash', 'a backslash', 'a\\b', 'a%5Cb'],
  ['role-backslash-up', 'a backslash that would go up', '..\\role', '..%5Crole'],
  ['role-encoded-up', 'an encoded separator is not decoded', '..%2frole', '..%252frole'],
  ['role-percent-slash', 'a name that another has when it is encoded', 'a%2Fb', 'a%252Fb'],
  ['role-url', 'a whole URL', 'http://host/role', 'http%3A%2F%2Fhost%2Frole'],
];

export function vectors() {
  // Each of a few tables with a digest and without, or with a version and without; of the others the first alone.
  const isEach = (/** @type {readonly Row[]} */ rows) => [unreserved, absolute, roles, roleClimbs].includes(rows);
  const targets = (/** @type {readonly Row[]} */ rows, /** @type {About} */ about) =>
    rows.flatMap(([name, comment, path, url]) =>
      target(name, comment, path, url, about).slice(0, isEach(rows) ? undefined : 1),
    );
  const documents = (/** @type {readonly Row[]} */ rows, /** @type {About} */ about) =>
    rows.flatMap(([name, comment, text, segment]) =>
      metadata(name, comment, text, segment, about).slice(0, isEach(rows) ? undefined : 1),
    );
  return [
    ...targets(unreserved, plain),
    ...targets(otherNames, { ...encoded, rows: ['3.1.1-a', '4.5-b', 'A-15', 'A-40', 'J21', 'GAP-10'] }),
    ...targets(encodedNames, encoded),
    ...targets(marked, marks),
    ...targets(absolute, climbing),
    ...refused.flatMap(([name, comment, path]) => refuse(name, comment, path, climbing)),
    ...documents(roles, role),
    ...documents(odd, roleEncoded),
    ...documents(roleMarked, roleMarks),
    ...documents(roleClimbs, roleClimbing),
    ...versions(),
    ...orders(),
    mixedPrefix(
      'role-mixed-prefix',
      'the unversioned metadata of a role is found under the name of a root: the root update fails',
      {
        ...roleClimbing,
        attack: 'denial-of-service',
        rows: ['A-40'],
        effect: 'a document of a delegate is taken for a root, or what it says is believed',
      },
    ),
  ];
}

function versions() {
  return [
    version('version-10', 'a version of two digits', { role: 'packages', version: 10 }, '10.packages.json', role),
    version(
      'version-largest',
      'the largest version',
      { role: 'packages', version: 9007199254740991 },
      '9007199254740991.packages.json',
      role,
    ),
    version('version-root', 'a root', { role: 'root', version: 2 }, '2.root.json', role),
    version('version-snapshot', 'a snapshot', { role: 'snapshot', version: 1 }, '1.snapshot.json', role),
    version('version-twice', 'a role that begins with a version', { role: '2.root', version: 3 }, '3.2.root.json', {
      ...role,
      level: 'decision',
      rows: ['A-40', 'A-41'],
    }),
  ];
}

function orders() {
  const upper = /** @type {const} */ (['sha256', digests.sha256[1].toUpperCase()]);
  const { sha512, sha384, sha256, blake, md5 } = digests;
  const two = [sha256, sha512];
  return [
    prefixOrder('order-strongest', 'SHA-512 is asked for before SHA-256', two, ['sha256', 'sha512'], ['sha512'], order),
    prefixOrder(
      'order-strongest-first',
      'the same, listed the other way round: the order of the file does not count',
      [sha512, sha256],
      ['sha256', 'sha512'],
      ['sha512'],
      order,
    ),
    prefixOrder(
      'order-sha384',
      'SHA-384 is asked for before SHA-256',
      [sha256, sha384],
      ['sha256', 'sha384'],
      ['sha384'],
      order,
    ),
    prefixOrder(
      'order-sha256-before-blake2b',
      'SHA-256 is asked for before BLAKE2b-256',
      [blake, sha256],
      ['sha256', 'blake2b-256'],
      ['sha256'],
      order,
    ),
    prefixOrder(
      'order-blake2b-alone',
      'BLAKE2b-256 alone, as RSTUF lists it',
      [blake],
      ['blake2b-256'],
      ['blake2b-256'],
      order,
    ),
    prefixOrder(
      'order-unknown',
      'what does not count is not asked for, though it is listed first and is there',
      [md5, sha256],
      ['md5', 'sha256'],
      ['sha256'],
      order,
    ),
    prefixOrder('order-next', 'the first is not there: the next one', two, ['sha256'], ['sha512', 'sha256'], order),
    ...[403, 410].map((status) =>
      prefixOrder(
        `order-next-${status}`,
        `the first is answered ${status}: the next one`,
        two,
        ['sha256'],
        ['sha512', 'sha256'],
        order,
        status,
      ),
    ),
    prefixOrder(
      'order-last',
      'only the last of four is there',
      [blake, sha256, sha384, sha512],
      ['blake2b-256'],
      ['sha512', 'sha384', 'sha256', 'blake2b-256'],
      order,
    ),
    prefixOrder('order-none', 'none of two is there', two, [], ['sha512', 'sha256'], {
      ...order,
      attack: 'denial-of-service',
      effect: 'a target that is not there is taken for one that is not listed',
    }),
    prefixOrder(
      'order-upper-case',
      'a digest that is listed in upper case stays so in the name',
      [upper],
      ['sha256'],
      ['sha256'],
      { ...order, rows: ['5.7.3c', 'A-13', 'A-19'], effect: 'the target is not found where the repository keeps it' },
    ),
  ];
}
