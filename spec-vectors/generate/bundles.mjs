// @ts-check
/**
 * bundles.json: bundles of the honest repository (docs/design/bundle.md of tufa), for any reader of them. An implementation is given the pinned
 * root, a time and a bundle, and gives a verdict.
 */
import { repositoryFile } from './documents.mjs';
import { base64 } from './vector.mjs';

/** @typedef {'accepted' | 'malformed' | 'truncated' | 'compressed' | 'duplicate' | 'missing' | 'extra' | 'foreign' | 'untrusted'} Verdict */
/** @typedef {{ name: string, blocks: Buffer }} Part */

const repository = repositoryFile();
/** @param {string} text */
const bytesOf = (text) => Buffer.from(text, 'base64');
/** @param {string} name */
const metadata = (name) => bytesOf(/** @type {{ [name: string]: string }} */ (repository.metadata)[name] ?? '');
/** @param {string} name */
const target = (name) => bytesOf(/** @type {{ [name: string]: string }} */ (repository.targets)[name] ?? '');

/** @typedef {{ mode?: string, time?: string, owner?: string, type?: string, size?: string, prefix?: string, sum?: string, magic?: string }} Fields */

/** @param {string} name @param {number} size @param {Fields} [fields] */
function header(name, size, fields = {}) {
  const block = Buffer.alloc(512);
  const {
    mode = '0000644\0',
    time = '00000000000\0',
    owner = '',
    type = '0',
    prefix = '',
    magic = 'ustar\x0000',
  } = fields;
  const texts = /** @type {const} */ ([
    [0, name],
    [100, mode],
    [108, '0000000\0'],
    [116, '0000000\0'],
    [124, fields.size ?? `${size.toString(8).padStart(11, '0')}\0`],
    [136, time],
    [148, ' '.repeat(8)],
    [156, type],
    [257, magic],
    [265, owner],
    [329, '0000000\0'],
    [337, '0000000\0'],
    [345, prefix],
  ]);
  for (const [at, text] of texts) block.write(text, at, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(fields.sum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** @param {Buffer} content @param {number} [filling] */
const padded = (content, filling = 0) => Buffer.concat([content, Buffer.alloc(-content.length & 511, filling)]);

/** @param {string} name @param {Buffer | string} content @param {Fields} [fields] @returns {Part} */
function part(name, content, fields) {
  const bytes = Buffer.from(content);
  return { name, blocks: Buffer.concat([header(name, bytes.length, fields), padded(bytes)]) };
}

/** A file whose name stands in a record before it. @param {string} record @param {string} content @returns {Part} */
function recorded(record, content) {
  const blocks = [part('pax-header', record, { type: 'x' }).blocks, part('long-name', content).blocks];
  return { name: record, blocks: Buffer.concat(blocks) };
}

/** @param {string} name */
function paxRecord(name) {
  const rest = Buffer.byteLength(name) + 7;
  const length = [1, 2, 3, 4].map((digits) => rest + digits).find((each) => String(each).length === each - rest);
  return `${length} path=${name}\n`;
}

/** @param {string[]} targets @param {boolean} files @param {{ [name: string]: unknown }} [more] */
const head = (targets, files, more) =>
  part(
    'bundle.json',
    `${JSON.stringify({ _type: 'tufa-bundle', version: 1, targets, files, incremental: false, ...more })}\n`,
  );

const apple = '303980bcb9e9e6cdec515230791af8b0ab1aaa244b58a8d99152673aa22197d0.apple.txt';
const hello = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.hello.txt';
const paths = ['hello.txt', 'packages/apple.txt'];
/** @param {string} name */
const document = (name) => part(`metadata/${name}`, metadata(name));
const chain = [
  '1.root.json',
  '2.root.json',
  'timestamp.json',
  '1.snapshot.json',
  '1.targets.json',
  '1.packages.json',
].map(document);
const files = [
  part(`targets/${hello}`, target('hello.txt')),
  part(`targets/packages/${apple}`, target('packages/apple.txt')),
];
const whole = [head(paths, true), ...chain, ...files];
const end = Buffer.alloc(1024);

/** @param {readonly Part[]} parts @param {Buffer} [ending] */
const joined = (parts, ending = end) => Buffer.concat([...parts.map(({ blocks }) => blocks), ending]);
/** @param {string} name */
const without = (name) => whole.filter((each) => each.name !== name);
/** @param {string} name @param {Part} other */
const replaced = (name, other) => whole.map((each) => (each.name === name ? other : each));

/** @param {string} id @param {Verdict} verdict @param {string} comment @param {readonly Part[] | Buffer} content */
const vector = (id, verdict, comment, content) => ({
  id: `bundles/${id}`,
  comment,
  bundle: base64(Buffer.isBuffer(content) ? content : joined(content)),
  verdict,
});

/** A document with one hex digit of each signature changed. @param {string} name */
function forged(name) {
  const change = (/** @type {string} */ _, /** @type {string} */ digit) => `"sig":"${digit === '0' ? '1' : '0'}`;
  return part(
    `metadata/${name}`,
    metadata(name)
      .toString()
      .replace(/"sig":"(.)/g, change),
  );
}

function accepted() {
  return [
    vector('accepted/whole', 'accepted', 'the chain, what both searches visit, and the files', whole),
    vector('accepted/metadata', 'accepted', 'without files', [head(paths, false), ...chain]),
    vector(
      'accepted/next-root',
      'accepted',
      'it begins with the root after the pinned one',
      without('metadata/1.root.json'),
    ),
    vector('accepted/top-level', 'accepted', 'for a target of the top-level role: no delegated role is visited', [
      head(['hello.txt'], false),
      ...chain.slice(0, 5),
    ]),
    vector('accepted/nobody', 'accepted', 'for no target', [head([], false), ...chain.slice(0, 5)]),
    vector('accepted/not-listed', 'accepted', 'it proves that nobody lists a target: the role that could is there', [
      head(['packages/none.txt'], true),
      ...chain,
    ]),
    vector('accepted/order', 'accepted', 'links in another order', [
      head(paths, true),
      ...files,
      ...chain.slice(2),
      ...chain.slice(0, 2),
    ]),
  ];
}

function incomplete() {
  const links = [
    'metadata/timestamp.json',
    'metadata/1.snapshot.json',
    'metadata/1.targets.json',
    'metadata/1.packages.json',
  ];
  return [
    ...links.map((name) =>
      vector(
        `missing/${name.replace(/^metadata\/(?:1\.)?|\.json$/g, '')}`,
        'missing',
        `without ${name}`,
        without(name),
      ),
    ),
    vector('missing/hidden-role', 'missing', 'the role that could list the target is left out', [
      head(['packages/none.txt'], false),
      ...chain.slice(0, 5),
    ]),
    vector('missing/file', 'missing', 'without a file that it says it has', without(`targets/${hello}`)),
    vector('extra/role', 'extra', 'a role that no search visits', [head(['hello.txt'], false), ...chain]),
    vector('extra/file', 'extra', 'a file, although it says that it has none', [
      head(['hello.txt'], false),
      ...chain.slice(0, 5),
      /** @type {Part} */ (files[0]),
    ]),
    vector('extra/unlisted', 'extra', 'a file that nobody lists', [...whole, part('targets/more.txt', 'more')]),
    vector('extra/metadata', 'extra', 'a document of nobody', [...whole, part('metadata/7.packages.json', '{}')]),
    vector('extra/recorded', 'extra', 'a file that nobody lists, with a name outside ASCII in a record', [
      ...whole,
      recorded(paxRecord('targets/größe.txt'), 'x'),
    ]),
    vector('extra/long', 'extra', 'a file that nobody lists, with a long name in a record', [
      ...whole,
      recorded(paxRecord(`targets/${'n'.repeat(200)}`), 'x'),
    ]),
    vector('duplicate/same', 'duplicate', 'one entry twice', [...whole, /** @type {Part} */ (chain[2])]),
    vector('duplicate/other', 'duplicate', 'two entries of one name', [
      ...whole,
      part('metadata/timestamp.json', '{}'),
    ]),
    vector('duplicate/case', 'duplicate', 'two names that differ in case only', [
      ...whole,
      part('metadata/TimeStamp.json', '{}'),
    ]),
    vector(
      'foreign/root',
      'foreign',
      'the pinned version of root with other bytes',
      replaced(
        'metadata/1.root.json',
        part('metadata/1.root.json', Buffer.concat([metadata('1.root.json'), Buffer.from('\n')])),
      ),
    ),
  ];
}

function untrusted() {
  return [
    ...['timestamp.json', '1.snapshot.json', '1.targets.json', '1.packages.json'].map((name) =>
      vector(
        `untrusted/${name.replace(/^1\.|\.json$/g, '')}`,
        'untrusted',
        `a false signature of ${name}`,
        replaced(`metadata/${name}`, forged(name)),
      ),
    ),
    vector(
      'untrusted/root',
      'untrusted',
      'a root that the one before has not signed',
      replaced('metadata/2.root.json', forged('2.root.json')),
    ),
    vector(
      'untrusted/content',
      'untrusted',
      'a file with other content',
      replaced(`targets/${hello}`, part(`targets/${hello}`, 'jello\n')),
    ),
    vector(
      'untrusted/shorter',
      'untrusted',
      'a file that is shorter',
      replaced(`targets/${hello}`, part(`targets/${hello}`, 'hell')),
    ),
    vector(
      'untrusted/longer',
      'untrusted',
      'a file that is longer',
      replaced(`targets/${hello}`, part(`targets/${hello}`, 'hello\n\n')),
    ),
    vector(
      'untrusted/stand-in',
      'untrusted',
      'the document of another role in its place',
      replaced('metadata/1.snapshot.json', part('metadata/1.snapshot.json', metadata('1.targets.json'))),
    ),
  ];
}

/** @type {readonly [id: string, comment: string, name: string, fields: Fields][]} */
const otherHeaders = [
  ['mode', 'another mode', 'metadata/x.json', { mode: '0000755\0' }],
  ['mode-spelling', 'a mode in another spelling', 'metadata/x.json', { mode: '000644 \0' }],
  ['time', 'a time', 'metadata/x.json', { time: '00000000001\0' }],
  ['owner', 'the name of an owner', 'metadata/x.json', { owner: 'root' }],
  ['folder', 'a folder', 'metadata', { type: '5' }],
  ['symbolic-link', 'a symbolic link', 'metadata/x.json', { type: '2' }],
  ['hard-link', 'a hard link', 'metadata/x.json', { type: '1' }],
  ['gnu-name', 'a long name as GNU tar has it', '././@LongLink', { type: 'L' }],
  ['old-type', 'a file as tar had it before 1988', 'metadata/x.json', { type: '\0' }],
  ['global', 'a record for all that follow', 'pax-header', { type: 'g' }],
  ['prefix', 'a name in two fields', 'x.json', { prefix: 'metadata' }],
  ['size-base-256', 'a size in binary', 'metadata/x.json', { size: '\x80\0\0\0\0\0\0\0\0\0\0\x01' }],
  ['size-blanks', 'a size with blanks', 'metadata/x.json', { size: '          1 ' }],
  ['gnu-magic', 'the magic of GNU tar', 'metadata/x.json', { magic: 'ustar  \0' }],
  ['sum', 'a checksum that is off by one', 'metadata/x.json', { sum: '000001\0 ' }],
];

/** @type {readonly [id: string, comment: string, name: string][]} */
const otherNames = [
  ['absolute', 'an absolute name', '/etc/passwd'],
  ['upwards', 'a name that leads out', 'targets/../../x'],
  ['dot', 'a part that is a dot', 'targets/./x'],
  ['empty-part', 'an empty part', 'targets//x'],
  ['backslash', 'a backslash', 'targets\\x'],
  ['outside', 'a folder that bundles do not have', 'other/x'],
  ['no-json', 'metadata that is no JSON file', 'metadata/x'],
  ['below-metadata', 'a folder below metadata', 'metadata/a/x.json'],
  ['only-folder', 'the name of a folder', 'targets'],
];

/** @type {readonly [id: string, comment: string, text: string][]} */
const otherHeads = [
  ['head-empty', 'no head', ''],
  [
    'head-unknown',
    'a head with a member that nobody knows',
    '{"_type":"tufa-bundle","version":1,"targets":[],"files":false,"incremental":false,"more":1}',
  ],
  [
    'head-version',
    'a head in a version that is not known',
    '{"_type":"tufa-bundle","version":2,"targets":[],"files":false,"incremental":false}',
  ],
  [
    'head-twice',
    'a name that stands twice in the head',
    '{"_type":"tufa-bundle","version":1,"version":1,"targets":[],"files":false,"incremental":false}',
  ],
  [
    'head-order',
    'targets out of order',
    '{"_type":"tufa-bundle","version":1,"targets":["b","a"],"files":false,"incremental":false}',
  ],
  [
    'head-double',
    'a target twice',
    '{"_type":"tufa-bundle","version":1,"targets":["a","a"],"files":false,"incremental":false}',
  ],
  [
    'head-text',
    'a text in place of a truth',
    '{"_type":"tufa-bundle","version":1,"targets":[],"files":"no","incremental":false}',
  ],
];

function malformed() {
  const needless = recorded(paxRecord('targets/plain.txt'), 'x');
  const first = /** @type {Part} */ (whole[0]);
  return [
    ...otherHeaders.map(([id, comment, name, fields]) =>
      vector(`malformed/${id}`, 'malformed', comment, [...whole, part(name, 'x', fields)]),
    ),
    ...otherNames.map(([id, comment, name]) =>
      vector(`malformed/${id}`, 'malformed', comment, [...whole, part(name, 'x')]),
    ),
    ...otherHeads.map(([id, comment, text]) =>
      vector(`malformed/${id}`, 'malformed', comment, [part('bundle.json', text), ...chain]),
    ),
    vector('malformed/head-last', 'malformed', 'the head is not the first entry', [...whole.slice(1), first]),
    vector('malformed/needless-record', 'malformed', 'a record for a name that needs none', [...whole, needless]),
    vector('malformed/other-record', 'malformed', 'a record of something else', [
      ...whole,
      recorded('13 mtime=1.5\n', 'x'),
    ]),
    vector('malformed/record-length', 'malformed', 'a record that tells another length', [
      ...whole,
      recorded('99 path=targets/ö\n', 'x'),
    ]),
    vector('malformed/no-record', 'malformed', 'a file that says its name is in a record, without one', [
      ...whole,
      part('long-name', 'x'),
    ]),
    vector('malformed/padding', 'malformed', 'something stands behind a file', [
      ...whole,
      { name: 'x', blocks: Buffer.concat([header('targets/x', 1), padded(Buffer.from('x'), 1)]) },
    ]),
    vector('malformed/behind', 'malformed', 'something stands behind the end', joined(whole, Buffer.alloc(1536))),
    vector(
      'malformed/end',
      'malformed',
      'the second block of the end is not of zeros',
      joined(whole, Buffer.concat([Buffer.alloc(512), Buffer.alloc(512, 1)])),
    ),
    vector('truncated/nothing', 'truncated', 'no byte', Buffer.alloc(0)),
    vector('truncated/header', 'truncated', 'it ends in the middle of a header', joined(whole).subarray(0, 300)),
    vector('truncated/content', 'truncated', 'it ends in the middle of a file', joined(whole).subarray(0, 5000)),
    vector('truncated/no-end', 'truncated', 'it ends without its end', joined(whole, Buffer.alloc(0))),
    vector('truncated/half-end', 'truncated', 'it ends with half of its end', joined(whole, Buffer.alloc(512))),
    vector('compressed/gzip', 'compressed', 'gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), joined(whole)])),
    vector(
      'compressed/zstd',
      'compressed',
      'zstd',
      Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), joined(whole)]),
    ),
    vector('compressed/zip', 'compressed', 'ZIP', Buffer.concat([Buffer.from('PK\x03\x04'), joined(whole)])),
  ];
}

export function bundlesFile() {
  return {
    schema: 'bundles/1',
    comment:
      'Bundles of the honest repository. Bytes are in base64. `root` is the pinned root, `time` the time. The tar comes first, then its head, then the roots, then the update, then the targets in their order with their files, then what nothing asked for; `untrusted` is every refusal that a server would meet, too.',
    time: repository.time,
    root: repository.root,
    vectors: [...accepted(), ...incomplete(), ...untrusted(), ...malformed()],
  };
}
