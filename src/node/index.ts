/**
 * What the client has on Node only: a store in a folder, and downloads to files.
 *
 * @module
 */
export { type DownloadToFileOptions, downloadToFile } from './download-to-file.ts';
export { directoryStore } from '../store/directory.ts';
