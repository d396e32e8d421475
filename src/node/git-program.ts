/**
 * Git as a program: started without a shell, bounded in time and in what it says, and kept from whatever a person's
 * configuration would do to bytes or run beside: hooks, signatures, line ends, filters, background work.
 *
 * What it needs to reach a remote stays: credentials, proxies, ssh. It has no terminal, so it asks nobody.
 *
 * @module
 */
import { realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TufError } from '../errors.ts';
import { errorCode } from './atomic-write.ts';
import { findProgram, type ProgramEnd, runProgram } from './exec-program.ts';

/** How git is run. */
export interface GitOptions {
  /** The environment; that of this process without it. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** For one command that stays on this machine; two minutes without it. */
  readonly timeoutMs?: number | undefined;
  /** For one command that reaches a remote; ten minutes without it. */
  readonly remoteTimeoutMs?: number | undefined;
}

/** What one command is given. */
interface GitRun {
  readonly input?: Uint8Array | string | undefined;
  /** A file of the index other than the repository's own. */
  readonly index?: string | undefined;
  /** Whether it reaches a remote. */
  readonly isRemote?: boolean | undefined;
  /** Most bytes that it may answer; 64 MiB without it. */
  readonly bytesMax?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const outputBytesMax = 64 * 1024 * 1024;

/** Settings that win over everybody's files. */
const settings = Object.entries({
  'core.hooksPath': '/dev/null',
  'core.autocrlf': 'false',
  'core.eol': 'lf',
  'core.safecrlf': 'false',
  'core.attributesFile': '/dev/null',
  'core.excludesFile': '/dev/null',
  'core.fsmonitor': 'false',
  'core.fileMode': 'false',
  'core.ignoreCase': 'false',
  'core.symlinks': 'true',
  'core.precomposeUnicode': 'false',
  // Objects and names last once a command has ended; before 2.36, git flushes what it flushes.
  'core.fsync': 'committed,reference',
  'core.filesRefLockTimeout': '5000',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'push.gpgSign': 'false',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** What of `GIT_…` leads to a remote or says who somebody is; the rest would lead to another repository. */
const keptVariables =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND|SSL_\w+|HTTP_\w+|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|(AUTHOR|COMMITTER)_(NAME|EMAIL)|TRACE\w*|EXEC_PATH)$/;

/** Git in one working tree. */
export class Git {
  readonly tree: string;
  readonly #options: GitOptions;
  #program: string | undefined;

  /** @param tree the top of a working tree. */
  constructor(tree: string, options: GitOptions = {}) {
    this.tree = resolve(tree);
    this.#options = options;
  }

  /**
   * Runs a command that has to work, and gives what it said.
   *
   * @throws {@link TufError} `ERR_TUF_STORE`, with the last line of what it said to people.
   */
  async run(args: readonly string[], run: GitRun = {}): Promise<Buffer> {
    const end = await this.try(args, run);
    if (end.code === 0) return Buffer.from(end.output);
    throw run.isRemote === true ? this.remoteFailure(args, end) : this.failure(args, end);
  }

  /** The same as text without the last line end. */
  async text(args: readonly string[], run: GitRun = {}): Promise<string> {
    return (await this.run(args, run)).toString('utf8').replace(/\n$/, '');
  }

  /** Runs a command that may fail. Throws where it is not there, or met a bound. */
  async try(args: readonly string[], run: GitRun = {}): Promise<ProgramEnd> {
    const { timeoutMs = 120_000, remoteTimeoutMs = 600_000 } = this.#options;
    const end = await this.#start(args, run, run.isRemote === true ? remoteTimeoutMs : timeoutMs);
    if (end.broken === undefined) return end;
    const what = end.broken === 'late' ? 'took too long' : 'said too much';
    throw this.#error(args, `git ${args[0]} ${what}`, 'see what keeps it, and try again');
  }

  /** What a command that failed said, as an error. */
  failure(args: readonly string[], { code, said }: ProgramEnd): TufError<'ERR_TUF_STORE'> {
    const lines = said.split(/\r|\n/).filter((line) => line.trim() !== '' && !line.startsWith('hint:'));
    const line = (lines.find((each) => /^(fatal|error):/.test(each)) ?? lines.at(-1) ?? `exit code ${code}`).slice(
      0,
      300,
    );
    return this.#error(args, `git ${args[0]}: ${line}`, `see for yourself: git -C ${this.tree} status`);
  }

  /** The same of a command that reaches a remote: what the remote says, and why, stands in several lines. */
  remoteFailure(args: readonly string[], { code, said }: ProgramEnd): TufError<'ERR_TUF_STORE'> {
    const lines = said
      .split(/[\r\n]+/)
      .map((line) => line.replace(/^remote: ?/, '').trim())
      .filter(
        (line) =>
          /\w/.test(line) && !/^(hint:|To |error: failed to push|Please make sure|and the repository )/.test(line),
      );
    const text = lines.join('; ').slice(0, 600) || `exit code ${code}`;
    const hint =
      args[0] === 'push'
        ? 'nothing has changed there: settle it with the host (access, a rule for the branch, a hook), and try again'
        : 'check the address of the remote, the network and your access to it, and try again';
    return this.#error(args, `git ${args[0]}: ${text}`, hint);
  }

  /**
   * The folder in which git keeps the repository. The tree has to be the top of it, so that nothing is committed to a
   * repository around it.
   */
  async folder(): Promise<string> {
    const args = ['rev-parse', '--show-toplevel', '--absolute-git-dir'];
    const end = await this.try(args);
    const [top, folder] = Buffer.from(end.output).toString('utf8').split('\n');
    if (end.code === 0 && top && folder && realpathSync(top) === realpathSync(this.tree)) {
      if (realpathSync(folder) === realpathSync(join(this.tree, '.git'))) return join(this.tree, '.git');
      const hint = 'use a clone of its own: git clone URL';
      throw this.#error(args, `${this.tree} is a part of another clone: its .git is elsewhere`, hint);
    }
    // Whose repository it is, and the like.
    if (end.code !== 0 && !/not a git repository/.test(end.said)) throw this.failure(args, end);
    const hint = `clone it there with: git clone URL ${this.tree}, or begin one with: git init ${this.tree}`;
    throw this.#error(args, `${this.tree} is not the top of a working tree of git`, hint);
  }

  async #start(args: readonly string[], run: GitRun, timeoutMs: number): Promise<ProgramEnd> {
    const { env = process.env } = this.#options;
    this.#program ??= findProgram('git', env, '/');
    if (this.#program === undefined) {
      throw this.#error(args, 'git is not there', 'install git, or let PATH lead to it');
    }
    const { input = '', index, bytesMax = outputBytesMax } = run;
    try {
      return await runProgram({
        program: this.#program,
        args: [...settings, ...args],
        env: { ...this.#environment(env), ...(index === undefined ? {} : { GIT_INDEX_FILE: index }), ...run.env },
        folder: this.tree,
        input: typeof input === 'string' ? Buffer.from(input) : input,
        timeoutMs,
        outputBytesMax: bytesMax,
      });
    } catch (cause) {
      const hint = errorCode(cause) === 'ENOENT' ? `make the folder ${this.tree}` : undefined;
      throw this.#error(args, `git cannot be started in ${this.tree}`, hint ?? 'see the cause', cause);
    }
  }

  #environment(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
    const kept = Object.entries(env).filter(
      ([name]) => !name.startsWith('TUFA_') && (!name.startsWith('GIT_') || keptVariables.test(name)),
    );
    return {
      ...Object.fromEntries(kept),
      LC_ALL: 'C',
      GIT_CEILING_DIRECTORIES: dirname(realOr(this.tree)),
      GIT_TERMINAL_PROMPT: '0',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
    };
  }

  #error(args: readonly string[], message: string, hint: string, cause?: unknown): TufError<'ERR_TUF_STORE'> {
    const evidence = { path: this.tree, operation: `git ${args[0]}` };
    return new TufError('ERR_TUF_STORE', message, evidence, cause === undefined ? { hint } : { cause, hint });
  }
}

function realOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // starting git there says what is wrong with it
  }
}

/** A path in a list with one a line, as git reads it: quoted, whatever is in it. */
export function quotedPath(path: string): string {
  const quoted = (character: string): string =>
    `\\${/["\\]/.test(character) ? character : character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped
  return `"${path.replace(/["\\\x00-\x1f\x7f]/g, quoted)}"`;
}

/** An entry of a tree that differs: its path, and the object that it was and is; `undefined` for none. */
export interface ChangedEntry {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A file of a tree and its object. */
export interface TreeFile {
  readonly path: string;
  readonly id: string;
}
