import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type CheckReport, checkRepository } from '../check/check.ts';
import { nodeDigest } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import { writeFileAtomic } from '../node/atomic-write.ts';
import { checkHtml } from './check-html.ts';
import { locate } from './check-place.ts';
import { checkLines, countLine } from './check-words.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { operatorCrypto } from './crypto.ts';
import { later, parseDate, parseDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { plural } from './plural.ts';
import { readRootFile } from './root-file.ts';
import { places, readState } from './workspace.ts';

interface CheckCommandOptions extends GlobalOptions {
  readonly root?: string;
  readonly against?: string;
  readonly at?: Date;
  readonly report?: string;
  readonly targetsUrl?: string;
  readonly skipContents?: boolean;
  readonly maxTime: number;
}

export function checkCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<CheckCommandOptions>(
    parent,
    {
      usage: 'check <dir-or-url>',
      summary: 'audit a repository: what is wrong, or will be; exit 1 where something is',
      options: [
        new Option('--root <file>', 'the trusted root; of an operator, DIR/root.json by default'),
        new Option('--against <dir-or-url>', 'compare with another copy: a last good one, or a mirror'),
        new Option('--at <date>', 'judge expiries as they will be then').argParser(parseDate),
        new Option('--report <file>', 'write one page of HTML'),
        new Option('--targets-url <url>', 'where the target files are, if not beside the metadata'),
        new Option('--skip-contents', 'do not read target files'),
        new Option('--max-time <duration>', 'look at no more files after it')
          .argParser(parseTime)
          .default(3_600_000, '1h'),
      ],
      examples: [
        'check repository',
        'check https://example.com/metadata --root root.json --report report.html',
        'check repository --against backup --at 2030-01-31',
      ],
      action: check,
    },
    io,
    outcome,
  );
}

async function check(session: Session, options: CheckCommandOptions, [where]: readonly string[]): Promise<number> {
  const { signal, voice } = session;
  const { targetsUrl, skipContents, at = session.now() } = options;
  const end = performance.now() + options.maxTime;
  const timeLeftMs = (): number => end - performance.now();
  const { place, workspace } = await locate(where as string, { targetsUrl, timeLeftMs, signal });
  const root = await trustedRoot(options.root ?? (workspace && join(workspace, places.root)));
  const other =
    options.against === undefined ? undefined : (await locate(options.against, { timeLeftMs, signal })).place;
  const report = await checkRepository(place, {
    crypto: operatorCrypto(),
    digest: nodeDigest,
    root,
    at,
    against: other,
    floor: workspace === undefined ? {} : await readFloor(session, workspace),
    skipContents,
    isOver: () => {
      signal.throwIfAborted();
      return timeLeftMs() <= 0;
    },
    onProgress: ({ documents, targets }) => {
      voice.progress(`${plural(documents, 'document')} and ${plural(targets, 'target file')} read`);
    },
  });
  voice.result(report, checkLines(report));
  voice.say(countLine(report));
  if (options.report !== undefined) await writeFileAtomic(options.report, Buffer.from(checkHtml(report), 'utf8'));
  return exitOf(report);
}

/** What is wrong counts; otherwise what nobody looked at. */
function exitOf({ counts, findings }: CheckReport): 0 | 1 | 3 {
  if (counts.error === 0) return 0;
  return findings.every(({ severity, code }) => severity !== 'error' || code === 'check-incomplete') ? 3 : 1;
}

async function trustedRoot(file: string | undefined): Promise<Uint8Array> {
  if (file !== undefined) return readRootFile(file);
  const hint = 'give the root that you trust, such as the one that ships with the application: --root FILE';
  throw new UsageError('no trusted root', hint);
}

/** What was published last, as the operator's folder remembers it. */
async function readFloor({ voice }: Session, workspace: string): Promise<Record<string, number>> {
  try {
    const state = await readState(workspace);
    if (state === undefined) return {}; // nothing was published yet
    const { root, timestamp, snapshot } = state;
    return { root, timestamp, snapshot };
  } catch (error) {
    if (!isTufError(error)) throw error;
    voice.warn(`what was published last is not compared: ${error.message}`);
    return {};
  }
}

/** Milliseconds. */
function parseTime(text: string): number {
  const start = new Date(0);
  return later(start, parseDuration(text)).getTime();
}
