/**
 * The `tufa` command: its commands, and how a failure becomes an exit code.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { storeError } from '../node/atomic-write.ts';
import { addCommands } from './add.ts';
import { askCommands } from './ask.ts';
import { auditCommands } from './audit.ts';
import { binsCommand } from './bins.ts';
import { bundleCommands } from './bundle.ts';
import { channelCommand } from './channel.ts';
import { checkCommand } from './check.ts';
import { abortedBy, addExamples, addGlobalOptions, exitWords, type Outcome, usageErrorOf } from './command.ts';
import { delegateCommands } from './delegate.ts';
import { discardCommand } from './discard.ts';
import { explainCommand } from './explain.ts';
import { UsageError } from './failure.ts';
import { floorCommand } from './floor.ts';
import { clientCommands } from './get.ts';
import { importCommand } from './import.ts';
import { initCommand } from './init.ts';
import type { Io } from './io.ts';
import { keyCommands } from './key.ts';
import { listCommand } from './list.ts';
import { mergeCommand } from './merge.ts';
import { pruneCommand } from './prune.ts';
import { publishCommand } from './publish.ts';
import { renewCommand } from './renew.ts';
import { reviewCommand } from './review.ts';
import { rotateCommand } from './rotate.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { signCommand } from './sign.ts';
import { statusCommand } from './status.ts';
import { timestampCommand } from './timestamp.ts';
import { Voice } from './voice.ts';

/** Adds a command to the program. */
type CommandAdder = (parent: Command, io: Io, outcome: Outcome) => void;

const commands: readonly CommandAdder[] = [
  initCommand,
  importCommand,
  keyCommands,
  addCommands,
  listCommand,
  channelCommand,
  delegateCommands,
  binsCommand,
  rotateCommand,
  reviewCommand,
  signCommand,
  mergeCommand,
  discardCommand,
  publishCommand,
  timestampCommand,
  renewCommand,
  statusCommand,
  pruneCommand,
  serveCommand,
  clientCommands,
  floorCommand,
  askCommands,
  bundleCommands,
  showCommand,
  checkCommand,
  explainCommand,
  auditCommands,
];

/** The commands by what somebody wants to do. */
const groups: Readonly<Record<string, readonly string[]>> = {
  'Make a repository and fill it:': ['init', 'import', 'key', 'add', 'remove', 'list', 'channel', 'delegate', 'bins'],
  'Change keys, and sign together:': ['rotate', 'review', 'sign', 'merge', 'discard'],
  'Publish, and keep it alive:': ['publish', 'timestamp', 'renew', 'status', 'prune', 'serve'],
  'Update, as a client:': ['refresh', 'get', 'floor', 'ask', 'bundle'],
  'Look into it:': ['show', 'explain', 'check', 'audit'],
};

/**
 * Runs `tufa ARGS…` and resolves with the exit code: 0 done, 1 refused, 2 usage, 3 unavailable, 4 conflict, 130 aborted.
 * Never rejects.
 */
export async function runTufa(args: readonly string[], io: Io): Promise<number> {
  const outcome: Outcome = { exitCode: 0 };
  // Usage is judged before any option is known to be one.
  const voice = new Voice(io.stdout, io.stderr, { json: args.includes('--json'), quiet: false });
  const program = programOf(io, outcome);
  try {
    await program.parseAsync(askedForHelp(args, program) ?? [...args], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.help') {
      // No command was named: of all of them, or of `key`.
      if (args.some((each) => !each.startsWith('-'))) {
        return voice.fail(withHelp(new UsageError('which command?'), program, args));
      }
      program.outputHelp();
      return 0;
    }
    const found = error instanceof CommanderError ? usageErrorOf(error) : abortedBy(io.signal, error);
    return found === undefined ? 0 : voice.fail(withHelp(found, program, args));
  }
}

/** `help key list` as `key list --help`; `undefined` where that is not what is asked. What is no command is typed as one. */
function askedForHelp(args: readonly string[], program: Command): string[] | undefined {
  const at = args.findIndex((each) => !each.startsWith('-'));
  if (args[at] !== 'help') return undefined;
  const rest = [...args.slice(0, at), ...args.slice(at + 1)];
  const name = rest.find((each) => !each.startsWith('-'));
  const isKnown = name === undefined || program.commands.some((each) => each.name() === name);
  return isKnown ? [...rest, '--help'] : rest;
}

/** The same failure; one of usage that has nothing better to say names the help of the command that was typed. */
function withHelp(error: unknown, program: Command, args: readonly string[]): unknown {
  if (!(error instanceof UsageError) || error.hint !== undefined) return error;
  let command = program;
  const names: string[] = [];
  for (const arg of args.filter((each) => !each.startsWith('-'))) {
    const next = command.commands.find((each) => each.name() === arg);
    if (next === undefined) break;
    names.push(arg);
    command = next;
  }
  return new UsageError(error.message, `see ${['tufa', ...names, '--help'].join(' ')}`);
}

function programOf(io: Io, outcome: Outcome): Command {
  const program = new Command('tufa');
  program.description('The Update Framework: make, publish and verify repositories of files');
  program.usage('[options] <command>');
  program.option('-V, --version', 'show the version');
  program.on('option:version', () => {
    io.stdout.write(`${ownVersion()}\n`);
    throw new CommanderError(0, 'commander.version', '');
  });
  addGlobalOptions(program);
  program.addHelpText('after', `\nExit codes:\n  ${exitWords}\n  what each says, and all errors: docs/errors.md`);
  addExamples(program, ['init repository', 'add repository dist/', 'publish repository', 'help get']);
  // Errors are printed in our own voice, by runTufa.
  program.configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: () => {} });
  program.helpCommand(false);
  program.showSuggestionAfterError(true);
  program.configureHelp({ subcommandTerm: termOf });
  for (const add of commands) add(program, io, outcome);
  for (const [heading, names] of Object.entries(groups)) {
    for (const command of program.commands.filter((each) => names.includes(each.name()))) command.helpGroup(heading);
  }
  return program;
}

/** A command and its arguments; that there are options goes without saying. */
function termOf(command: Command): string {
  const args = command.registeredArguments.map((each) => {
    const name = `${each.name()}${each.variadic ? '...' : ''}`;
    return each.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...args].join(' ');
}

/** What package.json says, which lies two folders above, also when this is part of a bundle. */
function ownVersion(): string {
  const path = new URL('../../package.json', import.meta.url);
  try {
    return String((parseJson(readFileSync(path)) as JsonObject).get('version'));
  } catch (cause) {
    throw storeError('read', path.pathname, cause);
  }
}
