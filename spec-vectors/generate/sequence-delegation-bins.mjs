// @ts-check
/** Succinct hash bins (TAP 15): one description for 2^N delegated roles. */
import { sha256 } from './keys.mjs';
import { expired, Repository } from './repository.mjs';
import { metadataPath, sequenceVector } from './sequence.mjs';
import {
  absentVector,
  found,
  helloAgain,
  keyOf,
  notFound,
  released,
  rootOf,
  text,
  twoKeys,
} from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./sequence.mjs').Fault} Fault */

const path = 'packages/one.tgz';
const content = text('the file of its bin\n');

/** @type {About} */
const bins = {
  section: 'TAP 15',
  level: 'decision',
  attack: 'lock-out',
  rows: ['A-35', 'GAP-09', 'DLG-09'],
  effect: 'honest targets are looked up in the wrong bin, and are not found',
};
/** @type {About} */
const strict = {
  ...bins,
  attack: 'arbitrary-software',
  rows: ['A-35', 'A-45', 'SIG-12', 'GAP-09'],
  effect: 'the metadata of a bin is spared the checks that every other role has to pass',
};
/** @type {About} */
const shape = {
  ...bins,
  attack: 'denial-of-service',
  rows: ['A-35', 'DLG-09', 'GO-9', 'JSON-06', 'GAP-09'],
  effect: 'a shift by a wrong number of bits ends in a crash, or in the wrong bin',
};

export function vectors() {
  return [...lengths(), ...searches(), ...failures(), ...shapes()];
}

/** The name of the bin of a path: the first bits of its digest, in as many hex digits as the last bin needs. @param {string} of @param {number} bits @param {string} prefix */
function binOf(of, bits, prefix) {
  const first = Number.parseInt(sha256(of).slice(0, 8), 16);
  const number = Math.floor(first / 2 ** (32 - bits));
  return `${prefix}-${number.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
}

/** Only those bins that are asked for exist. @param {number} bits @param {{ by?: string, prefix?: string, targets?: { [path: string]: Buffer }, threshold?: number }} [more] @returns {Options & { bin: string }} */
function options(bits, { by = 'targets', prefix = 'bin', targets = { [path]: content }, threshold } = {}) {
  const bin = binOf(path, bits, prefix);
  return {
    bin,
    delegated: [{ name: bin, by, targets }],
    succinct: { by, bit_length: bits, name_prefix: prefix, ...(threshold === undefined ? {} : { threshold }) },
  };
}

/** @param {string} name @param {string} comment @param {About} about @param {Options & { bin: string }} of */
function finds(name, comment, about, of) {
  const release = released(of);
  return sequenceVector(`delegation/bins-${name}`, comment, about, rootOf(release), [
    found(release, path, content, [of.bin]),
  ]);
}

function lengths() {
  const prefixed = (/** @type {string} */ prefix) => options(8, { prefix });
  return [
    ...[1, 3, 4, 8, 9, 14, 16, 31, 32].map((bits) =>
      finds(`${bits}-bits`, `bit_length ${bits}: the bin of the path is ${options(bits).bin}`, bins, options(bits)),
    ),
    finds('prefix-with-hyphen', 'the name_prefix has a hyphen', bins, prefixed('delegated-bin')),
    finds('prefix-empty', 'the name_prefix is empty: names begin with the hyphen', bins, prefixed('')),
    finds(
      'prefix-with-slash',
      'the name_prefix has a slash',
      {
        ...bins,
        attack: 'path-traversal',
        rows: ['A-35', 'A-39', 'PATH-01'],
        effect: 'the name leads to another URL or file',
      },
      prefixed('a/b'),
    ),
    finds(
      'threshold-two',
      'threshold 2, both keys sign the bin',
      { ...bins, rows: ['A-35', '4.5-f'] },
      options(8, { threshold: 2 }),
    ),
  ];
}

function searches() {
  const empty = options(8, { targets: {} });
  const below = options(8, { by: 'packages' });
  const chain = {
    ...below,
    delegated: [{ name: 'packages', delegation: { paths: ['packages/*'] } }, ...(below.delegated ?? [])],
  };
  const other = text('the file of later\n');
  const later = options(8, { by: 'packages', targets: {} });
  const ended = released({
    ...later,
    delegated: [
      { name: 'packages', delegation: { paths: ['packages/*'] } },
      { name: 'later', delegation: { paths: ['packages/*'] }, targets: { [path]: other } },
      ...(later.delegated ?? []),
    ],
  });
  const narrow = options(8);
  const wrongWidth = `bin-0${narrow.bin.slice(4)}`;
  const misplaced = released({
    ...narrow,
    delegated: [wrongWidth, 'bin-zz', 'bin-100', `bin-${narrow.bin.slice(4).toUpperCase()}x`].map((name) => ({
      name,
      targets: { [path]: content },
    })),
  });
  const inside = released(chain);
  return [
    absentVector(
      'delegation/bins-without-answer',
      'the bin of the path does not list it',
      { ...bins, rows: ['A-35', '5.7.2', 'GAP-09'] },
      released(empty),
      path,
      [empty.bin],
    ),
    sequenceVector(
      'delegation/bins-below-a-role',
      'targets delegates to packages, which has succinct roles',
      bins,
      rootOf(inside),
      [found(inside, path, content, ['packages', below.bin])],
    ),
    absentVector(
      'delegation/bins-end-the-search',
      'packages has succinct roles, whose bin does not list the path; later, which comes after packages, does: bins are terminating',
      {
        ...bins,
        attack: 'wrong-software',
        rows: ['A-35', '5.6.7.2.1'],
        effect: 'a role with less priority answers for the bins',
      },
      ended,
      path,
      ['packages', later.bin],
    ),
    sequenceVector(
      'delegation/bins-no-such-name',
      'roles whose names are nearly those of bins list the path, and its bin is not in the snapshot',
      {
        ...strict,
        attack: 'privilege-escalation',
        rows: ['A-35', 'DLG-04', 'PY-8', 'DLG-12', 'GAP-09'],
        effect: 'a role outside the bins answers for one (GHSA-77hh-43cm-v8j6)',
      },
      rootOf(misplaced),
      [{ serve: misplaced }, notFound(misplaced, path, 'missing-meta'), helloAgain(misplaced)],
    ),
  ];
}

function failures() {
  const of = options(8);
  const { bin } = of;
  const double = options(8, { threshold: 2 });
  const [one] = twoKeys('bin');
  /** @param {string} name @param {string} comment @param {string} reason @param {Buffer | Fault | null} answer @param {Partial<About>} [more] @param {Options} [from] @param {Changes} [changes] */
  const failing = (name, comment, reason, answer, more, from = of, changes = {}) => {
    const honest = released(from, changes);
    const file = metadataPath(honest, bin).replace('metadata/', '');
    return sequenceVector(`delegation/bins-${name}`, comment, { ...strict, ...more }, rootOf(honest), [
      { serve: honest },
      { ...notFound(honest, path, reason, [], [bin]), but: { metadata: { [file]: answer } } },
      found(honest, path, content, [bin]),
    ]);
  };
  const wrong = (/** @type {Changes} */ changes, /** @type {Options} */ from = of) =>
    released(from, changes).documents[bin] ?? null;
  const second = { signed: { [bin]: (/** @type {Signed} */ signed) => ({ ...signed, version: 2 }) } };
  const repository = new Repository(of);
  const first = repository.publish(second);
  const metaOf = (/** @type {Signed} */ signed) => /** @type {{ [name: string]: Tree }} */ (signed['meta']);
  const lowered = (/** @type {{ [name: string]: Tree }} */ meta) =>
    repository.forge({
      bump: ['snapshot', 'timestamp'],
      signed: {
        snapshot: (signed) => ({
          ...signed,
          meta: { 'targets.json': metaOf(signed)['targets.json'] ?? null, ...meta },
        }),
      },
    });
  const next = repository.forge({ bump: ['snapshot', 'timestamp'] });
  /** @type {Partial<About>} */
  const rollback = {
    section: '5.5.5',
    attack: 'rollback',
    rows: ['5.5.5a', '5.5.5b', 'RB-05', 'A-35'],
    effect: 'targets of a bin are replaced by older ones',
  };
  const back = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {{ [name: string]: Tree }} */ meta,
  ) =>
    sequenceVector(`delegation/bins-${name}`, comment, { ...strict, ...rollback }, rootOf(first), [
      found(first, path, content, [bin]),
      { serve: lowered(meta), reject: 'rollback', stopsAt: 'snapshot', alsoTrusted: [bin] },
      { serve: next },
    ]);
  return [
    failing('not-there', 'the bin is answered with 404', 'transport', null, {
      section: '5.6.7',
      attack: 'denial-of-service',
      rows: ['5.6.7', 'A-37', 'A-35'],
      effect: 'a bin that cannot be fetched is taken for one that lists nothing',
    }),
    failing('unsigned', 'the bin has no signature', 'unsigned', wrong({ signers: { [bin]: [] } })),
    failing(
      'wrong-key',
      'the bin is signed by the key of targets, which delegates to it',
      'unsigned',
      wrong({ signers: { [bin]: [keyOf('targets')] } }),
    ),
    failing(
      'threshold-two-signature-and-copy',
      'threshold 2, one signature and its copy',
      'malformed unsigned',
      wrong({ signers: { [bin]: [one, one] } }, double),
      {
        attack: 'threshold-bypass',
        rows: ['4.2.1-c', 'A-05', 'SIG-02', 'TH-2', 'A-35'],
        effect: 'fewer keys than asked for can sign all bins',
      },
      double,
    ),
    failing(
      'expired',
      'the bin has expired',
      'expired',
      wrong({ signed: { [bin]: (signed) => ({ ...signed, expires: expired }) } }),
      {
        section: '5.6.5',
        rows: ['5.6.5', 'RB-07', 'TH-7', 'A-35'],
      },
    ),
    failing(
      'of-another-path',
      'another bin, honestly signed with the same keys, is served in its place',
      'version-mismatch',
      wrong({ signed: { [bin]: (signed) => ({ ...signed, targets: {}, version: 7 }) } }),
      {
        section: '5.6.4',
        attack: 'mix-and-match',
        rows: ['5.6.4', 'T8', 'A-35'],
        effect: 'all bins have the same keys, so one can be served as another',
      },
    ),
    back('snapshot-lowers-bin', 'the second snapshot lists the bin at version 1, after 2', {
      [`${bin}.json`]: { version: 1 },
    }),
    back('snapshot-drops-bin', 'the second snapshot no longer lists the bin', {}),
  ];
}

function shapes() {
  /** @param {string} name @param {string} comment @param {(succinct: { [member: string]: Tree }) => Tree} change @param {Partial<About>} [more] */
  const wrong = (name, comment, change, more = {}) => {
    const repository = new Repository(options(8));
    const first = repository.publish();
    const bad = repository.forge({
      signed: {
        targets: (signed) => ({
          ...signed,
          delegations: change(/** @type {{ [member: string]: Tree }} */ (signed['delegations'])),
        }),
      },
    });
    return sequenceVector(`delegation/bins-${name}`, comment, { ...shape, ...more }, rootOf(first), [
      { serve: first },
      { serve: bad, reject: 'malformed', stopsAt: 'targets' },
      { serve: repository.publish() },
    ]);
  };
  const bits = (/** @type {string} */ name, /** @type {Tree} */ value) =>
    wrong(`bit-length-${name}`, `bit_length ${JSON.stringify(value)}`, (delegations) => ({
      ...delegations,
      succinct_roles: { .../** @type {object} */ (delegations['succinct_roles']), bit_length: value },
    }));
  return [
    bits('zero', 0),
    bits('negative', -1),
    bits('33', 33),
    bits('64', 64),
    bits('text', '8'),
    bits('null', null),
    wrong('beside-roles', 'succinct_roles beside roles', (delegations) => ({ ...delegations, roles: [] }), {
      attack: 'parser-differential',
      rows: ['A-35', 'J24', 'GAP-09'],
      effect: 'one client uses the list and another the bins',
    }),
    wrong('no-object', 'succinct_roles is a list', (delegations) => ({ ...delegations, succinct_roles: [] }), {
      rows: ['A-35', 'J24', 'JSON-01'],
      effect: 'the delegation is dropped in silence, and honest targets are not found',
    }),
  ];
}
