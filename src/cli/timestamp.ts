import { type Command, Option } from 'commander';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { later, parseDuration, type Span } from './duration.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { publishingBy } from './publish.ts';
import { type PublishOutcome, renewTimestamp } from './publish-workspace.ts';
import { openWorkspace } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

interface TimestampOptions extends GlobalOptions {
  readonly every?: Span;
}

/** After a failure the next try comes after this, then after twice as long, up to the interval. */
const retryMs = 30_000;
/** A timer takes no more. */
const waitMsMax = 2 ** 31 - 1;
/** How much of an interval chance takes away, so that machines that started together do not stay together. */
const jitter = 0.1;

export function timestampCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<TimestampOptions>(
    parent,
    {
      usage: 'timestamp <dir>',
      summary: 'renew the timestamp, and the snapshot where that ends before',
      options: [
        new Option('--every <duration>', 'stay, and renew it at this interval until SIGTERM').argParser(parseDuration),
      ],
      details: [
        'What is staged stays staged.',
        'With --every it stays until SIGTERM, and tries again after a failure that is not its first.',
      ],
      json: ['published', 'root', 'timestamp', 'snapshot', 'acceptedUntil', 'newRoot', 'targets', 'files'],
      examples: ['timestamp repository', 'timestamp repository --every 6h'],
      action: async (session, { every }, [dir]) => {
        if (every !== undefined) return keepRenewing(dir as string, every, session);
        const result = await renew(dir as string, session);
        session.voice.say(sentenceOf(result));
        session.voice.result(result);
        return 0;
      },
    },
    io,
    outcome,
  );
}

async function renew(dir: string, session: Session): Promise<PublishOutcome> {
  const workspace = await openWorkspace(dir);
  return renewTimestamp(workspace, publishingBy(workspace, session));
}

/**
 * Renews at once, then at each interval, until SIGTERM. The first failure ends it, since it is that of a mistake; a later one is
 * said and tried again, since the network, the disk or a token may come back.
 */
async function keepRenewing(dir: string, every: Span, session: Session): Promise<number> {
  const start = session.now();
  const interval = later(start, every).getTime() - start.getTime();
  const { config } = await openWorkspace(dir);
  const lifetime = later(start, lifetimeOf(config, 'timestamp')).getTime() - start.getTime();
  const lasts = config.expires.get('timestamp');
  if (interval >= lifetime) {
    throw new UsageError(
      `a timestamp lasts ${lasts}: it would end before it is renewed`,
      `give --every half of ${lasts}, or less`,
    );
  }
  if (interval * 2 > lifetime) {
    session.voice.warn(
      `a timestamp lasts ${lasts}: where one renewal fails, clients refuse everything until the next; half of ${lasts} or less leaves time to try again`,
    );
  }
  // A passphrase is asked for once, and keys that were decrypted stay so for as long as this runs.
  const lasting: Session = { ...session, openedKeys: session.openedKeys ?? new Map() };
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.once('SIGTERM', end);
  try {
    for (let failures = 0, isFirst = true; !ending.signal.aborted; isFirst = false) {
      try {
        const result = await renew(dir, lasting);
        failures = 0;
        session.voice.line(result, sentenceOf(result));
      } catch (error) {
        if (isFirst || session.signal.aborted) throw error;
        failures += 1;
        session.voice.complain(error);
      }
      const retry = Math.min(interval, retryMs * 2 ** (failures - 1));
      await pause(failures > 0 ? retry : interval * (1 - jitter * Math.random()), session.signal, ending.signal);
    }
    return 0;
  } finally {
    process.removeListener('SIGTERM', end);
  }
}

/** Waits, until `ending` is aborted at most; rejects when `signal` is. */
function pause(milliseconds: number, signal: AbortSignal, ending: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = AbortSignal.any([signal, ending]);
    const done = (): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(done, Math.min(milliseconds, waitMsMax));
    if (over.aborted) done();
    else over.addEventListener('abort', done);
  });
}

function sentenceOf({ timestamp, snapshot }: PublishOutcome): string {
  return `published timestamp version ${timestamp}, over snapshot version ${snapshot}`;
}
