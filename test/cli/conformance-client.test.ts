import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand, newFolder, newShell, startProcess } from './harness.ts';

const tufa = newShell();
const base = newFolder();
const dir = join(base.path, 'repository');
const files = join(base.path, 'files');
let program: string;
let server: Server;
let url: string;
let log: string[] = [];
let count = 0;

/** Serves as the suite does: nothing is decoded, and every request is noted. */
beforeAll(async () => {
  program = await buildCommand('conformance-client', base.path);
  mkdirSync(files);
  writeFileSync(join(files, 'a.txt'), 'first');
  writeFileSync(join(files, 'b.txt'), 'other');
  await tufa(['init', dir, '--expires', 'timestamp=30d', '--expires', 'snapshot=30d']);
  await tufa(['add', dir, files]);
  await tufa(['publish', dir]);
  server = createServer((request, response) => {
    const path = (request.url as string).replace(/^\/test%5Bx%5D\//, '');
    log.push(path.replace(/[0-9a-f]{64}/, 'HASH'));
    try {
      response.end(readFileSync(join(dir, 'public', path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}/test%5Bx%5D/`;
});

afterAll(() => {
  server.close();
  base.remove();
});

async function newClient(root = join(dir, 'public/metadata/1.root.json')) {
  const metadata = join(base.path, `metadata-${++count}`);
  const targets = join(base.path, `targets-${count}`);
  for (const folder of [metadata, targets]) mkdirSync(folder);
  const run = async (...args: string[]) => {
    log = [];
    const { end, stderr } = await startProcess([program, ...args]).done;
    return { end, stderr, log };
  };
  const init = await run('--metadata-dir', metadata, 'init', root);
  return {
    metadata,
    targets,
    init,
    refresh: () => run('--metadata-url', `${url}metadata/`, '--metadata-dir', metadata, 'refresh'),
    download: (...names: string[]) =>
      run(
        ...['--metadata-url', `${url}metadata`, '--metadata-dir', metadata],
        ...names.flatMap((name) => ['--target-name', name]),
        ...['--target-dir', targets, '--target-base-url', `${url}targets`, 'download'],
      ),
    kept: () =>
      readdirSync(metadata)
        .filter((name) => name.endsWith('.json'))
        .sort(),
  };
}

describe('the client under test', () => {
  it('starts without a request, and keeps the root', async () => {
    const client = await newClient();
    expect(client.init).toMatchObject({ end: 0, log: [] });
    expect(client.kept()).toEqual(['root.json']);
  });

  it('asks for what is due and for nothing else', async () => {
    const client = await newClient();
    expect(await client.refresh()).toMatchObject({
      end: 0,
      log: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/2.snapshot.json', 'metadata/2.targets.json'],
    });
    expect(client.kept()).toEqual(['root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);
    expect(readFileSync(join(client.metadata, 'targets.json'))).toEqual(
      readFileSync(join(dir, 'public/metadata/2.targets.json')),
    );
    expect(await client.refresh()).toMatchObject({ end: 0, log: ['metadata/2.root.json', 'metadata/timestamp.json'] });
  });

  it('downloads several targets in one run, in order, and each once', async () => {
    const client = await newClient();
    const first = await client.download('b.txt', 'a.txt');
    expect(first).toMatchObject({ end: 0, log: expect.arrayContaining(['targets/HASH.b.txt', 'targets/HASH.a.txt']) });
    expect(first.log.slice(-2)).toEqual(['targets/HASH.b.txt', 'targets/HASH.a.txt']);
    const path = join(client.targets, 'a.txt');
    utimesSync(path, new Date(0), new Date(0));
    expect((await client.download('a.txt')).log).toEqual(['metadata/2.root.json', 'metadata/timestamp.json']);
    expect(statSync(path).mtimeMs).toBe(0);
    writeFileSync(path, 'FIRST');
    expect((await client.download('a.txt')).log.at(-1)).toBe('targets/HASH.a.txt');
    expect(readdirSync(client.targets)).toEqual(['a.txt', 'b.txt']);
    expect(readFileSync(path, 'utf8')).toBe('first');
  });

  it('is 1 for every failure, and the first ends the run', async () => {
    const client = await newClient();
    const { end, stderr, log: asked } = await client.download('nobody', 'a.txt');
    expect([end, asked.at(-1)]).toEqual([1, 'metadata/2.targets.json']);
    expect(stderr).toContain('no trusted role lists');
    for (const args of [
      [],
      ['refresh'],
      ['--metadata-dir'],
      ['--metadata-dir', client.metadata, 'dance'],
      ['--metadata-dir', '/nowhere', 'init', '/nowhere'],
    ]) {
      expect((await startProcess([program, ...args]).done).end, args.join(' ')).toBe(1);
    }
    const page = base.write('page.json', '<html>');
    const broken = await newClient(page);
    expect(await broken.refresh()).toMatchObject({ end: 1, log: [] });
  });

  it('goes by the clock of its process', async () => {
    const client = await newClient();
    const args = ['--metadata-url', `${url}metadata/`, '--metadata-dir', client.metadata, 'refresh'];
    const inTenYears =
      'const now = Date.now; Date.now = () => now() + 3.2e11; globalThis.Date = class extends Date { constructor(...all) { super(...(all.length ? all : [Date.now()])); } }';
    const faked = startProcess([
      '--import',
      `data:text/javascript,${encodeURIComponent(inTenYears)}`,
      program,
      ...args,
    ]);
    expect(await faked.done).toMatchObject({ end: 1, stderr: expect.stringContaining('expired at') });
  });
});
