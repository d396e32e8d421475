import { TufError } from '../errors.ts';
import type { FetchOrder } from '../workflow/fetch-order.ts';
import { MirrorOrder } from '../workflow/mirrors.ts';
import type { FetchAllQuestion, Fetched, FetchQuestion, MirrorAnswer, Place } from '../workflow/question.ts';

/** Another place that has the same repository. */
export interface MirrorUrls {
  /** Base URL of the metadata, with or without a trailing slash; a query is kept. */
  readonly metadataUrl: string;
  /** Base URL of the targets; without it the place is asked for metadata only. */
  readonly targetsUrl?: string | undefined;
}

/** Options of {@link mirrors}. */
export interface MirrorsOptions {
  /**
   * Milliseconds that the other places get once one has answered for the next root or the timestamp. What takes longer is not
   * heard in that update, unless all others fail. Default 2,000.
   */
  readonly graceMs?: number;
  /**
   * Milliseconds that one place gets for any other metadata file before the next is asked, so that none can drip. Where all have
   * failed, those that were slow are asked again without it. Default 30,000.
   */
  readonly attemptMs?: number;
}

/** Places for a client; made by {@link mirrors}. */
export interface Mirrors {
  readonly places: readonly MirrorUrls[];
  /** @internal The order of one update. */
  begin(): FetchOrder;
  /** @internal */
  fetchAll(
    question: FetchAllQuestion,
    signal: AbortSignal | undefined,
    fetch: (place: Place, signal: AbortSignal) => Promise<Fetched>,
  ): Promise<MirrorAnswer[]>;
  /** @internal One attempt of several. */
  fetchOnce(
    question: FetchQuestion,
    signal: AbortSignal | undefined,
    fetch: (signal: AbortSignal) => Promise<Fetched>,
  ): Promise<Fetched>;
}

/** Most mirrors of one client. */
const mirrorsMax = 16;

/**
 * More places that have the repository, beside the client's own URLs: `new Client({ …, mirrors: mirrors([{ metadataUrl }]) })`.
 *
 * All are asked for the next root and the timestamp, and the valid one with the highest version wins; everything else is
 * asked for at the place whose timestamp won, then at the others. A file that is refused is as good as none, so that one bad
 * or stale place can neither block nor freeze an update, and slows it by one grace and one attempt at most.
 *
 * @throws TypeError for more than 16 places, none, or URLs that are none or have credentials.
 * @spec 4.7-b
 */
export function mirrors(
  places: readonly MirrorUrls[],
  { graceMs = 2000, attemptMs = 30_000 }: MirrorsOptions = {},
): Mirrors {
  const own = places.map(({ metadataUrl, targetsUrl }) => ({ metadataUrl, targetsUrl }));
  const areUrls = own.every(({ metadataUrl, targetsUrl = metadataUrl }) => isUrl(metadataUrl) && isUrl(targetsUrl));
  if (!areUrls || own.length === 0 || own.length > mirrorsMax) {
    throw new TypeError(`mirrors are 1 to ${mirrorsMax} places with http or https URLs without credentials`);
  }
  for (const ms of [graceMs, attemptMs]) {
    if (!(ms >= 0 && ms < 2 ** 31)) throw new TypeError('graceMs and attemptMs are numbers of milliseconds');
  }
  return {
    places: own,
    begin: () => new MirrorOrder(own.length + 1, graceMs),
    fetchAll,
    fetchOnce: (question, signal, fetch) => fetchOnce(question, attemptMs, signal, fetch),
  };
}

/** Whether a transport takes it: what it would refuse as misuse in an update would end that for all other places. */
function isUrl(url: unknown): boolean {
  if (!/^https?:\/\/[^/?#@\\\s]+(?:[/?#]|$)/i.test(String(url))) return false;
  try {
    return new URL(String(url)) !== undefined;
  } catch {
    return false; // the caller says what is wrong
  }
}

/** One attempt: its end is bounded whatever comes, and however slowly. */
async function fetchOnce(
  { role, path }: FetchQuestion,
  attemptMs: number,
  signal: AbortSignal | undefined,
  fetch: (signal: AbortSignal) => Promise<Fetched>,
): Promise<Fetched> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const timer = setTimeout(() => {
    const evidence = { url: path, role, isTemporary: true };
    const hint = 'another place is asked; if all are as slow, raise attemptMs of mirrors()';
    controller.abort(
      new TufError('ERR_TUF_TRANSPORT', `${role}: too slow: ${path} took over ${attemptMs} ms`, evidence, { hint }),
    );
  }, attemptMs);
  try {
    return await fetch(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** All at once: until each has answered or failed, or the time is over that begins with the first answer. */
async function fetchAll(
  { mirrors, graceMs }: FetchAllQuestion,
  signal: AbortSignal | undefined,
  fetch: (place: Place, signal: AbortSignal) => Promise<Fetched>,
): Promise<MirrorAnswer[]> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = () => {};
  const grace = new Promise<void>((resolve) => {
    over = resolve;
  });
  const answers = new Map<number, MirrorAnswer>();
  const asked = mirrors.map(async (mirror) => {
    try {
      const answer = await fetch({ mirror, once: false }, controller.signal);
      answers.set(mirror, { mirror, answer });
      timer ??= setTimeout(over, graceMs);
    } catch (failure) {
      answers.set(mirror, { mirror, failure });
    }
  });
  try {
    await Promise.race([Promise.all(asked), grace]);
    signal?.throwIfAborted();
    return mirrors.map((mirror) => answers.get(mirror) ?? { mirror, late: true });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    controller.abort();
  }
}
