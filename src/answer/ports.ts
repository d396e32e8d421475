/**
 * What an answer server needs of the world.
 *
 * @module
 */

/** Reads what is published. */
export interface PublishedFiles {
  /**
   * A file by its path below what is served, `metadata/3.root.json` or `targets/…`, decoded; `undefined` where it is not there. What is longer
   * than `bytesMax` may be given cut off after that many bytes. The caller may keep what it gets.
   */
  read(path: string, bytesMax: number): Promise<Uint8Array | undefined>;
}
