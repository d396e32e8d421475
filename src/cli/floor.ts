import { type Command, Option } from 'commander';
import type { Floor } from '../client/client.ts';
import { type FormatEvidence, isTufError, TufError } from '../errors.ts';
import { formatDateTime } from '../metadata/date-time.ts';
import { readMembers, readPositive, readTime } from '../metadata/members.ts';
import { parseRoot } from '../metadata/root.ts';
import { Scanner } from '../metadata/scanner.ts';
import { writeFileAtomic } from '../node/atomic-write.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { clientAt } from './place-client.ts';
import { readBounded } from './proposal.ts';

interface FloorOptions extends GlobalOptions {
  readonly root?: string;
  readonly to?: string;
}

export function floorCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<FloorOptions>(
    parent,
    {
      usage: 'floor <dir|url>',
      summary: 'say what is current, for an application that ships it with its root',
      options: [
        new Option('--root <file>', 'the root that the application ships; of an operator, DIR/root.json by default'),
        new Option('--to <file>', 'write it there'),
      ],
      json: ['root', 'timestamp', 'snapshot', 'time'],
      examples: ['floor https://example.com/metadata --root root.json --to floor.json'],
      action: writeFloor,
    },
    io,
    outcome,
  );
}

async function writeFloor(session: Session, options: FloorOptions, [where]: readonly string[]): Promise<number> {
  const { client } = await clientAt(session, where as string, options);
  const { root, timestamp, snapshot, checkedAt } = await client.refresh({ signal: session.signal });
  const time = formatDateTime({ milliseconds: (checkedAt as Date).getTime(), nanoseconds: 0 });
  const floor: Floor = { root, timestamp, snapshot, time };
  const line = JSON.stringify(floor);
  if (options.to !== undefined) {
    await writeFileAtomic(options.to, new Uint8Array(Buffer.from(`${line}\n`, 'utf8')), { mode: 0o644 });
    session.voice.say(`wrote the floor to ${options.to}: ship it with the root, and give both to the client`);
  }
  session.voice.result(floor, options.to === undefined ? [line] : []);
  return 0;
}

/** Most bytes of the file of a floor. */
const floorBytesMax = 1024;

/**
 * Reads a file that `tufa floor` wrote.
 *
 * @param root the root that is pinned beside it.
 * @throws {@link TufError} `ERR_TUF_STORE`, `ERR_TUF_TOO_LONG`, `ERR_TUF_MALFORMED`; `UsageError` for a floor that is older
 * than the root.
 */
export async function readFloorFile(file: string, root: Uint8Array): Promise<Floor> {
  const bytes = await readBounded(file, floorBytesMax, 'make one: tufa floor');
  const floor = parseFloor(bytes, file);
  const { version } = parseRoot(root).signed;
  if (floor.root < version) {
    const hint = 'make it anew with tufa floor, or give the root that it was made with';
    throw new UsageError(`${file} is of root ${floor.root}, before the pinned root ${version}`, hint);
  }
  return floor;
}

function parseFloor(bytes: Uint8Array, file: string): Floor {
  try {
    const scanner = new Scanner(bytes, { depth: 1 });
    const versions = { root: readPositive, timestamp: readPositive, snapshot: readPositive };
    const { time, ...rest } = readMembers(scanner, { ...versions, time: readTime });
    scanner.finish();
    return { ...rest, time: formatDateTime(time.instant) };
  } catch (error) {
    if (!isTufError(error) || error.family !== 'format') throw error;
    const evidence = error.evidence as FormatEvidence;
    const hint = 'name a file that tufa floor wrote';
    throw new TufError('ERR_TUF_MALFORMED', `${file} is no floor: ${error.message}`, evidence, { cause: error, hint });
  }
}
