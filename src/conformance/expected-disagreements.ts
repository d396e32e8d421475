import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { TufError } from '../errors.ts';
import type { VectorHead } from './vector.ts';

const fileBytesMax = 1024 * 1024;

/**
 * The vectors that an implementation knowingly answers otherwise: an id or `FAMILY/*` in each line of a file, `#` for
 * comments. Strict both ways: what is listed and passes fails.
 */
export class ExpectedDisagreements {
  /** Where they are listed; for messages. */
  readonly file: string;
  readonly #ids = new Set<string>();
  readonly #families = new Set<string>();

  /**
   * Reads the text of such a file.
   *
   * @throws {@link TufError} `ERR_TUF_MALFORMED` for a line that names no vector of the index.
   */
  constructor(file: string, text: string, index: ReadonlyMap<string, VectorHead>) {
    this.file = file;
    const families = new Set([...index.values()].map(({ family }) => family));
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      const word = line.replace(/#.*/, '').trim();
      const family = /^([^/]+)\/\*$/.exec(word)?.[1];
      if (word === '') continue;
      if (family !== undefined && families.has(family)) this.#families.add(family);
      else if (index.has(word)) this.#ids.add(word);
      else {
        const message = `${file}: line ${i + 1} names no vector: ${JSON.stringify(word.slice(0, 200))}`;
        const hint = 'write the id of a vector, or FAMILY/*, in each line';
        throw new TufError('ERR_TUF_MALFORMED', message, { role: file, pointer: '' }, { hint });
      }
    }
  }

  has({ id, family }: VectorHead): boolean {
    return this.#ids.has(id) || this.#families.has(family);
  }
}

/**
 * Reads the file beside the entry point of a command: `WORD.xfails` for the first word, from the last, that has one.
 *
 * @throws {@link TufError} as the constructor; `ERR_TUF_STORE` for a file that is there and cannot be read.
 */
export async function findExpectedDisagreements(
  command: readonly string[],
  index: ReadonlyMap<string, VectorHead>,
): Promise<ExpectedDisagreements | undefined> {
  for (const word of [...command].reverse()) {
    const file = `${word}.xfails`;
    const text = await readText(file);
    if (text !== undefined) return new ExpectedDisagreements(file, text, index);
  }
  return undefined;
}

async function readText(file: string): Promise<string | undefined> {
  if (file.includes('\0')) return undefined;
  try {
    const opened = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = await opened.stat();
      if (!stats.isFile()) return undefined;
      if (stats.size <= fileBytesMax) return await opened.readFile('utf8');
      throw unreadable(file, undefined);
    } finally {
      await opened.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // A word that is no path at all has no file beside it.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw cause instanceof TufError ? cause : unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): TufError {
  const hint = `it has to be a readable file of at most ${fileBytesMax} bytes`;
  return new TufError('ERR_TUF_STORE', `cannot read ${file}`, { path: file, operation: 'read' }, { cause, hint });
}
