/**
 * The TUF client for pages, workers and extensions: the same as everywhere, the stores that are there, what a channel names, and
 * downloads to a `Blob`, which every runtime has that has one.
 *
 * @module
 */
import type { DownloadOptions, Target, UpdateClient } from './client/client.ts';
import { downloadIntoBlob } from './client/download-into-blob.ts';
import { streamingDigest } from './crypto/streaming-digest.ts';

export * from './index.ts';
export { indexedDbStore } from './store/indexed-db.ts';
export { type KeyValueBackend, keyValueStore } from './store/key-value.ts';
export { opfsStore } from './store/opfs.ts';

/**
 * Downloads a target into a `Blob`, streaming and digesting as it comes, for files that are too large for memory: a platform
 * may keep the bytes of a blob on a disk. Nothing of it is handed out before every byte is verified. Its type is empty: the
 * caller says what the file is, by `blob.slice(0, blob.size, type)`.
 *
 * @throws {@link TufError} those of `client.download`, but for the limit on memory. `TypeError` where the runtime has no `Blob`.
 * @spec A-70
 */
export function downloadToBlob(client: UpdateClient, target: Target, options: DownloadOptions = {}): Promise<Blob> {
  return downloadIntoBlob(client, target, streamingDigest, options);
}
