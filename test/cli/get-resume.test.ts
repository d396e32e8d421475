/** `tufa get` over processes that die and servers that break off. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { partsFolderOf } from '../../src/cli/cache-folder.ts';
import { DownloadProgress } from '../../src/cli/download-progress.ts';
import { brokenAfter, content, type GetServer, serveRepository, stalledAfter } from './get-server.ts';
import { buildCommand, newShell, startProcess } from './harness.ts';

const preload = fileURLToPath(new URL('kill-at.mjs', import.meta.url));
const tufa = newShell();
let server: GetServer;
let main: string;
let cases = 0;

beforeAll(async () => {
  server = await serveRepository();
  main = await buildCommand('main', server.base.path);
});
afterEach(() => {
  server.fileScenario = undefined;
});
afterAll(async () => {
  await server.stop();
  server.base.remove();
});

const newName = (): string => `case-${++cases}`;
const at = (...names: string[]): string => join(server.base.path, ...names);
const run = (name: string, ...more: string[]) =>
  startProcess([main, ...server.get(name, '--parts', at(`${name}-parts`), '--json', ...more)]);
const sizes = (folder: string): number[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => statSync(join(folder, name)).size) : [];

describe('tufa get, killed', () => {
  it('in the middle of the body goes on from there, and asks for no byte twice', async () => {
    const name = newName();
    const { promise, resolve } = withResolvers();
    server.fileScenario = stalledAfter(300_000, resolve);
    server.askedForFile();
    const first = run(name);
    await promise;
    // What was sent is on the disk once the file has grown to it.
    while (sizes(at(`${name}-parts`))[0] !== 300_512) await new Promise((again) => setImmediate(again));
    first.child.kill('SIGKILL');
    expect(await first.done).toMatchObject({ end: 'SIGKILL', stdout: '' });
    expect([server.askedForFile(), readdirSync(at(name))]).toEqual([[0], []]);

    server.fileScenario = undefined;
    const second = await run(name).done;
    expect(second.end, second.stderr).toBe(0);
    expect(JSON.parse(second.stdout).files).toMatchObject([{ cached: false, resumedFrom: 300_000 }]);
    expect(second.stderr).toBe('tufa: verified app.bin, by targets, resumed at 300000 bytes\n');
    expect(server.askedForFile()).toEqual([300_000]);
    expect(readFileSync(at(name, 'app.bin')).equals(content)).toBe(true);
    expect([readdirSync(at(name)), sizes(at(`${name}-parts`))]).toEqual([['app.bin'], []]);
  });

  it('at any change of the disk leaves the file whole or absent, nothing unverified beside it, and ends well the next time', async () => {
    const name = newName();
    const counted = (killAt: number) => {
      const env: Record<string, string> = killAt === 0 ? {} : { KILL_AT: String(killAt) };
      const args = server.get(name, '--parts', at(`${name}-parts`), '--json');
      return startProcess(['--import', preload, main, ...args], { env }).done;
    };
    // The metadata is there: its own writes are killed elsewhere.
    expect((await counted(0)).end).toBe(0);
    rmSync(at(name), { recursive: true });
    const whole = await counted(0);
    const changes = Number(/changes: (\d+)/.exec(whole.stderr)?.[1]);
    expect(changes).toBeGreaterThan(15);
    const stride = Math.max(1, Math.floor(changes / 14));
    let resumed = 0;
    let kills = 0;
    for (let killAt = 1; killAt <= changes; killAt += killAt < changes - 8 ? stride : 1) {
      rmSync(at(name), { recursive: true });
      mkdirSync(at(name));
      writeFileSync(at(name, 'app.bin'), 'before');
      const { end } = await counted(killAt);
      // How many writes there are depends on how the body is cut on the wire.
      if (end === 0) break;
      expect(end).toBe('SIGKILL');
      kills += 1;
      const now = readFileSync(at(name, 'app.bin'));
      expect(now.equals(content) || now.toString() === 'before', `killed at ${killAt}`).toBe(true);
      for (const left of readdirSync(at(name)).filter((each) => each !== 'app.bin')) {
        const bytes = readFileSync(at(name, left));
        expect(bytes.equals(content.subarray(0, bytes.length)), `killed at ${killAt}`).toBe(true);
      }
      const next = await counted(0);
      expect(next.end, next.stderr).toBe(0);
      if (JSON.parse(next.stdout).files[0].resumedFrom > 0) resumed += 1;
      expect(readFileSync(at(name, 'app.bin')).equals(content)).toBe(true);
    }
    expect(kills).toBeGreaterThan(10);
    expect(resumed).toBeGreaterThan(3);
  });

  it('beside one that goes on does not disturb it', async () => {
    const name = newName();
    const { promise, resolve } = withResolvers();
    server.fileScenario = stalledAfter(200_000, resolve);
    const first = run(name);
    await promise;
    while (sizes(at(`${name}-parts`))[0] !== 200_512) await new Promise((again) => setImmediate(again));
    server.fileScenario = undefined;
    server.askedForFile();
    const second = await run(name, '--to', at(`${name}-second`)).done;
    expect(JSON.parse(second.stdout).files).toMatchObject([{ resumedFrom: 0 }]);
    expect(server.askedForFile()).toEqual([0]);
    expect(sizes(at(`${name}-parts`))).toEqual([200_512]);
    first.child.kill('SIGKILL');
    await first.done;
  });
});

describe('tufa get, broken off', () => {
  it('says what is kept and what to do, and then from where it goes on', async () => {
    const name = newName();
    server.fileScenario = (request) => (request.head.includes('ange: ') ? undefined : brokenAfter(100_000, content));
    const args = server.get(name, '--parts', at(`${name}-parts`));
    // The second attempt of the same process resumes by itself.
    expect((await tufa(args)).exitCode).toBe(0);
    rmSync(at(name), { recursive: true });
    server.fileScenario = (request) =>
      request.head.includes('ange: ') ? (socket) => void socket.destroy() : brokenAfter(100_000, content);
    const broken = await tufa(args);
    expect([broken.exitCode, broken.stdout]).toEqual([3, '']);
    expect(broken.stderr).toMatch(/100000 bytes of app\.bin are kept: the same command goes on from there\n/);
    expect(broken.stderr).toMatch(/tried 3 times in \d+ ms/);
    server.fileScenario = undefined;
    const seen = await tufa(args, { isTTY: true });
    expect(seen.stderr).toContain('\rtufa: app.bin: resumed at 100000 bytes');
    expect(seen.stderr).toMatch(/\rtufa: app\.bin: 800000 of 800000 bytes, 100%, .*resumed at 100000 bytes/);
  });

  it('keeps nothing with --no-resume, and nothing where the user has no folder for caches', async () => {
    for (const more of [['--no-resume', '--parts', at('unused')], []]) {
      const name = newName();
      server.fileScenario = () => brokenAfter(100_000, content);
      const broken = await tufa(server.get(name, ...more), { env: {} });
      expect([broken.exitCode, broken.stderr.includes('kept')]).toEqual([3, false]);
      server.fileScenario = undefined;
      server.askedForFile();
      expect((await tufa(server.get(name, ...more), { env: {} })).exitCode).toBe(0);
      expect([server.askedForFile(), existsSync(at('unused'))]).toEqual([[0], false]);
    }
  });

  it('keeps it in the folder for caches of the user, which it makes for the user alone', async () => {
    const name = newName();
    const env = process.platform === 'darwin' ? { HOME: at(name) } : { XDG_CACHE_HOME: at(name) };
    const parts = partsFolderOf(env, process.platform) as string;
    server.fileScenario = () => brokenAfter(100_000, content);
    expect((await tufa(server.get(newName()), { env })).exitCode).toBe(3);
    expect(sizes(parts)).toHaveLength(1);
    expect(statSync(parts).mode & 0o777).toBe(0o700);
  });

  it('goes without a folder for caches that cannot be used, and not without one that was named', async () => {
    const file = server.base.write('no-folder', '');
    const spoken = await tufa(server.get(newName()), { env: { XDG_CACHE_HOME: file, HOME: file } });
    expect([spoken.exitCode, spoken.stderr]).toEqual([
      0,
      expect.stringMatching(/^tufa: warning: cannot write to .*begins anew$/m),
    ]);
    const named = await tufa(server.get(newName(), '--parts', join(file, 'parts'), '--json'));
    expect(named).toMatchObject({ exitCode: 3, json: { error: { code: 'ERR_TUF_STORE', hint: /\S/ } } });
    for (const folder of ['', '-store']) {
      const name = newName();
      expect((await tufa(server.get(name, '--parts', at(`${name}${folder}`)))).exitCode).toBe(2);
    }
  });
});

describe('where parts are kept', () => {
  it.each([
    ['linux', { HOME: '/home/me' }, '/home/me/.cache/tufa/parts'],
    ['linux', { HOME: '/home/me', XDG_CACHE_HOME: '/var/me' }, '/var/me/tufa/parts'],
    ['linux', { HOME: '/home/me', XDG_CACHE_HOME: 'relative' }, '/home/me/.cache/tufa/parts'],
    ['darwin', { HOME: '/Users/me', XDG_CACHE_HOME: '/x' }, '/Users/me/Library/Caches/tufa/parts'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' }, 'C:\\Users\\me\\AppData\\Local\\tufa\\parts'],
    ['linux', {}, undefined],
    ['win32', { HOME: '/home/me' }, undefined],
  ] as const)('on %s with %o', (platform, env, expected) => {
    expect(partsFolderOf(env, platform)).toBe(expected);
  });
});

describe('progress', () => {
  it('shows rate and remaining time once there is one, at most ten times a second, and the end', () => {
    let now = 0;
    const progress = new DownloadProgress('a', () => now);
    expect(progress.line(10, 1_000_000)).toBe('a: 10 of 1000000 bytes, 0%');
    now = 99;
    expect(progress.line(20, 1_000_000)).toBeUndefined();
    now = 2_000;
    expect(progress.line(10_000, 1_000_000)).toBe('a: 10000 of 1000000 bytes, 1%, 5000 bytes/s, 3 min 18 s left');
    expect(progress.line(1_000_000, 1_000_000)).toBe('a: 1000000 of 1000000 bytes, 100%, 500000 bytes/s, 0 s left');
    now = 4_000;
    expect(progress.line(20_000, 1_000_000_000)).toContain('55 h 33 min left');
    expect(new DownloadProgress('a', () => now).line(0, 0)).toBe('a: 0 of 0 bytes, 100%');
  });

  it('counts only what came in this run, and all of it where the server begins anew', () => {
    let now = 0;
    const progress = new DownloadProgress('a', () => now);
    expect(progress.resumed(500)).toBe('a: resumed at 500 bytes');
    now = 1_000;
    expect(progress.line(600, 1_000)).toBe('a: 600 of 1000 bytes, 60%, 100 bytes/s, 4 s left, resumed at 500 bytes');
    now = 2_000;
    expect(progress.line(100, 1_000)).toBe('a: 100 of 1000 bytes, 10%, 50 bytes/s, 18 s left');
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((then) => {
    resolve = then;
  });
  return { promise, resolve };
}
