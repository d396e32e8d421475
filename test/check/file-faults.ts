/** Faults of files: of targets, of older versions, of what nothing lists. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { envelope, type Fault, type Files, newKey, prefixed, targetsOf } from './planted.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const first = `targets/${prefixed('a.txt', 'first')}`;

const pem = (type: string): string => `-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`;
const pkcs8 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** As the usual programs write them. */
const privateKeys: readonly (readonly [string, string])[] = [
  ['PKCS#8', pkcs8],
  ['PKCS#8, encrypted', pem('ENCRYPTED PRIVATE KEY')],
  ['PKCS#1', pem('RSA PRIVATE KEY')],
  ['SEC 1, behind its parameters', `${pem('EC PARAMETERS')}${pem('EC PRIVATE KEY')}`],
  ['OpenSSH', pem('OPENSSH PRIVATE KEY')],
  ['PGP', pem('PGP PRIVATE KEY BLOCK')],
  ['ssh.com', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n'],
  ['PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519\n'],
  ['UTF-16', Buffer.from(`\ufeff${pkcs8}`, 'utf16le').toString('latin1')],
];

/** An older version of targets beside the published one. */
const older = (files: Files, content: string): void => {
  files.set('metadata/1.targets.json', envelope(targetsOf({ 'a.txt': content }), [newKey()]));
  files.set(`targets/${prefixed('a.txt', content)}`, bytes(content));
};

export const fileFaults: readonly Fault[] = [
  {
    codes: ['target-missing'],
    what: 'a file that is gone',
    after: (files) => files.delete(first),
  },
  {
    codes: ['target-missing', 'contents-unchecked'],
    what: 'a file that is gone, without reading any',
    after: (files) => files.delete(first),
    options: { skipContents: true },
  },
  {
    codes: ['target-wrong'],
    what: 'other bytes of the same length',
    after: (files) => files.set(first, bytes('FIRST')),
    text: /the sha256 digest is wrong/,
  },
  {
    codes: ['target-wrong'],
    what: 'more bytes',
    after: (files) => files.set(first, bytes('first and more')),
  },
  {
    codes: ['target-wrong'],
    what: 'fewer bytes',
    after: (files) => files.set(first, bytes('fir')),
  },
  {
    codes: ['target-wrong', 'contents-unchecked'],
    what: 'another length, without reading any',
    after: (files) => files.set(first, bytes('fir')),
    options: { skipContents: true },
  },
  {
    codes: ['contents-unchecked'],
    what: 'other bytes of the same length, without reading any',
    after: (files) => files.set(first, bytes('FIRST')),
    options: { skipContents: true },
  },
  {
    codes: ['target-missing'],
    what: 'one of the two names of a file with two digests',
    plant: ({ roles }) => {
      roles['targets'].targets['a.txt'].hashes.sha512 = createHash('sha512').update('first').digest('hex');
    },
  },
  {
    codes: ['target-hash-risky'],
    what: 'sha512 alone',
    plant: ({ roles }) => {
      roles['targets'].targets['a.txt'].hashes = { sha512: createHash('sha512').update('first').digest('hex') };
    },
    after: (files) => {
      files.delete(first);
      files.set(`targets/${createHash('sha512').update('first').digest('hex')}.a.txt`, bytes('first'));
    },
  },
  {
    codes: ['target-hashes-unknown'],
    what: 'md5 alone',
    plant: ({ roles }) => {
      roles['targets'].targets['a.txt'].hashes = { md5: createHash('md5').update('first').digest('hex') };
    },
    after: (files) => files.delete(first),
  },
  {
    codes: ['target-changed'],
    what: 'another content in the version before',
    plant: ({ roles }) => {
      roles['targets'].version = 2;
    },
    after: (files) => older(files, 'zeroth'),
    text: /a\.txt \(version 1 to 2\)/,
  },
  {
    codes: ['file-extra'],
    what: 'a file among the targets',
    after: (files) => files.set('targets/left-over.txt', bytes('?')),
    text: /^nothing lists 1 file in targets: targets\/left-over\.txt$/,
  },
  {
    codes: ['file-extra'],
    what: 'a file among the metadata',
    after: (files) => files.set('metadata/notes.txt', bytes('?')),
  },
  {
    codes: ['key-private-published', 'file-extra'],
    what: 'a private key among the metadata',
    after: (files) => {
      const { privateKey } = generateKeyPairSync('ed25519');
      files.set('metadata/key.pem', bytes(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string));
    },
    text: /^metadata\/key\.pem is a private key$/,
  },
  ...privateKeys.map(
    ([kind, content]): Fault => ({
      codes: ['key-private-published'],
      what: `a target that is a private key: ${kind}`,
      plant: ({ roles, files }) => {
        roles['targets'] = targetsOf({ 'a.txt': 'first', key: content });
        files['key'] = content;
      },
      text: /^targets\/[0-9a-f]{64}\.key is a private key$/,
    }),
  ),
  {
    codes: ['key-private-published', 'target-changed'],
    what: 'a private key that an older version lists',
    plant: ({ roles }) => {
      roles['targets'].version = 2;
    },
    after: (files) => older(files, pkcs8),
  },
  {
    codes: ['contents-unchecked'],
    what: 'a private key among files that are not read',
    plant: ({ roles, files }) => {
      roles['targets'] = targetsOf({ 'a.txt': 'first', key: pkcs8 });
      files['key'] = pkcs8;
    },
    options: { skipContents: true },
  },
  {
    codes: ['file-ahead'],
    what: 'targets that no snapshot lists yet',
    after: (files) => files.set('metadata/2.targets.json', bytes('{}')),
  },
  {
    codes: ['bound-met'],
    what: 'more files than are listed',
    options: { bounds: { files: 3 } },
  },
  {
    codes: ['check-incomplete'],
    what: 'more targets than are read',
    options: { bounds: { targets: 0 } },
  },
  {
    codes: ['check-incomplete'],
    what: 'more documents than are read',
    options: { bounds: { documents: 3 } },
    text: /documents: 3/,
  },
];
