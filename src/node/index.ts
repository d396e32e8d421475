/**
 * What exists on Node only: a store in a folder, downloads to files, the transport with its limits on waiting, Node's
 * cryptography, what a channel names, why a target is found or not, key files, signers by URI, and the folder or the working tree of git that a repository is published to.
 *
 * @module
 */
export {
  type Explanation,
  explainTarget,
  type MatchingDelegation,
  type VisitedRole,
} from '../client/explain.ts';
export { nodeCrypto, nodeDigest } from '../crypto/node-crypto.ts';
export type { RunningDigest } from '../crypto/running-digest.ts';
export { type DirectoryStoreOptions, directoryStore } from '../store/directory.ts';
export { type HttpTransportOptions, httpTransport } from '../transport/http.ts';
export type { PatienceOptions } from '../transport/patience.ts';
export type { FileOperations } from './atomic-write.ts';
export { type DownloadedFile, type DownloadToFileOptions, downloadToFile } from './download-to-file.ts';
export { type FolderOperations, type FolderRepositoryOptions, folderRepository } from './folder-repository.ts';
export type { GitOptions } from './git-program.ts';
export { createGitTree, type GitRepository, type GitRepositoryOptions, gitRepository } from './git-repository.ts';
export { type HttpAskerOptions, httpAsker } from './http-asker.ts';
export { fileSigner, type ReadKeyFileOptions, readKeyFile, writeKeyFile } from './key-file.ts';
export { MlDsaPrivateKey } from './ml-dsa.ts';
export {
  generateKey,
  type KeyKind,
  type KeyProtection,
  keyKinds,
  type MlDsaKeyKind,
  type NodeKeyKind,
  type Passphrase,
  type PrivateKey,
  type ReadPrivateKeyOptions,
} from './private-key.ts';
export {
  type RunningHandler,
  type ServeHandlerOptions,
  serveHandler,
} from './serve-handler.ts';
export { type ServedFolders, servedFolder } from './served-folder.ts';
export { KeySigner, type KeySignerOptions } from './signer.ts';
export { type RsaHash, readPublicKeyFile } from './signer-public-key.ts';
export {
  type OpenSignerOptions,
  openSigner,
  publicKeyAt,
  type SignerKind,
  signerAbsence,
  signerKinds,
} from './signers.ts';
