import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
const dir = join(base.path, 'repository');
const root = join(dir, 'public/metadata/1.root.json');
const at = (name: string): string => join(base.path, name);
let server: StaticServer;

beforeAll(async () => {
  await ok(['init', dir]);
  await ok(['add', dir, base.write('app.tgz', 'release 1'), base.write('other.tgz', 'other')]);
  await ok(['publish', dir]);
  server = await serveFolder(join(dir, 'public'), 0);
});

afterAll(async () => {
  await server.close();
  base.remove();
});

describe('tufa bundle', () => {
  it('makes a bundle of a folder, and verifies it', async () => {
    const made = await ok([
      'bundle',
      'create',
      dir,
      'app.tgz',
      'none.tgz',
      '--root',
      root,
      '--files',
      '--to',
      at('app.tufa'),
    ]);
    expect(made).toEqual({ file: at('app.tufa'), bytes: readFileSync(at('app.tufa')).length });
    const { links, targets, newerRoots, files } = await ok([
      ...['bundle', 'verify', at('app.tufa'), '--root', root, '--to', at('to')],
    ]);
    expect(links.map(({ role }: { role: string }) => role)).toEqual(['root', 'timestamp', 'snapshot', 'targets']);
    expect(targets).toMatchObject([
      { path: 'app.tgz', role: 'targets', length: 9 },
      { path: 'none.tgz', role: null },
    ]);
    expect([newerRoots, files]).toEqual(['unseen', [join(at('to'), 'app.tgz')]]);
    expect(readFileSync(join(at('to'), 'app.tgz'), 'utf8')).toBe('release 1');
  });

  it('makes the same bundle of what is served', async () => {
    const urls = [server.metadataUrl, 'app.tgz', 'none.tgz', '--targets-url', server.targetsUrl];
    await ok(['bundle', 'create', ...urls, '--root', root, '--files', '--to', at('served.tufa')]);
    expect(readFileSync(at('served.tufa')).equals(readFileSync(at('app.tufa')))).toBe(true);
  });

  it('says what is in it, and that newer roots are unseen', async () => {
    const { exitCode, stdout, stderr } = await tufa(['bundle', 'verify', at('app.tufa'), '--root', root]);
    expect([exitCode, stdout]).toEqual([0, 'verified app.tgz, by targets\nnot listed none.tgz\n']);
    expect(stderr).toContain('newer roots: unseen');
    expect(stderr).toMatch(/root 1: expires \S+, issued/);
  });

  it('carries a whole repository, which any client can use', async () => {
    await ok(['bundle', 'create', dir, '--all', '--root', root, '--files', '--to', at('all.tufa')]);
    const { entries } = await ok(['bundle', 'unpack', at('all.tufa'), '--root', root, '--to', at('mirror')]);
    expect(entries).toBe(6);
    const mirror = await serveFolder(at('mirror'), 0);
    const get = ['get', mirror.metadataUrl, 'other.tgz', '--targets-url', mirror.targetsUrl, '--root', root];
    await ok([...get, '--store', at('store'), '--to', at('from-mirror')]);
    await mirror.close();
    expect(readFileSync(join(at('from-mirror'), 'other.tgz'), 'utf8')).toBe('other');
    expect(spawnSync('tar', ['-tf', at('all.tufa')]).status).toBe(0);
    await fails(['bundle', 'unpack', at('all.tufa'), '--root', root, '--to', at('mirror')], 4, 'ERR_TUF_CONFLICT');
  });

  it('counts versions against a store, and adds to it', async () => {
    const store = ['--store', at('counted')];
    await ok(['bundle', 'verify', at('app.tufa'), '--root', root, ...store]);
    await ok(['timestamp', dir]);
    const since = ['--since', at('app.tufa'), '--to', at('since.tufa')];
    await ok(['bundle', 'create', dir, 'app.tgz', '--root', root, ...since]);
    await fails(['bundle', 'verify', at('since.tufa'), '--root', root], 1, 'ERR_TUF_BUNDLE_MISSING');
    await ok(['bundle', 'verify', at('since.tufa'), '--root', root, ...store]);
    await fails(['bundle', 'verify', at('app.tufa'), '--root', root, ...store], 1, 'ERR_TUF_ROLLBACK');
    await fails(
      ['bundle', 'unpack', at('since.tufa'), '--root', root, ...store, '--to', at('part')],
      2,
      'ERR_TUF_USAGE',
    );
  });

  it('refuses what is cut, compressed, too old or not there', async () => {
    const bytes = readFileSync(at('app.tufa'));
    writeFileSync(at('cut.tufa'), bytes.subarray(0, bytes.length - 600));
    await fails(['bundle', 'verify', at('cut.tufa'), '--root', root], 1, 'ERR_TUF_BUNDLE_TRUNCATED');
    writeFileSync(at('app.tufa.gz'), Buffer.from([0x1f, 0x8b, 8, 0]));
    await fails(['bundle', 'verify', at('app.tufa.gz'), '--root', root], 1, 'ERR_TUF_BUNDLE_COMPRESSED');
    await fails(['bundle', 'verify', at('none.tufa'), '--root', root], 3, 'ERR_TUF_STORE');
    await fails(['bundle', 'verify', base.path, '--root', root], 3, 'ERR_TUF_STORE');
    const now = new Date(Date.now() + 20 * 3_600_000);
    await fails(['bundle', 'verify', at('app.tufa'), '--root', root, '--max-age', '12h'], 1, 'ERR_TUF_TOO_OLD', {
      now,
    });
    await fails(['bundle', 'create', dir, '--root', root, '--to', at('x')], 2, 'ERR_TUF_USAGE');
    await fails(
      ['bundle', 'create', server.metadataUrl, 'app.tgz', '--files', '--root', root, '--to', at('x')],
      2,
      'ERR_TUF_USAGE',
    );
    await fails(['bundle', 'create', at('to'), 'app.tgz', '--root', root, '--to', at('x')], 3, 'ERR_TUF_STORE');
    expect(existsSync(at('x'))).toBe(false);
    expect(readdirSync(base.path).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('accepts what was issued lately', async () => {
    await ok(['bundle', 'create', dir, 'app.tgz', '--root', root, '--to', at('new.tufa')]);
    await ok(['bundle', 'verify', at('new.tufa'), '--root', root, '--max-age', '1h', '--max-age', 'snapshot=1d']);
    // Nobody says when a root was issued.
    const root1d = ['bundle', 'verify', at('new.tufa'), '--root', root, '--max-age', 'root=1d'];
    await fails(root1d, 1, 'ERR_TUF_TOO_OLD');
  });
});
