/**
 * What exists on Node only: a store in a folder, downloads to files, the transport with its limits on waiting, and key
 * files with their signers.
 *
 * @module
 */
export { type DirectoryStoreOptions, directoryStore } from '../store/directory.ts';
export { type HttpTransportOptions, httpTransport } from '../transport/http.ts';
export type { PatienceOptions } from '../transport/patience.ts';
export type { FileOperations } from './atomic-write.ts';
export { type DownloadToFileOptions, downloadToFile } from './download-to-file.ts';
export {
  fileSigner,
  generateKey,
  type KeyKind,
  type KeyProtection,
  keyKinds,
  type ReadKeyFileOptions,
  readKeyFile,
  writeKeyFile,
} from './key-file.ts';
export type { Passphrase, ReadPrivateKeyOptions } from './private-key.ts';
export { KeySigner, type KeySignerOptions } from './signer.ts';
