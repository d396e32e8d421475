/**
 * How a web server answers: for what is there, for what is not, to caches, browsers, and those who ask for a part. Found
 * by a handful of requests.
 *
 * @spec T36, A-42
 * @module
 */
import type { CheckCode } from './codes.ts';
import { type CheckContext, fileOf } from './context.ts';
import type { AskAnswer, Half } from './ports.ts';
import type { Site } from './site.ts';

/** Files to ask for: each as a URL path. */
export interface HostingSample {
  /** The newest root, and the one that is not there yet. */
  readonly root: string;
  readonly nextRoot: string;
  readonly snapshot: string | undefined;
  /** A target file with its length, where there is one. */
  readonly target: { readonly urlPath: string; readonly length: number } | undefined;
  /** Versioned names: their files never change. */
  readonly consistent: boolean;
}

/** Names that no repository has. */
const noMetadata = 'tufa-check-no-such-role.json';
const noTarget = 'tufa-check-no-such-target';
/** The origin of a page that is not on the server. It is reserved, so that nobody's is named. */
const origin = 'https://tufa-check.invalid';
/** Bytes of a sampled body. */
const sampleBytesMax = 1024 * 1024;
/** Seconds. Longer, and clients behind a cache learn of a release or a new root late. */
const mutableAgeMax = 600;
const immutableAgeMin = 3600;

interface Sampled {
  readonly half: Half;
  readonly urlPath: string;
  readonly answer: AskAnswer;
  /** Bytes of the body that came. */
  readonly length: number;
}

export async function checkHosting(context: CheckContext, site: Site, sample: HostingSample): Promise<void> {
  const { findings } = context;
  const { metadataUrl, targetsUrl } = site.urls;
  for (const url of new Set([metadataUrl, targetsUrl])) {
    const isPlain = /^http:/i.test(url) && !isLoopback(url);
    if (isPlain) findings.add('no-https', {}, `${url.replace(/[?#].*/s, '')} is not asked by HTTPS`);
  }
  const timestamp = await ask(context, site, 'metadata', 'timestamp.json');
  const root = await ask(context, site, 'metadata', sample.root);
  const snapshot = sample.snapshot === undefined ? undefined : await ask(context, site, 'metadata', sample.snapshot);
  const target = sample.target === undefined ? undefined : await ask(context, site, 'targets', sample.target.urlPath);
  const files = [timestamp, root, snapshot, target].filter((each) => each?.answer.status === 200) as Sampled[];
  if (timestamp?.answer.status === 200) checkTimestampCache(context, timestamp);
  const lasting = sample.consistent ? [root, snapshot, target] : [root];
  checkImmutableCache(
    context,
    files.filter((each) => lasting.includes(each)),
  );
  sayWhere(
    context,
    'cors-missing',
    files.filter((each) => !allowsOrigin(each)),
  );
  await checkMissing(context, site, sample);
  await checkEncoding(context, site, files);
  if (target?.answer.status === 200 && sample.target !== undefined) await checkRange(context, site, sample.target);
  checkNotes(context, site);
}

/** Asks as a page of another origin does, and lets caches answer: what they keep is to be seen. */
async function ask(
  context: CheckContext,
  site: Site,
  half: Half,
  urlPath: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sampled | undefined> {
  if (isTimeOver(context)) return undefined;
  let length = 0;
  const sink = (chunk: Uint8Array): void => {
    length += chunk.length;
  };
  const url = site.url(half, urlPath);
  const { answer, problem } = await site.exchange(url, { origin, ...headers }, sampleBytesMax, sink);
  if (answer !== undefined) return { half, urlPath, answer, length };
  if (isTimeOver(context)) return undefined; // it was cut off, and nothing is wrong with the answer
  const file = fileOf(half, urlPath);
  // A redirect to elsewhere is told by itself.
  if (!problem.startsWith('a redirect')) context.findings.add('url-refused', { file }, problem);
  return undefined;
}

function isTimeOver(context: CheckContext): boolean {
  const isOver = context.isOver();
  if (isOver) context.boundMet('time', 'the time is over before every answer of the server was looked at');
  return isOver;
}

function checkTimestampCache({ findings }: CheckContext, { answer }: Sampled): void {
  const about = { file: 'metadata/timestamp.json' };
  const spent = Number(answer.headers['age'] ?? 0) || 0;
  const age = spent > mutableAgeMax ? spent : ageOf(answer);
  if (age === undefined) findings.add('timestamp-cache-unsaid', about, 'neither Cache-Control nor Expires is sent');
  else if (age > mutableAgeMax) findings.add('timestamp-cached', about, `it may be cached for ${age} seconds`);
}

function checkImmutableCache(context: CheckContext, files: readonly Sampled[]): void {
  const short = files.filter(({ answer }) => (ageOf(answer) ?? 0) < immutableAgeMin);
  sayWhere(context, 'immutable-cache-short', short);
}

/** What is not there has to be absent for every client: no page, no redirect, and nothing that a cache keeps. @spec A-42 */
async function checkMissing(context: CheckContext, site: Site, sample: HostingSample): Promise<void> {
  const asked = [
    ['metadata', sample.nextRoot],
    ['metadata', noMetadata],
    ['targets', noTarget],
  ] as const;
  for (const [half, urlPath] of asked) {
    const found = await ask(context, site, half, urlPath);
    if (found === undefined) continue;
    const { status, headers } = found.answer;
    const file = fileOf(half, urlPath);
    const about = { file };
    const isNextRoot = urlPath === sample.nextRoot;
    if (status === 200) {
      const type = headers['content-type'] ?? 'no type';
      const code = isNextRoot ? 'next-root-answered' : 'missing-answered';
      context.findings.add(
        code,
        about,
        `${file} is not there, and is answered by 200 and ${found.length} bytes of ${type}`,
      );
      continue;
    }
    if (status !== 404) context.findings.add('missing-status', about, `${file} is answered by status ${status}`);
    const age = Math.max(ageOf(found.answer) ?? 0, Number(headers['age'] ?? 0) || 0);
    if (age > mutableAgeMax) {
      context.findings.add('missing-cached', about, `that ${file} is not there may be cached for ${age} seconds`);
    }
    if (isNextRoot && !allowsOrigin(found)) {
      context.findings.add('cors-missing-on-404', about, `status ${status} comes without Access-Control-Allow-Origin`);
    }
  }
}

/** Asks for compression, as browsers do. */
async function checkEncoding(context: CheckContext, site: Site, files: readonly Sampled[]): Promise<void> {
  const offered: Sampled[] = [];
  for (const { half, urlPath, answer } of files) {
    const encoding = answer.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') continue; // unasked: told by itself
    const found = await ask(context, site, half, urlPath, { 'accept-encoding': 'gzip, deflate, br, zstd' });
    if (found !== undefined && (found.answer.headers['content-encoding'] ?? 'identity') !== 'identity')
      offered.push(found);
  }
  sayWhere(context, 'encoding-offered', offered);
}

/** Asks for the first two bytes, as those do who resume a download. */
async function checkRange(
  context: CheckContext,
  site: Site,
  { urlPath, length }: { readonly urlPath: string; readonly length: number },
): Promise<void> {
  if (length < 2 || isTimeOver(context)) return;
  const { findings } = context;
  let received = 0;
  const { answer } = await site.exchange(
    site.url('targets', urlPath),
    { range: 'bytes=0-1' },
    sampleBytesMax,
    (chunk) => {
      received += chunk.length;
    },
  );
  const file = fileOf('targets', urlPath);
  if (answer === undefined || answer.status === 200 || answer.status === 416) {
    if (answer?.status === 416) findings.add('range-wrong', { file }, 'the range of the first two bytes is refused');
    return;
  }
  const range = answer.headers['content-range'] ?? '';
  if (answer.status === 206 && received === 2 && [`bytes 0-1/${length}`, 'bytes 0-1/*'].includes(range)) return;
  const text = `status ${answer.status}, ${received} bytes and Content-Range ${range || 'none'} for the first 2 of ${length}`;
  findings.add('range-wrong', { file }, text);
}

function checkNotes({ findings }: CheckContext, site: Site): void {
  for (const kind of ['encoding-unasked', 'redirect-refused', 'redirected'] as const) {
    const notes = site.notes.filter((note) => note.kind === kind);
    const first = notes[0];
    if (first === undefined) continue;
    const others = new Set(notes.map(({ url }) => url)).size - 1;
    const what =
      kind === 'encoding-unasked' ? `is encoded as ${first.text}` : `is redirected to ${first.text || 'nowhere'}`;
    findings.add(kind, {}, `${first.url} ${what}${others > 0 ? `, and ${others} more` : ''}`);
  }
}

function sayWhere({ findings }: CheckContext, code: CheckCode, files: readonly Sampled[]): void {
  const names = files.map(({ half, urlPath }) => fileOf(half, urlPath));
  if (names.length > 0) findings.add(code, { file: names[0] }, names.join(', '));
}

function allowsOrigin({ answer }: Sampled): boolean {
  return ['*', origin].includes(answer.headers['access-control-allow-origin'] ?? '');
}

/** For how many seconds a shared cache may answer without asking; `undefined` where the answer leaves it open. */
function ageOf({ headers }: AskAnswer): number | undefined {
  const control = (headers['cache-control'] ?? '').toLowerCase();
  if (/\b(no-store|no-cache|private)\b/.test(control)) return 0;
  const said = /\bs-maxage=(\d{1,15})/.exec(control) ?? /\bmax-age=(\d{1,15})/.exec(control);
  if (said !== null) return Number(said[1]);
  const expires = Date.parse(headers['expires'] ?? '');
  if (headers['expires'] === undefined) return undefined;
  const sent = Date.parse(headers['date'] ?? '');
  return Number.isNaN(expires) || Number.isNaN(sent) ? 0 : Math.max(0, Math.round((expires - sent) / 1000));
}

function isLoopback(url: string): boolean {
  return /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/i.test(url);
}
