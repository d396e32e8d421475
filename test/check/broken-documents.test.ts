/** [JSON-01] Every value of every document is replaced by what it is not: a check says what is wrong, and never fails. */
import { describe, expect, it } from 'vitest';
import { check, type Draft, envelope, publish, type Signed } from './planted.ts';

const replacements: readonly unknown[] = [null, [], {}, '', 0, true, 'text', [null], { '': {} }];

/** A repository with everything that a document can hold. */
function plant(draft: Draft): void {
  draft.delegate('targets', 'team', { paths: ['team/*'] }, { 'team/b.txt': 'b' });
  draft.delegate('targets', 'bins', { path_hash_prefixes: ['0'] });
  const { keys } = draft.roles['targets'].delegations;
  draft.roles['bins'].delegations = {
    keys,
    succinct_roles: { keyids: Object.keys(keys), threshold: 2, bit_length: 1, name_prefix: 'bin' },
  };
  draft.roles['targets'].targets['a.txt'].custom = { a: 1 };
}

/** The places of all values in a tree. */
function places(value: Signed, path: readonly string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap((name) => [[...path, name], ...places(value[name], [...path, name])]);
}

function replace(value: Signed, [name, ...rest]: readonly string[], by: unknown): Signed {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[name as string] = rest.length === 0 ? by : replace(copy[name as string], rest, by);
  return copy;
}

const whole = publish(plant);
const documents = ['timestamp', '1.snapshot', '1.targets', '1.bins'].map((name) => `metadata/${name}.json`);

describe.each(documents)('%s', (file) => {
  const original = JSON.parse(Buffer.from(whole.files.get(file) as Uint8Array).toString());

  it('may hold anything', async () => {
    const all = places(original);
    expect(all.length).toBeGreaterThan(10);
    for (const [i, place] of all.entries()) {
      // Some of them each time: together all are put everywhere.
      for (const by of replacements.filter((_, j) => (i + j) % 3 === 0)) {
        const files = new Map(whole.files);
        files.set(file, new Uint8Array(Buffer.from(JSON.stringify(replace(original, place, by)))));
        const report = await check({ files, root: whole.root }, { skipContents: true });
        expect(report.counts.error, `${place.join('/')} is ${JSON.stringify(by)}`).toBeGreaterThan(0);
      }
    }
  });

  it('may be cut anywhere', async () => {
    const bytes = whole.files.get(file) as Uint8Array;
    for (let length = 0; length < bytes.length; length += 97) {
      const files = new Map(whole.files);
      files.set(file, bytes.subarray(0, length));
      const report = await check({ files, root: whole.root }, { skipContents: true });
      expect(report.counts.error).toBeGreaterThan(0);
    }
  });
});

it('the next root may hold anything, and the one before too', async () => {
  const { signed } = JSON.parse(Buffer.from(whole.root).toString());
  for (const place of places(signed)) {
    const changed = replace({ ...signed, version: 2 }, place, null);
    const next = new Map(whole.files).set('metadata/2.root.json', envelope(changed, []));
    const report = await check({ files: next, root: whole.root }, { skipContents: true });
    expect(report.findings.map(({ file }) => file)).toContain('metadata/2.root.json');
    const newer = publish((draft) => {
      plant(draft);
      draft.root.version = 2;
    });
    newer.files.set('metadata/1.root.json', envelope(replace(signed, place, {}), []));
    expect((await check(newer, { skipContents: true })).counts.error).toBeGreaterThan(0);
  }
});
