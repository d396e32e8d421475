import { TufError } from '../errors.ts';
import type { ClientUnderTest } from './client-under-test.ts';
import { commandLineClient } from './command-line.ts';
import type { Bounds } from './confined-process.ts';
import { LinePool, lineProtocol } from './line-protocol.ts';
import { LineTrial } from './line-trial.ts';
import { ScratchFolder } from './scratch.ts';

/** How a command is asked. */
export interface CommandClientOptions extends Bounds {
  /** `lines`, or `command-line`; by default lines where the client speaks them, and the command line for the rest. */
  readonly protocol?: 'lines' | 'command-line' | undefined;
}

/**
 * A program as a client under test: `COMMAND vectors` is asked what it speaks. Close it to end its processes.
 *
 * @throws {@link TufError} `ERR_TUF_STORE` for a program that cannot be started; `ERR_TUF_MALFORMED` for one that speaks
 * another protocol, or none where `lines` was asked for.
 */
export async function commandClient(
  command: readonly string[],
  { protocol, ...bounds }: CommandClientOptions = {},
): Promise<ClientUnderTest> {
  if (command.length === 0) throw new TypeError('a command has at least one word');
  if (protocol === 'command-line') return commandLineClient(command, bounds);
  const pool = await LinePool.open(command, bounds);
  if (pool instanceof LinePool)
    return lineClient(pool, protocol === 'lines' ? undefined : commandLineClient(command, bounds));
  if (protocol === undefined) return commandLineClient(command, bounds);
  const message = `the client does not speak ${lineProtocol}: ${pool}`;
  const hint = 'its first line in answer to the argument "vectors" says what it can; see docs/design/vectors.md';
  throw new TufError('ERR_TUF_MALFORMED', message, { role: 'client', pointer: '' }, { hint });
}

/** Lines for the calls, and for sequences where the client takes them; else they go over the command line. */
function lineClient(pool: LinePool, commandLine: ClientUnderTest | undefined): ClientUnderTest {
  const { announced } = pool;
  const { calls, forms, profiles, client } = announced;
  const folder = new ScratchFolder();
  const byCommand = announced.hasSteps ? undefined : commandLine;
  const none = { skipped: 'the client does not announce init, refresh and download' };
  return {
    name: client,
    calls,
    forms,
    profiles,
    sequences: announced.hasSteps ? { by: 'lines' } : (byCommand?.sequences ?? none),
    clockSkipped: byCommand?.clockSkipped,
    ask: (request) => pool.ask(request),
    canContinue: byCommand?.canContinue ?? false,
    begin: async (place, from) => byCommand?.begin(place, from) ?? new LineTrial(pool, place, folder.begin()),
    close: async () => {
      folder.remove();
      await Promise.all([pool.close(), commandLine?.close()]);
    },
  };
}
