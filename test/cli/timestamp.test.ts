/** Keeping a repository alive: its timestamp is renewed, once or for as long as a service runs. */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand, newFolder, newShell, startProcess } from './harness.ts';

const tufa = newShell();
const base = newFolder();
const original = join(base.path, 'original');
const start = new Date();
const inDays = (days: number): Date => new Date(start.getTime() + days * 86_400_000);

beforeAll(async () => {
  expect((await tufa(['init', original, '--expires', 'targets=30d'])).exitCode).toBe(0);
});
afterAll(() => base.remove());

const copy = (): string => base.copy(original);

async function versions(dir: string, now = start): Promise<unknown[]> {
  const { json } = await tufa(['status', dir, '--at', now.toISOString(), '--json']);
  return [
    json.accepted,
    json.roles.map(({ role, version }: { role: string; version: number }) => `${role} ${version}`),
  ];
}

describe('tufa timestamp', () => {
  it('[6.5] renews the timestamp alone, and leaves what is staged', async () => {
    const dir = copy();
    await tufa(['add', dir, base.write('a.txt', 'a')]);
    const renewed = await tufa(['timestamp', dir, '--json'], { now: inDays(0.9) });
    expect(renewed.json).toMatchObject({ published: true, root: 1, snapshot: 1, timestamp: 2, targets: {}, files: [] });
    expect((await tufa(['status', dir, '--at', inDays(1.8).toISOString()])).exitCode).toBe(0);
    expect((await tufa(['status', dir, '--at', inDays(2).toISOString()])).exitCode).toBe(1);
    expect((await tufa(['publish', dir, '--json'])).json).toMatchObject({ timestamp: 3, files: ['a.txt'] });
  });

  it('renews the snapshot, too, where it would end before the new timestamp', async () => {
    const dir = copy();
    expect((await tufa(['timestamp', dir, '--json'], { now: inDays(5.9) })).json).toMatchObject({
      snapshot: 1,
      timestamp: 2,
    });
    expect((await tufa(['timestamp', dir, '--json'], { now: inDays(6.1) })).json).toMatchObject({
      snapshot: 2,
      timestamp: 3,
    });
    expect((await tufa(['timestamp', dir, '--json'], { now: inDays(20) })).json).toMatchObject({
      snapshot: 3,
      timestamp: 4,
    });
  });

  it('needs no key but those of the two roles', async () => {
    const dir = copy();
    for (const role of ['root', 'targets']) rmSync(join(dir, `keys/${role}-1.pem`));
    expect((await tufa(['timestamp', dir, '--json'])).json).toMatchObject({ timestamp: 2 });
    renameSync(join(dir, 'keys/timestamp-1.pem'), join(dir, 'away.pem'));
    const { exitCode, json } = await tufa(['timestamp', dir, '--json']);
    expect([exitCode, json.error.code, json.error.role]).toEqual([4, 'ERR_TUF_REPOSITORY_UNSIGNED', 'timestamp']);
    expect(await versions(dir)).toEqual(await versions(dir));
  });

  it('says what has to come first where clients refuse everything', async () => {
    const dir = copy();
    const { exitCode, json } = await tufa(['timestamp', dir, '--json'], { now: inDays(31) });
    expect([exitCode, json.error.code, json.error.role]).toEqual([4, 'ERR_TUF_REPOSITORY_REFUSED', 'targets']);
    expect(json.error.hint).toContain(`tufa publish ${dir}`);
    for (const name of ['root.json', 'published.json', 'public']) rmSync(join(dir, name), { recursive: true });
    expect((await tufa(['timestamp', dir, '--json'])).json.error.message).toContain('nothing is published');
  });

  it('refuses an interval in which the timestamp ends', async () => {
    for (const every of ['1d', '2d', '24h']) {
      const { exitCode, stderr } = await tufa(['timestamp', copy(), '--every', every]);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('lasts 1d')]);
    }
    expect((await tufa(['timestamp', copy(), '--every', 'often'])).exitCode).toBe(2);
  });

  it.each([
    ['13h', 'warning: a timestamp lasts 1d: where one renewal fails'],
    ['12h', undefined],
  ])('says whether %s leaves time for another try', async (every, warning) => {
    const { Aborted } = await import('../../src/cli/failure.ts');
    const signal = AbortSignal.abort(new Aborted());
    const { stderr, exitCode } = await tufa(['timestamp', copy(), '--every', every], { signal });
    expect(exitCode).toBe(130);
    if (warning === undefined) expect(stderr).not.toContain('warning');
    else expect(stderr).toContain(warning);
  });

  it('ends at the first failure, and with 130 when it is aborted', async () => {
    const dir = copy();
    rmSync(join(dir, 'keys/timestamp-1.pem'));
    expect((await tufa(['timestamp', dir, '--every', '1h'])).exitCode).toBe(4);
    const aborter = new AbortController();
    const running = tufa(['timestamp', copy(), '--every', '1h'], { signal: aborter.signal });
    aborter.abort(new DOMException('enough', 'AbortError'));
    expect((await running).exitCode).toBe(130);
  });

  it('goes on after a later failure, which it says, and ends at SIGTERM', async () => {
    const dir = copy();
    const main = await buildCommand('main', base.path);
    const { child, done } = startProcess([main, 'timestamp', dir, '--every', '1s', '--json', '--quiet']);
    const timestamp = (): number => JSON.parse(readFileSync(join(dir, 'published.json'), 'utf8')).timestamp;
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    let said = '';
    child.stderr?.on('data', (chunk) => (said += chunk));
    await until(() => timestamp() === 3);
    renameSync(join(dir, 'tufa.json'), join(dir, 'away.json'));
    await until(() => said.includes('there is no repository'));
    renameSync(join(dir, 'away.json'), join(dir, 'tufa.json'));
    const before = timestamp();
    await until(() => timestamp() > before);
    child.kill('SIGTERM');
    const { end, stdout } = await done;
    expect(end).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).timestamp);
    expect(lines).toEqual(lines.map((_, i) => i + 2));
    expect(lines.at(-1)).toBe(timestamp());
  });
});
