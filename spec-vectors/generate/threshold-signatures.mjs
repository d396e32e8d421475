// @ts-check
/** Entries of `signatures`, and which bytes they have to be over. */

import { jcs } from './jcs.mjs';
import { ecdsa, ecdsaDer, ecdsaSigner, rsa, rsaSigner } from './signature-keys.mjs';
import { signPkcs1 } from './signature-rsa.mjs';
import { p256 } from './signature-weierstrass.mjs';
import { accept, refuse, threeKeys } from './threshold-vector.mjs';
import { compactText, entriesOf, indentedText, members, raw, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./threshold-vector.mjs').Role} Role */

/** @type {About} */
const tolerant = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.1-d', 'B9', 'GAP-14'],
  effect: 'one signature that does not count costs all the others: a single signer locks all clients out',
};

/** An entry that is not hex: other than described, and nobody says that it may be there. @type {About} */
const odd = { ...tolerant, level: 'decision' };

/** @type {About} */
const method = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.1-d', 'SIG-08', 'NT-1', 'T22'],
  effect: 'the algorithm follows from what stands beside the signature, and not from the key: an attacker chooses it',
};

/** @type {About} */
const copied = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'threshold-bypass',
  rows: ['4.2.1-c', '4.2.1-e', '5.3.4d', 'A-05', 'SIG-01', 'T10'],
  effect: 'a keyid that comes twice is counted twice, or each client takes another of the two',
};

/** @type {About} */
const received = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4-a', '4.2.1-d', 'A-01', 'J3'],
  effect: 'signatures are checked over what the reader kept, and not over what came: honest metadata is refused',
};

/** @type {About} */
const canonical = {
  ...received,
  rows: ['4.1-a', '4.2.1-d', 'A-01'],
  effect: 'signatures are checked over the text as it came: a file that was written over several lines is refused',
};

/** @type {About} */
const injected = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.1-d', 'A-01', 'J3', 'T1', 'GAP-04'],
  effect: 'signatures are checked over what the reader kept, and not over what came: parts of a file need no signature',
};

/** @type {About} */
const otherBytes = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.1-a', '4.2.1-d', 'A-01', 'T1'],
  effect: 'signatures count over other bytes than the canonical ones: clients are split',
};

const role = /** @type {const} */ ('targets');
const [one, two] = threeKeys(role);
const [stranger] = threeKeys('stranger');

/** A signer whose signature is changed. @param {Signer} signer @param {(sig: string) => string} change @returns {Signer} */
function changed(signer, change) {
  return { ...signer, sign: (message) => change(signer.sign(message)) };
}

export function vectors() {
  return [...besideGood(), ...entries(), ...twice(), ...asReceived(), ...unsignedChanges(), ...overOtherBytes()];
}

function besideGood() {
  /** @type {readonly (readonly [string, string, (sig: string) => string, About?])[]} */
  const bad = [
    ['empty', 'an empty text, as roots 12 and 14 of Sigstore have', () => ''],
    ['odd-hex', 'an odd number of digits', (sig) => sig.slice(1), odd],
    ['not-hex', 'no hex', () => 'no signature', odd],
    ['garbage', 'a true signature with letters behind it', (sig) => `${sig}zz-garbage`, odd],
    ['short', 'half a signature', (sig) => sig.slice(64)],
    ['long', 'a signature and 20,000 digits', (sig) => sig + '0'.repeat(20_000)],
    ['zeros', '64 bytes of zero', () => '00'.repeat(64)],
    ['non-ascii', 'letters that are not ASCII, a NUL and a quotation mark', () => '\u00fc\u6771\u{1f511}\0"\\', odd],
  ];
  const places = /** @type {const} */ (['root', 'timestamp', 'packages']);
  return [
    ...bad.map(([name, words, change, about = tolerant]) =>
      accept(
        `bad-first-${name}`,
        `threshold 1: ${words} as the first signature, then a good one`,
        { role, honest: [two], signers: [changed(one, change), two] },
        about,
      ),
    ),
    ...places.map((place) => {
      const [first, second] = threeKeys(place);
      return accept(
        `${place}-bad-first`,
        'threshold 1: an odd number of digits as the first signature, then a good one',
        { role: place, honest: [second], signers: [changed(first, (sig) => sig.slice(1)), second] },
        odd,
      );
    }),
    accept(
      'bad-last',
      'threshold 1: a good signature, then an odd number of digits',
      { role, signers: [one, changed(two, (sig) => sig.slice(1))] },
      odd,
    ),
    accept(
      'upper-case',
      'signatures in upper-case hex',
      {
        role,
        threshold: 2,
        signers: [changed(one, (sig) => sig.toUpperCase()), changed(two, (sig) => sig.toUpperCase())],
      },
      { ...tolerant, rows: ['4.2.1-d', 'A-13', 'GAP-14'] },
    ),
  ];
}

function entries() {
  const rsaOne = rsaSigner(rsa[2048]);
  const withMembers =
    (/** @type {{ [name: string]: Tree }} */ more) =>
    (/** @type {import('./repository.mjs').Envelope} */ { signatures, signed }) => ({
      signatures: signatures.map((entry) => members([...entriesOf(entry), ...Object.entries(more)])),
      signed,
    });
  const forged = { ...one, sign: stranger.sign };
  const strangerKey = /** @type {{ keyval: { public: string } }} */ (stranger.key).keyval.public;
  return [
    accept(
      'method',
      'a member method beside a true signature, as old files have it',
      { role, envelope: withMembers({ method: 'ed25519' }) },
      {
        ...tolerant,
        rows: ['4.2.1-a', 'SIG-08', 'NT-1'],
        effect: 'old files are refused for a member that nobody needs',
      },
    ),
    accept(
      'method-of-another-kind',
      'a member method that names another algorithm beside a true signature',
      { role, envelope: withMembers({ method: 'rsapkcs1v15' }) },
      { ...method, attack: 'lock-out' },
    ),
    refuse(
      'method-none',
      'a false signature with the method none',
      { role, envelope: withMembers({ method: 'none' }), signers: [changed(one, () => '')] },
      method,
    ),
    refuse(
      'method-with-rsa-key',
      'the method ed25519 and a true Ed25519 signature by another key, under the keyid of an RSA key',
      {
        role,
        listed: [rsaOne, two],
        signers: [{ ...rsaOne, sign: stranger.sign }],
        envelope: withMembers({ method: 'ed25519' }),
      },
      method,
    ),
    refuse(
      'key-in-entry',
      'a signature that brings the key along by which it is true',
      {
        role,
        signers: [forged],
        envelope: withMembers({ public: strangerKey, key: stranger.key, keyval: { public: strangerKey } }),
      },
      { ...method, rows: ['4.2.1-d', 'T1', 'GO-1'], effect: 'a key that nobody listed is believed' },
    ),
    refuse(
      'scheme-in-entry',
      'an RSA key of PSS, and a true signature with PKCS#1 v1.5 that says so',
      {
        role,
        listed: [rsaOne, two],
        signers: [{ ...rsaOne, sign: (message) => signPkcs1(rsa[2048], message, 'sha256').toString('hex') }],
        envelope: withMembers({ scheme: 'rsa-pkcs1v15-sha256' }),
      },
      method,
    ),
    accept(
      'entry-members',
      'unrecognised members of every type beside a true signature',
      { role, envelope: withMembers({ 'x-a': null, 'x-b': [1], 'x-c': { sig: '', keyid: '' } }) },
      { ...tolerant, rows: ['4-a', '4.2.1-a'], effect: 'the format can never grow' },
    ),
    accept(
      'entry-order',
      'sig before keyid',
      {
        role,
        envelope: ({ signatures, signed }) => ({
          signatures: signatures.map((entry) => members([...entriesOf(entry)].reverse())),
          signed,
        }),
      },
      { ...tolerant, rows: ['4.2.1-a'] },
    ),
  ];
}

function twice() {
  const ec = ecdsaSigner(ecdsa.p256);
  const other = (/** @type {string} */ sig) => {
    const der = Buffer.from(sig, 'hex');
    const size = der[3] ?? 0;
    const [r, s] = [der.subarray(4, 4 + size), der.subarray(6 + size)].map((bytes) =>
      BigInt(`0x${bytes.toString('hex')}`),
    );
    return ecdsaDer({ r: r ?? 0n, s: p256.n - (s ?? 0n) }).toString('hex');
  };
  const listed = [ec, one, two];
  return [
    refuse(
      'twice-two-signatures',
      'threshold 2: two different true signatures by one key',
      { role, listed, threshold: 2, honest: [ec, one], signers: [ec, changed(ec, other)] },
      copied,
      'malformed',
    ),
    refuse(
      'twice-false-first',
      'threshold 1: a false signature and a true one under one keyid',
      { role, signers: [changed(one, () => '00'.repeat(64)), one] },
      copied,
      'malformed',
    ),
    refuse(
      'twice-false-last',
      'threshold 1: a true signature and a false one under one keyid',
      { role, signers: [one, changed(one, () => '00'.repeat(64))] },
      copied,
      'malformed',
    ),
    refuse(
      'twice-empty',
      'threshold 1: a true signature and an empty one under one keyid',
      { role, signers: [one, changed(one, () => '')] },
      copied,
      'malformed',
    ),
    refuse(
      'twice-stranger',
      'threshold 1: a true signature, and a keyid that nobody lists twice',
      { role, signers: [one, stranger, stranger] },
      copied,
      'malformed',
    ),
    refuse(
      'twice-apart',
      'threshold 2: a keyid comes first and last, with another between',
      { role, threshold: 2, signers: [one, two, one] },
      copied,
      'malformed',
    ),
    refuse(
      'twice-escaped',
      'threshold 2: one keyid twice, once with an escape in it',
      {
        role,
        threshold: 2,
        signers: [one, one],
        envelope: ({ signatures: [first], signed }) => ({
          signatures: [first ?? null, withValue(first ?? null, ['keyid'], escapedFirst(one.keyid))],
          signed,
        }),
      },
      { ...copied, rows: [...copied.rows, 'A-46'] },
      'malformed',
    ),
  ];
}

/** @param {string} text */
function escapedFirst(text) {
  const code = text.charCodeAt(0).toString(16).padStart(4, '0');
  return raw(`"\\u${code}${text.slice(1)}"`, `"${text}"`, text);
}

/** What was signed differs from what a simple model of the role would write again. */
function asReceived() {
  const extra = { 'root.json': { version: 1 }, 'snapshot.json': { version: 2 } };
  const reversed = (/** @type {Tree} */ tree) => {
    const { signatures, signed } = /** @type {{ signatures: Tree, signed: Tree }} */ (tree);
    return compactText({ signatures, signed: members([...entriesOf(signed)].reverse()) });
  };
  const nested = { a: [1, null, true, { b: 'c' }], '': {} };
  return [
    accept(
      'signed-extra-meta',
      'a timestamp that lists another file, and is signed with it',
      { role: 'timestamp', signed: (signed) => ({ ...signed, meta: { ...extra, ...under(signed, 'meta') } }) },
      { ...received, level: 'decision', rows: [...received.rows, 'A-25'], peers: ['tuf-js 5.0.1 refuses it'] },
    ),
    accept(
      'signed-unrecognised',
      'unrecognised members, which are signed',
      { role, signed: (signed) => ({ ...signed, 'x-note': nested }) },
      received,
    ),
    accept(
      'signed-unrecognised-in-target',
      'unrecognised members of a target, which are signed',
      {
        role,
        signed: (signed) => ({
          ...signed,
          targets: { a: { custom: nested, hashes: { sha256: 'ab'.repeat(32) }, length: 1, 'x-note': nested } },
        }),
      },
      received,
    ),
    accept(
      'signed-without-consistent-snapshot',
      'a root without consistent_snapshot',
      { role: 'root', signed: (signed) => without(signed, 'consistent_snapshot'), isClient: false },
      { ...received, section: '4.3', rows: ['4.3-c', '4.2.1-d', 'A-01', 'A-29'], peers: ['tuf-js 5.0.1 refuses it'] },
    ),
    accept(
      'signed-without-terminating',
      'a delegation without terminating',
      {
        role: 'packages',
        delegatorFirst: (signed) => withValue(signed, ['delegations', 'roles', 0, 'terminating'], undefined),
      },
      {
        ...received,
        level: 'decision',
        section: '4.5',
        rows: ['4.2.1-d', 'A-01', 'A-33'],
        peers: ['tuf-js 5.0.1 refuses it'],
      },
    ),
    accept(
      'signed-empty-delegations',
      'delegations with empty keys and roles',
      { role, signed: (signed) => ({ ...signed, delegations: { keys: {}, roles: [] } }) },
      received,
    ),
    accept(
      'signed-fraction-date',
      'an expiry with a fraction and an offset',
      { role, signed: (signed) => ({ ...signed, expires: '2050-01-01T00:00:00.500+01:00' }) },
      { ...received, level: 'decision', rows: ['4.2.1-d', 'A-01', 'A-09'] },
    ),
    accept(
      'signed-upper-case-digest',
      'a digest in upper-case hex',
      { role, signed: (signed) => ({ ...signed, targets: { a: { hashes: { sha256: 'AB'.repeat(32) }, length: 1 } } }) },
      { ...received, rows: ['4.2.1-d', 'A-01', 'A-13'] },
    ),
    accept('indented', 'a document over several lines', { role, text: (tree) => indentedText(tree, '  ') }, canonical),
    accept('members-reversed', 'the members of signed in another order', { role, text: reversed }, canonical),
    accept(
      'escaped',
      'escapes in place of letters',
      {
        role,
        text: (tree) =>
          Buffer.from(
            compactText(tree).toString().replace('"targets":{"hello.txt"', '"\\u0074argets":{"hello\\u002etxt"'),
          ),
      },
      canonical,
    ),
  ];
}

/** @param {Tree} tree @param {string} name @returns {{ [name: string]: Tree }} */
function under(tree, name) {
  return /** @type {any} */ (tree)[name];
}

/** @param {Signed} signed @param {string} name @returns {Tree} */
function without(signed, name) {
  return withValue(signed, [name], undefined);
}

function unsignedChanges() {
  /** Changes what was signed, afterwards. @param {(signed: Tree) => Tree} change */
  const after =
    (change) =>
    (/** @type {import('./repository.mjs').Envelope} */ { signatures, signed }) => ({
      signatures,
      signed: change(signed),
    });
  const to = (/** @type {readonly (string | number)[]} */ path, /** @type {Tree | undefined} */ value) =>
    after((signed) => withValue(signed, path, value));
  const note = (/** @type {Signed} */ signed) => ({ ...signed, 'x-note': { a: 1 } });
  /** @type {readonly (readonly [string, string, Omit<import('./threshold-vector.mjs').Scene, 'envelope'>, (envelope: import('./repository.mjs').Envelope) => Tree])[]} */
  const rows = [
    [
      'extra-meta',
      'an entry more in meta of a timestamp',
      { role: 'timestamp' },
      to(['meta', 'other.json'], { version: 1 }),
    ],
    [
      'meta-length',
      'a length more in an entry of a snapshot',
      { role: 'snapshot' },
      to(['meta', 'targets.json', 'length'], 5000),
    ],
    [
      'target',
      'a target more',
      { role },
      to(['targets', 'evil.txt'], { hashes: { sha256: 'ab'.repeat(32) }, length: 1 }),
    ],
    ['custom', 'custom data more', { role }, to(['targets', 'hello.txt', 'custom'], { a: 1 })],
    ['empty-custom', 'empty custom data more', { role }, to(['targets', 'hello.txt', 'custom'], {})],
    [
      'digest-case',
      'a digest in upper case, which was signed in lower case',
      { role },
      to(
        ['targets', 'hello.txt', 'hashes', 'sha256'],
        '5891B5B522D5DF086D0FF0B110FBD9D21BB4FC7163AF34D08286A2E846F6BE03',
      ),
    ],
    ['date-spelling', 'the same expiry with an offset', { role }, to(['expires'], '2050-01-01T00:00:00+00:00')],
    ['version', 'a version one higher', { role: 'timestamp' }, to(['version'], 3)],
    ['unrecognised-added', 'an unrecognised member more', { role }, to(['x-note'], null)],
    ['unrecognised-changed', 'another value in an unrecognised member', { role, signed: note }, to(['x-note', 'a'], 2)],
    ['unrecognised-removed', 'an unrecognised member less', { role, signed: note }, to(['x-note'], undefined)],
    ['empty-delegations', 'empty delegations more', { role }, to(['delegations'], { keys: {}, roles: [] })],
    [
      'terminating',
      'terminating: false more, in a delegation',
      { role, signed: delegating },
      to(['delegations', 'roles', 0, 'terminating'], false),
    ],
    [
      'keyids-order',
      'the keyids of a delegation in another order',
      { role, signed: delegating },
      to(['delegations', 'roles', 0, 'keyids'], [two.keyid, one.keyid]),
    ],
    [
      'consistent-snapshot',
      'consistent_snapshot: false more',
      { role: 'root', signed: (signed) => without(signed, 'consistent_snapshot') },
      to(['consistent_snapshot'], false),
    ],
    [
      'unused-key',
      'a key more in a root, which no role lists',
      { role: 'root' },
      to(['keys', stranger.keyid], stranger.key),
    ],
    ['spec-version', 'another release of the specification', { role }, to(['spec_version'], '1.0.33')],
    [
      'composition',
      'the name of a target with a combining mark, which was signed composed',
      { role, signed: (signed) => ({ ...signed, targets: { '\u00fc': target } }) },
      to(['targets'], { 'u\u0308': target }),
    ],
  ];
  return [
    ...rows.map(([name, words, scene, envelope]) =>
      refuse(
        `unsigned-${name}`,
        `after signing: ${words}`,
        { ...scene, envelope },
        {
          ...injected,
          peers: name === 'extra-meta' ? ['tuf-js 5.0.1 accepts it'] : undefined,
        },
      ),
    ),
    refuse(
      'unsigned-keys-as-list',
      'after signing: an empty list of keys in place of the empty object',
      {
        role,
        signed: (signed) => ({ ...signed, delegations: { keys: {}, roles: [] } }),
        envelope: to(['delegations', 'keys'], []),
      },
      { ...injected, peers: ['tuf-js 5.0.1 accepts it'] },
      'malformed',
    ),
  ];
}

const target = { hashes: { sha256: 'ab'.repeat(32) }, length: 1 };

/** @param {Signed} signed */
function delegating(signed) {
  const roles = [{ keyids: [one.keyid, two.keyid], name: 'a', paths: ['a/*'], threshold: 1 }];
  return { ...signed, delegations: { keys: { [one.keyid]: one.key, [two.keyid]: two.key }, roles } };
}

function overOtherBytes() {
  /** @param {(message: Buffer) => Buffer} change @returns {Signer[]} */
  const over = (change) => [{ ...one, sign: (message) => one.sign(change(message)) }];
  const noted = (/** @type {Signed} */ signed) => ({ ...signed, 'x-note': 'a\nb' });
  return [
    refuse(
      'over-newline',
      'signed with a newline behind it',
      { role, signers: over((message) => Buffer.concat([message, Buffer.from('\n')])) },
      otherBytes,
    ),
    refuse(
      'over-indented',
      'what is signed are the lines of the file',
      {
        role,
        signers: over((message) => indentedText(JSON.parse(message.toString()), '  ')),
        text: (tree) => indentedText(tree, '  '),
      },
      otherBytes,
    ),
    refuse(
      'over-order-received',
      'what is signed is the text without blanks, in the order of the file',
      {
        role,
        signed: (signed) => members([...entriesOf(signed)].reverse()),
        signers: over((message) =>
          compactText(members([...entriesOf(/** @type {Tree} */ (JSON.parse(message.toString())))].reverse())),
        ),
      },
      otherBytes,
    ),
    refuse(
      'over-rfc-8785',
      'what is signed is the form of RFC 8785, which escapes a newline',
      { role, signed: noted, signers: over((message) => jcs(noted(withoutNote(message)))) },
      {
        ...otherBytes,
        level: 'decision',
        rows: [...otherBytes.rows, 'SG-11', 'LIB-1'],
        effect: 'two canonical forms count: a file may be signed for two meanings',
      },
    ),
    refuse(
      'over-envelope',
      'what is signed is the canonical form of an envelope without signatures',
      {
        role,
        signers: over((message) =>
          Buffer.concat([Buffer.from('{"signatures":[],"signed":'), message, Buffer.from('}')]),
        ),
      },
      otherBytes,
    ),
    refuse(
      'over-other-role',
      'what is signed is the same with another _type',
      {
        role,
        signers: over((message) => Buffer.from(message.toString().replace('"_type":"targets"', '"_type":"snapshot"'))),
      },
      otherBytes,
    ),
    refuse('over-nothing', 'what is signed is nothing', { role, signers: over(() => Buffer.alloc(0)) }, otherBytes),
  ];
}

/** @param {Buffer} message @returns {Signed} */
function withoutNote(message) {
  const { 'x-note': _, ...signed } = JSON.parse(message.toString().replace('a\nb', ''));
  return signed;
}
