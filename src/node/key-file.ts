/**
 * Private keys in files: one key a file, as PEM, for its owner alone.
 *
 * @module
 */
import type { Stats } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TufError } from '../errors.ts';
import { syncFolder } from './atomic-write.ts';
import {
  formatPrivateKey,
  isEncryptedPem,
  type KeyProtection,
  type PrivateKey,
  parsePrivateKey,
  type ReadPrivateKeyOptions,
} from './private-key.ts';
import { KeySigner, type KeySignerOptions } from './signer.ts';

/** How a key file is read. */
export type ReadKeyFileOptions = Pick<ReadPrivateKeyOptions, 'passphrase'>;

/**
 * Writes a private key to a new file, with mode 0600 under any umask, encrypted as `formatPrivateKey` says unless
 * `{ unencrypted: true }` is asked for. It is on the disk when the promise resolves.
 *
 * @throws TufError `ERR_TUF_CONFLICT` where the path exists, of whatever kind: a key is never overwritten.
 * `ERR_TUF_STORE` where it cannot be written; nothing is left behind then.
 */
export async function writeKeyFile(path: string, privateKey: PrivateKey, protection: KeyProtection): Promise<void> {
  const pem = await formatPrivateKey(privateKey, protection);
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritten(path, cause);
    const hint = 'a key file is never overwritten: choose another path, or move the old file away';
    throw new TufError('ERR_TUF_CONFLICT', `${path} is there already`, { path }, { cause, hint });
  }
  try {
    await writeThrough(file, pem);
    await syncFolder(dirname(path));
  } catch (cause) {
    // The first failure is the one to report.
    await unlink(path).catch(() => undefined);
    throw notWritten(path, cause);
  }
}

/**
 * The private key in a file: PEM of PKCS#8, encrypted or not, PKCS#1 or SEC 1, of at most 64 KiB.
 *
 * @throws TufError `ERR_TUF_SIGNER` where the file cannot be read, is not a private key, or its passphrase is wrong or
 * missing; and where an unencrypted file belongs to this user, and its mode lets others read or change it.
 */
export async function readKeyFile(path: string, options: ReadKeyFileOptions = {}): Promise<PrivateKey> {
  const uri = `file:${path}`;
  let pem: string;
  let exposed: boolean;
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(keyFileBytesMax + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      exposed = isExposed(await file.stat());
      pem = bytesRead > keyFileBytesMax ? '' : buffer.toString('utf8', 0, bytesRead);
      buffer.fill(0);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const hint = 'check the path, and that you may read it';
    throw new TufError('ERR_TUF_SIGNER', `${uri} cannot be read`, { uri }, { cause, hint });
  }
  const privateKey = await parsePrivateKey(pem, { ...options, uri });
  if (exposed && !isEncryptedPem(pem)) {
    const hint = `run chmod 600 ${path}, or encrypt the key; change the key if somebody may have read it`;
    throw new TufError('ERR_TUF_SIGNER', `${uri} is not encrypted, and others may read it`, { uri }, { hint });
  }
  return privateKey;
}

/**
 * Whether a file of one's own is open to others. What belongs to another user was put there by whoever runs the machine,
 * as secrets in a container are, and cannot be closed by us.
 */
function isExposed({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean {
  return process.platform !== 'win32' && uid === process.getuid?.() && (mode & 0o077) !== 0;
}

/** The signer of a key file. Throws what {@link readKeyFile} and {@link KeySigner} throw. */
export async function fileSigner(
  path: string,
  options: ReadKeyFileOptions & Pick<KeySignerOptions, 'rsaHash'> = {},
): Promise<KeySigner> {
  const privateKey = await readKeyFile(path, options);
  return new KeySigner(privateKey, { rsaHash: options.rsaHash, uri: `file:${path}` });
}

/** Ten times an RSA key of 16384 bits is far above any key. */
export const keyFileBytesMax = 65_536;

async function writeThrough(file: FileHandle, text: string): Promise<void> {
  try {
    // The mode at opening is less the umask, which may also take away what the owner needs.
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function notWritten(path: string, cause: unknown): TufError<'ERR_TUF_STORE'> {
  const hint = 'check that the folder is there and that you may write to it';
  return new TufError('ERR_TUF_STORE', `${path} cannot be written`, { path, operation: 'write' }, { cause, hint });
}
