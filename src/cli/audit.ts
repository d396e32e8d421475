import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { commandClient } from '../conformance/command-client.ts';
import { findExpectedDisagreements } from '../conformance/expected-disagreements.ts';
import { htmlReport } from '../conformance/report-html.ts';
import { jsonReport } from '../conformance/report-json.ts';
import { junitReport } from '../conformance/report-junit.ts';
import { terminalReport } from '../conformance/report-terminal.ts';
import { type Progress, runVectors } from '../conformance/run.ts';
import { defaultVectorFolder, VectorFolder } from '../conformance/vector-folder.ts';
import { writeFileAtomic } from '../node/atomic-write.ts';
import {
  addCommand,
  addExamples,
  addGlobalOptions,
  type GlobalOptions,
  type Outcome,
  type Session,
} from './command.ts';
import { later, parseDate, parseDuration } from './duration.ts';
import { Aborted, UsageError } from './failure.ts';
import type { Io } from './io.ts';

interface AuditClientOptions extends GlobalOptions {
  readonly vectors?: string;
  readonly filter?: string;
  readonly report?: string;
  readonly junit?: string;
  readonly protocol?: 'lines' | 'command-line';
  readonly jobs: number;
  readonly timeout: number;
  readonly at?: Date;
}

export function auditCommands(parent: Command, io: Io, outcome: Outcome): void {
  const audit = parent
    .command('audit')
    .summary('hold a client against the test vectors')
    .description('hold a client against the test vectors');
  audit.helpCommand(false);
  addGlobalOptions(audit);
  addExamples(audit, ['audit client -- python3 client.py']);
  addCommand<AuditClientOptions>(
    audit,
    {
      usage: 'client <command...>',
      summary: 'run the test vectors against any client; exit 1 where one fails',
      options: [
        new Option('--vectors <dir>', 'the folder of the vectors; those of tufa by default'),
        new Option('--filter <text>', 'only vectors whose id contains this'),
        new Option('--report <file>', 'write one page of HTML'),
        new Option('--junit <file>', 'write JUnit XML'),
        new Option(
          '--protocol <name>',
          'how the client is asked; by default lines as far as it speaks them, and the command line for the rest',
        ).choices(['lines', 'command-line']),
        new Option('--jobs <number>', 'vectors at one time').argParser(parseJobs).default(availableParallelism()),
        new Option('--timeout <duration>', 'for one answer or one process')
          .argParser(parseTimeout)
          .default(60_000, '60s'),
        new Option('--at <date>', 'the clock of vectors that name none').argParser(parseDate),
      ],
      examples: [
        'audit client -- node client.js',
        'audit client --filter strict-reading/ --report report.html -- python3 client.py',
      ],
      action: auditClient,
    },
    io,
    outcome,
  );
}

async function auditClient(session: Session, options: AuditClientOptions, command: readonly string[]): Promise<number> {
  const { filter = '', jobs, timeout: timeoutMs, protocol, at } = options;
  const folder = await VectorFolder.open(options.vectors ?? defaultVectorFolder());
  if (![...folder.entries.keys()].some((id) => id.includes(filter))) {
    throw new UsageError(
      `no vector has ${JSON.stringify(filter)} in its id`,
      'write a part of an id, such as strict-reading/',
    );
  }
  const expected = await findExpectedDisagreements(command, folder.entries);
  if (expected !== undefined) session.voice.say(`expected disagreements are listed in ${expected.file}`);
  // Folders and processes of clients are to be gone also where a service ends the run.
  const terminated = new AbortController();
  const terminate = (): void => terminated.abort(new Aborted());
  process.once('SIGTERM', terminate);
  const signal = AbortSignal.any([session.signal, terminated.signal]);
  try {
    const client = await commandClient(command, { protocol, timeoutMs, signal });
    try {
      const { voice } = session;
      const isByCommand = 'by' in client.sequences && client.sequences.by === 'command-line';
      const hasSequences = [...folder.entries.values()].some(
        ({ id, schema }) => id.includes(filter) && schema === 'sequence/1',
      );
      if (isByCommand && client.calls.size > 0 && hasSequences) {
        voice.say('sequences go over the command line, a process for each step; --protocol lines leaves them out');
      }
      const clock = at?.toISOString().replace(/\.\d+Z$/, 'Z');
      const onProgress = (progress: Progress): void => voice.progress(progressText(progress));
      const result = await runVectors({ folder, client, filter, jobs, expected, at: clock, onProgress, signal });
      if (options.report !== undefined) await write(options.report, htmlReport(result, session.now().toISOString()));
      if (options.junit !== undefined) await write(options.junit, junitReport(result));
      voice.result(jsonReport(result), terminalReport(result));
      return result.failed === 0 ? 0 : 1;
    } finally {
      await client.close();
    }
  } finally {
    process.removeListener('SIGTERM', terminate);
  }
}

function write(path: string, text: string): Promise<void> {
  return writeFileAtomic(path, new Uint8Array(Buffer.from(text, 'utf8')));
}

function progressText({ done, total, failed, skipped, leftMs }: Progress): string {
  const seconds = Math.ceil(leftMs / 1000);
  const left = seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
  return `${done} of ${total} vectors, ${failed} failed, ${skipped} skipped, about ${left} left`;
}

function parseJobs(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('jobs are a number from 1 to 999');
}

/** Milliseconds; a timer takes no more than 24 days. */
function parseTimeout(text: string): number {
  const start = new Date(0);
  const milliseconds = later(start, parseDuration(text)).getTime();
  if (milliseconds <= 2 ** 31 - 1) return milliseconds;
  throw new InvalidArgumentError('a timeout is at most 24 days');
}
