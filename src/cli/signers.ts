import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileSigner } from '../node/key-file.ts';
import type { Signer } from '../repository/signer.ts';
import { UsageError } from './failure.ts';
import type { PassphraseSource } from './passphrase.ts';
import type { Workspace } from './workspace.ts';

/** A key that the operator's configuration names. */
export interface SignerPlace {
  readonly keyid: string;
  readonly uri: string;
  /** Whether it can be used now: the file is there. */
  readonly isHere: boolean;
}

/** Where the private keys are, as far as the configuration says. */
export function signerPlaces({ folder, config }: Pick<Workspace, 'folder' | 'config'>): SignerPlace[] {
  return [...config.signers].map(([keyid, uri]) => ({ keyid, uri, isHere: existsSync(keyPath(uri, folder)) }));
}

/**
 * The signers of those keys that are at hand. The passphrase is asked for only where one is.
 *
 * @param opened keys that were decrypted before; those that are decrypted now are added.
 */
export async function openSigners(
  workspace: Pick<Workspace, 'folder' | 'config'>,
  keyids: ReadonlySet<string>,
  passphrase: PassphraseSource,
  opened: Map<string, Promise<Signer>> = new Map(),
): Promise<Signer[]> {
  const signers: Signer[] = [];
  for (const { keyid, uri, isHere } of signerPlaces(workspace)) {
    if (!isHere || !keyids.has(keyid)) continue;
    const path = resolve(keyPath(uri, workspace.folder));
    const signer = opened.get(path) ?? fileSigner(path, { passphrase });
    signers.push(await signer);
    opened.set(path, signer);
  }
  return signers;
}

/** The path of a `file:` URI or of a plain path; a relative one begins at `folder`. */
export function keyPath(uri: string, folder = '.'): string {
  const scheme = /^([a-z][a-z0-9+.-]+):/.exec(uri)?.[1];
  if (scheme !== undefined && scheme !== 'file')
    throw new UsageError(`keys at ${scheme}: are not supported`, 'use file:PATH');
  const path = uri.replace(/^file:(\/\/(?=\/))?/, '');
  return isAbsolute(path) ? path : join(folder, path);
}
