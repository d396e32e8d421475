/**
 * A folder of vectors: its index, and each vector when it is asked for.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TufError } from '../errors.ts';
import { CheckedJson } from './checked-json.ts';
import { type HonestRepository, readHonestRepository } from './reading-sequence.ts';
import { readHead, readVector, type Vector, type VectorHead } from './vector.ts';

/** Most bytes of one file of the folder. */
const fileBytesMax = 64 * 1024 * 1024;
const vectorsMax = 100_000;
const repositoryName = 'repository.json';

/** What the index says of one vector. */
export interface IndexEntry extends VectorHead {
  /** Of the file, in hex. */
  readonly sha256: string;
}

/** A folder of vectors. Files are read when they are asked for and are not kept. */
export class VectorFolder {
  readonly path: string;
  /** The release of the specification. */
  readonly spec: string;
  readonly entries: ReadonlyMap<string, IndexEntry>;
  /** Read with the index, before any client runs that could change it; whether it can be read, who needs it is told. */
  readonly #repositoryBytes: Promise<Uint8Array>;
  #repository: Promise<HonestRepository> | undefined;

  private constructor(path: string, spec: string, entries: ReadonlyMap<string, IndexEntry>) {
    this.path = path;
    this.spec = spec;
    this.entries = entries;
    this.#repositoryBytes = readBounded(path, repositoryName);
    this.#repositoryBytes.catch(() => {});
  }

  /**
   * Reads the index of a folder.
   *
   * @throws {@link TufError} `ERR_TUF_STORE` where it cannot be read; `ERR_TUF_MALFORMED` with file and pointer.
   */
  static async open(path: string): Promise<VectorFolder> {
    const index = await readJson(path, 'index.json');
    if (index.at('schema').value !== 'index/1') index.at('schema').fail('a schema that this version does not know');
    const entries = new Map<string, IndexEntry>();
    for (const place of index.at('vectors').items(1, vectorsMax)) {
      const entry = { ...readHead(place), sha256: place.at('sha256').text(/^[0-9a-f]{64}$/) };
      if (entries.has(entry.id)) place.at('id').fail('a vector that is listed twice');
      entries.set(entry.id, entry);
    }
    return new VectorFolder(path, index.at('spec').text(/^[0-9.]{1,16}$/), entries);
  }

  /**
   * Reads one vector.
   *
   * @throws {@link TufError} `ERR_TUF_STORE`; `ERR_TUF_MALFORMED` with file and pointer, also where the file is not the one
   * that the index lists.
   */
  async read(id: string): Promise<Vector> {
    const entry = this.entries.get(id);
    const name = `${id}.json`;
    if (entry === undefined) throw malformed(name, 'the index does not list it');
    const bytes = await readBounded(this.path, name);
    if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256) {
      throw malformed(name, 'its digest is not the one that the index lists');
    }
    const vector = readVector(CheckedJson.parse(bytes, name));
    if (vector.id !== id || vector.schema !== entry.schema || vector.level !== entry.level) {
      throw malformed(name, 'it says otherwise than the index');
    }
    return vector;
  }

  /** Refuses a vector. @throws {@link TufError} `ERR_TUF_MALFORMED`. */
  refuse(id: string, problem: string): never {
    throw malformed(`${id}.json`, problem);
  }

  /** The honest repository around the documents of `strict-reading`. @throws {@link TufError} as {@link read}. */
  repository(): Promise<HonestRepository> {
    this.#repository ??= this.#repositoryBytes.then((bytes) =>
      readHonestRepository(CheckedJson.parse(bytes, repositoryName)),
    );
    return this.#repository;
  }
}

/**
 * Where the vectors are: beside the sources of a clone, or in the installed package `tufa-spec-vectors`.
 *
 * @throws {@link TufError} `ERR_TUF_STORE` where they are in neither place.
 */
export function defaultVectorFolder(): string {
  const beside = fileURLToPath(new URL('../../spec-vectors', import.meta.url));
  if (existsSync(join(beside, 'index.json'))) return beside;
  try {
    return dirname(createRequire(import.meta.url).resolve('tufa-spec-vectors/package.json'));
  } catch (cause) {
    const evidence = { path: 'tufa-spec-vectors', operation: 'find' };
    const hint = 'name their folder (--vectors DIR), or install the package tufa-spec-vectors';
    throw new TufError('ERR_TUF_STORE', 'the vectors are not here', evidence, { cause, hint });
  }
}

async function readJson(folder: string, name: string): Promise<CheckedJson> {
  return CheckedJson.parse(await readBounded(folder, name), name);
}

async function readBounded(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, name);
  try {
    // A small file takes less time than asking another thread for it.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile() || stats.size > fileBytesMax)
        throw malformed(name, `no file of at most ${fileBytesMax} bytes`);
      return new Uint8Array(readFileSync(fd));
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (cause instanceof TufError) throw cause;
    const evidence = { path, operation: 'read' };
    throw new TufError('ERR_TUF_STORE', `cannot read ${path}`, evidence, {
      cause,
      hint: 'is this the folder of the vectors?',
    });
  }
}

function malformed(file: string, problem: string): TufError {
  const hint = 'take the folder of the vectors anew, or make it again: node spec-vectors/generate/main.mjs';
  return new TufError('ERR_TUF_MALFORMED', `${file}: ${problem}`, { role: file, pointer: '' }, { hint });
}
