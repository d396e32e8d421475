/** The auditor as an operator and as an outsider runs it. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/check/index.ts';
import { checkHtml } from '../../src/cli/check-html.ts';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { check, publish } from '../check/planted.ts';
import { newFolder, newShell } from './harness.ts';

const tufa = newShell();
const base = newFolder();
const original = join(base.path, 'original');

beforeAll(async () => {
  expect((await tufa(['init', original, '--keys', 'root=2', '--threshold', 'root=2'])).exitCode).toBe(0);
  await tufa(['add', original, base.write('a.txt', 'a'), base.write('b.txt', 'b')]);
  expect((await tufa(['publish', original])).exitCode).toBe(0);
});
afterAll(() => base.remove());

const copy = (): string => base.copy(original);

function lose(dir: string, name: string): void {
  const targets = join(dir, 'public/targets');
  const digest = name === 'a.txt' ? 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' : '';
  rmSync(join(targets, `${digest}.${name}`));
}

describe('tufa check DIR', () => {
  it("trusts the operator's own root, and ends with 0 where there is no error", async () => {
    const { exitCode, stdout, stderr } = await tufa(['check', copy()]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^notes \(1\)\n {2}threshold-one: one signature is enough for targets\n {4}hint: /);
    expect(stdout).toMatch(/\ncalendar\n {2}timestamp {2}version 2, .*less than a day left\n/);
    expect(stderr).toMatch(/0 errors, 0 warnings, 1 note in 5 documents and 2 target files\n$/);
  });

  it('ends with 1 where there is an error, and says the same as JSON', async () => {
    const dir = copy();
    lose(dir, 'a.txt');
    const { exitCode, stdout } = await tufa(['check', dir]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^errors \(1\)\n {2}target-missing: targets\/ca978112.*\.a\.txt is not there\n {4}hint: add the/,
    );
    const { exitCode: again, json } = await tufa(['check', dir, '--json']);
    expect(again).toBe(1);
    const report = json as CheckReport;
    expect(report.counts).toEqual({ error: 1, warning: 0, note: 1 });
    expect(report.findings[0]).toMatchObject({
      code: 'target-missing',
      severity: 'error',
      role: 'targets',
      path: 'a.txt',
    });
    expect(Object.keys(report)).toEqual([
      ...['place', 'at', 'counts', 'findings', 'omitted', 'calendar', 'graph', 'read', 'against'],
    ]);
  });

  it('judges expiries at another time', async () => {
    const at = new Date(Date.now() + 3 * 86_400_000).toISOString();
    const { exitCode, stdout } = await tufa(['check', copy(), '--at', at]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/ {2}expired: timestamp expired at/);
  });

  it('leaves out contents, and stops when the time is over', async () => {
    const dir = copy();
    const { stdout } = await tufa(['check', dir, '--skip-contents']);
    expect(stdout).toContain('contents-unchecked');
    expect((await tufa(['check', dir, '--max-time', 'soon'])).exitCode).toBe(2);
  });

  it('ends in its time with a server whose answers do not end', async () => {
    const server = createServer((_request, response) => {
      const drip = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(drip));
      response.writeHead(404);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`;
      const root = join(original, 'root.json');
      const { exitCode, stdout } = await tufa(['check', url, '--root', root, '--max-time', '1s']);
      expect(exitCode).toBe(3);
      expect(stdout).toMatch(/check-incomplete: the time (is|was) over/);
      expect(stdout).not.toContain('file-unreadable');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('checks what is served alone, from a root that is given', async () => {
    const dir = copy();
    for (const folder of [join(dir, 'public'), join(dir, 'public/metadata')]) {
      expect((await tufa(['check', folder, '--root', join(dir, 'root.json')])).exitCode).toBe(0);
      expect(await tufa(['check', folder])).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('hint: give the root that you trust'),
      });
    }
  });

  it('says what it cannot begin with', async () => {
    const empty = join(base.path, 'empty');
    mkdirSync(empty, { recursive: true });
    expect(await tufa(['check', empty])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('there is no repository in'),
    });
    for (const url of ['ftp://example.com/', 'https://', 'https://me:secret@example.com/']) {
      expect((await tufa(['check', url])).exitCode).toBe(2);
    }
    const twice = ['check', 'https://example.com/metadata', '--targets-url', 'targets'];
    expect((await tufa(twice)).exitCode).toBe(2);
    const dir = copy();
    writeFileSync(join(dir, 'root.json'), '{}');
    const { exitCode, stderr } = await tufa(['check', dir]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('root.json is no root that can be trusted: ');
    expect(stderr).toContain('hint: name the file of a root');
    rmSync(join(dir, 'root.json'));
    expect(await tufa(['check', dir])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('--root FILE') });
  });
});

describe("the operator's memory", () => {
  it('[T39] finds what was restored from an older backup', async () => {
    const dir = copy();
    cpSync(join(dir, 'public'), join(dir, 'backup'), { recursive: true });
    await tufa(['timestamp', dir]);
    rmSync(join(dir, 'public'), { recursive: true });
    cpSync(join(dir, 'backup'), join(dir, 'public'), { recursive: true });
    const { exitCode, stdout } = await tufa(['check', dir]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/rolled-back: timestamp has version 2, and version 3 was published/);
    writeFileSync(join(dir, 'published.json'), '{');
    const unread = await tufa(['check', dir]);
    expect([unread.exitCode, unread.stderr]).toEqual([0, expect.stringContaining('is not compared')]);
    for (const text of ['', '[]', '{"root":"1"}']) {
      writeFileSync(join(dir, 'published.json'), text);
      const ran = await tufa(['check', dir]);
      expect([ran.exitCode, ran.stderr], text).toEqual([0, expect.stringContaining('is not compared')]);
    }
    rmSync(join(dir, 'published.json'));
    const none = await tufa(['check', dir]);
    expect([none.exitCode, none.stderr]).toEqual([0, expect.not.stringContaining('is not compared')]);
  });
});

describe('tufa check --against', () => {
  it('finds a copy that was restored from an older one', async () => {
    const older = copy();
    const newer = copy();
    await tufa(['add', newer, base.write('c.txt', 'c')]);
    await tufa(['publish', newer]);
    const back = await tufa(['check', older, '--against', newer]);
    expect(back.exitCode).toBe(1);
    expect(back.stdout).toMatch(/rolled-back: timestamp has version 2, and the other copy has 3/);
    expect(back.stdout).toMatch(/\nagainst .*\n {2}root: confirmed, version 1 here and 1 there\n/);
    const on = await tufa(['check', newer, '--against', older]);
    expect(on.exitCode).toBe(0);
    expect(on.stdout).toContain('  targets: 2 confirmed, 1 unknown\n  c.txt of targets: unknown\n');
  });
});

describe('tufa check URL', () => {
  let server: StaticServer;
  let dir: string;
  beforeAll(async () => {
    dir = copy();
    server = await serveFolder(join(dir, 'public'), 0);
  });
  afterAll(() => server.close());

  it('asks for the metadata and finds the targets beside it, by either address', async () => {
    const root = join(dir, 'root.json');
    for (const url of [server.metadataUrl, server.metadataUrl.replace(/metadata\/$/, '')]) {
      const { exitCode, json } = await tufa(['check', url, '--root', root, '--json']);
      expect(exitCode).toBe(0);
      expect(json.read).toMatchObject({ documents: 4, targetFiles: 2 });
      // The server for trying sends no CORS headers and lets nobody cache.
      const codes = new Set(json.findings.map(({ code }: { code: string }) => code));
      expect([...codes].sort()).toEqual([
        ...['cors-missing', 'cors-missing-on-404', 'immutable-cache-short', 'threshold-one'],
      ]);
    }
  });

  it('takes the targets from elsewhere, and a mirror to compare with', async () => {
    const root = join(dir, 'root.json');
    const wrong = `${server.metadataUrl}nowhere/`;
    const { exitCode, stdout } = await tufa(['check', server.metadataUrl, '--root', root, '--targets-url', wrong]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('target-missing');
    const same = await tufa(['check', dir, '--against', server.metadataUrl]);
    expect(same.stdout).toContain('  targets: 2 confirmed\n');
  });
});

it('ends with 3 where no server is, and where the name is nobody', async () => {
  const server = await serveFolder(join(copy(), 'public'), 0);
  await server.close();
  const root = join(original, 'root.json');
  for (const url of [server.metadataUrl, 'https://tufa-check.invalid/metadata']) {
    const { exitCode, stderr } = await tufa(['check', url, '--root', root]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('check the address, the network')]);
  }
});

it('[A-71, T37] escapes what others chose in text and in JSON', async () => {
  const evil = '::set-output name=x::\u001b[31m\u202e\r\n##[group]';
  const planted = publish((draft) => {
    draft.roles['targets'].targets[evil] = draft.roles['targets'].targets['a.txt'];
    draft.delegate('targets', evil, { paths: [evil] });
    delete draft.roles[evil];
  });
  const folder = join(base.path, 'evil');
  for (const [file, bytes] of planted.files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), bytes);
  }
  const root = join(folder, 'metadata/1.root.json');
  const at = ['--at', '2030-01-01'];
  const report = join(base.path, 'evil.html');
  const { stdout, stderr } = await tufa(['check', folder, '--root', root, ...at, '--report', report]);
  const { stdout: json } = await tufa(['check', folder, '--root', root, ...at, '--json']);
  expect(readFileSync(report, 'utf8')).not.toMatch(/[^\P{C}\n]/u);
  for (const text of [stdout, stderr, json]) {
    expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(text).not.toMatch(/^\s*::/m);
    expect(text).not.toContain('##[');
  }
  expect(stdout).toContain('\\u{1b}[31m');
  expect(JSON.parse(json).graph.roles[1].role).toBe(evil);
});

describe('the page', () => {
  it('[A-71, T37] holds findings, calendar and graph in one file without a script, and escapes what others chose', async () => {
    const evil = '"><script>alert(1)</script>\u202e';
    const planted = publish((draft) => {
      draft.delegate('targets', evil, { paths: [`${evil}/*`] });
      delete draft.roles[evil];
      draft.delegate('targets', 'bob', { paths: ['bob/*'], terminating: true }, { 'bob/x': 'x' });
      draft.delegate('bob', 'bob', { paths: ['bob/*'] });
    });
    const html = checkHtml(await check(planted));
    expect(html).not.toMatch(/<script/i);
    expect(html).not.toContain('\u202e');
    expect(html).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}');
    expect(html).toContain('<h2>Expiry calendar</h2>');
    expect(html).toMatch(/<svg [^>]*role="img" aria-label="Delegations between 3 roles">/);
    expect(html).toContain('<code>delegation-cycle</code>');
    expect(html).not.toMatch(/(src|href)=/);
  });

  it('is written by --report, whole', async () => {
    const file = join(base.path, 'report.html');
    const { exitCode } = await tufa(['check', copy(), '--report', file]);
    expect(exitCode).toBe(0);
    const html = readFileSync(file, 'utf8');
    expect(html).toMatch(/^<!doctype html>\n/);
    expect(html).toMatch(/<\/html>\n$/);
    expect(html).toContain('<section><h2>Errors</h2>\n<p>None.</p>');
  });

  it('is bounded where a repository has thousands of roles', async () => {
    const planted = publish((draft) => {
      for (let i = 0; i < 1200; i += 1) {
        draft.delegate('targets', `role-${i}`, { path_hash_prefixes: [i.toString(16).padStart(3, '0')] });
        if (i > 2) delete draft.roles[`role-${i}`];
      }
    });
    const report = await check(planted);
    expect(report.graph.roles).toHaveLength(1000);
    expect(report.graph.omitted).toBe(201);
    expect(checkHtml(report).length).toBeLessThan(400_000);
  });
});
