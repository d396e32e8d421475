import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { at, filesBelow } from '../tools/project.mjs';

const pages = ['attacks', 'peer-defects'].map((name) => `docs/audit/${name}.md`);

/** An attack, a defect or a vector: what the two pages give a row. */
const attack = /\b[TMD][1-9]\d?\b/g;
const defect = /\b(?:(?:J|JF|JP|JS|B)[1-9]\d?|(?:PY|GO|TH|RS|NT|PHP|SG|HK|XC|OP|LIB)-[1-9]\d?)\b(?!-\d{4})/g;
const vector = /\b(?:SIG|ROOT|RB|OFF|DLG|PATH|HASH|JSON|NET|MAP|GAP)-\d\d\b/g;

/** The cells of each row of a page's tables whose first cell is an id. */
function rowsOf(page: string): string[][] {
  return readFileSync(at(page), 'utf8')
    .split('\n')
    .filter((line) => /^\| [A-Z]+-?\d+ \|/.test(line))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** id → the files that name it. */
function namedIn(files: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of files) {
    const text = textOf(file);
    for (const id of new Set([attack, defect, vector].flatMap((pattern) => text.match(pattern) ?? []))) {
      found.set(id, [...(found.get(id) ?? []), file]);
    }
  }
  return found;
}

/** Of a vector its rows: in the bytes of an input anything may look like an id. */
function textOf(file: string): string {
  const text = readFileSync(at(file), 'utf8');
  return file.endsWith('.json') ? JSON.stringify((JSON.parse(text) as { rows?: unknown }).rows ?? []) : text;
}

function below(folder: string, ending: RegExp): string[] {
  const names: string[] = filesBelow(at(folder));
  return names.filter((name) => ending.test(name)).map((name) => `${folder}/${name}`);
}

describe('the pages of attacks and known defects', () => {
  const rows = pages.flatMap(rowsOf);
  const ids = rows.map(([id = '']) => id);

  it('have one row for each id, with every cell filled', () => {
    expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
    expect(rows.filter((cells) => cells.includes('')).map(([id]) => id)).toEqual([]);
    expect(new Set(rowsOf(pages[0] as string).map(({ length }) => length))).toEqual(new Set([6]));
    expect(new Set(rowsOf(pages[1] as string).map(({ length }) => length))).toEqual(new Set([4]));
  });

  it('have all attacks, without a gap', () => {
    const all = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
    expect(rowsOf(pages[0] as string).map(([id]) => id)).toEqual([...all('T', 41), ...all('M', 6), ...all('D', 8)]);
  });

  it('have a row for whatever code, tests, vectors and documents name', () => {
    const files = [
      ...below('src', /\.ts$/),
      ...below('test', /\.(ts|mjs)$/),
      ...below('spec-vectors', /\.(json|mjs|md)$/),
      ...below('docs', /\.md$/),
      ...['README.md', 'CHANGELOG.md', 'SECURITY.md'],
    ];
    // The rows of that page are those of a discussion, and have ids of their own.
    const own = files.filter((file) => file !== 'docs/concepts/ideas-of-2013.md');
    const known = new Set(ids);
    const unknown = [...namedIn(own)].filter(([id]) => !known.has(id));
    expect(unknown).toEqual([]);
    expect(namedIn(files).size).toBeGreaterThan(100);
  });
});
