/**
 * Where a published repository lives. Storage is split by the consistency that it needs: files that never change once
 * they are there, and one small head, `timestamp.json`, that is compared and swapped.
 *
 * Names are paths with `/` below a base, decoded: what a static server looks up after it has decoded a URL. They come from
 * `layout.ts` and hold no empty, `.` or `..` segment. Every failure of an adapter is `ERR_TUF_STORE`, but for the conflicts
 * named below.
 *
 * @module
 */

import type { HashAlgorithm } from '../metadata/hashes.ts';

/** A digest over chunks, for files that are not held in memory. */
export interface StreamDigest {
  /** Keeps nothing of the chunk. */
  update(chunk: Uint8Array): void;
  digest(): Uint8Array | Promise<Uint8Array>;
}

/** Begins a digest. */
export type StartDigest = (algorithm: HashAlgorithm) => StreamDigest | Promise<StreamDigest>;

/** What is written to a file. `chunks` may be called more than once, and gives the same bytes each time. */
export interface Content {
  /** Bytes. */
  readonly length: number;
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Files below one base. */
export interface FileStore {
  /** The bytes, or `undefined` where there are none. Throws `ERR_TUF_STORE` for more than `bytesMax`. */
  read(name: string, bytesMax: number): Promise<Uint8Array | undefined>;
  /**
   * The bytes as chunks, or `undefined` where there are none. They are read, or given up by the iterator's `return`, which
   * frees what they hold also before the first one.
   */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Writes a file that is not there yet. A file with the same bytes is fine; other bytes are `ERR_TUF_CONFLICT`, and stay.
   * Whole and lasting once the promise resolves; nothing is there if it rejects. A chunk source that throws ends the
   * writing, and what it threw is thrown.
   */
  put(name: string, content: Content): Promise<'written' | 'there'>;
  /** Writes a file over whatever is there: readers see the old bytes or the new ones. Without consistent snapshots only. */
  replace(name: string, content: Content): Promise<void>;
  /** The names of all files that are there, in any order. Absent where a place cannot tell. */
  list?(): AsyncIterable<string>;
  /** Removes files, for good once the place has settled; those that are not there are fine. Nobody may be putting them. */
  remove?(names: readonly string[]): Promise<void>;
}

/** The one file that decides what is published. */
export interface HeadStore {
  read(): Promise<Uint8Array | undefined>;
  /**
   * Writes `next` if the head is byte for byte `expected`, where `undefined` is no head. Of two that race, one gets
   * `ERR_TUF_CONFLICT`. Lasting once the promise resolves.
   */
  replace(expected: Uint8Array | undefined, next: Uint8Array): Promise<void>;
}

/** A place to publish to: what is served below the metadata and the targets base URL, and the head. */
export interface Backend {
  readonly metadata: FileStore;
  readonly targets: FileStore;
  readonly head: HeadStore;
  /**
   * Takes over what other publishers made visible, for a place of which each of them has a copy. Called before a
   * publication is made. `ERR_TUF_CONFLICT` where the copies have gone different ways.
   */
  sync?(): Promise<void>;
  /**
   * Makes visible what was put after the head, for a place that shows files with the head only. Called at the end of each
   * publication; safe to repeat.
   */
  settle?(): Promise<void>;
}
