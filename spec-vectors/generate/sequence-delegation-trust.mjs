// @ts-check
/** By whose keys a delegated role is verified, and what a role that fails ends. */
import { testKeys } from './keys.mjs';
import { expired, Repository, signer } from './repository.mjs';
import { metadataPath, sequenceVector } from './sequence.mjs';
import { found, hello, helloAgain, keyOf, notFound, released, rootOf, text, twoKeys } from './sequence-parts.mjs';
import { withValue } from './tree.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Delegated} Delegated */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./sequence.mjs').Fault} Fault */

const path = 'a/file.txt';
const content = text('the file of a\n');

/** @type {About} */
const unsigned = {
  section: '5.6.3',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['5.6.3', '5.6.7', 'A-45', 'SIG-12', 'RS-2', 'GAP-09'],
  effect: 'the metadata of a delegated role is believed without the signatures that its delegator asks for',
};
/** @type {About} */
const sameSteps = {
  section: '5.6.7',
  level: 'MUST',
  attack: 'mix-and-match',
  rows: ['5.6.7', 'A-45', 'RB-07', 'TH-7', 'GAP-09'],
  effect: 'delegated metadata is spared the checks that top-level metadata has to pass (CVE-2026-6967)',
};
/** @type {About} */
const branch = {
  section: '5.6.7',
  level: 'MUST',
  attack: 'wrong-software',
  rows: ['5.6.7', 'A-37', 'D8', 'GAP-09'],
  effect: 'withholding or damaging one file of the role in charge hands its targets to a role with less priority',
};
/** @type {About} */
const diamond = {
  section: '5.6.3',
  level: 'decision',
  attack: 'privilege-escalation',
  rows: ['5.6.3', '3.1.2-c', '5.6.7.1a', 'A-36', 'T18', 'SIG-11', 'XC-1', 'JF2', 'GAP-09'],
  effect: 'a role that one delegator trusts is believed for the paths of another, who has listed other keys',
};
/** @type {About} */
const keyids = {
  section: '4.3',
  level: 'MUST',
  attack: 'keyid-confusion',
  rows: ['4.3-h', '3.1.2-c', 'A-02', 'T21'],
  effect: 'a key that one delegator lists under a keyid signs for another, who means another key by it',
};
/** @type {About} */
const listing = {
  section: '5.5.5',
  level: 'MUST',
  attack: 'rollback',
  rows: ['5.5.5a', '5.5.5b', 'RB-04', 'RB-05', 'TH-5', 'T9', 'GAP-05'],
  effect: 'delegated metadata is replaced by an older one that was taken back, or disappears (CVE-2025-2887)',
};

export function vectors() {
  return [
    ...signatures(),
    ...thresholds(),
    ...branches(),
    ...diamonds(),
    ...keyidScopes(),
    ...listings(),
    ...revocations(),
  ];
}

/** @param {Delegated['delegation']} [delegation] @param {Partial<Delegated>} [more] @returns {Delegated} */
function roleA(delegation, more = {}) {
  return { name: 'a', delegation: { paths: ['a/*'], ...delegation }, targets: { [path]: content }, ...more };
}

/** @typedef {{ options?: Options, changes?: Changes, visits?: readonly string[] }} Place the honest release, in which a search for the file of a visits others before */

/**
 * The document of a is wrong, in an otherwise honest release; then it is right.
 *
 * @param {string} name @param {string} comment @param {About} about @param {string} reason
 * @param {Changes} changes what is different in the release from which the wrong document is taken @param {Place} [place]
 */
function wrongRole(name, comment, about, reason, changes, place = {}) {
  const { options = { delegated: [roleA()] } } = place;
  return failing(name, comment, about, reason, released(options, changes).documents['a'] ?? null, place);
}

/**
 * The role a is answered with something else; nothing is asked for after it. The next download is honest.
 *
 * @param {string} name @param {string} comment @param {About} about @param {string} reason
 * @param {Buffer | Fault | null} answer @param {Place} [place]
 */
function failing(name, comment, about, reason, answer, place = {}) {
  const { options = { delegated: [roleA()] }, changes, visits = [] } = place;
  const honest = released(options, changes);
  const file = metadataPath(honest, 'a').replace('metadata/', '');
  const steps = [
    { serve: honest },
    { ...notFound(honest, path, reason, visits, ['a']), but: { metadata: { [file]: answer } } },
    // Roles that were verified before are held, and need not be asked for again.
    { ...found(honest, path, content, ['a']), ...(visits.length === 0 ? {} : { requests: null }) },
  ];
  return sequenceVector(`delegation/${name}`, comment, about, rootOf(honest), steps);
}

/** A search that finds the file of a. @param {string} name @param {string} comment @param {About} about @param {Options} options @param {readonly string[]} visits */
function finds(name, comment, about, options, visits) {
  const release = released(options);
  return sequenceVector(`delegation/${name}`, comment, about, rootOf(release), [found(release, path, content, visits)]);
}

function signatures() {
  const nested = {
    delegated: [
      { name: 'p', delegation: { paths: ['a/*'] } },
      { ...roleA(), by: 'p' },
    ],
  };
  const below = { options: nested, visits: ['p'] };
  /** @type {About} */
  const direct = {
    ...unsigned,
    section: '3.1',
    rows: ['3.1.2-c', '5.6.3', 'SIG-12', 'GAP-09'],
    effect: 'whoever delegates to a role, or to its delegator, can sign it',
  };
  return [
    wrongRole('no-signature', 'a has no signature', unsigned, 'unsigned', { signers: { a: [] } }),
    wrongRole('wrong-key', 'a is signed by a key that nobody lists', unsigned, 'unsigned', {
      signers: { a: [keyOf('stranger')] },
    }),
    wrongRole(
      'wrong-key-under-right-keyid',
      'a is signed by a key that nobody lists, under the keyid of the right one',
      { ...unsigned, rows: [...unsigned.rows, 'GO-1'] },
      'unsigned',
      { signers: { a: [{ ...keyOf('stranger'), keyid: keyOf('a').keyid }] } },
    ),
    wrongRole(
      'altered-after-signing',
      'a was signed with other content',
      { ...unsigned, rows: [...unsigned.rows, 'T1'] },
      'unsigned',
      {
        envelope: {
          a: (envelope) => ({ ...envelope, signed: { .../** @type {object} */ (envelope.signed), targets: {} } }),
        },
      },
    ),
    wrongRole('signed-by-delegator', 'a is signed by the key of targets, which delegates to it', direct, 'unsigned', {
      signers: { a: testKeys('targets', 1) },
    }),
    wrongRole(
      'signed-by-delegator-below',
      'targets delegates to p and p to a; a is signed by the key of p',
      direct,
      'unsigned',
      { signers: { a: testKeys('p', 1) } },
      below,
    ),
    wrongRole('signed-by-root', 'a is signed by the root key', direct, 'unsigned', {
      signers: { a: testKeys('root', 1) },
    }),
    finds(
      'nested-in-one-folder',
      'targets delegates to p and p to a: the metadata of a is next to that of p',
      {
        ...direct,
        attack: 'lock-out',
        rows: ['3.1.2-a', '3.1.2-b', '3.1.2-c'],
        effect: 'honest metadata is looked for in the wrong place',
      },
      nested,
      ['p', 'a'],
    ),
  ];
}

function thresholds() {
  /** @type {About} */
  const threshold = {
    ...unsigned,
    attack: 'threshold-bypass',
    rows: ['4.5-f', '1.5-a', '5.6.3', 'SIG-02', 'TH-2', 'GAP-09'],
    effect: 'fewer keys than the delegator asks for can sign the role (CVE-2026-6966)',
  };
  const two = { delegated: [roleA({}, { threshold: 2 })] };
  const [one, other] = twoKeys('a');
  const alias = signer(one.key, one.sign, 'f'.repeat(64));
  const aliased = { delegated: [roleA({}, { threshold: 2, signers: [one, alias, other] })] };
  return [
    finds(
      'threshold-two',
      'threshold 2, signed by both keys',
      { ...threshold, attack: 'lock-out', rows: ['4.5-f', '1.5-a', '5.6.3'], effect: 'honest metadata is refused' },
      two,
      ['a'],
    ),
    wrongRole(
      'threshold-two-one-signature',
      'threshold 2, signed by one key',
      threshold,
      'unsigned',
      { signers: { a: [one] } },
      { options: two },
    ),
    wrongRole(
      'threshold-two-signature-and-copy',
      'threshold 2, one signature and its copy',
      { ...threshold, rows: ['4.2.1-c', '4.2.1-e', '5.3.4d', 'A-05', ...threshold.rows] },
      'malformed unsigned',
      { signers: { a: [one, one] } },
      { options: two },
    ),
    wrongRole(
      'threshold-two-second-unknown',
      'threshold 2, signed by one of its keys and by one that nobody lists',
      threshold,
      'unsigned',
      { signers: { a: [one, keyOf('stranger')] } },
      { options: two },
    ),
    wrongRole(
      'threshold-two-second-of-targets',
      'threshold 2, signed by one of its keys and by the key of targets, which delegates to it',
      { ...threshold, rows: ['3.1.2-c', ...threshold.rows] },
      'unsigned',
      { signers: { a: [one, keyOf('targets')] } },
      { options: two },
    ),
    wrongRole(
      'threshold-two-second-false',
      'threshold 2, the signature under the second keyid was made by the first key',
      threshold,
      'unsigned',
      { signers: { a: [one, { ...other, sign: one.sign }] } },
      { options: two },
    ),
    wrongRole(
      'threshold-two-one-key-two-keyids',
      'threshold 2 of three keyids, two of which have one public key; only these two sign',
      { ...threshold, level: 'decision', rows: ['5.3.4c', 'A-04', 'SIG-04', 'GO-1', 'PY-3', 'J14', 'B10'] },
      'unsigned',
      { signers: { a: [one, alias] } },
      { options: aliased },
    ),
    thresholdZero({
      ...threshold,
      rows: ['4.5-f', '4.3-i', 'A-22', 'SIG-06', 'GO-3'],
      effect: 'no signature at all is enough (CVE-2026-23992)',
    }),
  ];
}

/** Where it is refused is not judged: when the delegation is read, or when the role is verified. @param {About} about */
function thresholdZero(about) {
  const repository = new Repository({ delegated: [roleA()] });
  const first = repository.publish();
  const bad = repository.forge({
    signed: { targets: (signed) => withValue(signed, ['delegations', 'roles', 0, 'threshold'], 0) },
    signers: { a: [] },
  });
  const next = repository.publish();
  const { root = null, timestamp = null, snapshot = null } = bad.documents;
  const comment = 'the delegation of a asks for no signature, and a has none';
  return sequenceVector('delegation/threshold-zero', comment, about, rootOf(first), [
    { serve: first },
    {
      serve: bad,
      download: [path],
      reject: 'malformed unsigned',
      trusted: { root, timestamp, snapshot, a: null },
      written: { [path]: null },
      requests: null,
    },
    { ...found(next, path, content, ['a']), requests: null },
  ]);
}

function branches() {
  // b comes after a and has another file under the same path.
  const options = {
    delegated: [roleA(), { name: 'b', delegation: { paths: ['a/*'] }, targets: { [path]: text('the file of b\n') } }],
  };
  const listed = { ...options, listed: /** @type {const} */ ('all') };
  const nested = {
    delegated: [
      { name: 'p', delegation: { paths: ['a/*'] } },
      roleA({}, { by: 'p' }),
      { name: 'b', by: 'p', delegation: { paths: ['a/*'] }, targets: { [path]: text('the file of b\n') } },
      { name: 'c', delegation: { paths: ['a/*'] }, targets: { [path]: text('the file of c\n') } },
    ],
  };
  const document = /** @type {Buffer} */ (released(listed).documents['a']);
  const failed = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ reason,
    /** @type {Buffer | Fault | null} */ answer,
    /** @type {Partial<About>} */ more = {},
    /** @type {Place} */ place = { options },
  ) =>
    failing(
      `branch-${name}`,
      `${comment}; b, which is listed after a, has the target`,
      { ...branch, ...more },
      reason,
      answer,
      place,
    );
  const wrong = (/** @type {Changes} */ changes) => released(options, changes).documents['a'] ?? null;
  const steps = { rows: [...branch.rows, ...sameSteps.rows.slice(1)] };
  return [
    failed('not-there', 'a is answered with 404', 'transport', null, { rows: ['4.4-a', ...branch.rows] }),
    failed('forbidden', 'a is answered with 403', 'transport', { status: 403 }),
    failed('server-error', 'a is answered with 500', 'transport', { status: 500 }),
    failed('unsigned', 'a has no signature', 'unsigned', wrong({ signers: { a: [] } }), {
      rows: [...branch.rows, 'SIG-12'],
    }),
    failed('wrong-key', 'a is signed by the key of b', 'unsigned', wrong({ signers: { a: testKeys('b', 1) } }), {
      rows: [...branch.rows, 'SIG-12'],
    }),
    failed(
      'expired',
      'a has expired',
      'expired',
      wrong({ signed: { a: (signed) => ({ ...signed, expires: expired }) } }),
      {
        ...steps,
        section: '5.6.5',
        rows: ['5.6.5', 'GAP-03', ...steps.rows],
      },
    ),
    failed('no-json', 'a is a page of HTML', 'malformed', text('<!doctype html><title>Not found</title>\n'), {
      rows: [...branch.rows, 'T36'],
    }),
    failed(
      'type-is-its-name',
      'the _type of a is its name in place of targets',
      'wrong-type',
      wrong({ signed: { a: (signed) => ({ ...signed, _type: 'a' }) } }),
      { section: '4.5', attack: 'type-confusion', rows: ['4.5-p', 'A-23', ...branch.rows] },
    ),
    failed(
      'version-behind',
      'a says version 1, the snapshot lists 2',
      'version-mismatch',
      wrong({}),
      { ...steps, section: '5.6.4', rows: ['5.6.4', 'T8', 'T9', ...steps.rows] },
      { options, changes: { signed: { a: (signed) => ({ ...signed, version: 2 }) } } },
    ),
    failed(
      'version-ahead',
      'a says version 2, the snapshot lists 1',
      'version-mismatch',
      wrong({ signed: { a: (signed) => ({ ...signed, version: 2 }) } }),
      { ...steps, section: '5.6.4', rows: ['5.6.4', 'T13', ...steps.rows] },
    ),
    failed(
      'digest',
      'a is signed and as long as listed, and does not have the listed digest',
      'hash-mismatch',
      released(listed, { signed: { a: (signed) => ({ ...signed, expires: '2050-01-01T00:00:01Z' }) } }).documents[
        'a'
      ] ?? null,
      { ...steps, section: '5.6.2', rows: ['5.6.2', '4.4-g', 'T13', ...steps.rows] },
      { options: listed },
    ),
    failed(
      'longer-than-listed',
      'a is the honest document and one more byte, a blank',
      'too-long',
      Buffer.concat([document, text(' ')]),
      {
        ...steps,
        section: '5.6.1',
        attack: 'endless-data',
        rows: ['5.6.1', '4.4-e', 'JSON-04', 'RS-9', 'T2', ...steps.rows],
      },
      { options: listed },
    ),
    failed(
      'shorter-than-listed',
      'a is the honest document without its last byte',
      'length-mismatch hash-mismatch malformed',
      document.subarray(0, -1),
      { ...steps, section: '5.6.2', rows: ['5.6.2', 'GAP-08', ...steps.rows] },
      { options: listed },
    ),
    failing(
      'branch-deep',
      'targets delegates to p and then to c, p to a and then to b; a is answered with 404, b and c have the target',
      branch,
      'transport',
      null,
      { options: nested, visits: ['p'] },
    ),
    failing(
      'branch-after-a-visited-one',
      'a has nothing, b is answered with 404, c has the target',
      { ...branch, attack: 'wrong-software' },
      'transport',
      null,
      {
        options: {
          delegated: [
            { name: 'n', delegation: { paths: ['a/*'] } },
            roleA(),
            { name: 'c', delegation: { paths: ['a/*'] }, targets: { [path]: text('the file of c\n') } },
          ],
        },
        visits: ['n'],
      },
    ),
  ];
}

function diamonds() {
  const [one, other] = twoKeys('c');
  const ok = text('what c signs for left\n');
  const evil = text('what c signs for right\n');
  const files = { 'left/ok.txt': ok, 'right/evil.txt': evil };
  /** @param {readonly Signer[]} right @param {number} [threshold] @returns {Options} */
  const options = (right, threshold) => ({
    delegated: [
      { name: 'left' },
      { name: 'right' },
      { name: 'c', by: 'left', delegation: { paths: ['*/*'] }, signers: [one], targets: files },
      {
        name: 'c',
        by: 'right',
        delegation: { paths: ['*/*'] },
        signers: right,
        ...(threshold === undefined ? {} : { threshold }),
      },
    ],
  });
  const both = { signers: { c: [one, other] } };
  /** @param {string} name @param {string} comment @param {Options} of @param {boolean} isWarm @param {About} [about] */
  const refusedOnRight = (name, comment, of, isWarm, about = diamond) => {
    const repository = new Repository(of);
    const first = repository.publish();
    const resigned = repository.publish(both);
    const cold = { ...notFound(first, 'right/evil.txt', 'unsigned', ['right'], ['c']) };
    return sequenceVector(`delegation/${name}`, comment, about, rootOf(first), [
      isWarm ? found(first, 'left/ok.txt', ok, ['left', 'c']) : { serve: first },
      // What is held of c may be refused at once, or fetched again first; it may stay for left.
      isWarm
        ? { ...cold, alsoTrusted: ['left', 'right'], notTrusted: [], requests: null, written: { 'left/ok.txt': ok } }
        : cold,
      {
        ...found(resigned, 'right/evil.txt', evil, ['right', 'c']),
        requests: null,
        written: isWarm ? files : { 'right/evil.txt': evil },
      },
    ]);
  };
  const repository = new Repository(options([other]));
  const first = repository.publish();
  const signed = released(options([other]), both);
  const comment = 'left and right delegate to c, left with one key and right with another; the first alone signs c';
  return [
    refusedOnRight('diamond-cold', `${comment}; asked through right`, options([other]), false, {
      ...diamond,
      level: 'MUST',
      rows: ['5.6.3', '3.1.2-c', 'T18', 'SIG-11', 'SIG-12', 'GAP-09'],
    }),
    refusedOnRight('diamond-warm', `${comment}; asked through left, then through right`, options([other]), true),
    sequenceVector(
      'delegation/diamond-in-one-run',
      `${comment}; one run asks through left and then through right`,
      diamond,
      rootOf(first),
      [
        { serve: first },
        {
          serve: first,
          download: ['left/ok.txt', 'right/evil.txt'],
          reject: 'unsigned',
          further: [],
          requests: null,
          alsoTrusted: ['left', 'right'],
          written: { 'left/ok.txt': ok, 'right/evil.txt': null },
        },
        { ...found(repository.publish(both), 'right/evil.txt', evil, ['right', 'c']), requests: null, written: files },
      ],
    ),
    refusedOnRight(
      'diamond-thresholds',
      'left asks for one key of c, right for two; one signs. Asked through left, then through right',
      options([one, other], 2),
      true,
    ),
    sequenceVector(
      'delegation/diamond-signed-for-both',
      'left and right delegate to c with different keys; both sign c',
      { ...diamond, attack: 'lock-out', effect: 'an honest target is not found' },
      rootOf(signed),
      [
        {
          serve: signed,
          download: ['left/ok.txt', 'right/evil.txt'],
          requests: null,
          alsoTrusted: ['left', 'right', 'c'],
          written: files,
        },
      ],
    ),
  ];
}

function keyidScopes() {
  const K = 'c'.repeat(64);
  const under = (/** @type {string} */ role) => signer(keyOf(role).key, keyOf(role).sign, K);
  /** @type {Options} */
  const shared = {
    signers: { snapshot: [under('snapshot')] },
    delegated: [roleA({}, { signers: [under('a')] })],
  };
  /** @type {Options} */
  const nested = {
    delegated: [
      { name: 'p', delegation: { paths: ['a/*'] }, signers: [under('p')] },
      roleA({}, { by: 'p', signers: [under('a')] }),
    ],
  };
  const comment = 'root lists the keyid K for the key of snapshot, targets lists K for the key of a';
  const honest = { ...keyids, attack: 'lock-out', effect: 'honest metadata is refused' };
  const repository = new Repository(shared);
  const first = repository.publish();
  const bad = repository.forge({ signers: { snapshot: [under('a')] } });
  return [
    finds('keyid-of-root-and-targets', comment, honest, shared, ['a']),
    finds(
      'keyid-of-targets-and-role',
      'targets lists the keyid K for the key of p, p lists K for the key of a',
      honest,
      nested,
      ['p', 'a'],
    ),
    sequenceVector(
      'delegation/keyid-of-delegate-signs-snapshot',
      `${comment}; the key of a signs the snapshot as K`,
      keyids,
      rootOf(first),
      [
        found(first, path, content, ['a']),
        { serve: bad, reject: 'unsigned', stopsAt: 'snapshot', alsoTrusted: ['a'] },
        { serve: repository.publish() },
      ],
    ),
    wrongRole(
      'keyid-of-snapshot-signs-delegate',
      `${comment}; the key of snapshot signs a as K`,
      keyids,
      'unsigned',
      { signers: { a: [under('snapshot')] } },
      { options: shared },
    ),
    wrongRole(
      'keyid-of-delegator-signs-delegate',
      'targets lists the keyid K for the key of p, p lists K for the key of a; the key of p signs a as K',
      keyids,
      'unsigned',
      { signers: { a: [under('p')] } },
      { options: nested, visits: ['p'] },
    ),
    wrongRole(
      'keyid-listed-without-key',
      'targets lists a keyid for a under which it has no key; root has a key under it, which signs a',
      { ...keyids, level: 'decision', rows: ['A-07', ...keyids.rows] },
      'unsigned',
      { signers: { a: [keyOf('snapshot')] } },
      { options: { delegated: [roleA({ keyids: [keyOf('a').keyid, keyOf('snapshot').keyid] })] } },
    ),
  ];
}

function listings() {
  /** @type {About} */
  const missing = {
    section: '4.4',
    level: 'MUST',
    attack: 'mix-and-match',
    rows: ['4.4-a', '5.6.7', 'DLG-12', 'J17', 'GAP-09'],
    effect: 'a role of which the snapshot says nothing is fetched at any version, or the client crashes',
  };
  const withoutMeta = (/** @type {string} */ name) => ({
    signed: {
      snapshot: (/** @type {import('./repository.mjs').Signed} */ signed) => ({
        ...signed,
        meta: Object.fromEntries(
          Object.entries(/** @type {object} */ (signed['meta'])).filter(([each]) => each !== `${name}.json`),
        ),
      }),
    },
  });
  const atVersion = (/** @type {number} */ version) => ({
    signed: {
      snapshot: (/** @type {import('./repository.mjs').Signed} */ signed) => ({
        ...signed,
        meta: { .../** @type {object} */ (signed['meta']), 'a.json': { version } },
      }),
    },
  });
  const other = { name: 'b', delegation: { paths: ['a/*'] }, targets: { [path]: text('the file of b\n') } };
  const options = { delegated: [roleA(), other] };
  const unlisted = released(options, withoutMeta('a'));
  const isSecond = {
    signed: { a: (/** @type {import('./repository.mjs').Signed} */ signed) => ({ ...signed, version: 2 }) },
  };
  /** @param {string} name @param {string} comment @param {Changes} changes @param {boolean} isKnown */
  const lower = (name, comment, changes, isKnown) => {
    const repository = new Repository({ delegated: [roleA()] });
    const first = repository.publish(isSecond);
    const bad = repository.forge({ bump: ['snapshot', 'timestamp'], ...changes });
    const held = isKnown ? { alsoTrusted: ['a'] } : {};
    return sequenceVector(`delegation/${name}`, comment, listing, rootOf(first), [
      isKnown ? found(first, path, content, ['a']) : { serve: first },
      { serve: bad, reject: 'rollback', stopsAt: 'snapshot', ...held },
      { serve: repository.publish({ ...isSecond, bump: ['snapshot', 'timestamp'] }) },
    ]);
  };
  const grown = new Repository(options);
  const before = grown.publish(withoutMeta('a'));
  const after = grown.publish();
  const replayed = new Repository({ delegated: [roleA()] });
  const old = replayed.publish();
  const next = replayed.publish();
  return [
    sequenceVector(
      'delegation/snapshot-without-role',
      'the snapshot does not list a; b, which comes after it, has the target',
      missing,
      rootOf(unlisted),
      [
        { serve: unlisted },
        { ...notFound(unlisted, path, 'missing-meta'), notTrusted: ['a', 'b'] },
        helloAgain(unlisted),
      ],
    ),
    sequenceVector(
      'delegation/snapshot-with-new-role',
      'the second snapshot lists a, which the first did not: there is nothing to go back from',
      { ...missing, level: 'decision', attack: 'lock-out', rows: ['A-59', '4.4-a'], effect: 'a new role is refused' },
      rootOf(before),
      [{ serve: before }, found(after, path, content, ['a'])],
    ),
    lower(
      'snapshot-drops-held-role',
      'the second snapshot no longer lists a, which the client holds',
      withoutMeta('a'),
      true,
    ),
    lower(
      'snapshot-drops-unknown-role',
      'the second snapshot no longer lists a, which the client never fetched',
      withoutMeta('a'),
      false,
    ),
    lower(
      'snapshot-lowers-held-role',
      'the second snapshot lists a at version 1, after 2; the client holds it',
      atVersion(1),
      true,
    ),
    lower(
      'snapshot-lowers-unknown-role',
      'the second snapshot lists a at version 1, after 2; the client never fetched it',
      atVersion(1),
      false,
    ),
    sequenceVector(
      'delegation/role-replayed',
      'the second snapshot lists a at version 2; under its name comes version 1, which the client holds',
      { ...sameSteps, section: '5.6.4', attack: 'rollback', rows: ['5.6.4', 'T8', 'T9', ...sameSteps.rows] },
      rootOf(old),
      [
        found(old, path, content, ['a']),
        {
          ...notFound(next, path, 'version-mismatch', [], ['a']),
          but: { metadata: { '2.a.json': /** @type {Buffer} */ (old.documents['a']) } },
          notTrusted: [],
          written: { [path]: content },
        },
        { ...found(next, path, content, ['a']), requests: null },
      ],
    ),
  ];
}

function revocations() {
  /** @type {About} */
  const revoked = {
    section: '2.1',
    level: 'MUST',
    attack: 'key-compromise',
    rows: ['2.1.2-b', '1.5.3-a', '6.1-f', 'D7', 'GAP-09'],
    effect: 'a delegate keeps the trust that its delegator took back',
  };
  const dropped = new Repository({ delegated: [roleA()] });
  const first = dropped.publish();
  const without = dropped.publish({
    bump: ['targets', 'snapshot', 'timestamp'],
    signed: { targets: ({ delegations, ...signed }) => signed },
  });
  const [one, other] = twoKeys('a');
  /** @param {string} name @param {string} comment @param {boolean} isBumped whether the role that the removed key signed is new */
  const removedKey = (name, comment, isBumped) => {
    const repository = new Repository({ delegated: [roleA({}, { signers: [one] })] });
    const before = repository.publish();
    repository.signers['a'] = [other];
    const bad = repository.publish(
      isBumped ? { signers: { a: [one] } } : { bump: ['targets', 'snapshot', 'timestamp'] },
    );
    const good = repository.publish();
    return sequenceVector(`delegation/${name}`, comment, revoked, rootOf(before), [
      found(before, path, content, ['a']),
      {
        ...notFound(bad, path, 'unsigned', [], ['a']),
        // What is held of a may be refused at once, or fetched again first.
        ...(isBumped ? {} : { requests: null }),
        notTrusted: [],
        written: { [path]: content },
      },
      { ...found(good, path, content, ['a']), requests: null },
    ]);
  };
  const shortLived = {
    signed: {
      timestamp: (/** @type {import('./repository.mjs').Signed} */ signed) => ({
        ...signed,
        expires: '2030-01-08T00:00:00Z',
      }),
    },
  };
  const frozen = new Repository({ delegated: [roleA()] });
  const last = frozen.publish(shortLived);
  const current = frozen.publish({
    bump: ['targets', 'snapshot', 'timestamp'],
    signed: { targets: ({ delegations, ...signed }) => signed },
  });
  return [
    sequenceVector(
      'delegation/delegation-removed',
      'the second targets no longer delegates to a, which the snapshot still lists and the client holds',
      revoked,
      rootOf(first),
      [
        found(first, path, content, ['a']),
        { ...notFound(without, path), written: { [path]: content } },
        { ...helloAgain(without), written: { 'hello.txt': hello, [path]: content } },
      ],
    ),
    removedKey(
      'key-removed-new-version',
      'targets lists another key for a; the removed one signs a next version of a',
      true,
    ),
    removedKey(
      'key-removed-held-version',
      'targets lists another key for a; what the client holds of a was signed by the removed one',
      false,
    ),
    sequenceVector(
      'delegation/removal-withheld',
      'the release that removes a delegation is withheld: what the client knows holds until the timestamp expires, and no longer',
      {
        ...revoked,
        rows: ['T31', 'T6', '5.4.4', 'D7'],
        attack: 'freeze',
        effect: 'a removed delegate is trusted for ever by whoever can be cut off',
      },
      rootOf(last),
      [
        { ...found(last, path, content, ['a']), time: '2030-01-02T00:00:00Z' },
        {
          serve: last,
          download: [path],
          further: [],
          alsoTrusted: ['a'],
          written: { [path]: content },
          requests: null,
          time: '2030-01-07T23:59:00Z',
        },
        {
          serve: last,
          download: [path],
          reject: 'expired',
          requests: null,
          alsoTrusted: ['a'],
          written: { [path]: content },
          time: '2030-01-08T00:00:01Z',
        },
        {
          ...notFound(current, path),
          written: { [path]: content },
          time: '2030-01-08T00:00:01Z',
        },
      ],
    ),
  ];
}
