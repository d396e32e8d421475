/**
 * Which vectors show a row: a requirement, a decision, an attack, or a known defect. A vector names its rows; a defect is
 * shown by its own id, or by that of an input that catches it.
 *
 * `docs/audit/vector-na.json` says, by id or by `PREFIX*`, why a row has no vector: `n/a: REASON`, or `test: PATH` where what is
 * asked cannot be data.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './project.mjs';

/** @typedef {{ id: string, subject: string, caughtBy?: readonly string[] }} Row */

/** id → family → how many of its vectors name it. @param {string} root @returns {Map<string, Map<string, number>>} */
export function vectorRows(root) {
  const folder = join(root, 'spec-vectors');
  const found = new Map();
  if (!existsSync(join(folder, 'index.json'))) return found;
  for (const { id } of readJson(join(folder, 'index.json')).vectors) {
    const [family] = id.split('/');
    for (const row of new Set(readJson(join(folder, `${id}.json`)).rows)) {
      const families = found.get(row) ?? new Map();
      found.set(row, families.set(family, (families.get(family) ?? 0) + 1));
    }
  }
  return found;
}

/** The rows of the tables of a page, by the ids in their first cells. @param {string} text @returns {Row[]} */
function tableRows(text) {
  return text.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const id = cells[1] ?? '';
    if (!/^[A-Z]+-?\d+$/.test(id)) return [];
    const named = (
      cells
        .slice(3)
        .join(' ')
        .match(/\b[A-Z]+-\d+\b/g) ?? []
    ).filter((other) => other !== id);
    return [{ id, subject: cells[2] ?? '', caughtBy: named }];
  });
}

/** What stands for a row that no vector shows. @param {Record<string, string>} excused @param {string} id */
function excuseFor(excused, id) {
  if (Object.hasOwn(excused, id)) return excused[id];
  const prefix = Object.keys(excused).find((key) => key.endsWith('*') && id.startsWith(key.slice(0, -1)));
  return prefix === undefined ? undefined : excused[prefix];
}

/**
 * The cell that names a row's vectors, and what is wrong with it.
 *
 * @param {string} root @param {Row} row @param {Map<string, Map<string, number>>} vectors @param {Record<string, string>} excused
 * @returns {{ cell: string, problem?: string }}
 */
export function vectorsOf(root, { id, caughtBy = [] }, vectors, excused) {
  const families = new Map();
  for (const each of [id, ...caughtBy]) {
    for (const [family, count] of vectors.get(each) ?? [])
      families.set(family, Math.max(families.get(family) ?? 0, count));
  }
  const excuse = excuseFor(excused, id);
  if (families.size > 0) {
    const cell = [...families].sort().map(([family, count]) => `[${family}](../../spec-vectors/${family}) ${count}`);
    if (Object.hasOwn(excused, id))
      return { cell: cell.join(' · '), problem: `${id} has vectors: take it out of vector-na.json` };
    return { cell: cell.join(' · ') };
  }
  if (excuse === undefined) return { cell: '**missing**', problem: `${id} has no vector` };
  const path = /^test: (\S+)$/.exec(excuse)?.[1];
  if (path === undefined)
    return /^n\/a: ./.test(excuse)
      ? { cell: excuse }
      : { cell: excuse, problem: `vector-na.json: ${id} gives no reason` };
  if (!existsSync(join(root, path)))
    return { cell: excuse, problem: `vector-na.json: ${id} names ${path}, which is not there` };
  return { cell: `[${path.replace(/^test\/|\.test\.ts$/g, '')}](../../${path})` };
}

/** Ids in `vector-na.json` that are no rows. @param {Record<string, string>} excused @param {readonly Row[]} rows */
export function strayExcuses(excused, rows) {
  return Object.keys(excused)
    .filter((key) => !rows.some(({ id }) => (key.endsWith('*') ? id.startsWith(key.slice(0, -1)) : id === key)))
    .map((key) => `vector-na.json: ${key} is no row`);
}

/** @param {string} root @returns {Record<string, string>} */
export function readExcuses(root) {
  const path = join(root, 'docs/audit/vector-na.json');
  return existsSync(path) ? readJson(path) : {};
}

/** The rows of a page of docs/audit. @param {string} root @param {string} name @returns {Row[]} */
export function pageRows(root, name) {
  const path = join(root, 'docs/audit', name);
  return existsSync(path) ? tableRows(readFileSync(path, 'utf8')) : [];
}
