// @ts-check
/** Keytypes and schemes that do not belong together, that nobody knows, and keys without a public part. */
import { testKeys } from './keys.mjs';
import { ecdsa, ecdsaSigner, listed, rsa, rsaSigner } from './signature-keys.mjs';
import { signPkcs1 } from './signature-rsa.mjs';
import { refuse } from './signature-vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./signature-vector.mjs').Subject} Subject */

/** @type {About} */
const mismatch = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.2-a', '4.2.2-c', 'A-53', 'SIG-08', 'J23', 'NT-1', 'T22', 'GAP-15'],
  effect: 'the algorithm follows from one of the two names, or from the key: a weaker one is used than was agreed',
};

/** @type {About} */
const unknown = {
  ...mismatch,
  rows: ['4.2.2-a', '4.2.2-b', 'A-53', 'J23', 'T22', 'GAP-15'],
  effect: 'a scheme that nobody knows is taken for a known one: what was never agreed counts',
};

/** @type {About} */
const spelled = {
  ...unknown,
  level: 'decision',
  effect: 'names are compared loosely by some clients and exactly by others: clients are split',
};

/** @type {About} */
const noKey = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.2.2-a', 'A-53', 'SIG-09', 'GO-4', 'GAP-15'],
  effect: 'a key without what its keytype needs ends the program',
};

const [edwards] = /** @type {[import('./keys.mjs').TestKey]} */ (testKeys('signature', 1));
const p256 = ecdsaSigner(ecdsa.p256);
const p384 = ecdsaSigner(ecdsa.p384);
const rsa256 = rsaSigner(rsa[2048]);

/** Signers by the label that the names of vectors begin with. */
const kinds = { ed25519: edwards, p256, p384, rsa: rsa256 };

export function vectors() {
  return [...mismatches(), ...unknownNames(), ...spellings(), ...withoutPublic(), ...others()];
}

/** @param {string} name @param {string} comment @param {{ keytype: string, scheme: string }} names @param {keyof typeof kinds} kind @param {About} about */
function renamed(name, comment, { keytype, scheme }, kind, about) {
  const signer = kinds[kind];
  const subject = { key: listed(keytype, scheme, signer.key.keyval.public), sign: signer.sign };
  return refuse(`kind-${kind}-${name}`, comment, subject, about, { control: signer });
}

function mismatches() {
  const pairs = /** @type {const} */ ([
    ['ed25519', 'rsa', 'ed25519'],
    ['ed25519', 'ecdsa', 'ed25519'],
    ['ed25519', 'ed25519', 'rsassa-pss-sha256'],
    ['ed25519', 'ed25519', 'ecdsa-sha2-nistp256'],
    ['ed25519', 'rsa', 'rsassa-pss-sha256'],
    ['ed25519', 'ecdsa', 'ecdsa-sha2-nistp256'],
    ['p256', 'ed25519', 'ed25519'],
    ['p256', 'rsa', 'ecdsa-sha2-nistp256'],
    ['p256', 'ed25519', 'ecdsa-sha2-nistp256'],
    ['p256', 'ecdsa', 'ed25519'],
    ['p256', 'ecdsa', 'rsassa-pss-sha256'],
    ['p256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp256'],
    ['p384', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384'],
    ['rsa', 'rsa', 'ed25519'],
    ['rsa', 'rsa', 'ecdsa-sha2-nistp256'],
    ['rsa', 'ecdsa', 'rsassa-pss-sha256'],
    ['rsa', 'ed25519', 'rsassa-pss-sha256'],
    ['rsa', 'ed25519', 'ed25519'],
  ]);
  return pairs.map(([kind, keytype, scheme]) =>
    renamed(
      `as-${keytype}-with-${scheme}`,
      `a key and a true signature of another kind under the keytype ${keytype} and the scheme ${scheme}`,
      { keytype, scheme },
      kind,
      mismatch,
    ),
  );
}

function unknownNames() {
  const known = /** @type {const} */ (['ed25519', 'p256', 'rsa']);
  return known.flatMap((kind) => {
    const { keytype, scheme } = kinds[kind].key;
    return [
      renamed('unknown-scheme', 'the scheme totally-unknown', { keytype, scheme: 'totally-unknown' }, kind, unknown),
      renamed('unknown-keytype', 'the keytype totally-unknown', { keytype: 'totally-unknown', scheme }, kind, unknown),
      renamed('empty-scheme', 'an empty scheme', { keytype, scheme: '' }, kind, unknown),
      renamed('empty-keytype', 'an empty keytype', { keytype: '', scheme }, kind, unknown),
      renamed('scheme-of-object', 'the scheme constructor', { keytype, scheme: 'constructor' }, kind, {
        ...unknown,
        rows: [...unknown.rows, 'A-67'],
      }),
    ];
  });
}

function spellings() {
  /** @type {readonly (readonly [string, string, string, string, keyof typeof kinds])[]} */
  const rows = [
    ['upper-case-keytype', 'the keytype in upper case', 'ED25519', 'ed25519', 'ed25519'],
    ['upper-case-scheme', 'the scheme in upper case', 'ed25519', 'ED25519', 'ed25519'],
    ['space-behind-scheme', 'a space behind the scheme', 'ed25519', 'ed25519 ', 'ed25519'],
    ['upper-case-keytype', 'the keytype in upper case', 'ECDSA', 'ecdsa-sha2-nistp256', 'p256'],
    ['keytype-as-scheme', 'the scheme ecdsa', 'ecdsa', 'ecdsa', 'p256'],
    ['other-name', 'the scheme ecdsa-sha256', 'ecdsa', 'ecdsa-sha256', 'p256'],
    ['upper-case-keytype', 'the keytype in upper case', 'RSA', 'rsassa-pss-sha256', 'rsa'],
    ['other-name', 'the scheme rsa-pss-sha256', 'rsa', 'rsa-pss-sha256', 'rsa'],
    ['scheme-as-keytype', 'the scheme as the keytype', 'rsassa-pss-sha256', 'rsassa-pss-sha256', 'rsa'],
  ];
  return rows.map(([name, comment, keytype, scheme, kind]) =>
    renamed(name, comment, { keytype, scheme }, kind, spelled),
  );
}

function withoutPublic() {
  const known = /** @type {const} */ (['ed25519', 'p256', 'rsa']);
  return known.flatMap((kind) => {
    const { key, sign } = kinds[kind];
    const { keytype, scheme } = key;
    const own = key.keyval.public;
    /** @type {readonly (readonly [string, string, Tree])[]} */
    const rows = [
      ['without-public', 'an empty keyval', { keytype, scheme, keyval: {} }],
      ['public-elsewhere', 'the key under another name in keyval', { keytype, scheme, keyval: { key: own } }],
    ];
    return rows.map(([name, comment, object]) =>
      refuse(`kind-${kind}-${name}`, comment, { key: object, sign }, noKey, { control: kinds[kind] }),
    );
  });
}

function others() {
  /** @type {Subject} */
  const pkcs1 = {
    key: listed('ed25519', 'ed25519', rsa256.key.keyval.public),
    sign: (message) => signPkcs1(rsa[2048], message, 'sha256').toString('hex'),
  };
  return [
    refuse(
      'kind-rsa-pkcs1-as-ed25519',
      'an RSA key under the keytype ed25519, with a true signature of RSASSA-PKCS1-v1_5',
      pkcs1,
      { ...mismatch, peers: ['tuf-js 5.0.1 accepts it'] },
      { control: rsa256 },
    ),
    refuse(
      'kind-unknown-with-text',
      'a key of an unknown kind whose public is any text',
      { key: listed('sphincs', 'sphincs-sha2-128s', 'AAAA'), sign: () => '00'.repeat(64) },
      unknown,
      { control: edwards },
    ),
  ];
}
