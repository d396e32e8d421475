/**
 * Where a request goes: the URL that was given, and the places a server sends it on to.
 *
 * @module
 */
import type { TufError } from '../errors.ts';
import { transportError } from './failure.ts';

const redirectsMax = 5;

/**
 * The origin of an absolute http or https URL, and the path with its query exactly as they are written.
 *
 * @throws TypeError for any other text, and for a URL with credentials: a header carries them.
 */
export function splitUrl(url: string): readonly [origin: string, path: string] {
  const match = /^(https?:\/\/[^/?#@\\\s]+)((?:[/?][^#]*)?)(?:#|$)/is.exec(url);
  if (match === null) throw new TypeError(`no absolute http or https URL without credentials: ${url}`);
  return [match[1] as string, match[2] as string];
}

/**
 * The next URL of a redirect. Only the same origin is followed, and not for long: an answer from elsewhere would let one
 * server speak, and be asked, for another.
 *
 * @spec A-42
 */
export function redirectTarget(from: string, location: string | null | undefined, redirects: number): string {
  const refused = (what: string): TufError => transportError(from, what, { hint });
  if (redirects >= redirectsMax) throw refused(`more than ${redirectsMax} redirects`);
  const next = location ? resolve(location, from) : undefined;
  if (next === undefined) throw refused('a redirect without a valid Location');
  // Compared as text, which also tells a blob: of the origin and credentials apart.
  if (next.href.startsWith(`${new URL(from).origin}/`)) return next.href;
  throw refused(`a redirect to ${next.origin} is not followed`);
}

/** What to do about a redirect that is not followed. */
export const hint = 'if you trust the place, give that URL to the client';

function resolve(location: string, base: string): URL | undefined {
  try {
    return new URL(location, base);
  } catch {
    return undefined; // the caller says what is wrong
  }
}
