/** A file system that fails, or does something else, at a chosen call. */
import { type FileOperations, nodeFiles } from '../../src/node/atomic-write.ts';

type Call = keyof FileOperations;

/** Calls `before` ahead of each call, with its name, its number from 1, and the path if it has one. */
export function watched(
  before: (call: Call, count: number, path: string | undefined) => void,
  files: FileOperations = nodeFiles,
): FileOperations {
  let count = 0;
  const entries = Object.entries(files).map(([call, act]) => [
    call,
    async (...rest: unknown[]) => {
      before(call as Call, ++count, typeof rest[0] === 'string' ? rest[0] : undefined);
      return (act as (...all: unknown[]) => Promise<unknown>)(...rest);
    },
  ]);
  return Object.fromEntries(entries) as FileOperations;
}

/** Fails at the `nth` call, of those named in `only` and on paths like `path`; all others are Node's. */
export function failingAt(
  nth: number,
  { code, only, path: paths }: { code: string; only?: readonly Call[]; path?: RegExp },
): { files: FileOperations; failed(): boolean; done: Call[] } {
  let count = 0;
  let failed = false;
  const done: Call[] = [];
  const files = watched((call, _count, path) => {
    const counts = (only === undefined || only.includes(call)) && (paths === undefined || paths.test(path ?? ''));
    if (counts && ++count === nth) {
      failed = true;
      throw Object.assign(new Error(`${code}: injected into ${call}`), { code });
    }
    done.push(call);
  });
  return { files, failed: () => failed, done };
}
