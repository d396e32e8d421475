/**
 * What all commands share: the global options, an example in the help, and how one runs.
 *
 * @module
 */
import { type Command, type CommanderError, Option } from 'commander';
import { Aborted, UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { type PassphraseSource, passphraseSource } from './passphrase.ts';
import { Voice } from './voice.ts';

/** The world of one command. */
export interface Session {
  readonly io: Io;
  readonly voice: Voice;
  readonly signal: AbortSignal;
  readonly openedKeys: Io['openedKeys'];
  now(): Date;
  /** Whether somebody may be asked. */
  readonly input: boolean;
  passphrase(options?: { readonly isNew?: boolean }): PassphraseSource;
}

/** What a command does. The number it gives, where it gives one, is the exit code. */
type Action<O> = (session: Session, options: O, args: readonly string[]) => Promise<number | undefined>;

export interface CommandSpec<O> {
  /** `add <dir> <file...>` */
  readonly usage: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What else one has to know before the first use: one thought each. */
  readonly details?: readonly string[];
  /** What an exit code other than 0 says of this command in particular. */
  readonly exits?: readonly string[];
  /** The members of what `--json` prints, in their order; absent where it prints no object. */
  readonly json?: readonly string[];
  /** At least one; without the leading `tufa`. */
  readonly examples: readonly string[];
  readonly options?: readonly Option[];
  readonly action: Action<O>;
}

/** Holds the exit code of the command that ran. */
export interface Outcome {
  exitCode: number;
}

/** Adds a command to its parent. */
export function addCommand<O>(parent: Command, spec: CommandSpec<O>, io: Io, outcome: Outcome): void {
  const [name, ...args] = spec.usage.split(' ') as [string, ...string[]];
  const command = parent.command(name).summary(spec.summary).description(spec.summary);
  for (const argument of args) command.argument(argument, argumentWords[argument.replace(/[<>[\]]/g, '')] ?? '');
  for (const option of spec.options ?? []) command.addOption(option);
  addGlobalOptions(command);
  const { details = [], exits = [], json, options = [] } = spec;
  const notes = [...details, ...forms.flatMap(([form, words]) => (options.some(form) ? [words] : []))];
  if (notes.length > 0) command.addHelpText('after', `\n${notes.map(wrapped).join('\n')}`);
  command.addHelpText('after', `\n${['Exit codes:', exitWords, ...exits].map(wrapped).join('\n  ')}`);
  if (json !== undefined)
    command.addHelpText('after', `\nWith --json:\n  ${wrapped(`an object of ${json.join(', ')}`)}`);
  addExamples(command, spec.examples);
  command.action(async (...received: unknown[]) => {
    const self = received.at(-1) as Command;
    const options = self.optsWithGlobals() as O & GlobalOptions;
    outcome.exitCode = (await spec.action(sessionOf(io, options), options, self.args)) ?? 0;
  });
}

/** What the exit codes say, of every command. */
export const exitWords = '0 done, 1 refused, 2 usage, 3 unavailable, 4 conflict, 130 aborted';

/** What arguments are, by the names that they have in every command. */
const argumentWords: Readonly<Record<string, string>> = {
  dir: 'the folder of a repository',
  'dir|url': 'the folder of a repository, or the address of its metadata',
  'dir-or-url': 'the folder of a repository, or the address of its metadata',
  file: 'the file',
  'file...': 'files; where they are added, also folders',
  role: 'the name of the role',
  'role...': 'names of roles, as tufa status shows them',
  name: 'the name of the channel, such as stable',
  path: 'the folder of a repository, or an event: the file that tufa review --to wrote',
  'path...': 'target paths, as tufa list shows them',
  target: 'the target path, as it was published',
  'key...': 'where keys are, as for tufa key create, or files of public keys',
  'target...': 'target paths, as they were published',
  uri: 'where a key is: file:PATH, env:NAME, ssh-agent:ID, exec:PROGRAM',
  'metadata-url': 'the address below which the metadata is served',
  'command...': 'how the client is started; what follows -- is left to it',
};

/** How values are written, wherever an option takes one. */
const forms: readonly (readonly [takes: (option: Option) => boolean, words: string])[] = [
  [
    ({ flags }) => /duration/.test(flags),
    'A duration is 90s, 30m, 12h, 7d, 2w or 1y, or one of ISO 8601 such as P1Y6M.',
  ],
  [({ flags }) => /<date>/.test(flags), 'A date is 2030-01-31 or 2030-01-31T12:00:00Z.'],
  [({ flags }) => /uri/.test(flags), 'A key is file:PATH, env:NAME, ssh-agent:ID or exec:PROGRAM?arg=….'],
];

/** Lines of at most 80 columns; those after the first are indented. */
function wrapped(text: string): string {
  return text.replace(/(?=.{77})(.{1,76}) /g, '$1\n    ');
}

/** The part of the help that shows how. */
export function addExamples(command: Command, examples: readonly string[]): void {
  const lines = examples.map((example) => `  $ tufa ${example}`);
  command.addHelpText('after', `\n${lines.length > 1 ? 'Examples' : 'Example'}:\n${lines.join('\n')}`);
}

export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly input?: boolean;
}

/** Before or after the name of the command: both are understood. */
export function addGlobalOptions(command: Command): void {
  command
    .addOption(new Option('--json', 'print one JSON document to stdout'))
    .addOption(new Option('--quiet', 'say nothing but errors'))
    .addOption(new Option('--no-input', 'never ask; fail instead').default(undefined))
    .helpOption('-h, --help', 'show this help')
    .exitOverride();
}

function sessionOf(io: Io, options: GlobalOptions): Session {
  const input = options.input !== false;
  return {
    io,
    voice: new Voice(io.stdout, io.stderr, { json: options.json === true, quiet: options.quiet === true }),
    signal: io.signal,
    openedKeys: io.openedKeys,
    now: () => io.now(),
    input,
    passphrase: (more) => passphraseSource(io, { input, ...more }),
  };
}

/** An option that is given more than once, as `NAME=VALUE`. */
export function pairsOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: ReadonlyMap<string, string> | undefined) => {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`${JSON.stringify(text)} is not of the form NAME=VALUE`);
    return new Map(before).set(text.slice(0, at), text.slice(at + 1));
  });
}

/** What commander throws, in our words; `undefined` where it has said everything itself (`--help`). */
export function usageErrorOf(error: CommanderError): UsageError | undefined {
  if (error.exitCode === 0) return undefined;
  const message = error.message.replace(/^error: /, '').replace(/\.$/, '');
  const [first = '', ...rest] = message.split('\n');
  const text = first.charAt(0).toLowerCase() + first.slice(1);
  return new UsageError(text, rest.join(' ').trim().replace(/[()]/g, '').toLowerCase() || undefined);
}

/** The reason of a signal as what a command throws. */
export function abortedBy(signal: AbortSignal, error: unknown): unknown {
  return signal.aborted && (error === signal.reason || (error as Error | undefined)?.name === 'AbortError')
    ? new Aborted()
    : error;
}
