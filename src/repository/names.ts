/**
 * Which names a repository gives out. A client takes what it gets; a repository refuses what some deployed client refuses
 * or what a server and a client read differently, and warns of what is merely risky.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { urlSegment } from '../metadata/file-name.ts';
import { topLevelRoles } from '../metadata/root.ts';
import { encodeUtf8, isWellFormed } from '../metadata/utf8.ts';
import { refused } from './refusal.ts';

/** Most bytes of one file name on the usual file systems. */
const fileNameBytesMax = 255;

/** Characters that cannot be seen, or that reorder those that can. */
export const hiddenCharacter: RegExp = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/u;

/**
 * Refuses a name for a delegated role: that of a top-level role; one that begins like a version, since `2.root` of one
 * release is `root` version 2 of another; one that is no single, visible file name on every server; and, for a role that is
 * new, one that begins with a hyphen, which commands read as an option.
 *
 * @param options.isNew `false` where somebody has given the name already.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED`.
 * @spec
 */
export function checkRoleName(name: string, options: { readonly isNew?: boolean } = {}): void {
  const { isNew = true } = options;
  const refuse = (problem: string): never => {
    const hint = 'use letters, digits, hyphens, underscores and dots, beginning with a letter';
    const message = `the role name ${JSON.stringify(name)} ${problem}`;
    throw new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { role: name }, { hint });
  };
  if (name === '') refuse('is empty');
  if ((topLevelRoles as readonly string[]).includes(name)) refuse('is that of a top-level role');
  if (/^\d+\./.test(name)) refuse('begins like the version of another file');
  if (name.startsWith('.')) refuse('begins with a dot');
  if (isNew && name.startsWith('-')) refuse('begins with a hyphen, as an option does');
  if (!isWellFormed(name) || /[/\\\p{Cc}\p{Cf}\p{Cn}\u2028\u2029]/u.test(name)) {
    refuse('holds a separator, or a character that cannot be seen');
  }
  // The longest version, a dot, the name as clients escape it, and the extension.
  if (16 + 1 + urlSegment(name).length + '.json'.length > fileNameBytesMax) refuse('is too long for a file name');
}

/** What to know about a role name that is not refused. Each is one clause for people. */
export function roleNameWarnings(name: string): string[] {
  const warnings = [];
  if (!/^[A-Za-z0-9._-]+$/.test(name)) warnings.push('some servers and clients escape such a role name differently');
  if (isDeviceName(name)) warnings.push('Windows keeps no file of this name');
  return warnings;
}

/**
 * Refuses a target path that some deployed client refuses, or reads as another path.
 *
 * @param hashes the digests in hex that the target is served under, the longest of which prefixes its file name.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED`.
 * @spec 4.5-b, A-15
 */
export function checkTargetPath(path: string, hashes: Iterable<string> = []): void {
  const refuse = (
    problem: string,
    hint = 'name it relative to the targets base URL, with / between its parts',
  ): never => {
    throw new TufError(
      'ERR_TUF_REPOSITORY_REFUSED',
      `the target path ${JSON.stringify(path)} ${problem}`,
      { path },
      { hint },
    );
  };
  const segments = path.split('/');
  if (path === '') refuse('is empty');
  if (!isWellFormed(path) || /[\p{Cc}\u2028\u2029]/u.test(path)) refuse('holds a control character');
  if (path.includes('\\')) refuse('holds a backslash, which Windows reads as a separator');
  if (path.startsWith('/')) refuse('begins with a slash');
  if (segments.includes('')) refuse('has an empty part');
  if (segments.some((segment) => segment === '.' || segment === '..')) refuse('has a part "." or ".."');
  if (/^[A-Za-z]:/.test(path)) refuse('begins like a drive of Windows');
  const prefix = Math.max(0, ...[...hashes].map((digest) => digest.length + 1));
  const long = segments.find((segment, i) => {
    return encodeUtf8(segment).length + (i === segments.length - 1 ? prefix : 0) > fileNameBytesMax;
  });
  if (long !== undefined)
    refuse('has a part too long for a file name', `keep each part below ${fileNameBytesMax - prefix} bytes`);
}

/** What to know about a target path that is not refused. Each is one clause for people. */
export function targetPathWarnings(path: string): string[] {
  const warnings = [];
  if (/[?#%]/.test(path)) warnings.push('clients that do not escape URLs cannot download it (tuf-js 5)');
  if (path.normalize('NFC') !== path)
    warnings.push('its characters are decomposed: a client must ask for exactly these');
  else if (/[^ -~]/.test(path))
    warnings.push('a client must ask for exactly these characters, composed as they are here');
  if (path.split('/').some((segment) => isDeviceName(segment) || /[. ]$/.test(segment))) {
    warnings.push('Windows keeps no file of this name');
  }
  if (/^(constructor|toString|__proto__|hasOwnProperty|valueOf)$/.test(path) || /^\d+$/.test(path)) {
    warnings.push('clients that keep targets in plain objects misread it (tuf-js 5)');
  }
  if (/(^|\/)[0-9a-f]{64}([0-9a-f]{64})?\.[^/]*$/.test(path))
    warnings.push('it looks like a file name with a digest before it');
  if (urlSegment(path).length > fileNameBytesMax)
    warnings.push('python-tuf needs a file name of its own to download it');
  return warnings;
}

/**
 * Refuses a PATHPATTERN that matches nothing, or that deployed clients read differently.
 *
 * @spec 4.5-m, A-47
 */
export function checkPathPattern(role: string, pattern: string): void {
  const refuse = (problem: string): never => {
    const hint = 'a pattern is a path in which * stands for any run within one part and ? for one character';
    throw refused(role, `the path pattern ${JSON.stringify(pattern)} ${problem}`, hint);
  };
  if (pattern === '') refuse('is empty');
  if (pattern.startsWith('/')) refuse('begins with a slash, which no target path does');
  if (!isWellFormed(pattern) || /[\\\p{Cc}]/u.test(pattern)) refuse('holds a backslash or a control character');
  if (/(^|\/)\.{1,2}(\/|$)/.test(pattern)) refuse('has a part "." or "..", which no target path has');
  if (pattern.includes('**')) refuse('holds **, which means one part to some clients and many to others');
  if (/[{}]/.test(pattern)) refuse('holds braces, which some clients expand');
  if (/^[!#]/.test(pattern)) refuse('begins with ! or #, which some clients read as "not" or as a comment');
  if (/[+@!?*]\(/.test(pattern)) refuse('holds a group, which some clients expand');
}

/** Refuses a prefix that no SHA-256 in lower-case hex has. @spec 4.5-i, A-49 */
export function checkPathHashPrefix(role: string, prefix: string): void {
  if (/^[0-9a-f]{1,64}$/.test(prefix)) return;
  const hint = 'give 1 to 64 lower-case hex digits; to match every path, delegate "*"';
  throw refused(role, `the path hash prefix ${JSON.stringify(prefix)} is no part of a SHA-256`, hint);
}

function isDeviceName(name: string): boolean {
  return /^(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(\.|$)/i.test(name);
}
