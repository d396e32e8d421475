/**
 * What is known of mutants, and what of it still holds: nothing here runs anything.
 *
 * @module
 */

/**
 * @typedef {object} Mutant
 * @property {string} mutator the kind of change
 * @property {{ line: number, column: number }} start both from 1
 * @property {{ line: number, column: number }} end
 * @property {string} line the line of the source that it begins in, trimmed
 * @property {string} original what stands there, in one line, cut
 * @property {string} replacement likewise
 * @property {'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Pending' | 'Ignored' | 'CompileError' | 'RuntimeError'} status
 * @property {string} [reason] why it is ignored
 * @property {Record<string, string>} [by] the tests that killed it: path to hash
 * @property {Record<string, string>} [seen] the tests that it outlived, or that were run when it did not end: path to hash
 */

/** @typedef {{ file: string, mutator: string, line: string, original: string, replacement: string, reason: string }} Listed */

const textMax = 160;

/**
 * The mutants of one file in a report of Stryker.
 *
 * @param {any} report the whole report, mutation-testing-elements' schema
 * @param {string} file
 * @param {string[]} tests the test files of the run
 * @param {(path: string) => string} hashOf of a test file
 * @returns {Mutant[]}
 */
export function mutantsOf(report, file, tests, hashOf) {
  const { source, mutants } = report.files[file] ?? { source: '', mutants: [] };
  const lines = source.split('\n');
  const fileOf = new Map(
    Object.entries(report.testFiles ?? {}).flatMap(([path, { tests: cases }]) => cases.map(({ id }) => [id, path])),
  );
  return mutants.map((each) => {
    const { start, end } = each.location;
    const mutant = {
      mutator: each.mutatorName,
      start,
      end,
      line: lines[start.line - 1].trim(),
      original: oneLine(textBetween(lines, start, end)),
      replacement: oneLine(each.replacement ?? ''),
      status: each.status,
    };
    if (each.status === 'Ignored') return { ...mutant, reason: each.statusReason };
    if (each.status === 'Killed') {
      const killers = [...new Set((each.killedBy ?? []).map((id) => fileOf.get(id) ?? id.split('#')[0]))];
      return { ...mutant, by: withHashes(killers, hashOf) };
    }
    return { ...mutant, seen: each.status === 'Pending' ? {} : withHashes(tests, hashOf) };
  });
}

/**
 * What is known after another run: a mutant that was judged before keeps its verdict, unless it has outlived tests and now
 * met others.
 *
 * @param {Mutant[]} known @param {Mutant[]} found @param {(mutant: Mutant) => boolean} holds
 * @returns {Mutant[]}
 */
export function merged(known, found, holds) {
  const byPlace = new Map(found.map((mutant) => [placeOf(mutant), mutant]));
  return known.map((mutant) => {
    const again = byPlace.get(placeOf(mutant));
    if (again === undefined || holds(mutant)) return mutant;
    if (again.status === 'Killed') return again;
    return { ...again, seen: { ...mutant.seen, ...again.seen } };
  });
}

/** Whether a verdict holds for these tests: a killer is as it was, or everyone of `tests` has been met as it is. */
export function holds(mutant, tests, hashOf) {
  if (mutant.by !== undefined) {
    const killers = Object.entries(mutant.by);
    return killers.length > 0 && killers.some(([path, hash]) => hashOf(path) === hash);
  }
  if (mutant.seen === undefined) return true;
  if (mutant.status === 'Timeout') return Object.entries(mutant.seen).every(([path, hash]) => hashOf(path) === hash);
  return tests.every((path) => mutant.seen?.[path] === hashOf(path));
}

/** A kill, or a mutant that does not end, with the tests as they are now. */
export function withTests(mutant, hashOf) {
  const part = mutant.by !== undefined ? 'by' : mutant.status === 'Timeout' ? 'seen' : undefined;
  return part === undefined ? mutant : { ...mutant, [part]: withHashes(Object.keys(mutant[part] ?? {}), hashOf) };
}

/** One mutant in all runs of one source. */
export function placeOf({ mutator, start, end, replacement }) {
  return `${mutator} ${start.line}:${start.column}-${end.line}:${end.column} ${replacement}`;
}

/** A place as Stryker's reports count it, of one whose lines and columns count from 0. */
export function afterOne({ start, end }) {
  const one = ({ line, column }) => ({ line: line + 1, column: column + 1 });
  return { start: one(start), end: one(end) };
}

/** Where Stryker has to look for a mutant: its lines count from 1 there and its columns from 0. */
export function rangeOf({ start, end }) {
  return `${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
}

export const isLeft = ({ status }) => ['Survived', 'NoCoverage', 'Pending'].includes(status);

/** The same for the list, whatever lines have moved. @param {string} file @param {Mutant | Listed} mutant */
export function nameOf(file, { mutator, line, original, replacement }) {
  return JSON.stringify([file, mutator, line, original, replacement]);
}

/**
 * Holds what is left against the list.
 *
 * @param {Map<string, Mutant[]>} results by file @param {Listed[]} list
 * @returns {{ unlisted: { file: string, mutant: Mutant }[], gone: Listed[], reasonOf: Map<string, string> }}
 */
export function compareWithList(results, list) {
  const reasonOf = new Map(list.map((entry) => [nameOf(entry.file, entry), entry.reason]));
  const left = [...results].flatMap(([file, mutants]) => mutants.filter(isLeft).map((mutant) => ({ file, mutant })));
  const names = new Set(left.map(({ file, mutant }) => nameOf(file, mutant)));
  return {
    unlisted: left.filter(({ file, mutant }) => !reasonOf.has(nameOf(file, mutant))),
    gone: list.filter((entry) => results.has(entry.file) && !names.has(nameOf(entry.file, entry))),
    reasonOf,
  };
}

/** Who is listed survives, also where a slow machine stopped the tests that let it live. */
export function withoutFalseTimeouts(file, mutants, list) {
  const listed = new Set(list.map((entry) => nameOf(entry.file, entry)));
  const isFalse = (mutant) => mutant.status === 'Timeout' && listed.has(nameOf(file, mutant));
  return mutants.map((mutant) => (isFalse(mutant) ? { ...mutant, status: 'Survived' } : mutant));
}

/** @param {readonly Mutant[]} mutants */
export function tally(mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const killed = count('Killed');
  const timeout = count('Timeout');
  const survived = count('Survived');
  const uncovered = count('NoCoverage', 'Pending');
  const ignored = count('Ignored');
  const judged = killed + timeout + survived + uncovered;
  const score = judged === 0 ? undefined : (100 * (killed + timeout)) / judged;
  return { judged, killed, timeout, survived, uncovered, ignored, score };
}

/** @param {string[]} paths @param {(path: string) => string} hashOf */
export function withHashes(paths, hashOf) {
  return Object.fromEntries(paths.map((path) => [path, hashOf(path)]));
}

function textBetween(lines, start, end) {
  const text = lines.slice(start.line - 1, end.line).join('\n');
  const after = lines[end.line - 1].length - (end.column - 1);
  return text.slice(start.column - 1, text.length - after);
}

/** A text in one line, cut. */
export function oneLine(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > textMax ? `${line.slice(0, textMax)}…` : line;
}
