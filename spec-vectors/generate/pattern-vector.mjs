// @ts-check
/**
 * One vector of the family path-pattern: a PATHPATTERN, a target path, and whether the one matches the other. A whole client
 * is asked by a download of the path, which only a delegated role with that pattern lists.
 */
import { sha256 } from './keys.mjs';
import { peersThatDiffer } from './pattern-peers.mjs';
import { Repository } from './repository.mjs';
import { sequence } from './sequence.mjs';
import { encodings, isCarried, isPlain } from './url-encoding.mjs';
import { head } from './vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./tree.mjs').Tree} Tree */

/**
 * What the rows of a table share.
 *
 * @typedef {object} Shared
 * @property {About['level']} level
 * @property {readonly string[]} rows
 * @property {string} matched what the opposite verdict costs where the pattern matches
 * @property {string} differs and where it does not
 * @property {string} [attack] of a path that is not matched; `privilege-escalation` unless given
 */

/**
 * A row that names a control is a path that is not matched; the control is one that is.
 *
 * @typedef {readonly [name: string, comment: string, pattern: string, path: string, control?: string]} Row
 */

/** The vectors of a table. @param {Shared} shared @param {readonly Row[]} rows */
export function table(shared, rows) {
  return rows.map(([name, comment, pattern, path, control]) => {
    const matched = control === undefined;
    if (matches(pattern, path) !== matched) throw new Error(`path-pattern/${name}: the reference says otherwise`);
    /** @type {About} */
    const about = {
      section: '4.5',
      level: shared.level,
      attack: matched ? 'lock-out' : (shared.attack ?? 'privilege-escalation'),
      rows: shared.rows,
      effect: matched ? shared.matched : shared.differs,
      peers: peersThatDiffer(name),
    };
    return {
      ...head('path-pattern/1', `path-pattern/${name}`, comment, about),
      input: { pattern, path },
      expect: { matched },
      ...(matched ? {} : { control: `path-pattern/${control}` }),
      ...asSequence(path, matched, { paths: [pattern] }, name),
    };
  });
}

/**
 * A download of a path that only the delegated role `packages` lists, behind a download that is found through another
 * delegation of the same release. None for paths that no URL carries, and none where a command line could not pass the
 * path, or a file system not hold the name.
 *
 * @param {string} path @param {boolean} matched @param {{ [member: string]: Tree }} delegation of the role `packages`
 * @param {string} name
 */
export function asSequence(path, matched, delegation, name) {
  if (!isCarried(path) || path.startsWith('-') || path.length > 100) return {};
  const content = Buffer.from('found\n');
  const other = Buffer.from('control\n');
  const repository = new Repository({
    targets: {},
    delegated: [
      { name: 'control', delegation: { paths: ['control.txt'] }, targets: { 'control.txt': other } },
      { name: 'packages', delegation, targets: { [path]: content } },
    ],
  });
  const serve = repository.publish();
  const names = encodings(path, sha256(content));
  const but = { targets: Object.fromEntries(names.map((encoded) => [encoded, content])) };
  const { root, timestamp, snapshot, targets } = /** @type {Record<string, Buffer>} */ (serve.documents);
  const again = ['metadata/2.root.json', 'metadata/timestamp.json'];
  const requests = isPlain(path) ? [...again, 'metadata/1.packages.json', `targets/${names[0]}`] : null;
  const first = {
    serve,
    but,
    download: ['control.txt'],
    alsoTrusted: ['control'],
    written: { 'control.txt': other },
    requests: [
      ...again,
      'metadata/1.snapshot.json',
      'metadata/1.targets.json',
      'metadata/1.control.json',
      `targets/${sha256(other)}.control.txt`,
    ],
  };
  const found = { serve, but, download: [path], alsoTrusted: ['packages'], written: { [path]: content }, requests };
  const denied = {
    serve,
    but,
    download: [path],
    reject: 'not-found',
    trusted: { root, timestamp, snapshot, targets, packages: null },
    written: { [path]: null },
    requests: again,
  };
  return { sequence: sequence(/** @type {Buffer} */ (root), [first, matched ? found : denied], name) };
}

/**
 * Segment by segment, equal in number; `*` is any run of code points, `?` one, `[...]` a class and `[!...]` its complement;
 * a class that is not closed or has a range the wrong way round matches nothing, as does a pattern of more than 4096
 * characters. A table of which beginnings match which, for the vectors alone.
 *
 * @param {string} pattern @param {string} path
 */
function matches(pattern, path) {
  if (pattern.length > 4096) return false;
  const [patterns, segments] = [pattern.split('/'), path.split('/')];
  return patterns.length === segments.length && patterns.every((each, i) => matchesSegment(each, segments[i] ?? ''));
}

/** A star, or which characters one place takes. @typedef {'star' | ((character: string) => boolean)} Part */

/** @param {string} pattern @param {string} segment */
function matchesSegment(pattern, segment) {
  const parts = partsOf([...pattern]);
  if (parts === undefined) return false;
  const characters = [...segment];
  if (!parts.includes('star'))
    return parts.length === characters.length && parts.every((part, i) => part !== 'star' && part(characters[i] ?? ''));
  let row = [true, ...characters.map(() => false)];
  for (const part of parts) {
    const above = row;
    row = [];
    for (let i = 0; i <= characters.length; i += 1) {
      const before = i > 0;
      if (part === 'star') row.push(above[i] === true || (before && row[i - 1] === true));
      else row.push(before && above[i - 1] === true && part(characters[i - 1] ?? ''));
    }
  }
  return row.at(-1) === true;
}

/** `undefined`: malformed. @param {readonly string[]} pattern @returns {Part[] | undefined} */
function partsOf(pattern) {
  /** @type {Part[]} */
  const parts = [];
  for (let at = 0; at < pattern.length; ) {
    const character = /** @type {string} */ (pattern[at]);
    if (character === '*') parts.push('star');
    else if (character === '?') parts.push(() => true);
    else if (character !== '[') parts.push((other) => other === character);
    else {
      const found = classAt(pattern, at + 1);
      if (found === undefined) return undefined;
      parts.push(found.takes);
      at = found.end;
      continue;
    }
    at += 1;
  }
  return parts;
}

/** The class whose opening bracket stands before `at`. @param {readonly string[]} pattern @param {number} at */
function classAt(pattern, at) {
  const isComplement = pattern[at] === '!';
  let i = isComplement ? at + 1 : at;
  /** @type {[number, number][]} */
  const ranges = [];
  // A bracket that comes first is a member.
  for (let isFirst = true; isFirst || pattern[i] !== ']'; isFirst = false) {
    const low = pattern[i]?.codePointAt(0);
    if (low === undefined) return undefined;
    const hasRange = pattern[i + 1] === '-' && pattern[i + 2] !== undefined && pattern[i + 2] !== ']';
    const high = hasRange ? Number(pattern[i + 2]?.codePointAt(0)) : low;
    if (high < low) return undefined;
    ranges.push([low, high]);
    i += hasRange ? 3 : 1;
  }
  const takes = (/** @type {string} */ character) => {
    const point = Number(character.codePointAt(0));
    return ranges.some(([low, high]) => low <= point && point <= high) !== isComplement;
  };
  return { takes, end: i + 1 };
}
