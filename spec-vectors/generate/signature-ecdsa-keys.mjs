// @ts-check
/** ECDSA keys: the forms in which one key is listed, and what is no key of its curve. */
import { bitString, element, identifiers, nothing, pem, publicKeyPem, sequence } from './signature-der.mjs';
import { ecdsa, ecdsaDer, ecdsaSigner, ecPem, listed, schemeOf } from './signature-keys.mjs';
import { toBytes } from './signature-numbers.mjs';
import { rsaAlgorithm } from './signature-rsa.mjs';
import { accept, refuse } from './signature-vector.mjs';
import {
  algorithmOf,
  compressed,
  explicitAlgorithm,
  p256,
  p384,
  pointAt,
  privateKeyInfo,
  sign,
  uncompressed,
} from './signature-weierstrass.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./signature-keys.mjs').EcKey} EcKey */

/** @type {About} */
const form = {
  section: '4.2.2',
  level: 'decision',
  attack: 'lock-out',
  rows: ['4.2.2-f', 'A-54', 'GAP-15'],
  effect: 'a key that another tool has written is not read: honest metadata is refused',
};

/** @type {About} */
const older = {
  ...form,
  rows: ['4.2.2-f', 'A-54', 'SIG-05', 'GAP-15'],
  effect: 'files of older repositories, the first roots of Sigstore among them, are refused',
};

/** @type {About} */
const zeroByte = { ...form, rows: ['4.2.2-f', 'A-54', 'JF7', 'GAP-15'] };

/** @type {About} */
const wrong = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.2-f', 'A-54', 'GAP-15'],
  effect: 'a point that is not on the curve is used: the secret can be found, or signatures made without it',
};

/** @type {About} */
const respelled = {
  section: '4.2.2',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['4.2.2-f', 'A-54', 'GAP-15'],
  effect: 'libraries disagree about the key that a text holds, or whether it holds one: clients are split',
};

/** @type {About} */
const parameters = {
  ...respelled,
  attack: 'arbitrary-software',
  effect:
    'the curve is taken from the key: with a base point of his own anybody signs for a known point (CVE-2020-0601)',
};

export function vectors() {
  return [...forms(), ...points(), ...structures(), ...texts()];
}

/** A key in another dress. @param {EcKey} key @param {string} text @param {string} [keytype] */
function dressed(key, text, keytype = 'ecdsa') {
  return { ...ecdsaSigner(key), key: listed(keytype, schemeOf(key.curve), text) };
}

function forms() {
  return [ecdsa.p256, ecdsa.p384].flatMap((key) => {
    const { curve, point } = key;
    const name = curve.name.toLowerCase().replace('-', '');
    const about = curve === p384 ? zeroByte : form;
    const text = ecPem(key);
    const hex = uncompressed(curve, point).toString('hex');
    const short = publicKeyPem(algorithmOf(curve), compressed(curve, point));
    /** @type {readonly (readonly [string, string, string, About?, string?])[]} */
    const rows = [
      ['older-keytype', 'the scheme as the keytype', text, older, schemeOf(curve)],
      ['compressed', 'PEM with a compressed point', short],
      ['crlf', 'PEM with CRLF', text.replaceAll('\n', '\r\n')],
      ['no-last-newline', 'PEM without its last newline', text.trimEnd()],
      ['more-newlines', 'PEM with newlines before and behind', `\n${text}\n\n`],
      ['one-line', 'PEM with its base64 in one line', oneLine(text)],
      [
        'hex',
        'the hex of the uncompressed point, as the first roots of Sigstore have it',
        hex,
        curve === p384 ? { ...older, rows: [...older.rows, 'JF7'] } : older,
      ],
      ['hex-older-keytype', 'the same with the scheme as the keytype', hex, older, schemeOf(curve)],
      ['hex-upper-case', 'the same in upper case', hex.toUpperCase(), older],
    ];
    return rows.map(([label, comment, publicText, said = about, keytype]) =>
      accept(`ecdsa-${name}-key-${label}`, comment, dressed(key, publicText, keytype), said),
    );
  });
}

/** @param {string} text of a PEM block */
function oneLine(text) {
  const lines = text.trim().split('\n');
  return [lines[0], lines.slice(1, -1).join(''), lines.at(-1), ''].join('\n');
}

/** @param {string} name @param {string} comment @param {string} text @param {About} about @param {EcKey} [key] */
function refuseText(name, comment, text, about, key = ecdsa.p256) {
  return refuse(`ecdsa-p256-key-${name}`, comment, dressed(key, text), about, { control: ecdsaSigner(key) });
}

function points() {
  const { point } = ecdsa.p256;
  const algorithm = algorithmOf(p256);
  const off = { x: point.x, y: point.y ^ 1n };
  const hybrid = uncompressed(p256, point);
  hybrid[0] = point.y % 2n === 0n ? 6 : 7;
  const ofP = Buffer.concat([Buffer.from([4]), toBytes(p256.p, 32), toBytes(point.y, 32)]);
  const bare = uncompressed(p256, point).subarray(1);
  const inPem = (/** @type {Buffer} */ bytes) => publicKeyPem(algorithm, bytes);
  /** @type {readonly (readonly [string, string, string, About?])[]} */
  const rows = [
    ['off-curve', 'a point that is not on the curve', inPem(uncompressed(p256, off))],
    ['off-curve-hex', 'a point that is not on the curve, as hex', uncompressed(p256, off).toString('hex')],
    ['origin', 'the point (0, 0), which is not on the curve', inPem(uncompressed(p256, { x: 0n, y: 0n }))],
    ['infinity', 'the point at infinity', inPem(Buffer.from([0]))],
    ['infinity-hex', 'the point at infinity, as hex', '00'],
    ['x-is-prime', 'an x that is the prime of the field', inPem(ofP)],
    ['compressed-off-curve', 'a compressed point with an x that no point has', inPem(compressedOffCurve())],
    ['hybrid', 'a point in hybrid form', inPem(hybrid), respelled],
    ['cut', 'a point without its last byte', inPem(uncompressed(p256, point).subarray(0, -1))],
    ['longer', 'a point and a byte of zero', inPem(Buffer.concat([uncompressed(p256, point), Buffer.alloc(1)]))],
    ['bare', 'x and y without the byte 04', inPem(bare), respelled],
    ['bare-hex', 'x and y without the byte 04, as hex', bare.toString('hex'), respelled],
    ['hex-compressed', 'the hex of a compressed point', compressed(p256, point).toString('hex'), respelled],
    ['hex-hybrid', 'the hex of a point in hybrid form', hybrid.toString('hex'), respelled],
    ['hex-odd', 'the hex of a point without its last digit', uncompressed(p256, point).toString('hex').slice(0, -1)],
    ['hex-longer', 'the hex of a point and a byte of zero', `${uncompressed(p256, point).toString('hex')}00`],
    [
      'hex-der',
      'the hex of a SubjectPublicKeyInfo',
      derOf(inPem(uncompressed(p256, point))).toString('hex'),
      respelled,
    ],
    ['empty', 'an empty public', ''],
  ];
  return rows.map(([name, comment, text, about = wrong]) => refuseText(name, comment, text, about));
}

/** The compressed form of the first x from 1 on that no point has. */
function compressedOffCurve() {
  for (let x = 1n; ; x += 1n) {
    if (pointAt(p256, x) === undefined) return Buffer.concat([Buffer.from([2]), toBytes(x, 32)]);
  }
}

/** @param {string} text */
function derOf(text) {
  return Buffer.from(text.trim().split('\n').slice(1, -1).join(''), 'base64');
}

function structures() {
  const { point, secret } = ecdsa.p256;
  const bytes = uncompressed(p256, point);
  const algorithm = algorithmOf(p256);
  const info = sequence(sequence(...algorithm), bitString(bytes));
  const block = (/** @type {Buffer} */ der) => pem('PUBLIC KEY', der);
  /** @type {readonly (readonly [string, string, string, About?])[]} */
  const rows = [
    ['explicit', 'the curve spelled out', publicKeyPem(explicitAlgorithm(p256), bytes), parameters],
    ['no-parameters', 'an algorithm without a curve', publicKeyPem([identifiers.ecPublicKey], bytes)],
    ['null-parameters', 'an algorithm with NULL for a curve', publicKeyPem([identifiers.ecPublicKey, nothing], bytes)],
    ['more-parameters', 'NULL behind the curve', publicKeyPem([...algorithm, nothing], bytes)],
    ['rsa-algorithm', 'a point under the algorithm of RSA', publicKeyPem(rsaAlgorithm, bytes)],
    ['no-algorithm', 'the curve alone for an algorithm', publicKeyPem([p256.identifier], bytes)],
    ['unused-bits', 'a bit string with an unused bit', block(sequence(sequence(...algorithm), bitString(bytes, 1)))],
    [
      'octet-string',
      'an octet string in place of the bit string',
      block(sequence(sequence(...algorithm), element(4, bytes))),
    ],
    ['third-element', 'NULL behind the point', block(sequence(sequence(...algorithm), bitString(bytes), nothing))],
    ['byte-behind', 'a byte behind the key', block(Buffer.concat([info, Buffer.alloc(1)]))],
    [
      'long-length',
      'the length in two bytes where one will do',
      block(Buffer.concat([Buffer.from([0x30, 0x81, info.length - 2]), info.subarray(2)])),
    ],
    ['point-alone', 'the point alone in a PEM block', block(bytes)],
    [
      'private',
      'the private key',
      pem(
        'PRIVATE KEY',
        sequence(Buffer.from([2, 1, 0]), sequence(...algorithm), element(4, privateKeyInfo(p256, secret))),
      ),
    ],
  ];
  return [
    ...rows.map(([name, comment, text, about = respelled]) => refuseText(name, comment, text, about)),
    ...rogueBase(),
  ];
}

/** The key is the base point of the parameters that are listed with it, so its secret there is 1. */
function rogueBase() {
  const { point } = ecdsa.p256second;
  const rogue = { ...p256, base: point };
  const text = publicKeyPem(explicitAlgorithm(p256, point), uncompressed(p256, point));
  return [
    refuse(
      'ecdsa-p256-key-rogue-base',
      'the curve spelled out with another base point, under which the secret of the key is 1',
      {
        key: listed('ecdsa', schemeOf(p256), text),
        sign: (message) => ecdsaDer(sign(rogue, 1n, message)).toString('hex'),
      },
      parameters,
      { control: ecdsaSigner(ecdsa.p256second) },
    ),
  ];
}

function texts() {
  const text = ecPem(ecdsa.p256);
  const body = oneLine(text).split('\n')[1] ?? '';
  const two = ecPem(ecdsa.p256second);
  const relabelled = (/** @type {string} */ label) => text.replaceAll('PUBLIC KEY', label);
  /** @type {readonly (readonly [string, string, string])[]} */
  const rows = [
    ['text-behind', 'text behind the PEM block', `${text}trailing text\n`],
    ['text-before', 'text before the PEM block', `a comment\n${text}`],
    ['then-another', 'two PEM blocks, this key first', text + two],
    ['after-another', 'two PEM blocks, this key last', two + text],
    ['headers', 'a PEM block with a header', text.replace('-----\n', '-----\nComment: a key\n\n')],
    ['ec-label', 'the label EC PUBLIC KEY', relabelled('EC PUBLIC KEY')],
    ['certificate-label', 'the label CERTIFICATE', relabelled('CERTIFICATE')],
    ['rsa-label', 'the label RSA PUBLIC KEY', relabelled('RSA PUBLIC KEY')],
    ['labels-differ', 'another label at the end', text.replace('END PUBLIC KEY', 'END EC PUBLIC KEY')],
    ['no-end', 'a PEM block without its end', text.slice(0, text.indexOf('-----END'))],
    ['no-begin', 'base64 without the lines around it', body],
    ['dashes', 'four dashes in place of five', text.replaceAll('-----', '----')],
    ['lower-case-label', 'a label in lower case', relabelled('public key')],
    ['no-padding', 'base64 without its padding', text.replaceAll('=', '')],
    ['base64url', 'base64 for URLs', text.replaceAll('+', '-').replaceAll('/', '_')],
    [
      'garbage-inside',
      'a character within that is no base64',
      text.replace(body.slice(8, 12), `${body.slice(8, 10)}!${body.slice(10, 12)}`),
    ],
    ['literal-newlines', 'a backslash and the letter n in place of each newline', text.replaceAll('\n', '\\n')],
  ];
  return rows.map(([name, comment, publicText]) => refuseText(name, comment, publicText, respelled));
}
