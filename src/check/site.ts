import { isTufError } from '../errors.ts';
import { joinUrl } from '../metadata/file-name.ts';
import type { Ask, AskAnswer, Half, NoBytes, Place } from './ports.ts';

/** Where a repository is served from. */
export interface SiteUrls {
  /** Base URLs, with or without a slash at the end. */
  readonly metadataUrl: string;
  readonly targetsUrl: string;
}

const redirectsMax = 5;
/** Of what was noted on the way, as much is kept. */
const notesMax = 50;

/** What was noted of the answers while files were read. */
export interface SiteNote {
  readonly kind: 'redirected' | 'redirect-refused' | 'encoding-unasked';
  readonly url: string;
  /** The place that a redirect names, or the encoding. */
  readonly text: string;
}

/** The end of a request after its redirects. */
export interface SiteExchange {
  readonly answer: AskAnswer | undefined;
  /** Why there is no answer. */
  readonly problem: string;
}

/** A repository on the web, asked as a client asks: redirects are followed to the same origin only. @spec A-42 */
export class Site implements Place {
  readonly name: string;
  readonly urls: SiteUrls;
  readonly notes: SiteNote[] = [];
  readonly ask: Ask;

  constructor(urls: SiteUrls, ask: Ask) {
    this.urls = urls;
    this.ask = ask;
    this.name = withoutQuery(urls.metadataUrl);
  }

  async pour(
    half: Half,
    urlPath: string,
    bytesMax: number,
    sink: (chunk: Uint8Array) => void,
  ): Promise<NoBytes | undefined> {
    const url = this.url(half, urlPath);
    const { answer, problem } = await this.exchange(url, { 'cache-control': 'no-cache' }, bytesMax, sink);
    if (answer === undefined) return { state: 'unreadable', problem };
    const { status, headers, tooLong } = answer;
    if ([403, 404, 410].includes(status)) return { state: 'absent' };
    if (status !== 200) return { state: 'unreadable', problem: `status ${status}` };
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      this.#note('encoding-unasked', url, encoding);
      return { state: 'unreadable', problem: `the body is encoded as ${encoding}` };
    }
    return tooLong ? { state: 'too-long' } : undefined;
  }

  url(half: Half, urlPath: string): string {
    return joinUrl(half === 'metadata' ? this.urls.metadataUrl : this.urls.targetsUrl, urlPath);
  }

  /** Follows redirects; what the last answer was. */
  async exchange(
    url: string,
    headers: Readonly<Record<string, string>>,
    bytesMax: number,
    sink: (chunk: Uint8Array) => void,
  ): Promise<SiteExchange> {
    let at = url;
    let first: string | undefined;
    for (let redirects = 0; ; redirects += 1) {
      let answer: AskAnswer;
      try {
        answer = await this.ask(at, { headers, bytesMax, sink });
      } catch (error) {
        if (!isTufError(error)) throw error;
        return { answer: undefined, problem: error.message };
      }
      if (![301, 302, 303, 307, 308].includes(answer.status)) {
        if (first !== undefined) this.#note('redirected', url, first);
        return { answer, problem: '' };
      }
      const location = answer.headers['location'] ?? '';
      const next = redirects < redirectsMax ? sameOrigin(location, at) : undefined;
      if (next === undefined) {
        this.#note('redirect-refused', url, location);
        return { answer: undefined, problem: `a redirect to ${withoutQuery(location) || 'nowhere'}` };
      }
      first ??= location;
      at = next;
    }
  }

  #note(kind: SiteNote['kind'], url: string, text: string): void {
    if (this.notes.length < notesMax) this.notes.push({ kind, url: withoutQuery(url), text: withoutQuery(text) });
  }
}

/** Tokens stand in queries. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*/s, '');
}

function sameOrigin(location: string, base: string): string | undefined {
  try {
    const next = new URL(location, base);
    return next.href.startsWith(`${new URL(base).origin}/`) && location !== '' ? next.href : undefined;
  } catch {
    return undefined; // a Location that is no URL leads nowhere
  }
}
