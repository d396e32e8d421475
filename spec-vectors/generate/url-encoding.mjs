// @ts-check
/**
 * Names in URLs. Written from RFC 3986 for the vectors alone: what is not unreserved is percent-encoded, byte by byte of
 * its UTF-8, in upper-case hex.
 */
const unreserved = /^[A-Za-z0-9._~-]$/;

/** One segment. @param {string} text @param {string} [kept] further characters that stay as they are */
export function encodeSegment(text, kept = '') {
  if (!text.isWellFormed()) throw new Error('a lone surrogate has no UTF-8');
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (unreserved.test(character) || kept.includes(character)) return character;
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The path of a target below the targets URL. @param {string} path @param {string} [digest] @param {string} [kept] */
export function encodePath(path, digest, kept) {
  const segments = path.split('/').map((segment) => encodeSegment(segment, kept));
  if (digest !== undefined) segments.push(`${digest}.${segments.pop()}`);
  return segments.join('/');
}

/** What JavaScript's `encodeURIComponent` keeps, what Go's `url.PathEscape` keeps, and all that a segment may hold. */
const kept = ['', "!'()*", '$&+=:@', "!$&'()*+,;=:@"];

/**
 * A path in each of the encodings in the field: where a vector is not about the encoding, the server knows all of them.
 *
 * @param {string} path @param {string | undefined} digest @returns {string[]}
 */
export function encodings(path, digest) {
  return [...new Set(kept.map((characters) => encodePath(path, digest, characters)))];
}

/** The same for the name of a role, which is one segment. @param {string} role @returns {string[]} */
export function roleEncodings(role) {
  return [...new Set(kept.map((characters) => encodeSegment(role, characters)))];
}

/** Whether every encoder leaves the text as it is. @param {string} text */
export function isPlain(text) {
  return encodePath(text) === text;
}

/** Whether a URL can carry the path: it is not empty, holds no NUL, and no segment is `.` or `..`. @param {string} path */
export function isCarried(path) {
  return path !== '' && !path.includes('\0') && !path.split('/').some((segment) => segment === '.' || segment === '..');
}
