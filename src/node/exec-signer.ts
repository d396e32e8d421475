/**
 * Keys behind any program: `exec:PROGRAM?arg=…&arg=…`.
 *
 * @module
 */
import type { PublicKeyObject } from '../metadata/public-key-writer.ts';
import type { Signer } from '../repository/signer.ts';
import { findProgram, type ProgramEnd, runProgram } from './exec-program.ts';
import { signedBytes } from './ml-dsa.ts';
import { signerError } from './signer-error.ts';
import { keyidOf } from './signer-public-key.ts';

/** What a program is started with. */
export interface ExecCall {
  /** What errors name. */
  readonly uri: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where it runs, and where the path of a program begins that is relative and has a slash. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onNotice?: ((line: string) => void) | undefined;
}

/** More than four times the longest signature, in base64 with headers. */
const answerBytesMax = 65_536;
const addressCharsMax = 16_384;

/** Never given to a program: it opens other keys. */
const secretVariables = ['TUFA_PASSPHRASE', 'TUFA_PASSPHRASE_FILE'];

/**
 * The signer behind a program. For each signature it is started anew, without a shell and in a process group of its own,
 * with the message on stdin (for ML-DSA the 68 bytes that TAP 21 has signed in its place), and with `TUFA_KEYID`, `TUFA_SCHEME` and, where it is known, `TUFA_ROLE` in its environment,
 * from which the passphrase of key files is taken. It answers with the raw signature on stdout and exits with 0.
 *
 * @throws TufError `ERR_TUF_SIGNER` where the URI is none, or the program is not there; nothing is started.
 */
export function execSigner(address: string, key: PublicKeyObject, call: ExecCall): Signer {
  const { program, args } = parseExecAddress(address, call.uri);
  const path = pathOf(program, call);
  const variables = { TUFA_KEYID: keyidOf(key), TUFA_SCHEME: key.scheme };
  const env = Object.fromEntries(Object.entries(call.env).filter(([name]) => !secretVariables.includes(name)));
  return {
    key,
    sign: async (message, purpose) => {
      const input = key.keytype === 'ml-dsa' ? signedBytes(message) : message;
      const role = purpose?.role?.includes('\0') === false ? { TUFA_ROLE: purpose.role } : {};
      const run = { ...call, program: path, args, input, outputBytesMax: answerBytesMax };
      const end = await runProgram({ ...run, env: { ...env, TUFA_ROLE: undefined, ...variables, ...role } }).catch(
        (cause) => {
          if (call.signal?.aborted === true) throw call.signal.reason;
          const hint = 'may it be run on this machine, and is the first line of a script right?';
          throw signerError(call.uri, 'cannot be started', hint, cause);
        },
      );
      return signatureOf(end, call);
    },
  };
}

/** Why a program cannot be run, before it is tried. */
export function execAbsence(address: string, call: Pick<ExecCall, 'uri' | 'env' | 'folder'>): string | undefined {
  const { program } = parseExecAddress(address, call.uri);
  return findProgram(program, call.env, call.folder) === undefined ? `there is no program ${program}` : undefined;
}

/**
 * The program and the arguments of an `exec:` URI, each percent-encoded in UTF-8; `+` is itself.
 *
 * @throws TufError `ERR_TUF_SIGNER`.
 */
export function parseExecAddress(address: string, uri: string): { program: string; args: string[] } {
  const hint = 'write exec:PROGRAM?arg=FIRST&arg=SECOND, with %20 for a blank, %26 for &, %3F for ? and %25 for %';
  if (address.length > addressCharsMax) throw signerError(uri, `is longer than ${addressCharsMax} characters`, hint);
  const at = address.indexOf('?');
  const query = at === -1 ? [] : address.slice(at + 1).split('&');
  const other = query.find((part) => !part.startsWith('arg='));
  if (other !== undefined) throw signerError(uri, 'has something else than arg= after its program', hint);
  const parts = [at === -1 ? address : address.slice(0, at), ...query.map((part) => part.slice('arg='.length))];
  const [program, ...args] = parts.map((part) => decoded(part)) as [string | undefined, ...(string | undefined)[]];
  if (program === undefined || args.includes(undefined)) throw signerError(uri, 'is not percent-encoded', hint);
  if (program === '') throw signerError(uri, 'names no program', hint);
  return { program, args: args as string[] };
}

function decoded(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined; // a stray % or no UTF-8
  }
}

function pathOf(program: string, { uri, env, folder }: ExecCall): string {
  const path = findProgram(program, env, folder);
  if (path !== undefined) return path;
  const place = program.includes('/')
    ? 'see that it is there and may be run'
    : 'install it, or give its whole path: a name is looked for in the folders of PATH';
  throw signerError(uri, `needs the program ${program}, which is not there`, place);
}

function signatureOf({ code, broken, output, said }: ProgramEnd, { uri, timeoutMs }: ExecCall): Uint8Array {
  if (broken === 'late') {
    const hint = 'a person may have to do something for it; TUFA_SIGNER_TIMEOUT gives it more seconds';
    throw signerError(uri, `did not end within ${timeoutMs / 1000} s, and was ended${quoted(said)}`, hint);
  }
  const hint = 'it has to print the raw bytes of the signature to stdout and nothing else';
  if (broken === 'long') throw signerError(uri, `printed more than ${answerBytesMax} bytes, and was ended`, hint);
  if (code !== 0) {
    const how = code === undefined ? 'was ended by a signal' : `ended with exit code ${code}`;
    throw signerError(
      uri,
      `${how}${quoted(said)}`,
      'run it by hand with something on its stdin, and see what it lacks',
    );
  }
  if (output.length === 0) throw signerError(uri, `printed no signature${quoted(said)}`, hint);
  return Uint8Array.from(output);
}

/** What a program said, as one line in which nothing is hidden. */
function quoted(said: string): string {
  const text = said.trim();
  if (text === '') return '';
  const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/gu;
  const shown = text.replace(/\s*\r?\n\s*/g, ' / ').replace(unseen, (character) => {
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
  return `; it said: ${shown}`;
}
