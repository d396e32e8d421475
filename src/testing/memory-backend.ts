import { TufError } from '../errors.ts';
import type { Backend, Content, FileStore } from '../repository/ports.ts';
import { equalBytes } from '../trust/mix-and-match.ts';

const headName = 'metadata/timestamp.json';

/**
 * A place to publish to that lives as long as its process: for tests, and as the shortest example of a backend.
 *
 * @param files what is there already, by path: `metadata/1.root.json`. Every later write is seen in it.
 * @throws what the ports say: `ERR_TUF_CONFLICT`, `ERR_TUF_STORE`, and `TypeError` for what is no name.
 */
export function memoryBackend(files: Map<string, Uint8Array> = new Map()): Backend {
  return {
    metadata: memoryFiles(files, 'metadata'),
    targets: memoryFiles(files, 'targets'),
    head: {
      read: async () => files.get(headName)?.slice(),
      replace: async (expected, next) => {
        if (!isSame(files.get(headName), expected)) throw conflict(headName, 'is not the one that was read');
        files.set(headName, next.slice());
      },
    },
  };
}

function memoryFiles(files: Map<string, Uint8Array>, base: string): FileStore {
  const open: FileStore['open'] = async (name) => {
    const bytes = files.get(pathOf(base, name));
    return bytes && chunksOf(bytes);
  };
  return {
    open,
    read: async (name, bytesMax) => {
      const bytes = files.get(pathOf(base, name))?.slice();
      if (bytes === undefined || bytes.length <= bytesMax) return bytes;
      const path = pathOf(base, name);
      const hint = 'it is not what it is taken for, or the limit has to be raised';
      throw new TufError(
        'ERR_TUF_STORE',
        `${path} has more than ${bytesMax} bytes`,
        { path, operation: 'read' },
        { hint },
      );
    },
    put: async (name, content) => {
      const path = pathOf(base, name);
      const bytes = await bytesOf(content);
      // Nothing is awaited from here on, so two that race are one after the other.
      const found = files.get(path);
      if (found !== undefined && !isSame(found, bytes)) throw conflict(path, 'is there with other bytes');
      if (found === undefined) files.set(path, bytes);
      return found === undefined ? 'written' : 'there';
    },
    replace: async (name, content) => {
      const path = pathOf(base, name);
      files.set(path, await bytesOf(content));
    },
    async *list() {
      const prefix = `${base}/`;
      for (const path of [...files.keys()]) if (path.startsWith(prefix)) yield path.slice(prefix.length);
    },
    remove: async (names) => {
      for (const path of names.map((name) => pathOf(base, name))) files.delete(path);
    },
  };
}

function pathOf(base: string, name: string): string {
  const isSegment = (segment: string): boolean => !['', '.', '..'].includes(segment) && !/[\0\\]/.test(segment);
  if (name.split('/').every(isSegment)) return `${base}/${name}`;
  throw new TypeError(`${JSON.stringify(name)} is no name of a file in a repository`);
}

function isSame(found: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
  return found === undefined || expected === undefined ? found === expected : equalBytes(found, expected);
}

function conflict(path: string, problem: string): TufError<'ERR_TUF_CONFLICT'> {
  const hint = 'somebody published meanwhile: publish again, on top of that';
  return new TufError('ERR_TUF_CONFLICT', `${path} ${problem}`, { path }, { hint });
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.slice();
}

async function bytesOf(content: Content): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(chunk.slice());
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
