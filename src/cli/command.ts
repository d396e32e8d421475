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
  readonly summary: string;
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
  for (const argument of args) command.argument(argument);
  for (const option of spec.options ?? []) command.addOption(option);
  addGlobalOptions(command);
  addExamples(command, spec.examples);
  command.action(async (...received: unknown[]) => {
    const self = received.at(-1) as Command;
    const options = self.optsWithGlobals() as O & GlobalOptions;
    outcome.exitCode = (await spec.action(sessionOf(io, options), options, self.args)) ?? 0;
  });
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
    .helpOption('--help', 'show this help')
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
