/**
 * Names of files: as a repository serves them, and as a client keeps them.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { isWellFormed } from './utf8.ts';

/**
 * One segment of a URL path: everything but the unreserved characters of RFC 3986 is percent-encoded.
 *
 * @throws TypeError for a lone surrogate.
 * @spec A-39, A-41
 */
export function urlSegment(text: string): string {
  if (!isWellFormed(text)) throw new TypeError('a lone surrogate');
  return encodeURIComponent(text).replace(/[!'()*]/g, percent);
}

/**
 * The file of a role below the metadata base URL: `VERSION.ROLE.json`, or `ROLE.json` without a version.
 *
 * @spec 3.1.2-b, 5.3.3, 5.5.1, 5.6.1, A-39, A-41
 */
export function metadataUrlPath(role: string, version?: number): string {
  return `${version === undefined ? '' : `${version}.`}${urlSegment(role)}.json`;
}

/**
 * The file of a target below the targets base URL; with a digest, `DIRECTORY/DIGEST.NAME`.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED` for a path that no URL carries safely: empty, with NUL, or with a segment
 * `.` or `..`.
 * @spec 5.7.3c, A-15, A-19
 */
export function targetUrlPath(path: string, digest?: string): string {
  const segments = path.split('/');
  if (path === '' || path.includes('\0') || segments.includes('.') || segments.includes('..') || !isWellFormed(path)) {
    throw new TufError(
      'ERR_TUF_MALFORMED',
      `target ${JSON.stringify(path)}: no URL carries this path`,
      {},
      { hint: 'the publisher has to rename it: no empty path, NUL, "." or ".."' },
    );
  }
  const last = segments.length - 1;
  const prefix = digest === undefined ? '' : `${digest}.`;
  return segments.map((segment, i) => (i === last ? prefix : '') + urlSegment(segment)).join('/');
}

/** A base URL and a path below it. The base is kept as it is: nothing is decoded, and a query stays at the end. */
export function joinUrl(base: string, path: string): string {
  const [, front, query = ''] = /^([^?#]*?)\/?(\?[^#]*)?(?:#|$)/.exec(base) as unknown as [string, string, string?];
  return `${front}/${path}${query}`;
}

/**
 * The name of a local file, of a role or of a target: the one encoder, for writing and for reading.
 *
 * Injective on every file system: upper case is escaped, so that two names differ without it; so is everything outside
 * ASCII, so that no normalisation unites two; so are separators, a leading dot, a trailing dot, and the first letter of
 * the device names of Windows. A name that would exceed 255 bytes becomes `%sha256-` and its digest, which no escape
 * begins with.
 *
 * @param digest SHA-256 of the UTF-8 of `name` in lower-case hex; needed when {@link isLongLocalName}.
 * @spec A-15, A-39
 */
export function localName(name: string, extension: '' | '.json', digest?: string): string {
  const encoded = escaped(name);
  if (encoded.length + extension.length <= localNameBytesMax) return encoded + extension;
  if (digest === undefined) throw new TypeError('a long name needs its digest');
  return `%sha256-${digest}${extension}`;
}

/** Whether {@link localName} needs the digest of a name. */
export function isLongLocalName(name: string): boolean {
  return escaped(name).length > localNameBytesMax - 5;
}

const localNameBytesMax = 255;
const deviceName = /^(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin|conout)(\.|$)/;

function escaped(name: string): string {
  // What is percent-encoded already stays; upper case and the marks that a URL may hold are encoded, too.
  const text = urlSegment(name)
    .replace(/%..|[^a-z0-9._-]/g, (c) => (c.length > 1 ? c : percent(c)))
    .replace(/\.$/, '%2E');
  return text.startsWith('.') || deviceName.test(text) ? percent(text.charAt(0)) + text.slice(1) : text || '%';
}

/** Of one ASCII character that is no control. */
function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
