// @ts-check
/** Documents as they come in the field, and as nobody should take them: members, spellings, signatures, keys, dates, types. */
import { testKeys } from './keys.mjs';
import { Repository, signer, specVersion } from './repository.mjs';
import { sequenceVector } from './sequence.mjs';
import {
  alteredAfterwards,
  labels,
  refuses,
  repositoryOf,
  roles,
  signedAs,
  takes,
  words,
} from './sequence-document-parts.mjs';
import { hello, keyOf, released, rootOf, targetRequest, text, topLevelOf, twoKeys } from './sequence-parts.mjs';
import { ecdsa, ecdsaSigner, rsa, rsaSigner } from './signature-keys.mjs';
import { signPkcs1 } from './signature-rsa.mjs';
import { compactText, entriesOf, indentedText, isObject, members, withValue } from './tree.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./repository.mjs').Envelope} Envelope */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./sequence-document-parts.mjs').Role} Role */
/** @typedef {import('./vector.mjs').Vector} Vector */

/** @type {About} */
const unknown = {
  section: '4',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4-a', 'GAP-13', 'SG-1'],
  effect: 'a repository that says more than the specification asks for cannot be used, as those of Sigstore do',
};
/** @type {About} */
const altered = {
  section: '4',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4-a', 'T1', 'A-01', 'J3'],
  effect:
    'a part of the document can be changed by whoever serves it: the signature covers what the client kept, not what came',
};
/** @type {About} */
const spelling = {
  section: '4.1',
  level: 'SHOULD',
  attack: 'lock-out',
  rows: ['4.1-a', 'A-01', 'A-56', 'B14', 'J16', 'GAP-12'],
  effect: 'honest metadata in another spelling is refused, or is kept otherwise than it came',
};
/** @type {About} */
const signatures = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.1-a', '4.2.1-d', 'GAP-14', 'B9'],
  effect: 'one signature that does not count costs those that do',
};
/** @type {About} */
const forged = {
  ...signatures,
  attack: 'arbitrary-software',
  rows: ['4.2.1-a', '4.2.1-d', 'T1', 'GAP-14'],
  effect: 'something that is no signature counts as one, or crashes the client',
};
/** @type {About} */
const keyKinds = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.2-b', '4.2.2-f', 'JSON-07', 'SG-11', 'LIB-1', 'J3'],
  effect:
    'repositories whose keys are PEM, with line feeds in them, are refused: RFC 8785 writes these otherwise than OLPC',
};
/** @type {About} */
const dates = {
  section: '4.2.3',
  level: 'decision',
  attack: 'freeze',
  rows: ['4.2.3-a', 'A-09', 'JSON-06', 'J12', 'JF1', 'B5', 'RB-11', 'GAP-13'],
  effect: 'what is no date never comes, so metadata never expires',
};
/** @type {About} */
const releases = {
  section: '4.3',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.3-b', 'A-31', 'J13', 'GAP-13'],
  effect: 'metadata of another release of the specification is read by the rules of this one',
};
/** @type {About} */
const types = {
  section: '4.3',
  level: 'MUST',
  attack: 'type-confusion',
  rows: ['T20', 'A-23', 'JSON-08', 'GO-16', '4.3-a'],
  effect: 'where two roles share a key, a document of one passes for the other',
};
/** @type {About} */
const replay = {
  section: '3',
  level: 'MUST',
  attack: 'cross-repository-confusion',
  rows: ['T28', '3-b', '5.4.2'],
  effect: 'the metadata of one repository is believed for another',
};

export function vectors() {
  return [
    ...unknownMembers(),
    ...spellings(),
    ...envelopes(),
    ...signatureEntries(),
    ...keyObjects(),
    ...expiries(),
    ...specVersions(),
    ...versions(),
    ...confusedTypes(),
    ...otherRepositories(),
  ];
}

/** Where unknown members can stand in the signed part of each role. @type {Record<Role, readonly (readonly [label: string, path: readonly (string | number)[]])[]>} */
const places = {
  root: [
    ['signed', []],
    ['keys', ['keys', keyOf('timestamp').keyid]],
    ['keyval', ['keys', keyOf('timestamp').keyid, 'keyval']],
    ['role', ['roles', 'timestamp']],
  ],
  timestamp: [
    ['signed', []],
    ['meta', ['meta', 'snapshot.json']],
  ],
  snapshot: [
    ['signed', []],
    ['meta', ['meta', 'targets.json']],
  ],
  targets: [
    ['signed', []],
    ['target', ['targets', 'hello.txt']],
    ['delegations', ['delegations']],
    ['key', ['delegations', 'keys', keyOf('a').keyid]],
    ['role', ['delegations', 'roles', 0]],
  ],
  a: [
    ['signed', []],
    ['target', ['targets', 'a/file.txt']],
  ],
};

/** @param {Tree} signed @param {readonly (string | number)[]} place @param {Tree | undefined} value */
function withNote(signed, place, value) {
  return withValue(signed, [...place, 'x-note'], value);
}

function unknownMembers() {
  const note = { said: ['as', 1, null, true, {}], empty: '' };
  const rich = {
    ...unknown,
    rows: ['4-a', 'GAP-13', 'SG-1', 'SIG-13', 'J3'],
  };
  return [
    ...roles.map((role) =>
      takes(
        role,
        `unknown-members-${labels[role]}`,
        `${words[role]} has members that nobody knows, wherever there can be some`,
        rich,
        signedAs(role, (signed) =>
          places[role].reduce((/** @type {Tree} */ tree, [, place]) => withNote(tree, place, note), signed),
        ),
      ),
    ),
    ...roles.flatMap((role) =>
      places[role].map(([label, place]) =>
        refuses(
          role,
          `unknown-member-altered-${labels[role]}-${label}`,
          `${words[role]} has a member that nobody knows, at /signed${place.map((part) => `/${part}`).join('')}; it is changed after signing`,
          altered,
          'unsigned',
          alteredAfterwards(
            role,
            (signed) => withNote(signed, place, 'as signed'),
            (signed) => withNote(signed, place, 'as served'),
          ),
        ),
      ),
    ),
    refuses(
      'timestamp',
      'unknown-member-added-timestamp',
      'timestamp gets a member that nobody knows after it was signed',
      altered,
      'unsigned',
      alteredAfterwards(
        'timestamp',
        (signed) => signed,
        (signed) => withNote(signed, [], 'added'),
      ),
    ),
    refuses(
      'timestamp',
      'unknown-member-removed-timestamp',
      'timestamp loses a member that nobody knows after it was signed',
      altered,
      'unsigned',
      alteredAfterwards(
        'timestamp',
        (signed) => withNote(signed, [], 'as signed'),
        (signed) => withNote(signed, [], undefined),
      ),
    ),
    takes(
      'timestamp',
      'timestamp-lists-more',
      'timestamp lists another file besides the snapshot, and is signed so',
      { ...unknown, level: 'decision', section: '4.6', rows: ['4.6-a', 'A-25', 'J3', 'GAP-04'] },
      signedAs('timestamp', (signed) => withValue(signed, ['meta', 'other.json'], { version: 1 })),
    ),
    refuses(
      'timestamp',
      'timestamp-lists-more-unsigned',
      'another file is added to timestamp after it was signed',
      { ...altered, section: '4.6', rows: ['4.6-a', 'J3', 'T1', 'GAP-04'] },
      'unsigned',
      alteredAfterwards(
        'timestamp',
        (signed) => signed,
        (signed) => withValue(signed, ['meta', 'other.json'], { version: 1 }),
      ),
    ),
    refuses(
      'targets',
      'empty-object-as-list',
      'the empty keys of delegations are a list in place of an object, after signing',
      { ...altered, rows: ['4-a', 'J3', 'A-01'] },
      'malformed unsigned',
      alteredAfterwards(
        'targets',
        (signed) => withValue(signed, ['delegations'], { keys: {}, roles: [] }),
        (signed) => withValue(signed, ['delegations'], { keys: [], roles: [] }),
      ),
    ),
    takes(
      'targets',
      'unknown-members-by-thousands',
      'targets has five thousand members that nobody knows',
      { ...unknown, level: 'decision', rows: ['4-a', 'A-68', 'GAP-08'] },
      signedAs('targets', (signed) => ({
        ...signed,
        ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x-${i}`, i])),
      })),
    ),
    takes(
      'targets',
      'targets-empty',
      'targets lists no target',
      { ...unknown, section: '4.5', rows: ['4.5-a'], effect: 'an honest release is refused' },
      {
        files: { targets: { 'hello.txt': null } },
      },
    ),
    takes(
      'targets',
      'delegation-without-terminating',
      'a delegation does not say whether it is terminating, as in the example of the specification: it is not',
      { ...unknown, level: 'decision', section: '4.5', rows: ['A-33', '4.5-g'] },
      signedAs('targets', (signed) => withValue(signed, ['delegations', 'roles', 0, 'terminating'], undefined)),
    ),
  ];
}

/** @param {Tree} tree @returns {Tree} the members of every object in reverse */
function reversed(tree) {
  if (Array.isArray(tree)) return tree.map(reversed);
  if (!isObject(tree)) return tree;
  return members(
    entriesOf(tree)
      .map(([name, value]) => /** @type {const} */ ([name, reversed(value)]))
      .toReversed(),
  );
}

function spellings() {
  const spelled = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(tree: Tree) => Buffer} */ write,
  ) =>
    takes(
      'root',
      `spelled-${name}`,
      `every document is ${comment}, and is kept as it came`,
      spelling,
      { text: Object.fromEntries(['root', 'timestamp', 'snapshot', 'targets'].map((role) => [role, write])) },
      { exact: true },
    );
  const lines = (/** @type {string} */ end) => (/** @type {Tree} */ tree) =>
    Buffer.from(indentedText(tree, '  ').toString().replaceAll('\n', end));
  const escapedName = (/** @type {Tree} */ tree) =>
    Buffer.from(compactText(tree).toString().replaceAll('"version"', '"\\u0076ersi\\u006Fn"'));
  return [
    spelled('indented', 'indented by one blank', indentedText),
    spelled('with-tabs', 'indented by tabs', (tree) => indentedText(tree, '\t')),
    spelled('with-both-line-ends', 'written with carriage returns and line feeds', lines('\r\n')),
    spelled('reversed', 'written with the members of each object in reverse', (tree) => compactText(reversed(tree))),
    spelled('with-last-line-feed', 'followed by a line feed', (tree) => Buffer.concat([compactText(tree), text('\n')])),
    spelled('with-blanks-around', 'between blanks, tabs and line feeds', (tree) =>
      Buffer.concat([text(' \n\t'), compactText(tree), text('\r\n  ')]),
    ),
    spelled('with-escaped-names', 'written with letters of a member as escapes', escapedName),
    takes(
      'a',
      'spelled-indented-delegated',
      'the delegated role a is indented, and is kept as it came',
      spelling,
      { text: { a: indentedText } },
      { exact: true },
    ),
  ];
}

function envelopes() {
  const more = (/** @type {Envelope} */ envelope) => ({ 'x-before': 1, ...envelope, 'x-after': { signed: null } });
  const shaped = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(envelope: Envelope) => Tree} */ change,
  ) =>
    refuses(
      'timestamp',
      `envelope-${name}`,
      `timestamp: ${comment}`,
      { ...forged, rows: ['4.2.1-a', 'JSON-01', 'GO-14', 'A-32'] },
      'malformed',
      {
        envelope: { timestamp: change },
      },
    );
  return [
    ...roles.map((role) =>
      takes(
        role,
        `envelope-unknown-members-${labels[role]}`,
        `${words[role]} has members beside signed and signatures`,
        { ...unknown, section: '4.2.1', rows: ['4.2.1-a', 'RB-09', 'NT-4', 'GAP-13'] },
        {
          envelope: { [role]: more },
        },
      ),
    ),
    shaped('without-signatures', 'there are no signatures', ({ signed }) => ({ signed })),
    shaped('signatures-null', 'signatures is null', ({ signed }) => ({ signatures: null, signed })),
    shaped(
      'signatures-by-keyid',
      'signatures is an object with the keyids as members',
      ({ signed, signatures: list }) => ({
        signatures: Object.fromEntries(list.map((each, index) => [String(index), each])),
        signed,
      }),
    ),
    shaped('without-signed', 'there is no signed', ({ signatures: list }) => ({ signatures: list })),
    shaped('signed-null', 'signed is null', ({ signatures: list }) => ({ signatures: list, signed: null })),
    shaped('signed-list', 'signed is a list', ({ signatures: list, signed }) => ({
      signatures: list,
      signed: [signed],
    })),
    shaped('signed-text', 'signed is the text of the document', ({ signatures: list, signed }) => ({
      signatures: list,
      signed: compactText(signed).toString(),
    })),
  ];
}

function signatureEntries() {
  const entry = (/** @type {Envelope} */ { signatures: [first] }) =>
    /** @type {{ keyid: string, sig: string }} */ (first);
  const list = (/** @type {(first: { keyid: string, sig: string }) => Tree[]} */ make) => ({
    envelope: { timestamp: (/** @type {Envelope} */ envelope) => ({ ...envelope, signatures: make(entry(envelope)) }) },
  });
  const [own, other] = twoKeys('timestamp');
  const two = { options: { signers: { timestamp: [own, other] } } };
  const beside = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {Tree} */ more,
    about = signatures,
    options = {},
  ) =>
    takes(
      'timestamp',
      `signature-beside-${name}`,
      `beside the signature of timestamp there is ${comment}`,
      about,
      list((first) => [more, first]),
      options,
    );
  const alone = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(sig: string) => Tree} */ sig,
    /** @type {string} */ reason = 'unsigned',
    about = forged,
  ) =>
    refuses(
      'timestamp',
      `signature-${name}`,
      `the only signature of timestamp ${comment}`,
      about,
      reason,
      list((first) => [{ ...first, sig: sig(first.sig) }]),
    );
  const shaped = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {(first: { keyid: string, sig: string }) => Tree[]} */ make,
    /** @type {About} */ about = { ...forged, rows: ['4.2.1-a', 'JSON-01', 'GO-14', 'A-32'] },
  ) => refuses('timestamp', `signature-${name}`, `timestamp: ${comment}`, about, 'malformed', list(make));
  /** @type {About} */
  const stray = { ...signatures, rows: ['4-a', '1.5.4', 'SIG-08', 'NT-1', 'T22'] };
  /** @type {About} */
  const twice = {
    ...forged,
    attack: 'threshold-bypass',
    rows: ['4.2.1-c', '4.2.1-e', 'A-05', 'SIG-01', 'T10'],
    effect: 'one signature counts more than once',
  };
  return [
    takes(
      'timestamp',
      'signature-with-method',
      'the signature of timestamp names a method, which is not the scheme of its key',
      stray,
      list((first) => [{ ...first, method: 'rsassa-pss-sha256', keytype: 'rsa' }]),
    ),
    takes(
      'timestamp',
      'signature-in-upper-case',
      'the signature of timestamp is hex in upper case',
      { ...signatures, level: 'decision', rows: ['4.2.1-d', 'GAP-14'] },
      list((first) => [{ ...first, sig: first.sig.toUpperCase() }]),
    ),
    beside('unknown-keyid', 'one by a keyid that nobody lists', { keyid: 'e'.repeat(64), sig: 'ab'.repeat(64) }),
    beside('odd-keyid', 'one by a keyid that is no hex', { keyid: 'nobody', sig: 'ab'.repeat(64) }),
    beside(
      'empty',
      'an empty one by another key of the role, as in roots of Sigstore',
      { keyid: other.keyid, sig: '' },
      signatures,
      two,
    ),
    beside(
      'no-hex',
      'one that is no hex, by another key of the role',
      { keyid: other.keyid, sig: 'not yet signed' },
      signatures,
      two,
    ),
    beside(
      'odd-length',
      'one of 127 digits by another key of the role',
      { keyid: other.keyid, sig: 'a'.repeat(127) },
      signatures,
      two,
    ),
    beside(
      'false',
      'a false one by another key of the role',
      { keyid: other.keyid, sig: '00'.repeat(64) },
      signatures,
      two,
    ),
    refuses(
      'timestamp',
      'signatures-empty',
      'timestamp: signatures is an empty list',
      { ...forged, rows: ['4.2.1-a', '5.4.2', 'T1'] },
      'unsigned',
      list(() => []),
    ),
    alone('empty', 'is empty', () => ''),
    alone('with-tail', 'is right and followed by letters that are no hex', (sig) => `${sig}zz-garbage`, 'unsigned', {
      ...forged,
      rows: ['4.2.1-d', 'J16', 'GAP-14'],
    }),
    alone('with-byte-more', 'is right and followed by one more byte', (sig) => `${sig}00`),
    alone('of-odd-length', 'lacks its last digit', (sig) => sig.slice(0, -1)),
    alone('in-base64', 'is base64 in place of hex', (sig) => Buffer.from(sig, 'hex').toString('base64')),
    alone('with-prefix', 'has 0x before its digits', (sig) => `0x${sig}`),
    alone('with-blank', 'has a blank between two digits', (sig) => `${sig.slice(0, 2)} ${sig.slice(2)}`),
    alone('number', 'is a number', () => 1, 'malformed', { ...forged, rows: ['4.2.1-a', 'JSON-01', 'GO-14'] }),
    alone('null', 'is null', () => null, 'malformed', { ...forged, rows: ['4.2.1-a', 'JSON-01', 'GO-14', 'A-32'] }),
    shaped('entry-null', 'an entry of signatures is null', (first) => [first, null]),
    shaped('entry-text', 'an entry of signatures is text', (first) => [first, first.sig]),
    shaped('entry-without-keyid', 'an entry of signatures has no keyid', (first) => [first, { sig: first.sig }]),
    shaped('entry-without-sig', 'an entry of signatures has no sig', (first) => [first, { keyid: other.keyid }]),
    shaped('twice', 'the signature and its copy, where one is enough', (first) => [first, first], twice),
    shaped(
      'twice-second-false',
      'the signature, and a false one under the same keyid',
      (first) => [first, { ...first, sig: '00'.repeat(64) }],
      twice,
    ),
  ];
}

function keyObjects() {
  const p256 = ecdsaSigner(ecdsa.p256);
  const p384 = ecdsaSigner(ecdsa.p384);
  const rsa2048 = rsaSigner(rsa[2048]);
  const kinds = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {Options['signers']} */ own,
    about = keyKinds,
  ) => {
    const release = released(own === undefined ? {} : { signers: own });
    return sequenceVector(`document/${name}`, comment, about, rootOf(release), [
      {
        serve: release,
        download: ['hello.txt'],
        further: [targetRequest(release, 'hello.txt', hello)],
        written: { 'hello.txt': hello },
      },
    ]);
  };
  const good = keyOf('targets');
  /** What only a key that cannot be used has signed. @param {string} name @param {string} comment @param {Signer} bad @param {About} about */
  const unusable = (name, comment, bad, about) =>
    refuses(
      'targets',
      name,
      comment,
      about,
      'unsigned',
      { signers: { targets: [bad] } },
      { options: { signers: { targets: [good, bad] } } },
    );
  /** @type {(name: string, comment: string, key: Tree, level?: About['level']) => Vector} */
  const besideGood = (name, comment, key, level = 'decision') => {
    const bad = signer(key, () => '00', 'd'.repeat(64));
    return takes(
      'root',
      name,
      comment,
      {
        ...signatures,
        section: '4.2.2',
        level,
        rows: ['4.2.2-a', 'T22', 'B9', 'GAP-15'],
        effect: 'one key of a kind that is not known yet locks everybody out',
      },
      {},
      { options: { signers: { targets: [bad, good] } } },
    );
  };
  const { key } = good;
  const publicHex = String(/** @type {{ keyval: { public: string } }} */ (key).keyval.public);
  const variant = (/** @type {string} */ text) => ({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: text } });
  const small = rsaSigner(rsa[1024]);
  const wrongCurve = { ...p384, key: { ...p384.key, scheme: 'ecdsa-sha2-nistp256' } };
  const pkcs1 = {
    ...rsa2048,
    sign: (/** @type {Buffer} */ message) => signPkcs1(rsa[2048], message, 'sha256').toString('hex'),
  };
  const strict = {
    ...keyKinds,
    attack: 'key-compromise',
    effect: 'a key that is too weak, or a signature of another scheme, counts',
  };
  const dropped = (/** @type {string} */ name, /** @type {string} */ comment, /** @type {string} */ member) =>
    refuses(
      'root',
      name,
      comment,
      {
        ...keyKinds,
        attack: 'denial-of-service',
        rows: ['4.2.2-a', 'JSON-01', 'GO-14'],
        effect: 'a key of the wrong shape crashes the client before a signature is checked',
      },
      'malformed',
      signedAs('root', (signed) => withValue(signed, ['keys', keyOf('timestamp').keyid, member], undefined)),
    );
  return [
    kinds('keys-rsa', 'targets is signed with RSA-PSS; the key is PEM', { targets: [rsa2048] }),
    kinds('keys-ecdsa', 'targets is signed with ECDSA on P-256; the key is PEM', { targets: [p256] }),
    kinds(
      'keys-ecdsa-p384',
      'targets is signed with ECDSA on P-384; the key is PEM',
      { targets: [p384] },
      { ...keyKinds, level: 'decision', rows: ['A-55', 'B8', 'JF3', 'JSON-07'] },
    ),
    kinds(
      'keys-of-three-kinds',
      'root, timestamp and snapshot have an ECDSA key, targets an RSA key, a delegated role an Ed25519 key',
      {
        root: [p256],
        timestamp: [ecdsaSigner(ecdsa.p256second)],
        snapshot: [ecdsaSigner(ecdsa.p256second)],
        targets: [rsa2048],
      },
    ),
    besideGood('key-of-unknown-scheme', 'targets has a second key of a scheme that nobody knows', {
      keytype: 'ed25519',
      scheme: 'ed25519-future',
      keyval: { public: publicHex },
    }),
    besideGood('key-of-unknown-type', 'targets has a second key of a type that nobody knows', {
      keytype: 'lattice',
      scheme: 'lattice-5',
      keyval: { public: 'x', seed: 1 },
    }),
    besideGood(
      'key-with-legacy-member',
      'targets has a second key with keyid_hash_algorithms',
      {
        keytype: 'ed25519',
        scheme: 'ed25519',
        keyid_hash_algorithms: ['sha256', 'sha512'],
        keyval: { public: 'ab'.repeat(32) },
      },
      'MUST',
    ),
    unusable(
      'key-of-unknown-scheme-alone',
      'only a key of a scheme that nobody knows has signed targets',
      signer({ ...variant(publicHex), scheme: 'ed25519-future' }, good.sign, 'd'.repeat(64)),
      {
        ...strict,
        level: 'decision',
        rows: ['4.2.2-a', 'T22', 'J23', 'SIG-08'],
      },
    ),
    unusable(
      'key-ed25519-63-digits',
      'only an Ed25519 key of 63 digits has signed targets',
      signer(variant(publicHex.slice(1)), good.sign, 'd'.repeat(64)),
      {
        ...strict,
        level: 'decision',
        rows: ['4.2.2-e', 'A-53', 'SIG-09', 'GO-4'],
        effect: 'a key of the wrong length crashes the client',
      },
    ),
    unusable('key-rsa-1024', 'only an RSA key of 1024 bits has signed targets', small, {
      ...strict,
      rows: ['4.2.2-d', 'J23', 'GAP-15'],
    }),
    unusable('key-p384-as-p256', 'only a P-384 key under the scheme of P-256 has signed targets', wrongCurve, {
      ...strict,
      level: 'decision',
      rows: ['4.2.2-c', 'A-53', 'GAP-15'],
    }),
    unusable(
      'signature-pkcs1-under-pss',
      'targets has an RSA signature with the padding of PKCS #1 1.5, under the scheme of PSS',
      pkcs1,
      { ...strict, rows: ['4.2.2-c', 'GAP-15', 'SIG-08'] },
    ),
    dropped('key-without-scheme', 'a key of root has no scheme', 'scheme'),
    dropped('key-without-keytype', 'a key of root has no keytype', 'keytype'),
    dropped('key-without-keyval', 'a key of root has no keyval', 'keyval'),
    refuses(
      'root',
      'key-altered-after-signing',
      'a member of a key that root lists is changed after signing, in a way that leaves the key the same',
      { ...altered, rows: ['4-a', '4.2.1-d', 'SIG-08', 'T1'] },
      'unsigned malformed',
      alteredAfterwards(
        'root',
        (signed) => signed,
        (signed) =>
          withValue(
            signed,
            ['keys', keyOf('timestamp').keyid, 'keyval', 'public'],
            `${/** @type {{ keyval: { public: string } }} */ (keyOf('timestamp').key).keyval.public}`.toUpperCase(),
          ),
      ),
    ),
    takes(
      'root',
      'keyids-that-are-no-digests',
      'the keyids of all top-level roles are words',
      { ...unknown, section: '4.2.1', level: 'decision', rows: ['4.2.1-b', '4.3-g', 'A-02', 'SIG-13', 'SG-1'] },
      {},
      {
        options: {
          signers: Object.fromEntries(
            ['root', 'timestamp', 'snapshot', 'targets'].map((role) => [
              role,
              [signer(keyOf(role).key, keyOf(role).sign, `the key of ${role}`)],
            ]),
          ),
        },
      },
    ),
    takes(
      'root',
      'keyid-without-key',
      'the timestamp role lists a keyid for which root has no key, beside one for which it has',
      {
        ...signatures,
        section: '4.3',
        level: 'decision',
        rows: ['A-07', 'B9', 'GAP-13'],
        effect: 'a keyid without key costs those with one',
      },
      signedAs('root', (signed) =>
        withValue(signed, ['roles', 'timestamp', 'keyids'], ['f'.repeat(64), keyOf('timestamp').keyid]),
      ),
    ),
    takes(
      'root',
      'role-that-nobody-knows',
      'root has a role mirrors',
      { ...unknown, level: 'decision', section: '4.3', rows: ['2.1-a', 'A-30', '4.3-f'] },
      signedAs('root', (signed) =>
        withValue(signed, ['roles', 'mirrors'], { keyids: [keyOf('root').keyid], threshold: 1 }),
      ),
    ),
  ];
}

function expiries() {
  const at = (/** @type {Tree | undefined} */ expires) => (/** @type {Signed} */ signed) =>
    withValue(signed, ['expires'], expires);
  const fine = {
    ...dates,
    attack: 'lock-out',
    rows: ['4.2.3-a', 'A-09', 'JSON-06', 'GAP-13'],
    effect: 'repositories of go-tuf and tough, and the first roots of Sigstore, are refused',
  };
  const read = (/** @type {string} */ name, /** @type {string} */ value) =>
    takes('timestamp', `expires-${name}`, `timestamp expires at ${value}`, fine, signedAs('timestamp', at(value)));
  const wrong = (
    /** @type {string} */ name,
    /** @type {Tree | undefined} */ value,
    /** @type {Role} */ role = 'timestamp',
    about = dates,
  ) =>
    refuses(
      role,
      `expires-${name}`,
      `expires of ${words[role]} is ${value === undefined ? 'missing' : JSON.stringify(value)}`,
      about,
      'malformed',
      signedAs(role, at(value)),
    );
  const must = { ...dates, level: /** @type {const} */ ('MUST') };
  return [
    read('with-fraction', '2050-01-01T00:00:00.5Z'),
    read('with-nanoseconds', '2049-12-31T23:59:59.999999999Z'),
    read('with-offset-east', '2050-01-01T12:00:00+09:30'),
    read('with-offset-west', '2049-12-31T13:28:12.99008-06:00'),
    ...roles.map((role) => wrong(`never-${labels[role]}`, 'never', role, must)),
    wrong('missing', undefined, 'timestamp', { ...must, rows: ['RB-11', 'HK-2', '4.2.3-a', 'JSON-01'] }),
    wrong('null', null, 'timestamp', { ...must, rows: ['RB-11', 'A-32', '4.2.3-a', 'JSON-01'] }),
    wrong('empty', '', 'timestamp', must),
    wrong('number', 2_524_608_000, 'timestamp', must),
    wrong('date-only', '2050-01-01'),
    wrong('without-zone', '2050-01-01T00:00:00'),
    wrong('lower-case', '2050-01-01t00:00:00z'),
    wrong('one-digit', '2050-1-1T0:0:0Z', 'timestamp', { ...dates, rows: ['A-09b', 'JSON-06', 'PY-12', 'GAP-13'] }),
    wrong('february-30', '2050-02-30T00:00:00Z', 'timestamp', must),
    wrong('24-hours', '2050-01-01T24:00:00Z'),
    wrong('second-60', '2050-01-01T00:00:60Z'),
    wrong('year-of-five-digits', '12050-01-01T00:00:00Z'),
    wrong('words-and-year', 'foo 2099'),
  ];
}

function specVersions() {
  /** @type {About} */
  const silent = { ...releases, level: 'decision' };
  const at = (/** @type {Tree | undefined} */ value) => (/** @type {Signed} */ signed) =>
    withValue(signed, ['spec_version'], value);
  const read = (/** @type {string} */ name, /** @type {string} */ value) =>
    takes(
      'timestamp',
      `spec-version-${name}`,
      `spec_version of timestamp is ${value}`,
      {
        ...releases,
        attack: 'lock-out',
        level: 'decision',
        effect: 'repositories in use are refused: those of Sigstore say 1.0',
      },
      signedAs('timestamp', at(value)),
    );
  const other = (
    /** @type {string} */ name,
    /** @type {string} */ value,
    /** @type {Role} */ role = 'timestamp',
    about = silent,
  ) =>
    refuses(
      role,
      `spec-version-${name}`,
      `spec_version of ${words[role]} is ${JSON.stringify(value)}`,
      about,
      'spec-version',
      signedAs(role, at(value)),
    );
  const shaped = (/** @type {string} */ name, /** @type {Tree | undefined} */ value) =>
    refuses(
      'timestamp',
      `spec-version-${name}`,
      `spec_version of timestamp is ${value === undefined ? 'missing' : JSON.stringify(value)}`,
      { ...releases, rows: ['4.3-b', 'A-32', 'JSON-01'] },
      'malformed',
      signedAs('timestamp', at(value)),
    );
  const otherShape = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ reason,
    /** @type {readonly (readonly [string, Tree])[]} */ first,
  ) =>
    refuses(
      'timestamp',
      name,
      comment,
      {
        ...silent,
        rows: ['4.3-b', 'A-23', 'A-31'],
        effect: 'the user reads of a damaged file where his client is too old, or asks at the wrong place',
      },
      reason,
      signedAs('timestamp', ({ expires, version }) =>
        members([...first, ['expires', expires ?? null], ['version', version ?? null]]),
      ),
    );
  return [
    otherShape(
      'spec-version-2-of-another-shape',
      'a timestamp of specification 2, in which meta is a list that stands before spec_version',
      'spec-version',
      [
        ['_type', 'timestamp'],
        ['meta', []],
        ['spec_version', '2.0.0'],
      ],
    ),
    otherShape(
      'type-behind-another-shape',
      'a document of an unknown type, in which meta is a list that stands before _type',
      'wrong-type',
      [
        ['meta', []],
        ['_type', 'transparency'],
        ['spec_version', '1.0.34'],
      ],
    ),
    read('one-zero', '1.0'),
    read('later', '1.99.99'),
    read('same-three-parts', specVersion.replace(/\d+$/, '0')),
    ...roles.map((role) => other(`two-${labels[role]}`, '2.0.0', role, releases)),
    other('zero', '0.9.0', 'timestamp', releases),
    other('one', '1'),
    other('one-and-point', '1.'),
    other('letter', '1.0.x'),
    other('hex', '1.0x10'),
    other('four-parts', '1.0.34.1'),
    other('empty', ''),
    other('ten', '10.0.0', 'timestamp', releases),
    shaped('missing', undefined),
    shaped('null', null),
    shaped('number', 1),
  ];
}

function versions() {
  /** @type {About} */
  const about = {
    section: '4.3',
    level: 'MUST',
    attack: 'rollback',
    rows: ['4.3-d', 'A-21', 'J13', 'B16', 'PY-12', 'JSON-06', 'GAP-13'],
    effect: 'versions are compared by the rules of the programming language',
  };
  const wrong = (/** @type {Role} */ role, /** @type {string} */ name, /** @type {Tree} */ value) =>
    refuses(
      role,
      `version-${name}-${labels[role]}`,
      `version of ${words[role]} is ${JSON.stringify(value)}`,
      about,
      'malformed',
      signedAs(role, (signed) => withValue(signed, ['version'], value)),
    );
  return [
    wrong('root', 'text', '2'),
    wrong('timestamp', 'text', '2'),
    wrong('timestamp', 'zero', 0),
    wrong('timestamp', 'negative', -5),
    wrong('timestamp', 'true', true),
    wrong('snapshot', 'text', '2'),
    wrong('targets', 'null', null),
    wrong('a', 'text', '2'),
  ];
}

function confusedTypes() {
  const shared = keyOf('shared');
  const options = {
    signers: { root: [shared], timestamp: [shared], snapshot: [shared], targets: [shared] },
    delegated: [
      {
        name: 'a',
        delegation: { paths: ['a/*'] },
        signers: [shared],
        targets: { 'a/file.txt': text('the file of the delegated role a\n') },
      },
    ],
  };
  const repository = repositoryOf(options);
  repository.publish();
  const { documents } = repository.forge({ bump: ['root', 'timestamp', 'snapshot', 'targets', 'a'] });
  const served = (/** @type {Role} */ role, /** @type {Role} */ other) =>
    refuses(
      role,
      `type-${labels[other]}-as-${labels[role]}`,
      `all roles have one key; ${words[other]}, validly signed and of the same version, is served as ${words[role]}`,
      { ...types, rows: [...types.rows, ...(role === 'a' ? ['4.5-p'] : [])] },
      'wrong-type',
      /** @type {Buffer} */ (documents[other]),
      { options },
    );
  const said = (/** @type {string} */ name, /** @type {Tree | undefined} */ value, /** @type {string} */ reason) =>
    refuses(
      'targets',
      `type-${name}`,
      `_type of targets is ${value === undefined ? 'missing' : JSON.stringify(value)}`,
      { ...types, rows: ['A-23', 'JSON-01', 'GAP-13'] },
      reason,
      signedAs('targets', (signed) => withValue(signed, ['_type'], value)),
    );
  return [
    served('timestamp', 'snapshot'),
    served('timestamp', 'root'),
    served('timestamp', 'targets'),
    served('snapshot', 'timestamp'),
    served('snapshot', 'targets'),
    served('targets', 'snapshot'),
    served('targets', 'root'),
    served('root', 'targets'),
    served('root', 'timestamp'),
    served('a', 'snapshot'),
    served('a', 'root'),
    said('missing', undefined, 'malformed'),
    said('null', null, 'malformed'),
    said('capital', 'Targets', 'wrong-type'),
    said('empty', '', 'wrong-type'),
    said('snapshot-inside-targets', 'snapshot', 'wrong-type'),
  ];
}

function otherRepositories() {
  const own = (/** @type {string} */ role) => testKeys(`other ${role}`, 1);
  const all = { root: own('root'), timestamp: own('timestamp'), snapshot: own('snapshot'), targets: own('targets') };
  const twice = (/** @type {Options} */ options) => {
    const repository = new Repository(options);
    const first = repository.publish();
    return { repository, first, second: repository.publish({ bump: ['root', 'timestamp', 'snapshot', 'targets'] }) };
  };
  const a = new Repository();
  const first = a.publish();
  const next = a.publish();
  const later = a.publish();
  const b = twice({ signers: all });
  const sharing = twice({ signers: { ...all, timestamp: testKeys('timestamp', 1) } });
  const { '2.root.json': root, ...withoutRoot } = sharing.second.metadata;
  const { '2.root.json': otherRoot, ...rootless } = b.second.metadata;
  return [
    sequenceVector(
      'document/other-repository',
      'another repository, with other keys, is served; there is no next root',
      replay,
      rootOf(first),
      [
        { serve: first },
        {
          serve: { ...b.second, metadata: rootless },
          reject: 'unsigned',
          stopsAt: 'timestamp',
          trusted: topLevelOf(first),
          requests: ['metadata/2.root.json', 'metadata/timestamp.json'],
        },
        { serve: next },
      ],
    ),
    sequenceVector(
      'document/other-repository-with-next-root',
      'another repository, with other keys, is served; its second root is where the next one is looked for',
      { ...replay, rows: ['T28', '3-b', '5.3.4a'] },
      rootOf(first),
      [{ serve: first }, { serve: b.second, reject: 'unsigned', stopsAt: 'root' }, { serve: next }],
    ),
    sequenceVector(
      'document/other-repository-with-one-key',
      'another repository, which shares the timestamp key, is served: its timestamp passes, its snapshot does not',
      { ...replay, rows: ['T28', '3-b', '5.5.3'] },
      rootOf(first),
      [
        { serve: first },
        {
          serve: { ...sharing.second, metadata: withoutRoot },
          reject: 'unsigned',
          trusted: { ...topLevelOf(first), timestamp: sharing.second.documents['timestamp'] ?? null },
          requests: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/2.snapshot.json'],
        },
        { serve: later },
      ],
    ),
  ];
}
