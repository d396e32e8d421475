// @ts-check
/** RSA keys: the forms in which one key is listed, and what is no key. */
import { bitString, element, identifiers, integer, nothing, pem, publicKeyPem, sequence } from './signature-der.mjs';
import { ecdsa, ecPem, listed, rsa, rsaSigner } from './signature-keys.mjs';
import { toBytes } from './signature-numbers.mjs';
import { rsaAlgorithm, rsaPkcs1Pem, rsaPrivatePem, rsaPublicKey, rsaPublicPem, rsaSize } from './signature-rsa.mjs';
import { accept, refuse } from './signature-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const form = {
  section: '4.2.2',
  level: 'decision',
  attack: 'lock-out',
  rows: ['4.2.2-d', 'A-54', 'GAP-15'],
  effect: 'a key that another tool has written is not read: honest metadata is refused',
};

/** @type {About} */
const respelled = {
  section: '4.2.2',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['4.2.2-d', 'A-04', 'A-54', 'GAP-15'],
  effect: 'libraries disagree about the key that a text holds, or whether it holds one: clients are split',
};

/** @type {About} */
const wrong = { ...respelled, level: 'MUST' };

const key = rsa[2048];
const first = rsaSigner(key);

export function vectors() {
  return [...forms(), ...structures(), ...texts()];
}

/** @param {string} text @param {string} [scheme] */
function dressed(text, scheme = 'rsassa-pss-sha256') {
  return { ...first, key: listed('rsa', scheme, text) };
}

function forms() {
  const text = rsaPublicPem(key);
  /** @type {readonly (readonly [string, string, string])[]} */
  const rows = [
    ['pkcs1', 'PEM of an RSAPublicKey (PKCS#1)', rsaPkcs1Pem(key)],
    ['crlf', 'PEM with CRLF', text.replaceAll('\n', '\r\n')],
    ['no-last-newline', 'PEM without its last newline', text.trimEnd()],
    ['more-newlines', 'PEM with newlines before and behind', `\n${text}\n\n`],
    ['one-line', 'PEM with its base64 in one line', text.replace(/(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/=])/g, '')],
    ['lines-of-76', 'PEM with lines of 76 characters', widened(text)],
  ];
  return rows.map(([name, comment, publicText]) => accept(`rsa-2048-key-${name}`, comment, dressed(publicText), form));
}

/** @param {string} text of a PEM block */
function widened(text) {
  const lines = text.trim().split('\n');
  return [
    lines[0],
    ...(lines
      .slice(1, -1)
      .join('')
      .match(/.{1,76}/g) ?? []),
    lines.at(-1),
    '',
  ].join('\n');
}

/** @param {string} name @param {string} comment @param {string} text @param {About} about */
function refuseText(name, comment, text, about) {
  return refuse(`rsa-2048-key-${name}`, comment, dressed(text), about, { control: first });
}

function structures() {
  const { n, e } = key;
  const own = rsaPublicKey(key);
  const info = sequence(sequence(...rsaAlgorithm), bitString(own));
  const block = (/** @type {Buffer} */ der) => pem('PUBLIC KEY', der);
  const bytes = toBytes(n, rsaSize(key));
  const inInfo = (/** @type {Buffer} */ inner) => publicKeyPem(rsaAlgorithm, inner);
  /** @type {readonly (readonly [string, string, string, About?])[]} */
  const rows = [
    ['pss-algorithm', 'the algorithm RSASSA-PSS', publicKeyPem([identifiers.rsassaPss], own)],
    ['no-parameters', 'an algorithm without its NULL', publicKeyPem([identifiers.rsaEncryption], own)],
    [
      'other-parameters',
      'an empty sequence in place of NULL',
      publicKeyPem([identifiers.rsaEncryption, sequence()], own),
    ],
    [
      'negative-modulus',
      'a modulus without the zero before its highest bit',
      inInfo(sequence(element(2, bytes), integer(e))),
      wrong,
    ],
    [
      'padded-modulus',
      'a zero too many before the modulus',
      inInfo(sequence(element(2, Buffer.alloc(2), bytes), integer(e))),
    ],
    [
      'padded-exponent',
      'a zero too many before the exponent',
      inInfo(sequence(integer(n), element(2, Buffer.from([0, 1, 0, 1])))),
    ],
    ['third-number', 'a third number', inInfo(sequence(integer(n), integer(e), integer(e)))],
    ['no-exponent', 'a modulus without exponent', inInfo(sequence(integer(n))), wrong],
    ['numbers-swapped', 'the exponent before the modulus', inInfo(sequence(integer(e), integer(n))), wrong],
    ['unused-bits', 'a bit string with unused bits', block(sequence(sequence(...rsaAlgorithm), bitString(own, 4)))],
    [
      'octet-string',
      'an octet string in place of the bit string',
      block(sequence(sequence(...rsaAlgorithm), element(4, own))),
    ],
    ['byte-behind', 'a byte behind the key', block(Buffer.concat([info, Buffer.alloc(1)]))],
    ['byte-behind-numbers', 'a byte behind the numbers', inInfo(Buffer.concat([own, Buffer.alloc(1)]))],
    ['third-element', 'NULL behind the key', block(sequence(sequence(...rsaAlgorithm), bitString(own), nothing))],
    [
      'indefinite-length',
      'an indefinite length, as BER has it',
      block(Buffer.concat([Buffer.from([0x30, 0x80]), info.subarray(4), Buffer.alloc(2)])),
    ],
  ];
  return rows.map(([name, comment, text, about = respelled]) => refuseText(name, comment, text, about));
}

function texts() {
  const text = rsaPublicPem(key);
  const two = rsaPublicPem(rsa['2048 second']);
  const der = sequence(sequence(...rsaAlgorithm), bitString(rsaPublicKey(key)));
  /** @type {readonly (readonly [string, string, string, About?])[]} */
  const rows = [
    ['empty', 'an empty public', '', wrong],
    ['text-behind', 'text behind the PEM block', `${text}trailing text\n`],
    ['text-before', 'text before the PEM block', `a comment\n${text}`],
    ['then-another', 'two PEM blocks, this key first', text + two],
    ['after-another', 'two PEM blocks, this key last', two + text],
    ['pkcs1-relabelled', 'an RSAPublicKey under the label PUBLIC KEY', pem('PUBLIC KEY', rsaPublicKey(key))],
    ['spki-relabelled', 'a SubjectPublicKeyInfo under the label RSA PUBLIC KEY', pem('RSA PUBLIC KEY', der)],
    ['private', 'the private key', rsaPrivatePem(key)],
    ['hex', 'the hex of a SubjectPublicKeyInfo', der.toString('hex')],
    ['base64', 'base64 without the lines around it', der.toString('base64')],
    ['literal-newlines', 'a backslash and the letter n in place of each newline', text.replaceAll('\n', '\\n')],
    ['ecdsa', 'an ECDSA key', ecPem(ecdsa.p256), wrong],
  ];
  return rows.map(([name, comment, publicText, about = respelled]) => refuseText(name, comment, publicText, about));
}
