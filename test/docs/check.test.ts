import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkCodes, defaultCheckBounds } from '../../src/check/index.ts';
import { check, publish } from '../check/planted.ts';
import { at } from '../tools/project.mjs';

const page = readFileSync(at('docs/operate/check.md'), 'utf8');

describe('the page of the check', () => {
  it('has a row for every code, with its severity, meaning and advice, and no other', () => {
    const rows = page.split('\n').flatMap((line) => /^\| `([a-z0-9-]+)` \| (.*) \|$/.exec(line)?.slice(1) ?? []);
    const found = Object.fromEntries(Array.from({ length: rows.length / 2 }, (_, i) => [rows[2 * i], rows[2 * i + 1]]));
    const expected = Object.entries(checkCodes).map(([code, { severity, meaning, advice }]) => {
      return [code, `${severity} | ${meaning} | ${advice}`];
    });
    expect(found).toEqual(Object.fromEntries(expected));
  });

  it('names every member of the JSON', async () => {
    const schema = /```\n(\{ "place".*?)```/s.exec(page)?.[1] ?? '';
    const planted = publish((draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'] });
      draft.roles['targets'].targets['a.txt'].custom = 'no object';
    });
    const report = await check(planted);
    const names = new Set<string>();
    JSON.stringify(report, (name, value) => {
      if (/^[a-zA-Z]+$/.test(name)) names.add(name);
      return value;
    });
    expect([...names].filter((name) => !schema.includes(`"${name}"`))).toEqual([]);
    for (const name of ['pointer', 'path', 'verdict', 'otherVersion', 'others']) expect(schema).toContain(`"${name}"`);
  });

  it('says the bounds that hold', () => {
    const { documentBytes, documents, documentsBytes, roots, targets, files, history, steps } = defaultCheckBounds;
    const mebibytes = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;
    const figure = (value: number): string => value.toLocaleString('en-US');
    const said = [
      `${mebibytes(documentBytes)} a document`,
      `${figure(documents)} documents with ${mebibytes(documentsBytes)} together`,
      `${figure(roots)} roots`,
      `${figure(targets)} target files`,
      `${figure(files)} files in a`,
      `${history} older versions`,
      `${figure(steps)} steps`,
    ];
    for (const text of said) expect(page.replaceAll('\n', ' ')).toContain(text);
  });
});
