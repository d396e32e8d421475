/**
 * Where a repository is imported from: a folder, or a server. Only read, and with a bound on every file; what is longer is
 * `ERR_TUF_TOO_LONG`.
 *
 * @module
 */
import { createReadStream, type Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Transport } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { joinUrl, targetUrlPath } from '../metadata/file-name.ts';
import { errorCode, storeError } from './atomic-write.ts';

/** What `planImport` of `tufa/repository` reads from. */
export interface SourceFolder {
  metadata(name: string, bytesMax: number): Promise<Uint8Array | undefined>;
  target(name: string, bytesMax: number): Promise<AsyncIterable<Uint8Array> | undefined>;
  list(): AsyncIterable<string>;
}

/** A repository in two folders. What a link leads to outside of them is not there. */
export function folderSource(metadata: string, targets: string): SourceFolder {
  return {
    metadata: async (name, bytesMax) => {
      const path = await fileIn(metadata, name);
      if (path === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of bounded(createReadStream(path), bytesMax, path)) chunks.push(chunk);
      return new Uint8Array(Buffer.concat(chunks));
    },
    target: async (name, bytesMax) => {
      const path = await fileIn(targets, name);
      if (path === undefined) return undefined;
      // Opened now, so that who leaves at once leaves nothing open.
      await open(path).then(
        (file) => file.close(),
        (cause) => {
          throw storeError('read', path, cause);
        },
      );
      return bounded({ [Symbol.asyncIterator]: () => createReadStream(path)[Symbol.asyncIterator]() }, bytesMax, path);
    },
    async *list() {
      const entries: Dirent[] = await readdir(metadata, { withFileTypes: true }).catch((cause) => {
        throw storeError('read', metadata, cause);
      });
      for (const entry of entries) if (entry.isFile()) yield entry.name;
    },
  };
}

/** The path of a regular file below a folder, also when links are followed; `undefined` where none is. */
async function fileIn(folder: string, name: string): Promise<string | undefined> {
  if (name.split('/').some((each) => each === '' || each === '.' || each === '..' || /[\0\\]/.test(each)))
    return undefined;
  try {
    const [base, path] = [await realpath(folder), await realpath(join(folder, ...name.split('/')))];
    if (!path.startsWith(base.endsWith(sep) ? base : base + sep)) return undefined;
    return (await stat(path)).isFile() ? path : undefined;
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(errorCode(cause) ?? '')) return undefined;
    throw storeError('read', join(folder, name), cause);
  }
}

async function* bounded(source: AsyncIterable<unknown>, bytesMax: number, path: string): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > bytesMax) throw tooMuch(path, bytesMax);
      yield chunk;
    }
  } catch (cause) {
    throw cause instanceof TufError ? cause : storeError('read', path, cause);
  }
}

/** A repository on a server. */
export function serverSource(
  metadataUrl: string,
  targetsUrl: string,
  { transport, signal }: { readonly transport: Transport; readonly signal?: AbortSignal | undefined },
): Omit<SourceFolder, 'list'> {
  return {
    metadata: async (name, bytesMax) => {
      const chunks = await pull(transport, joinUrl(metadataUrl, targetUrlPath(name)), bytesMax, signal);
      if (chunks === undefined) return undefined;
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      return new Uint8Array(Buffer.concat(parts));
    },
    target: (name, bytesMax) => pull(transport, joinUrl(targetsUrl, targetUrlPath(name)), bytesMax, signal),
  };
}

/** A body as chunks that are asked for, where the transport gives them; `undefined` where there is none. */
async function pull(
  transport: Transport,
  url: string,
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const leaving = new AbortController();
  const pipe = new Pipe();
  const done = transport
    .get(url, {
      bytesMax,
      fresh: true,
      signal: signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]),
      sink: pipe,
    })
    .then((end) => {
      if (end.outcome === 'too-long') throw tooMuch(url, bytesMax);
      return end.outcome;
    });
  done.then(
    () => pipe.end(),
    (error) => pipe.end(error),
  );
  const isThere = await Promise.race([pipe.begun.then(() => true), done.then((outcome) => outcome === 'complete')]);
  if (!isThere) return undefined;
  return pipe.chunks(() => leaving.abort());
}

/** What a transport pushes, for who pulls: one chunk at a time. */
class Pipe {
  readonly begun: Promise<void>;
  #begin: () => void = () => {};
  #taken: (() => void) | undefined;
  #given: (() => void) | undefined;
  #chunk: Uint8Array | undefined;
  #end: { readonly error: unknown } | undefined;
  #count = 0;

  constructor() {
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  start(): void {
    // Nobody who has had the first half can be told to forget it.
    if (this.#count > 0) throw new TypeError('a body began anew');
    this.#begin();
  }

  write(chunk: Uint8Array): Promise<void> {
    this.#count += 1;
    this.#chunk = new Uint8Array(chunk); // `slice` of a Buffer would be no copy
    this.#given?.();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  end(error?: unknown): void {
    this.#end ??= { error };
    this.#given?.();
  }

  chunks(leave: () => void): AsyncIterable<Uint8Array> {
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      while (this.#chunk === undefined && this.#end === undefined) {
        await new Promise<void>((resolve) => {
          this.#given = resolve;
        });
      }
      const chunk = this.#chunk;
      this.#chunk = undefined;
      if (chunk !== undefined) {
        this.#taken?.();
        return { done: false, value: chunk };
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
      return { done: true, value: undefined };
    };
    const end = async (): Promise<IteratorResult<Uint8Array>> => {
      leave();
      this.#taken?.();
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
  }
}

function tooMuch(path: string, limit: number): TufError<'ERR_TUF_TOO_LONG'> {
  const hint = 'it is not what is listed: ask whoever serves it';
  return new TufError('ERR_TUF_TOO_LONG', `${path}: longer than ${limit} bytes`, { path, limit }, { hint });
}
