import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { TufError } from '../errors.ts';
import { Aborted, UsageError } from './failure.ts';
import type { Io } from './io.ts';

/** Gives the passphrase of an operator's keys; asks at most once. */
export type PassphraseSource = () => Promise<string>;

/**
 * The passphrase: `TUFA_PASSPHRASE`, the first line of the file that `TUFA_PASSPHRASE_FILE` names, or what is typed at the
 * terminal, where nothing shows it. Never an argument: others on the machine can read those.
 *
 * @param isNew asks twice.
 */
export function passphraseSource(
  io: Io,
  options: { readonly input: boolean; readonly isNew?: boolean },
): PassphraseSource {
  let found: Promise<string> | undefined;
  return () => {
    found ??= obtain(io, options);
    return found;
  };
}

async function obtain(
  io: Io,
  { input, isNew = false }: { readonly input: boolean; readonly isNew?: boolean },
): Promise<string> {
  const { TUFA_PASSPHRASE: text, TUFA_PASSPHRASE_FILE: file } = io.env;
  if (text !== undefined && text !== '') return text;
  if (file !== undefined && file !== '') return fromFile(file);
  if (!input || io.stdin.isTTY !== true || io.stderr.isTTY !== true) {
    const hint =
      'set TUFA_PASSPHRASE, or TUFA_PASSPHRASE_FILE to a file that holds it, or run the command at a terminal';
    throw new UsageError('a passphrase is needed for the keys, and there is nobody to ask', hint);
  }
  const typed = await ask(io, 'tufa: passphrase of the keys: ');
  if (typed === '') throw new UsageError('the passphrase is empty', 'keys are always encrypted: choose one');
  if (isNew && (await ask(io, 'tufa: once more: ')) !== typed)
    throw new UsageError('the two passphrases differ', 'try again');
  return typed;
}

async function fromFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const hint = 'TUFA_PASSPHRASE_FILE names it: check the path, and that you may read it';
    throw new TufError('ERR_TUF_STORE', `${path} cannot be read`, { path, operation: 'read' }, { cause, hint });
  }
  const line = text.split(/\r?\n/, 1)[0] as string;
  if (line === '') throw new UsageError(`the first line of ${path} is empty`, 'it has to hold the passphrase');
  return line;
}

/** Reads a line from the terminal without showing it. */
function ask(io: Io, question: string): Promise<string> {
  io.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: io.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    const end = (): void => {
      reader.close();
      io.stderr.write('\n');
    };
    reader.once('SIGINT', () => {
      end();
      reject(new Aborted());
    });
    reader.once('close', () => reject(new Aborted()));
    reader.once('line', (line) => {
      resolve(line);
      end();
    });
  });
}
