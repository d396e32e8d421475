// @ts-check
/** Downloads: what a target file has to be, and what is left in the folder when it is not. */
import { createHash } from 'node:crypto';
import { sha256 } from './keys.mjs';
import { Repository, targetFile } from './repository.mjs';
import { sequenceVector } from './sequence.mjs';
import { found, hello, helloAgain, notFound, released, rootOf, targetRequest, text } from './sequence-parts.mjs';
import { withValue } from './tree.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./sequence.mjs').Answer} Answer */
/** @typedef {import('./sequence.mjs').Fault} Fault */

const path = 'tools/saw.bin';
const content = text('sharp and steady\n');
const most = 2 ** 26;

/** @type {About} */
const verified = {
  section: '5.7.3',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['5.7.1', '5.7.3b', '2-a', 'T1'],
  effect: 'whoever answers a request decides what is installed',
};
/** @type {About} */
const bounded = {
  section: '5.7.3',
  level: 'MUST',
  attack: 'endless-data',
  rows: ['5.7.3a', 'T2', 'NET-01', 'GAP-08', 'GAP-14'],
  effect: 'a server fills the disk or the memory of its clients',
};
/** @type {About} */
const missing = {
  section: '5.7.2',
  level: 'MUST',
  attack: 'wrong-software',
  rows: ['5.7.2', '1.5.2-k'],
  effect: 'a file that nobody signed is asked for, or its absence passes for success',
};
/** @type {About} */
const digests = {
  section: '4.5',
  level: 'decision',
  attack: 'weak-digest',
  rows: ['A-12', 'HASH-01', 'T22', 'GAP-14', '458-i'],
  effect: 'a digest that is not compared, or that can be forged, is all that vouches for a file',
};
/** @type {About} */
const listing = {
  section: '4.5',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.5-c', 'HASH-02', 'GO-13', 'J11', 'JSON-01', 'GAP-14'],
  effect: 'a target without length or digests can be any file',
};
/** @type {About} */
const folder = {
  section: '5.7.3',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['5.7.3d', '2-a', 'TH-14', 'PY-14'],
  effect: 'what is in the folder is not what was verified',
};

export function vectors() {
  return [
    ...bodies(),
    ...answers(),
    ...absent(),
    ...algorithms(),
    ...listings(),
    ...several(),
    ...again(),
    ...layouts(),
    ...contents(),
  ];
}

/** @returns {Release} */
function release() {
  return released({ targets: { 'hello.txt': hello, [path]: content } });
}

/**
 * The target is answered with something else, and then with itself.
 *
 * @param {string} name @param {string} comment @param {About} about @param {string} reason @param {Answer | null} answer
 * @param {{ of?: Release, file?: Buffer }} [more]
 */
function wrong(name, comment, about, reason, answer, { of = release(), file = content } = {}) {
  const request = targetRequest(of, path, file);
  return sequenceVector(`download/${name}`, comment, about, rootOf(of), [
    helloAgain(of),
    {
      serve: of,
      but: { targets: { [request.replace('targets/', '')]: answer } },
      download: [path],
      reject: reason,
      further: [request],
      written: { 'hello.txt': hello, [path]: null },
    },
    { ...found(of, path, file), written: { 'hello.txt': hello, [path]: file } },
  ]);
}

/** @param {number} index @param {number} bit */
function flipped(index, bit) {
  const bytes = Buffer.from(content);
  bytes.writeUInt8(bytes.readUInt8(index) ^ bit, index);
  return bytes;
}

function bodies() {
  const last = content.length - 1;
  const wide = text('zeros follow\n');
  const oldContent = text('blunt but honest\n');
  const updated = new Repository({ targets: { 'hello.txt': hello, [path]: oldContent } });
  const before = updated.publish();
  const after = updated.publish({ files: { targets: { [path]: content } } });
  const twin = released({
    targets: { 'hello.txt': hello, [path]: content, 'tools/axe.bin': text('heavy and sturdy\n') },
  });
  const empty = released({ targets: { 'hello.txt': hello, [path]: text('') } });
  return [
    wrong('other-content', 'other content of the same length', verified, 'hash-mismatch', text('dull and crooked\n')),
    wrong('first-bit', 'the first bit is flipped', verified, 'hash-mismatch', flipped(0, 0x80)),
    wrong(
      'last-bit',
      'the last bit is flipped',
      { ...verified, rows: [...verified.rows, 'TH-14'] },
      'hash-mismatch',
      flipped(last, 1),
    ),
    wrong('one-byte-more', 'the file and one more byte', bounded, 'too-long', Buffer.concat([content, text('\0')])),
    wrong('many-bytes-more', 'the file and 2 MiB of zeros', bounded, 'too-long', { body: { zeros: 2 ** 21 } }),
    wrong('endless', 'the file and zeros without end', bounded, 'too-long', { body: content, endless: true, most }),
    wrong('endless-from-the-start', 'zeros without end', bounded, 'too-long', { endless: true, most }),
    wrong(
      'one-byte-less',
      'the file without its last byte',
      { ...verified, rows: ['5.7.3b', 'A-44', 'GAP-08'] },
      'length-mismatch hash-mismatch',
      content.subarray(0, -1),
    ),
    wrong(
      'nothing',
      'no byte',
      { ...verified, rows: ['5.7.3b', 'A-44', 'GAP-08'] },
      'length-mismatch hash-mismatch',
      text(''),
    ),
    wrong('twice', 'the file two times', bounded, 'too-long', Buffer.concat([content, content])),
    wrong(
      'page-for-missing',
      'a page of HTML, with status 200',
      { ...verified, rows: [...verified.rows, 'T36'] },
      'too-long hash-mismatch',
      text('<!doctype html><html><title>Not found</title><p>There is no such file here.</p></html>\n'),
    ),
    sequenceVector(
      'download/other-target',
      'another target of the same length, which is signed as well, under the name of the one asked for',
      { ...verified, attack: 'wrong-software', rows: ['T16', '5.7.3b', '5.7.3c'] },
      rootOf(twin),
      [
        found(twin, 'tools/axe.bin', text('heavy and sturdy\n')),
        {
          serve: twin,
          but: {
            targets: { [targetRequest(twin, path, content).replace('targets/', '')]: text('heavy and sturdy\n') },
          },
          download: [path],
          reject: 'hash-mismatch',
          further: [targetRequest(twin, path, content)],
          written: { 'tools/axe.bin': text('heavy and sturdy\n'), [path]: null },
        },
        { ...found(twin, path, content), written: { 'tools/axe.bin': text('heavy and sturdy\n'), [path]: content } },
      ],
    ),
    sequenceVector(
      'download/earlier-version-of-target',
      'the file of the release before, under the name of the new one: what is in the folder stays until the new one is verified',
      { ...verified, attack: 'rollback', rows: ['T9', '5.7.3b', '2-a', 'PY-14'] },
      rootOf(before),
      [
        found(before, path, oldContent),
        {
          serve: after,
          but: { targets: { [targetRequest(after, path, content).replace('targets/', '')]: oldContent } },
          download: [path],
          reject: 'hash-mismatch',
          further: [targetRequest(after, path, content)],
          written: { [path]: oldContent },
        },
        found(after, path, content),
      ],
    ),
    sequenceVector(
      'download/failed-update-keeps-file',
      'a new version of a target that is endless: what is in the folder stays',
      { ...bounded, rows: ['5.7.3a', '2-a', 'PY-14', 'TH-14', 'T2'] },
      rootOf(before),
      [
        found(before, path, oldContent),
        {
          serve: after,
          but: {
            targets: {
              [targetRequest(after, path, content).replace('targets/', '')]: { body: content, endless: true, most },
            },
          },
          download: [path],
          reject: 'too-long',
          further: [targetRequest(after, path, content)],
          written: { [path]: oldContent },
        },
        found(after, path, content),
      ],
    ),
    sequenceVector(
      'download/empty-target',
      'a target of length 0',
      {
        ...folder,
        rows: ['5.7.3b', 'A-11', '5.7.3d'],
        effect: 'length 0 passes for no length, and an honest target is refused',
      },
      rootOf(empty),
      [found(empty, path, text(''))],
    ),
    wrong(
      'empty-target-one-byte',
      'a target of length 0, served with one byte',
      {
        ...bounded,
        rows: ['5.7.3a', 'A-11', 'T2'],
        effect: 'length 0 passes for no length, and a server fills the disk of its clients',
      },
      'too-long',
      text('\0'),
      { of: empty, file: text('') },
    ),
    wrong(
      'empty-target-endless',
      'a target of length 0, served without end',
      {
        ...bounded,
        rows: ['5.7.3a', 'A-11', 'T2'],
        effect: 'length 0 passes for no length, and a server fills the disk of its clients',
      },
      'too-long',
      { body: wide, endless: true, most },
      { of: empty, file: text('') },
    ),
  ];
}

function answers() {
  const status = (/** @type {number} */ code) =>
    wrong(
      `status-${code}`,
      `the target is answered with ${code}, the file as its body`,
      {
        ...missing,
        section: '5.7.3',
        rows: ['5.7.3b', '1.5.2-k', 'T36'],
        effect: 'an answer that is no success passes for one',
      },
      'transport',
      { status: code, body: content },
    );
  const of = release();
  const plain = path;
  const other = targetRequest(of, path, content, sha256(text('another file\n'))).replace('targets/', '');
  const right = targetRequest(of, path, content).replace('targets/', '');
  const misplaced = (/** @type {string} */ name, /** @type {string} */ comment, /** @type {string} */ place) =>
    sequenceVector(
      `download/${name}`,
      comment,
      {
        ...missing,
        section: '5.7.3',
        rows: ['5.7.3c', '3.1.1-b', '6.2.1-b'],
        effect: 'a file is asked for under a name that the metadata does not give it',
      },
      rootOf(of),
      [
        helloAgain(of),
        {
          serve: of,
          but: { targets: { [right]: null, [place]: content } },
          download: [path],
          reject: 'transport',
          further: [targetRequest(of, path, content)],
          written: { 'hello.txt': hello, [path]: null },
        },
        { ...found(of, path, content), written: { 'hello.txt': hello, [path]: content } },
      ],
    );
  return [
    ...[404, 403, 410, 429, 500, 503].map(status),
    misplaced(
      'only-without-prefix',
      'with consistent snapshots, the server has the file under its name without digest only',
      plain,
    ),
    misplaced('only-under-other-prefix', 'the server has the file under another digest only', other),
    misplaced(
      'prefix-before-folder',
      'the server has the file with the digest before the folder, and not before the last part',
      `${sha256(content)}.${path}`,
    ),
  ];
}

function absent() {
  const of = release();
  const composed = released({ targets: { 'hello.txt': hello, 'caf\u00e9.txt': content } });
  const not = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ wanted,
    /** @type {About} */ about = verbatim,
    from = of,
  ) =>
    sequenceVector(`download/${name}`, comment, about, rootOf(from), [
      { serve: from },
      notFound(from, wanted),
      helloAgain(from),
    ]);
  /** @type {About} */
  const verbatim = {
    ...missing,
    section: '4.5',
    level: 'decision',
    rows: ['A-15', '5.7.2', '4.5-b', 'GAP-10'],
    effect: 'one target passes for another whose name is only like its own',
  };
  return [
    not('not-listed', 'nobody lists the target', 'tools/drill.bin', missing),
    not('not-listed-but-served', 'nobody lists the target; the server has it', 'tools/drill.bin', missing, {
      ...of,
      targets: { ...of.targets, 'tools/drill.bin': content, [`tools/${sha256(content)}.drill.bin`]: content },
    }),
    not('listed-in-other-case', 'tools/saw.bin is listed, Tools/Saw.bin is asked for', 'Tools/Saw.bin'),
    not('listed-without-slash', 'tools/saw.bin is listed, /tools/saw.bin is asked for', '/tools/saw.bin'),
    not('listed-without-dot-segment', 'tools/saw.bin is listed, ./tools/saw.bin is asked for', './tools/saw.bin'),
    not('listed-elsewhere', 'tools/saw.bin is listed, tools/old/../saw.bin is asked for', 'tools/old/../saw.bin'),
    not('listed-without-empty-segment', 'tools/saw.bin is listed, tools//saw.bin is asked for', 'tools//saw.bin'),
    not('listed-decoded', 'tools/saw.bin is listed, tools%2Fsaw.bin is asked for', 'tools%2Fsaw.bin'),
    not('listed-without-folder', 'tools/saw.bin is listed, saw.bin is asked for', 'saw.bin', missing),
    not('folder-of-listed', 'tools/saw.bin is listed, tools is asked for', 'tools', missing),
    not(
      'listed-composed',
      'a name with a composed letter is listed; with the letter decomposed it is asked for',
      'cafe\u0301.txt',
      verbatim,
      composed,
    ),
  ];
}

function algorithms() {
  const sha384 = createHash('sha384').update(content).digest('hex');
  const sha512 = createHash('sha512').update(content).digest('hex');
  // BLAKE2b with 32 bytes, which Node does not make.
  const blake = '2f224f2f6ab958cefe54128bd20b12098f9a74f182d30de53d6d34eb6a384626';
  const own = sha256(content);
  const md5 = createHash('md5').update(content).digest('hex');
  const sha1 = createHash('sha1').update(content).digest('hex');
  const off = (/** @type {string} */ hex) => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`;
  const under = (/** @type {string} */ digest) => targetRequest(release(), path, content, digest);
  /** @param {{ [algorithm: string]: string }} hashes */
  const listed = (hashes) => {
    const of = released(
      { targets: { 'hello.txt': hello, [path]: content } },
      { signed: { targets: (signed) => withValue(signed, ['targets', path, 'hashes'], hashes) } },
    );
    // The file is there under each of its digests.
    const copies = Object.values(hashes).map((digest) => [under(digest).replace('targets/', ''), content]);
    return { ...of, targets: { ...of.targets, ...Object.fromEntries(copies) } };
  };
  /** @param {string} name @param {string} comment @param {{ [algorithm: string]: string }} hashes @param {string} digest by which it is asked for @param {About} [about] @param {boolean} [isJudged] whether that is determined */
  const taken = (
    name,
    comment,
    hashes,
    digest,
    about = { ...digests, attack: 'lock-out', effect: 'an honest target is refused' },
    isJudged = true,
  ) => {
    const of = listed(hashes);
    const step = { serve: of, download: [path], further: [under(digest)], written: { [path]: content } };
    return sequenceVector(`download/hashes-${name}`, comment, about, rootOf(of), [
      isJudged ? step : { ...step, requests: null },
    ]);
  };
  /** Whether the file is asked for where no digest counts is not judged. @param {string} name @param {string} comment @param {{ [algorithm: string]: string }} hashes @param {About} [about] */
  const refused = (name, comment, hashes, about = digests) => {
    const of = listed(hashes);
    return sequenceVector(`download/hashes-${name}`, comment, about, rootOf(of), [
      helloAgain(of),
      {
        serve: of,
        download: [path],
        reject: 'hash-mismatch',
        further: [],
        requests: null,
        written: { 'hello.txt': hello, [path]: null },
      },
      { serve: of, download: ['hello.txt'], requests: null, written: { 'hello.txt': hello } },
    ]);
  };
  /** @type {About} */
  const every = { ...digests, level: 'MUST', section: '5.7.3', rows: ['5.7.3b', 'A-12', 'HASH-01', 'RS-5', 'GAP-14'] };
  /** @type {About} */
  const plain = {
    ...every,
    attack: 'lock-out',
    rows: ['5.7.3b', '5.7.3c', 'A-12'],
    effect: 'an honest target is refused',
  };
  const order = {
    ...digests,
    section: '5.7.3',
    attack: 'denial-of-service',
    rows: ['5.7.3c', 'A-19', 'PATH-06', 'GO-11', '6.2.1-b'],
    effect: 'which of several names is asked for depends on chance, or a repository with one of them cannot be used',
  };
  const one = listed({ sha256: own, sha512 });
  const { [under(sha512).replace('targets/', '')]: gone, ...weaker } = one.targets;
  const { [under(own).replace('targets/', '')]: away, ...stronger } = one.targets;
  return [
    taken('sha256', 'SHA-256', { sha256: own }, own, plain),
    taken('sha384', 'SHA-384 alone', { sha384 }, sha384),
    taken('sha512', 'SHA-512 alone', { sha512 }, sha512, plain),
    taken('blake2b-256', 'BLAKE2b-256 alone', { 'blake2b-256': blake }, blake),
    taken('sha256-and-sha512', 'SHA-256 and SHA-512, both right', { sha256: own, sha512 }, sha512, plain, false),
    taken(
      'upper-case',
      'SHA-256 in upper case',
      { sha256: own.toUpperCase() },
      own.toUpperCase(),
      { ...digests, attack: 'lock-out', rows: ['A-13', 'GAP-14'], effect: 'an honest target is refused' },
      false,
    ),
    taken(
      'unknown-and-sha256',
      'SHA-256 beside an algorithm that nobody knows',
      { 'future-512': 'ab'.repeat(32), sha256: own },
      own,
      undefined,
      false,
    ),
    taken(
      'unknown-no-hex-and-sha256',
      'SHA-256 beside an algorithm that nobody knows, whose digest is no hex',
      { 'future-512': 'to be said', sha256: own },
      own,
      undefined,
      false,
    ),
    taken(
      'wrong-md5-and-sha256',
      'SHA-256 beside an MD5 that is another: MD5 does not count',
      { md5: off(md5), sha256: own },
      own,
      undefined,
      false,
    ),
    refused('sha256-wrong', 'SHA-256 of another file', { sha256: off(own) }, { ...every, rows: ['5.7.3b', 'HASH-01'] }),
    refused('sha512-wrong', 'the right SHA-256 and a wrong SHA-512', { sha256: own, sha512: off(sha512) }, every),
    refused('sha256-wrong-of-two', 'the right SHA-512 and a wrong SHA-256', { sha256: off(own), sha512 }, every),
    refused('sha384-wrong', 'the right SHA-256 and a wrong SHA-384', { sha256: own, sha384: off(sha384) }),
    refused('blake2b-256-wrong', 'the right SHA-256 and a wrong BLAKE2b-256', {
      sha256: own,
      'blake2b-256': off(blake),
    }),
    refused('unknown', 'an algorithm that nobody knows, alone', { 'future-512': 'ab'.repeat(32) }, digests),
    refused('md5', 'the right MD5 alone', { md5 }, { ...digests, rows: ['A-12', 'J11', 'T22', 'HASH-01', 'GAP-14'] }),
    refused(
      'sha1',
      'the right SHA-1 alone',
      { sha1 },
      { ...digests, rows: ['A-12', 'J11', 'T22', 'HASH-01', 'GAP-14'] },
    ),
    refused(
      'md5-and-sha1',
      'the right MD5 and SHA-1',
      { md5, sha1 },
      { ...digests, rows: ['A-12', 'J11', 'T22', 'GAP-14'] },
    ),
    sequenceVector(
      'download/prefix-strongest-first',
      'SHA-256 and SHA-512 are listed, the file is there under both: the stronger one is asked for',
      order,
      rootOf(one),
      [{ serve: one, download: [path], further: [under(sha512)], written: { [path]: content } }],
    ),
    sequenceVector(
      'download/prefix-next',
      'SHA-256 and SHA-512 are listed, the file is there under SHA-256 only',
      order,
      rootOf(one),
      [
        {
          serve: { ...one, targets: weaker },
          download: [path],
          further: [under(sha512), under(own)],
          written: { [path]: content },
        },
      ],
    ),
    sequenceVector(
      'download/prefix-strongest-only',
      'SHA-256 and SHA-512 are listed, the file is there under SHA-512 only',
      order,
      rootOf(one),
      [
        {
          serve: { ...one, targets: stronger },
          download: [path],
          further: [under(sha512)],
          written: { [path]: content },
        },
      ],
    ),
  ];
}

function listings() {
  /** @param {string} name @param {string} comment @param {(target: { [member: string]: Tree }) => Tree} change @param {About} [about] */
  const malformed = (name, comment, change, about = listing) => {
    const repository = new Repository({ targets: { 'hello.txt': hello, [path]: content } });
    const first = repository.publish();
    const bad = repository.forge({
      signed: { targets: (signed) => withValue(signed, ['targets', path], change(targetFile(content))) },
    });
    return sequenceVector(`download/listed-${name}`, comment, about, rootOf(first), [
      found(first, path, content),
      { serve: bad, download: [path], reject: 'malformed', stopsAt: 'targets', written: { [path]: content } },
      { serve: repository.publish() },
    ]);
  };
  /** @param {number} length @param {string} name @param {string} comment @param {string} reason @param {About} about */
  const ofLength = (length, name, comment, reason, about) => {
    const of = released(
      { targets: { 'hello.txt': hello, [path]: content } },
      { signed: { targets: (signed) => withValue(signed, ['targets', path, 'length'], length) } },
    );
    return sequenceVector(`download/listed-${name}`, comment, about, rootOf(of), [
      helloAgain(of),
      {
        serve: of,
        download: [path],
        reject: reason,
        further: [targetRequest(of, path, content)],
        written: { 'hello.txt': hello, [path]: null },
      },
      { serve: of, download: ['hello.txt'], requests: null, written: { 'hello.txt': hello } },
    ]);
  };
  const custom = (/** @type {string} */ name, /** @type {Tree} */ value) =>
    malformed(`custom-${name}`, `custom is ${JSON.stringify(value)}`, (target) => ({ ...target, custom: value }), {
      ...listing,
      level: 'decision',
      attack: 'denial-of-service',
      rows: ['4.5-d', 'A-28', 'JSON-01', 'GO-14'],
      effect: 'an application that reads custom as an object crashes',
    });
  const rich = released(
    { targets: { [path]: content } },
    {
      signed: {
        targets: (signed) =>
          withValue(signed, ['targets', path, 'custom'], {
            permissions: '0755',
            sizes: [1, { deep: null }],
            'na\u00efve': true,
          }),
      },
    },
  );
  return [
    malformed('without-hashes', 'a target without hashes', ({ hashes, ...target }) => target),
    malformed('with-no-hash', 'hashes is empty', (target) => ({ ...target, hashes: {} }), {
      ...listing,
      rows: ['A-11', ...listing.rows],
    }),
    malformed('with-hashes-null', 'hashes is null', (target) => ({ ...target, hashes: null }), {
      ...listing,
      rows: ['A-32', ...listing.rows],
    }),
    malformed('with-hashes-list', 'hashes is a list', (target) => ({ ...target, hashes: [] })),
    malformed('with-digest-null', 'the digest is null', (target) => ({ ...target, hashes: { sha256: null } })),
    malformed(
      'with-digest-short',
      'the SHA-256 has 62 digits',
      (target) => ({ ...target, hashes: { sha256: sha256(content).slice(2) } }),
      {
        ...listing,
        level: 'decision',
        rows: ['A-12', 'A-13', 'GAP-14'],
        effect: 'a part of a digest is compared in place of the whole',
      },
    ),
    malformed('without-length', 'a target without length', ({ length, ...target }) => target),
    malformed('with-length-null', 'the length is null', (target) => ({ ...target, length: null }), {
      ...listing,
      rows: ['A-32', ...listing.rows],
    }),
    malformed('with-length-negative', 'the length is negative', (target) => ({ ...target, length: -1 })),
    malformed('with-length-text', 'the length is text', (target) => ({ ...target, length: '17' }), {
      ...listing,
      rows: ['4.5-c', 'JSON-06', 'PY-12'],
    }),
    malformed('as-null', 'the target is null', () => null),
    custom('null', null),
    custom('list', []),
    custom('text', 'x'),
    sequenceVector(
      'download/listed-custom',
      'custom is an object with all sorts of members',
      {
        ...folder,
        section: '4.5',
        rows: ['4.5-d', 'A-28', 'JSON-07', 'GAP-14'],
        effect: 'an honest target is refused',
      },
      rootOf(rich),
      [found(rich, path, content)],
    ),
    ofLength(
      content.length - 1,
      'one-byte-shorter',
      'the digest is right, the length that is listed is one less than that of the file',
      'too-long',
      {
        ...bounded,
        rows: ['5.7.3a', 'A-44', 'GAP-14'],
      },
    ),
    ofLength(0, 'empty', 'the digest is right, and the length that is listed is 0', 'too-long', {
      ...bounded,
      rows: ['5.7.3a', 'A-11', 'A-44', 'GAP-14'],
    }),
    ofLength(
      content.length + 1,
      'one-byte-longer',
      'the digest is right, the length that is listed is one more than that of the file',
      'length-mismatch',
      {
        ...verified,
        level: 'decision',
        rows: ['A-44', 'GAP-14'],
        effect: 'clients disagree about a file that is not as long as listed',
      },
    ),
  ];
}

function several() {
  const files = { 'a.txt': text('a\n'), 'b.txt': text('b\n'), 'c.txt': text('c\n') };
  const { 'a.txt': a, 'b.txt': b, 'c.txt': c } = files;
  const of = released({ targets: files });
  const wanted = ['a.txt', 'b.txt', 'c.txt'];
  const request = (/** @type {string} */ name, /** @type {Buffer} */ file) => targetRequest(of, name, file);
  const bFile = request('b.txt', b).replace('targets/', '');
  const stopped = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ reason,
    /** @type {Answer | null} */ answer,
  ) =>
    sequenceVector(
      `download/${name}`,
      comment,
      {
        ...missing,
        section: '5.7.3',
        rows: ['5.7.3b', 'GAP-07', '1.5.2-k'],
        effect: 'a failure among several targets passes for success',
      },
      rootOf(of),
      [
        { serve: of },
        {
          serve: of,
          but: { targets: { [bFile]: answer } },
          download: wanted,
          reject: reason,
          further: [request('a.txt', a), request('b.txt', b)],
          written: { 'a.txt': a, 'b.txt': null, 'c.txt': null },
        },
        {
          serve: of,
          download: ['b.txt', 'c.txt'],
          further: [request('b.txt', b), request('c.txt', c)],
          written: files,
        },
      ],
    );
  return [
    sequenceVector(
      'download/three',
      'three targets in one run',
      { ...folder, rows: ['5.7.3d', 'GAP-07', '5.7.1'] },
      rootOf(of),
      [
        {
          serve: of,
          download: wanted,
          further: [request('a.txt', a), request('b.txt', b), request('c.txt', c)],
          written: files,
        },
      ],
    ),
    stopped(
      'three-second-missing',
      'of three targets the server does not have the second: the run ends there',
      'transport',
      null,
    ),
    stopped(
      'three-second-altered',
      'of three targets the second is another file: the run ends there',
      'hash-mismatch',
      text('B\n'),
    ),
    sequenceVector(
      'download/three-second-not-listed',
      'of three targets nobody lists the second: the run ends there',
      { ...missing, rows: ['5.7.2', 'GAP-07', '1.5.2-k'] },
      rootOf(of),
      [
        { serve: of },
        {
          serve: of,
          download: ['a.txt', 'x.txt', 'c.txt'],
          reject: 'not-found',
          further: [request('a.txt', a)],
          written: { 'a.txt': a, 'x.txt': null, 'c.txt': null },
        },
        { serve: of, download: ['c.txt'], further: [request('c.txt', c)], written: { 'a.txt': a, 'c.txt': c } },
      ],
    ),
  ];
}

function again() {
  const name = 'saw.bin';
  const first = released({ targets: { [name]: content } });
  const newer = text('sharp, steady and new\n');
  const repository = new Repository({ targets: { [name]: content, 'hello.txt': hello } });
  const before = repository.publish();
  const after = repository.publish({ files: { targets: { [name]: newer } } });
  /** @type {About} */
  const poisoned = {
    ...folder,
    level: 'MUST',
    attack: 'cache-poisoning',
    rows: ['T27', '5.7.3b', '2-a', 'OFF-01', 'SG-5'],
    effect: 'whoever can write to the folder once decides what is installed later',
  };
  const tampered = (/** @type {string} */ label, /** @type {string} */ comment, /** @type {Buffer | null} */ bytes) =>
    sequenceVector(`download/held-${label}`, comment, poisoned, rootOf(first), [
      found(first, name, content),
      { ...found(first, name, content), disk: { targets: { [name]: bytes } } },
    ]);
  return [
    sequenceVector(
      'download/held',
      'the same target again: it is there, and is not asked for',
      { ...folder, level: 'decision', rows: ['5.7.3d', '5.7.3b'], effect: 'every run downloads everything anew' },
      rootOf(first),
      [found(first, name, content), { serve: first, download: [name], further: [], written: { [name]: content } }],
    ),
    sequenceVector(
      'download/held-older',
      'a new version of a target takes the place of the one in the folder',
      folder,
      rootOf(before),
      [found(before, name, content), found(after, name, newer)],
    ),
    sequenceVector(
      'download/held-no-longer-listed',
      'a target that is in the folder is no longer listed',
      missing,
      rootOf(before),
      [
        found(before, name, content),
        (() => {
          const without = repository.forge({ files: { targets: { [name]: null } } });
          return { ...notFound(without, name), written: { [name]: content } };
        })(),
      ],
    ),
    tampered(
      'altered',
      'one byte of the target in the folder is another: it is fetched again',
      Buffer.concat([text('S'), content.subarray(1)]),
    ),
    tampered('cut', 'the target in the folder is cut short: it is fetched again', content.subarray(0, 5)),
    tampered(
      'longer',
      'the target in the folder has one byte more: it is fetched again',
      Buffer.concat([content, text('\n')]),
    ),
    tampered('deleted', 'the target is no longer in the folder: it is fetched again', null),
  ];
}

function layouts() {
  const options = { targets: { 'hello.txt': hello, [path]: content } };
  const unprefixed = released({ ...options, consistentSnapshot: false });
  const unsaid = released(
    { ...options, consistentSnapshot: false },
    { signed: { root: ({ consistent_snapshot: _, ...signed }) => /** @type {Signed} */ (signed) } },
  );
  const switched = (/** @type {boolean} */ on) => {
    const repository = new Repository({ ...options, consistentSnapshot: !on });
    const before = repository.publish();
    repository.switchConsistentSnapshot(on);
    const after = repository.publish({
      bump: ['root', 'timestamp', 'snapshot', 'targets'],
      files: { targets: { [path]: text('made anew\n') } },
    });
    return { before, after };
  };
  const off = switched(false);
  const on = switched(true);
  /** @type {About} */
  const names = {
    section: '5.7.3',
    level: 'MUST',
    attack: 'lock-out',
    rows: ['5.7.3c', '5.3.12', '3.1.1-b', '3.1.2-a', 'B11', 'GAP-02'],
    effect: 'an honest target is looked for under the wrong name',
  };
  const deep = 'one/two/three/four.bin';
  const nested = released({ targets: { [deep]: content } });
  const altered = text('dull and crooked\n');
  return [
    sequenceVector(
      'download/consistent',
      'with consistent snapshots the digest stands before the last part of the path',
      names,
      rootOf(nested),
      [found(nested, deep, content)],
    ),
    sequenceVector(
      'download/not-consistent',
      'consistent_snapshot is false: no name has a version or a digest',
      names,
      rootOf(unprefixed),
      [found(unprefixed, path, content)],
    ),
    sequenceVector(
      'download/consistent-not-said',
      'consistent_snapshot is absent: no name has a version or a digest',
      { ...names, level: 'decision', section: '4.3', rows: ['4.3-c', 'A-29', ...names.rows] },
      rootOf(unsaid),
      [found(unsaid, path, content)],
    ),
    sequenceVector(
      'download/not-consistent-other-content',
      'consistent_snapshot is false, and the target is other content',
      { ...verified, rows: [...verified.rows, 'GAP-02'] },
      rootOf(unprefixed),
      [
        helloAgain(unprefixed),
        {
          serve: unprefixed,
          but: { targets: { [path]: altered } },
          download: [path],
          reject: 'hash-mismatch',
          further: [`targets/${path}`],
          written: { 'hello.txt': hello, [path]: null },
        },
        { ...found(unprefixed, path, content), written: { 'hello.txt': hello, [path]: content } },
      ],
    ),
    sequenceVector(
      'download/consistent-switched-off',
      'the second root switches consistent snapshots off',
      names,
      rootOf(off.before),
      [found(off.before, path, content), found(off.after, path, text('made anew\n'))],
    ),
    sequenceVector(
      'download/consistent-switched-on',
      'the second root switches consistent snapshots on',
      names,
      rootOf(on.before),
      [found(on.before, path, content), found(on.after, path, text('made anew\n'))],
    ),
  ];
}

function contents() {
  const file = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {Buffer} */ bytes,
    /** @type {readonly string[]} */ rows,
  ) => {
    const of = released({ targets: { 'data.bin': bytes } });
    return sequenceVector(
      `download/content-${name}`,
      comment,
      { ...folder, rows: ['5.7.3d', '5.7.1', ...rows], effect: 'the file in the folder is not that of the publisher' },
      rootOf(of),
      [found(of, 'data.bin', bytes)],
    );
  };
  return [
    file('no-text', 'a file whose bytes are no UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]), ['JS3']),
    file('line-ends', 'a file with both kinds of line ends and no last one', text('one\r\ntwo\nthree\rfour'), ['JS3']),
    file('mark', 'a file that begins with a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x61]), ['JS3']),
    file('letters', 'a file whose length in bytes is not that in letters', text('h\u00e9llo'), ['J26']),
    file('json', 'a file that looks like metadata', text('{"signatures":[],"signed":{"_type":"root"}}'), ['T20']),
    file('64-kibibytes', 'a file of 64 KiB', Buffer.alloc(65_536, 'tufa'), ['GO-17']),
  ];
}
