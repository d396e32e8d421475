/** Places on the disk, real repositories, and hostile ones. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lenientJson } from '../../src/check/lenient-json.ts';
import { readFile } from '../../src/check/read-file.ts';
import { servedFolder } from '../../src/node/served-folder.ts';
import { absent, sigstore } from '../real/archive.ts';
import { rootPath } from '../real/real-repository.ts';
import { shapes } from '../real/shapes.ts';
import { check, codesOf, type Files, publish, targetsOf } from './planted.ts';

const base = mkdtempSync(join(tmpdir(), 'tufa-check-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;

function folderOf(files: Files | ReadonlyMap<string, Uint8Array>): string {
  const folder = join(base, `repository-${++count}`);
  for (const [file, bytes] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), bytes);
  }
  return folder;
}

const placeIn = (folder: string) =>
  servedFolder({ metadata: join(folder, 'metadata'), targets: join(folder, 'targets') });

describe('a folder', () => {
  it('is checked like a repository in memory', async () => {
    const planted = publish();
    const report = await check(planted, { place: placeIn(folderOf(planted.files)) });
    expect(report.findings).toEqual([]);
    expect(report.read.targetFiles).toBe(1);
  });

  it('is found by the names of URLs: escapes, folders, and a slash in the name of a role', async () => {
    const planted = publish((draft) => {
      draft.roles['targets'] = targetsOf({ 'a b/c%20d.txt': 'x' });
      draft.files = { 'a b/c%20d.txt': 'x' };
      draft.delegate('targets', 'x/y', { paths: ['q/*'] });
    });
    planted.files.set('metadata/1.x%2Fy.json', planted.files.get('metadata/1.x/y.json') as Uint8Array);
    planted.files.delete('metadata/1.x/y.json');
    const report = await check(planted, { place: placeIn(folderOf(planted.files)) });
    expect(codesOf(report)).toEqual(['role-name-risky', 'target-path-risky']);
  });

  it('gives every byte of a document that takes several reads', async () => {
    const numbers = Array.from({ length: 60_000 }, (_, i) => i).join(' ');
    const planted = publish((draft) => {
      draft.roles['targets'].targets['a.txt'].custom = { numbers };
    });
    const targets = planted.files.get('metadata/1.targets.json') as Uint8Array;
    expect(targets.length).toBeGreaterThan(256 * 1024);
    const place = placeIn(folderOf(planted.files));
    const read = await readFile(place, 'metadata', '1.targets.json', targets.length);
    expect(read.state === 'there' && Buffer.compare(read.bytes, targets)).toBe(0);
    expect((await check(planted, { place })).findings).toEqual([]);
  });

  it('gives nothing from outside, and no folder for a file', async () => {
    const planted = publish();
    const folder = folderOf(planted.files);
    writeFileSync(join(base, 'secret'), 'secret');
    symlinkSync(join(base, 'secret'), join(folder, 'metadata', 'link.json'));
    const place = placeIn(folder);
    const read = async (name: string) => (await readFile(place, 'metadata', name, 1000)).state;
    expect(await read('link.json')).toBe('absent');
    expect(await read('..%2F..%2Fsecret')).toBe('absent');
    expect(await read('../../secret')).toBe('absent');
    expect(await read('')).toBe('absent');
    expect((await readFile(place, 'targets', '..', 1000)).state).toBe('absent');
    expect(await read('timestamp.json')).toBe('there');
    expect((await readFile(place, 'metadata', 'timestamp.json', 10)).state).toBe('too-long');
  });

  it('lists nothing behind a link that leads out, be it a half or a file, and says that of a half', async () => {
    const planted = publish();
    const folder = folderOf(planted.files);
    const outside = folderOf(new Map([['secret', new Uint8Array(6)]]));
    rmSync(join(folder, 'targets'), { recursive: true });
    symlinkSync(outside, join(folder, 'targets'));
    symlinkSync(join(outside, 'secret'), join(folder, 'metadata', 'link.json'));
    const place = servedFolder({
      metadata: join(folder, 'metadata'),
      targets: join(folder, 'targets'),
      within: folder,
    });
    const { files } = await place.list(100);
    expect([...files.keys()].sort()).toEqual([...planted.files.keys()].filter((file) => /^metadata/.test(file)).sort());
    const problem = 'targets is a link that leads out of the folder';
    expect(await readFile(place, 'targets', 'secret', 100)).toEqual({ state: 'unreadable', problem });
    const report = await check(planted, { place });
    expect(report.findings.map(({ text }) => text).join()).not.toContain('secret');
  });

  it('lists each file once where the targets stand among the metadata', async () => {
    const folder = folderOf(
      new Map([
        ['1.root.json', new Uint8Array(1)],
        ['targets/a', new Uint8Array(2)],
      ]),
    );
    const place = servedFolder({ metadata: folder, targets: join(folder, 'targets') });
    const { files, complete } = await place.list(10);
    expect([Object.fromEntries(files), complete]).toEqual([{ 'metadata/1.root.json': 1, 'targets/a': 2 }, true]);
    expect((await place.list(1)).complete).toBe(false);
  });
});

describe.each([
  ['Sigstore', sigstore],
  ['the same shapes', shapes],
] as const)('%s', (name, make) => {
  const present = name !== 'Sigstore' || absent === undefined;

  it.skipIf(!present)('is checked from its first root, and from its newest one', async () => {
    const repository = make();
    const folder = folderOf(repository.files);
    for (const version of [1, repository.roots]) {
      const root = repository.files.get(rootPath(version)) as Uint8Array;
      const options = { place: placeIn(folder), at: new Date(repository.time) };
      const report = await check({ files: new Map(), root }, options);
      expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(report.read).toMatchObject({ roots: repository.roots, targetFiles: repository.targets.length });
      const codes = codesOf(report);
      expect(codes).toEqual(expect.arrayContaining(['spec-version-form', 'meta-unbounded', 'snapshot-extra']));
      expect(codes).not.toContain('target-unreachable');
      expect(report.calendar.map(({ role }) => role)).toContain(repository.delegated.role);
      const edge = report.graph.edges.find(({ to }) => to === repository.delegated.role);
      expect(edge).toMatchObject({ from: 'targets', reachKind: 'paths' });
    }
  });

  it.skipIf(!present)('is checked years later, and in spite of a root and a target that are gone', async () => {
    const repository = make();
    const folder = folderOf(repository.files);
    rmSync(join(folder, rootPath(3)));
    const target = [...repository.files.keys()].find((file) => file.startsWith('targets/')) as string;
    rmSync(join(folder, target));
    const root = repository.files.get(rootPath(repository.roots)) as Uint8Array;
    const place = placeIn(folder);
    const report = await check({ files: new Map(), root }, { place, at: new Date('2040-01-01T00:00:00Z') });
    const errors = report.findings.filter(({ severity }) => severity === 'error');
    expect([...new Set(errors.map(({ code }) => code))].sort()).toEqual(['expired', 'root-missing', 'target-missing']);
    expect(errors.find(({ code }) => code === 'root-missing')?.text).toContain('version 3');
  });
});

describe('hostile repositories', () => {
  it('are bounded: bins without end, patterns that are slow to compare, findings without end', async () => {
    const planted = publish((draft) => {
      const keys = Object.fromEntries(draft.keys.team.map(({ keyid, key }) => [keyid, key]));
      const keyids = Object.keys(keys);
      draft.delegate('targets', 'bins', { paths: ['*'] });
      draft.roles['bins'].delegations = {
        keys,
        succinct_roles: { keyids, threshold: 2, bit_length: 32, name_prefix: 'b' },
      };
      draft.delegate('targets', 'slow', { paths: ['*a*a*a*a*a*a*a*a*b'] }, { [`${'a'.repeat(200)}`]: 'x' });
      for (let i = 0; i < 300; i += 1) draft.delegate('targets', `r ${i}`, { paths: [] });
    });
    const report = await check(planted);
    expect(codesOf(report)).toEqual(expect.arrayContaining(['role-unpublished', 'delegation-empty']));
    expect(report.findings.find(({ code }) => code === 'role-unpublished')?.text).toMatch(
      /^4294967296 of 4294967296 bins that bins delegates to are not published: b-00000000, .* more$/,
    );
    expect(report.findings.filter(({ code }) => code === 'delegation-empty')).toHaveLength(100);
    expect(report.omitted['delegation-empty']).toBe(200);
    expect(report.counts.warning).toBeGreaterThan(300);
  });

  /** Delegators that all delegate to the same bins, which are listed and not there. */
  const shared = (delegators: number, bits: number) =>
    publish((draft) => {
      const keys = Object.fromEntries(draft.keys.team.map(({ keyid, key }) => [keyid, key]));
      const succinct = { keyids: Object.keys(keys), threshold: 2, bit_length: bits, name_prefix: 'bin' };
      for (let i = 0; i < delegators; i += 1) {
        draft.delegate('targets', `d${i}`, { paths: [`d${i}/*`] });
        draft.roles[`d${i}`].delegations = { keys, succinct_roles: succinct };
      }
      draft.snapshot = (signed) => {
        for (let i = 0; i < 2 ** bits; i += 1) signed.meta[`bin-${i.toString(16)}.json`] = { version: 1 };
      };
    });

  it('are bounded where many delegate to the same bins', async () => {
    const report = await check(shared(4, 3), { bounds: { edges: 20 } });
    const met = report.findings.filter(({ code }) => code === 'check-incomplete').map(({ text }) => text);
    expect(met).toEqual(['there are more delegations (edges: 20)']);
    const states = Object.fromEntries(report.graph.roles.map(({ role, state }) => [role, state]));
    expect(states).toMatchObject({ d0: 'there', d1: 'there', d2: 'there', d3: 'unread' });
    expect(codesOf(report)).not.toContain('role-orphaned');
  });

  it('are followed no further once the time is over', async () => {
    let read = 0;
    const options = { onProgress: () => (read += 1), isOver: () => read >= 4 };
    const report = await check(shared(4, 3), options);
    expect(report.findings.find(({ code }) => code === 'check-incomplete')?.text).toMatch(/^the time is over/);
    expect(report.graph.roles.filter(({ state }) => state === 'there').map(({ role }) => role)).toEqual(['targets']);
    expect(codesOf(report)).not.toContain('role-orphaned');
  });

  it('are looked at where they are no proper JSON', async () => {
    const text = '{"a":1,"a":[1.5e3,-2,"\\u0041\\n\\ud800",true,null],"b":{}}';
    expect(lenientJson(Buffer.from(text))).toEqual(
      new Map<string, unknown>([
        ['a', [1500, -2, 'A\n\ufffd', true, null]],
        ['b', new Map()],
      ]),
    );
    const refused = [
      '',
      '{',
      '[1,]',
      '{"a" 1}',
      '"open',
      'nul',
      '[1] 2',
      '"\\',
      '['.repeat(100_000),
      '[1 2]',
      '{"a":}',
    ];
    expect(refused.map((each) => lenientJson(Buffer.from(each)))).toEqual(refused.map(() => undefined));
    expect(lenientJson(new Uint8Array([0x22, 0xff, 0x22]))).toBe('\ufffd');
    expect(lenientJson(Buffer.from(`[${'0,'.repeat(3_000_000)}0]`))).toBeUndefined();
  });

  it('are refused where the trusted root is none', async () => {
    const root = new Uint8Array(Buffer.from('{}'));
    await expect(check({ ...publish(), root })).rejects.toMatchObject({ code: 'ERR_TUF_MALFORMED' });
  });
});
