// @ts-check
/**
 * What goes wrong between a server and a client, for each kind of file. The rule is always the same: no failure passes for
 * success, what was verified before it is kept, and the next honest answer is taken.
 */
import { Repository } from './repository.mjs';
import { metadataPath, sequenceVector } from './sequence.mjs';
import { found, hello, released, rootOf, targetRequest, text, topLevelOf, twoKeys } from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./sequence.mjs').Answer} Answer */
/** @typedef {import('./sequence.mjs').Fault} Fault */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {'root' | 'timestamp' | 'snapshot' | 'targets' | 'delegated' | 'target'} Kind a kind of file */

/** @type {readonly Kind[]} */
const kinds = ['root', 'timestamp', 'snapshot', 'targets', 'delegated', 'target'];
/** Where the specification says how much of a kind of file is taken. */
const sections = {
  root: '5.3.3',
  timestamp: '5.4.1',
  snapshot: '5.5.1',
  targets: '5.6.1',
  delegated: '5.6.7',
  target: '5.7.3',
};
const rowOf = {
  root: '5.3.3',
  timestamp: '5.4.1',
  snapshot: '5.5.1',
  targets: '5.6.1',
  delegated: '5.6.7',
  target: '5.7.3a',
};
const words = {
  root: 'the next root',
  timestamp: 'the timestamp',
  snapshot: 'the snapshot',
  targets: 'the targets metadata',
  delegated: 'the metadata of a delegated role',
  target: 'a target file',
};
/** More than anybody needs for a file of a few hundred bytes. */
const most = 2 ** 26;
const mebibyte = 2 ** 20;
const path = 'a/file.txt';
const content = text('the file of the delegated role a\n');

/** @param {Kind} kind @param {Partial<About>} [more] @returns {About} */
function endless(kind, more) {
  return {
    section: sections[kind],
    level: 'MUST',
    attack: 'endless-data',
    rows: [rowOf[kind], 'A-68', 'T2', 'NET-01', 'NT-6', 'B6', 'GAP-08'],
    effect: 'whoever answers a request fills the memory or the disk of the client',
    ...more,
  };
}

/** @param {Kind} kind @param {Partial<About>} [more] @returns {About} */
function noticed(kind, more) {
  return {
    section: sections[kind],
    level: kind === 'root' ? 'decision' : 'MUST',
    attack: kind === 'root' ? 'freeze' : 'denial-of-service',
    rows: [...(kind === 'root' ? ['A-42', 'ROOT-08', 'GAP-01'] : [rowOf[kind]]), '1.5.2-k', '5-a', 'B2', 'GAP-07'],
    effect:
      kind === 'root'
        ? 'whoever can disturb one request keeps clients from learning that a key was removed'
        : 'an update that did not happen passes for one that did, or the client cannot go on after it',
    ...more,
  };
}

/** @param {Kind} kind @param {Partial<About>} [more] @returns {About} */
function taken(kind, more) {
  return {
    section: sections[kind],
    level: 'MUST',
    attack: 'lock-out',
    rows: [rowOf[kind], '1.5.1-a', 'NET-01'],
    effect: 'an ordinary server cannot be used',
    ...more,
  };
}

export function vectors() {
  return [
    ...endlessBodies(),
    ...lengths(),
    ...encodings(),
    ...broken(),
    ...stalled(),
    ...statuses(),
    ...pages(),
    ...redirects(),
    ...headers(),
    ...repeated(),
  ];
}

/**
 * An honest release and the next one, in which one kind of file is answered otherwise.
 *
 * @param {Kind} kind @param {Options} [options]
 */
function stage(kind, options) {
  const repository = new Repository({
    targets: { 'hello.txt': hello },
    delegated: [{ name: 'a', delegation: { paths: ['a/*'] }, targets: { [path]: content } }],
    ...options,
  });
  const before = repository.publish();
  const bump = ['timestamp', 'snapshot', 'targets', 'a', ...(kind === 'root' ? ['root'] : [])];
  const after = repository.publish({ bump });
  const request = {
    root: 'metadata/2.root.json',
    timestamp: 'metadata/timestamp.json',
    snapshot: metadataPath(after, 'snapshot'),
    targets: metadataPath(after, 'targets'),
    delegated: metadataPath(after, 'a'),
    target: targetRequest(after, path, content),
  }[kind];
  const [folder = '', ...rest] = request.split('/');
  const name = rest.join('/');
  const own = /** @type {Buffer} */ (folder === 'targets' ? after.targets[name] : after.metadata[name]);
  return { before, after, request, folder, name, own };
}

/** @typedef {ReturnType<typeof stage>} Stage */

/** What is different on the server. @param {Stage} scene @param {Answer | null} answer @param {{ [path: string]: Answer }} [further] other files in the same folder */
function but({ folder, name }, answer, further = {}) {
  return { [folder]: { [name]: answer, ...further } };
}

/** An honest step to the next release: a download where the kind of file needs one. @param {Kind} kind @param {Stage} scene @returns {Step} */
function honestStep(kind, { after }) {
  if (kind !== 'delegated' && kind !== 'target') return { serve: after };
  return found(after, path, content, ['a']);
}

/**
 * One kind of file is answered with a fault: refused there, and accepted when all is honest again.
 *
 * @param {Kind} kind @param {string} name @param {string} comment what is said of the file @param {About} about
 * @param {string} reason @param {(own: Buffer) => Answer | null} fault what is answered in place of the file
 * @param {{ options?: Options, further?: { [path: string]: Answer }, asked?: readonly string[] }} [more] `asked`: what is asked for after the file
 */
function refused(kind, name, comment, about, reason, fault, { options, further, asked = [] } = {}) {
  const scene = stage(kind, options);
  const { before, after, request, own } = scene;
  const faulty = { serve: after, but: but(scene, fault(own), further), reject: reason };
  /** @type {Step} */
  const step =
    kind === 'delegated'
      ? { ...faulty, download: [path], further: [request, ...asked], notTrusted: ['a'], written: { [path]: null } }
      : kind === 'target'
        ? {
            ...faulty,
            download: [path],
            further: [metadataPath(after, 'a'), request, ...asked],
            alsoTrusted: ['a'],
            written: { [path]: null },
          }
        : { ...faulty, stopsAt: kind, ...(asked.length === 0 ? {} : { requests: [...upTo(kind), ...asked] }) };
  const last = honestStep(kind, scene);
  return sequenceVector(`transport/${name}`, `${words[kind]} ${comment}`, about, rootOf(before), [
    { serve: before },
    step,
    // The delegated role is held by then.
    kind === 'target' ? { ...last, requests: null } : last,
  ]);
}

/** The requests of a second refresh up to that of a role. @param {Kind} kind */
function upTo(kind) {
  const all = [
    'metadata/2.root.json',
    'metadata/timestamp.json',
    'metadata/2.snapshot.json',
    'metadata/2.targets.json',
  ];
  return all.slice(0, ['root', 'timestamp', 'snapshot', 'targets'].indexOf(kind) + 1);
}

/**
 * One kind of file is answered in an unusual way that loses nothing.
 *
 * @param {Kind} kind @param {string} name @param {string} comment @param {About} about @param {(own: Buffer) => Answer} answer
 * @param {{ further?: (own: Buffer) => { [path: string]: Answer }, asked?: readonly string[] }} [more] `asked`: what is asked for right after the file
 */
function accepted(kind, name, comment, about, answer, { further = () => ({}), asked = [] } = {}) {
  const scene = stage(kind);
  const { before, after, own, request } = scene;
  const step = honestStep(kind, scene);
  const plain = [...upTo('targets'), ...(step.further ?? [])];
  const rooted = kind === 'root' ? ['metadata/2.root.json', 'metadata/3.root.json', ...plain.slice(1)] : plain;
  const requests = rooted.flatMap((each) => (each === request ? [each, ...asked] : [each]));
  return sequenceVector(`transport/${name}`, `${words[kind]} ${comment}`, about, rootOf(before), [
    { serve: before },
    { ...step, serve: after, but: but(scene, answer(own), further(own)), requests },
  ]);
}

function endlessBodies() {
  const listed = { options: { listed: /** @type {const} */ ('all') } };
  return [
    ...kinds.map((kind) =>
      refused(kind, `endless-${kind}`, 'is followed by zeros without end', endless(kind), 'too-long', (own) => ({
        body: own,
        endless: true,
        most,
      })),
    ),
    ...kinds
      .slice(2, 5)
      .map((kind) =>
        refused(
          kind,
          `endless-listed-${kind}`,
          'is followed by zeros without end; its length is listed',
          endless(kind, { rows: [rowOf[kind], '4.4-e', 'JSON-04', 'RS-9', 'T2', 'NET-01', 'GAP-08'] }),
          'too-long',
          (own) => ({ body: own, endless: true, most: mebibyte }),
          listed,
        ),
      ),
    refused('timestamp', 'thirty-megabytes-timestamp', 'has 30 MB', endless('timestamp'), 'too-long', () => ({
      zeros: 30_000_000,
    })),
  ];
}

function lengths() {
  return kinds.flatMap((kind) => [
    refused(
      kind,
      `content-length-longer-${kind}`,
      'comes with a Content-Length that is ten too large, and the connection ends',
      noticed(kind, {
        level: 'decision',
        rows: [rowOf[kind], 'NET-01', 'GAP-08', 'J19'],
        effect: 'a part of an answer passes for the whole',
      }),
      'transport too-long',
      (own) => ({ body: own, contentLength: own.length + 10 }),
    ),
    refused(
      kind,
      `content-length-shorter-${kind}`,
      'comes with a Content-Length that is ten too small',
      noticed(kind, {
        level: 'MUST',
        rows: [rowOf[kind], 'NET-01', 'GAP-08'],
        effect: 'a part of an answer passes for the whole',
      }),
      'malformed transport length-mismatch hash-mismatch',
      (own) => ({ body: own, contentLength: own.length - 10 }),
    ),
  ]);
}

function encodings() {
  const bomb = {
    attack: 'endless-data',
    rows: ['T2', 'NET-01', 'GAP-08', 'B6'],
    effect: 'a few kilobytes become as many megabytes in the memory of the client',
  };
  /** @type {readonly Kind[]} */
  const some = ['timestamp', 'targets', 'target'];
  return [
    ...kinds.map((kind) =>
      accepted(kind, `chunked-${kind}`, 'comes in chunks, without Content-Length', taken(kind), (own) => ({
        body: own,
        chunked: true,
      })),
    ),
    ...some.map((kind) =>
      refused(
        kind,
        `gzip-of-zeros-${kind}`,
        'is 64 MiB of zeros, compressed to 64 KiB',
        { ...endless(kind), ...bomb },
        'too-long transport',
        () => ({
          body: { zeros: 64 * mebibyte },
          gzip: true,
        }),
      ),
    ),
    .../** @type {Kind[]} */ (['timestamp', 'target']).map((kind) =>
      refused(
        kind,
        `gzip-${kind}`,
        'is compressed: nobody asked for that, and limits are on the bytes that come',
        noticed(kind, {
          level: 'decision',
          rows: ['T2', 'NET-01', '1.5.4'],
          effect: 'what is compared with the listed length depends on what a library decodes on its own',
        }),
        'transport',
        (own) => ({ body: own, gzip: true }),
      ),
    ),
  ];
}

function broken() {
  const points = /** @type {const} */ ([
    ['before-headers', 'is not answered: the connection ends', 'transport'],
    ['after-headers', 'is answered with headers, and the connection ends', 'transport'],
    [
      'mid-body',
      'is answered with its first half, and the connection ends',
      'transport malformed length-mismatch hash-mismatch',
    ],
  ]);
  return kinds.flatMap((kind) =>
    points.map(([point, comment, reason]) =>
      refused(
        kind,
        `dropped-${point}-${kind}`,
        comment,
        noticed(kind, { rows: [...noticed(kind).rows, 'NET-01', 'J19'] }),
        reason,
        (own) => ({
          body: own,
          drop: point,
        }),
      ),
    ),
  );
}

/** These take as long as a client is patient. */
function stalled() {
  const stalls = /** @type {const} */ ([
    ['root', 'before-headers', 'is asked for, and nothing comes'],
    ['timestamp', 'after-headers', 'is answered with headers, and nothing more comes'],
    ['snapshot', 'mid-body', 'is answered with its first half, and nothing more comes'],
    ['target', 'mid-body', 'is answered with its first half, and nothing more comes'],
  ]);
  return stalls.map(([kind, point, comment]) =>
    refused(
      kind,
      `stalled-${point}-${kind}`,
      `${comment}, while the connection stays open. Takes as long as the client is patient`,
      noticed(kind, {
        level: 'SHOULD',
        section: '1.5.2',
        attack: 'slow-retrieval',
        rows: ['T3', 'NET-02', 'PY-17', 'GO-17', 'JS1', 'GAP-08', ...(kind === 'root' ? ['A-42', 'ROOT-08'] : [])],
        effect: 'whoever answers a request can hold a client for ever',
      }),
      'transport',
      (own) => ({ body: own, stall: point }),
    ),
  );
}

function statuses() {
  const failing = [404, 403, 410, 429, 500, 502, 503];
  const last = kinds.slice(1, 5).flatMap((kind) =>
    failing.map((status) =>
      refused(
        kind,
        `status-${status}-${kind}`,
        `is answered with ${status}, the file itself as its body`,
        noticed(kind, {
          rows: [...noticed(kind).rows, ...(status === 404 ? ['458-f'] : []), ...(status === 429 ? ['J19'] : [])],
        }),
        'transport',
        (own) => ({ status, body: own }),
      ),
    ),
  );
  const walk = noticed('root', { rows: ['5.3.3', 'A-42', 'ROOT-08', 'GO-5', 'TH-4', 'B7', 'GAP-01'] });
  const unavailable = [404, 403, 410].map((status) => {
    const scene = stage('root');
    const { before, after } = scene;
    return sequenceVector(
      `transport/status-${status}-root`,
      `the next root is answered with ${status}, the root itself as its body: there is none for now, and the update goes on with the one before`,
      {
        ...walk,
        level: status === 404 ? 'MUST' : 'decision',
        attack: 'lock-out',
        effect: 'a repository without a next root cannot be used, or the body of an error is believed',
      },
      rootOf(before),
      [
        { serve: before },
        {
          serve: after,
          but: but(scene, { status, body: scene.own }),
          trusted: { ...topLevelOf(after), root: before.documents['root'] ?? null },
          requests: upTo('targets'),
        },
        { serve: after, requests: ['metadata/2.root.json', 'metadata/3.root.json', 'metadata/timestamp.json'] },
      ],
    );
  });
  return [
    ...last,
    ...unavailable,
    ...[429, 500, 502, 503].map((status) =>
      refused(
        'root',
        `status-${status}-root`,
        `is answered with ${status}, the root itself as its body`,
        walk,
        'transport',
        (own) => ({ status, body: own }),
      ),
    ),
    ...hiddenRotations(),
  ];
}

/** The next root removes the key of the timestamp, which its thief goes on to use. */
function hiddenRotations() {
  return [404, 403].map((status) => {
    const repository = new Repository();
    const before = repository.publish();
    repository.signers['timestamp'] = [twoKeys('timestamp')[1]];
    const after = repository.publish({ bump: ['root', 'timestamp', 'snapshot', 'targets'] });
    return sequenceVector(
      `transport/status-${status}-root-with-new-timestamp-key`,
      `the next root, which has another key for the timestamp, is answered with ${status}; the timestamp is signed by the new key`,
      {
        section: '5.4.2',
        level: 'MUST',
        attack: 'freeze',
        rows: ['5.4.2', 'A-42', 'GO-5', 'ROOT-08'],
        effect: 'a timestamp is believed that the trusted root does not vouch for',
      },
      rootOf(before),
      [
        { serve: before },
        {
          serve: after,
          but: { metadata: { '2.root.json': { status } } },
          reject: 'unsigned',
          trusted: topLevelOf(before),
          requests: upTo('timestamp'),
        },
        { serve: after },
      ],
    );
  });
}

function pages() {
  const page = text(
    '<!doctype html>\n<html><head><title>Welcome</title></head><body><p>Sign in to use this network.</p></body></html>\n',
  );
  return kinds
    .slice(0, 5)
    .flatMap((kind) => [
      refused(
        kind,
        `page-${kind}`,
        'is answered with a page of HTML and status 200',
        noticed(kind, { level: 'MUST', rows: [rowOf[kind], 'T36', 'A-42', ...(kind === 'root' ? ['ROOT-08'] : [])] }),
        'malformed',
        () => ({ body: page, headers: { 'Content-Type': 'text/html' } }),
      ),
      refused(
        kind,
        `empty-${kind}`,
        'is answered with an empty body and status 200',
        noticed(kind, { level: 'MUST', rows: [rowOf[kind], 'T36', 'GAP-08'] }),
        'malformed',
        () => text(''),
      ),
    ]);
}

function redirects() {
  /** @type {readonly Kind[]} */
  const some = ['root', 'timestamp', 'target'];
  const within = (/** @type {Kind} */ kind) =>
    taken(kind, { level: 'decision', rows: ['A-42', 'T29'], effect: 'a server that moves a file cannot be used' });
  const across = (/** @type {Kind} */ kind) =>
    noticed(kind, {
      level: 'decision',
      attack: 'redirection',
      rows: ['A-42', 'T29', 'T36'],
      effect: 'one server speaks for another, and can send clients to any address in their network',
    });
  const moved = (/** @type {Kind} */ kind) => (kind === 'target' ? 'targets/moved' : 'metadata/moved');
  return [
    ...some.map((kind) =>
      accepted(
        kind,
        `redirect-${kind}`,
        'is found by a redirect to another path of the same server',
        within(kind),
        () => ({ redirect: moved(kind) }),
        {
          further: (own) => ({ moved: own }),
          asked: [moved(kind)],
        },
      ),
    ),
    ...[301, 303, 307, 308].map((status) =>
      accepted(
        'timestamp',
        `redirect-${status}-timestamp`,
        `is found by a redirect with status ${status}`,
        within('timestamp'),
        () => ({ redirect: 'metadata/moved', status }),
        {
          further: (own) => ({ moved: own }),
          asked: ['metadata/moved'],
        },
      ),
    ),
    accepted(
      'timestamp',
      'redirect-twice-timestamp',
      'is found by two redirects, one after the other',
      within('timestamp'),
      () => ({ redirect: 'metadata/moved' }),
      {
        further: (own) => ({ moved: { redirect: 'metadata/moved-again' }, 'moved-again': own }),
        asked: ['metadata/moved', 'metadata/moved-again'],
      },
    ),
    ...kinds.map((kind) =>
      refused(
        kind,
        `redirect-other-origin-${kind}`,
        'is redirected to another origin, which has it',
        across(kind),
        'transport',
        (own) => ({ body: own, redirect: 'other-origin' }),
      ),
    ),
    ...some.map((kind) => redirectedInCircle(kind)),
  ];
}

/** A redirect to itself: how often it is followed is not judged. @param {Kind} kind */
function redirectedInCircle(kind) {
  const scene = stage(kind);
  const { before, after } = scene;
  const top = topLevelOf(after);
  const held = kind === 'target' ? top : topLevelOf(before);
  return sequenceVector(
    `transport/redirect-to-itself-${kind}`,
    `${words[kind]} is redirected to itself`,
    noticed(kind, {
      level: kind === 'root' ? 'decision' : 'MUST',
      attack: 'endless-data',
      rows: [rowOf[kind], 'A-42', 'NET-01'],
      effect: 'a client follows a circle for ever',
    }),
    rootOf(before),
    [
      { serve: before },
      {
        serve: after,
        but: but(scene, { redirect: scene.request }),
        reject: 'transport',
        trusted: held,
        requests: null,
        ...(kind === 'target' ? { download: [path], written: { [path]: null } } : {}),
      },
      { ...honestStep(kind, scene), requests: null },
    ],
  );
}

function headers() {
  const large = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`X-Large-${i}`, 'x'.repeat(1000)]));
  const some = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`X-Some-${i}`, 'x'.repeat(100)]));
  /** @type {readonly Kind[]} */
  const two = ['timestamp', 'target'];
  return [
    ...two.map((kind) =>
      refused(
        kind,
        `headers-60-kilobytes-${kind}`,
        'comes with 60 kB of headers',
        noticed(kind, {
          level: 'decision',
          attack: 'endless-data',
          rows: ['T2', 'NET-01', 'GAP-08'],
          effect: 'headers are read without a limit',
        }),
        'transport',
        (own) => ({ body: own, headers: large }),
      ),
    ),
    ...two.map((kind) =>
      accepted(
        kind,
        `headers-4-kilobytes-${kind}`,
        'comes with 4 kB of headers, as from a content network',
        taken(kind),
        (own) => ({ body: own, headers: some }),
      ),
    ),
    accepted(
      'timestamp',
      'headers-of-cache-timestamp',
      'comes with headers that allow it to be kept for a day',
      taken('timestamp', {
        rows: ['5.4.1', 'B15', 'T36'],
        attack: 'freeze',
        effect: 'a cache between client and server decides how old metadata is',
      }),
      (own) => ({ body: own, headers: { 'Cache-Control': 'public, max-age=86400', Age: '3600', ETag: '"1"' } }),
    ),
    accepted('timestamp', 'headers-of-other-type-timestamp', 'comes as text/html', taken('timestamp'), (own) => ({
      body: own,
      headers: { 'Content-Type': 'text/html; charset=latin1' },
    })),
    accepted(
      'target',
      'headers-of-name-target',
      'comes with a header that gives the file another name',
      taken('target', {
        attack: 'path-traversal',
        rows: ['5.7.3d', 'T29'],
        effect: 'the server chooses under which name a file is written',
      }),
      (own) => ({
        body: own,
        headers: { 'Content-Disposition': 'attachment; filename="../../evil.sh"' },
      }),
    ),
  ];
}

function repeated() {
  const release = released({});
  const repository = new Repository();
  const before = repository.publish();
  const after = repository.publish();
  const third = repository.publish();
  const timestampOnly = new Repository();
  const first = timestampOnly.publish();
  const renewed = timestampOnly.publish({ bump: ['timestamp'] });
  /** @type {About} */
  const unchanged = {
    section: '5.4.3',
    level: 'MUST',
    attack: 'lock-out',
    rows: ['5.4.3.1b', 'A-16', '5.3.3', '3.1.2-a'],
    effect: 'a repository that has not changed costs as much as a new one',
  };
  return [
    sequenceVector(
      'transport/unchanged',
      'nothing has changed: the next root and the timestamp are asked for, and nothing else',
      unchanged,
      rootOf(release),
      [
        { serve: release },
        { serve: release, requests: ['metadata/2.root.json', 'metadata/timestamp.json'] },
        { serve: release, requests: ['metadata/2.root.json', 'metadata/timestamp.json'] },
      ],
    ),
    sequenceVector('transport/unchanged-but-timestamp', 'only the timestamp is new', unchanged, rootOf(first), [
      { serve: first },
      { serve: renewed, requests: ['metadata/2.root.json', 'metadata/timestamp.json'] },
    ]),
    sequenceVector(
      'transport/unchanged-not-consistent',
      'nothing has changed, without consistent snapshots',
      { ...unchanged, rows: [...unchanged.rows, 'GAP-02'] },
      rootOf(released({ consistentSnapshot: false })),
      [
        { serve: released({ consistentSnapshot: false }) },
        {
          serve: released({ consistentSnapshot: false }),
          requests: ['metadata/2.root.json', 'metadata/timestamp.json'],
        },
      ],
    ),
    sequenceVector(
      'transport/snapshot-fails-once-timestamp-new',
      'the snapshot fails after its timestamp was accepted; when all is honest again under the same timestamp, the new targets come',
      {
        ...unchanged,
        section: '5.4.3',
        attack: 'freeze',
        rows: ['5.4.3.1b', 'A-16', 'B2', '5-a'],
        effect: 'blocking one request leaves a client with old targets until the next timestamp',
      },
      rootOf(before),
      [
        { serve: before },
        {
          serve: after,
          but: { metadata: { '2.snapshot.json': { status: 503 } } },
          reject: 'transport',
          stopsAt: 'snapshot',
        },
        {
          serve: after,
          download: ['hello.txt'],
          further: [targetRequest(after, 'hello.txt', hello)],
          written: { 'hello.txt': hello },
        },
      ],
    ),
    sequenceVector(
      'transport/targets-fail-twice',
      'the targets metadata fails in two runs, under two releases; then all is honest',
      {
        ...unchanged,
        section: '5.6.1',
        attack: 'denial-of-service',
        rows: ['5-a', 'B2', 'GAP-07'],
        effect: 'a client that failed once cannot go on',
      },
      rootOf(before),
      [
        { serve: before },
        {
          serve: after,
          but: { metadata: { '2.targets.json': { status: 503 } } },
          reject: 'transport',
          stopsAt: 'targets',
        },
        {
          serve: third,
          but: { metadata: { '3.targets.json': { status: 503 } } },
          reject: 'transport',
          stopsAt: 'targets',
        },
        { serve: third },
      ],
    ),
    sequenceVector(
      'transport/three-failures',
      'three failures of three kinds, one after the other: each says what it is, and the next honest refresh is accepted',
      {
        ...unchanged,
        section: '5.5.3',
        attack: 'denial-of-service',
        rows: ['J18', '5-a', 'GAP-07', '5.5.3', '5.5.4'],
        effect: 'an attack looks like a lost connection, or a lost connection like an attack',
      },
      rootOf(before),
      [
        { serve: before },
        { serve: after, but: { metadata: { '2.snapshot.json': null } }, reject: 'transport', stopsAt: 'snapshot' },
        {
          serve: after,
          but: { metadata: { '2.snapshot.json': /** @type {Buffer} */ (before.documents['snapshot']) } },
          reject: 'version-mismatch',
          stopsAt: 'snapshot',
        },
        {
          serve: after,
          but: { metadata: { '2.snapshot.json': /** @type {Buffer} */ (unsignedSnapshot()) } },
          reject: 'unsigned',
          stopsAt: 'snapshot',
        },
        { serve: after },
      ],
    ),
    sequenceVector(
      'transport/nothing-there',
      'the server has nothing at all any more',
      {
        ...unchanged,
        section: '5.4.1',
        level: 'MUST',
        attack: 'freeze',
        rows: ['1.5.2-k', '5.4.1', 'T36'],
        effect: 'a client that cannot update says that it is up to date',
      },
      rootOf(before),
      [
        { serve: before },
        {
          serve: { metadata: {}, targets: {} },
          reject: 'transport',
          requests: ['metadata/2.root.json', 'metadata/timestamp.json'],
        },
        { serve: after },
      ],
    ),
  ];
}

/** The snapshot of the second release without its signatures. */
function unsignedSnapshot() {
  const repository = new Repository();
  repository.publish();
  return repository.forge({ signers: { snapshot: [] } }).documents['snapshot'];
}
