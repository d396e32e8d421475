import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyFile, writeKeyFile } from '../../src/node/key-file.ts';
import { generateKey } from '../../src/node/private-key.ts';
import { parseEvent } from '../../src/repository/event.ts';
import { buildCommand, newFolder, newShell, startProcess } from './harness.ts';

const preload = fileURLToPath(new URL('kill-at.mjs', import.meta.url));
const base = newFolder();
const tufa = newShell();
const [source, work] = [join(base.path, 'source'), join(base.path, 'work')];
let main: string;

async function ok(...args: string[]): Promise<void> {
  const ran = await tufa(args);
  expect(ran.exitCode, ran.stderr).toBe(0);
}

/** Everything that lies in the folder, by name, but for what a killed writer leaves until somebody tidies up. */
function tree(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((name) => !/\.tmp$|\.lock/.test(name));
  return Object.fromEntries(names.sort().map((name) => [name.slice(folder.length), readFileSync(name, 'latin1')]));
}

/** Kills a command at each of its changes of the disk. Gives what lay there after each, and after the whole command. */
async function sweep(...args: string[]) {
  const prepare = (): void => {
    rmSync(work, { recursive: true, force: true });
    cpSync(source, work, { recursive: true });
  };
  const run = (env: Record<string, string>) => startProcess(['--import', preload, main, ...args], { env }).done;
  prepare();
  const before = tree(work);
  const whole = await run({});
  expect(whole.end, whole.stderr).toBe(0);
  const after = tree(work);
  const changes = Number(/changes: (\d+)/.exec(whole.stderr)?.[1]);
  const states: Record<string, string>[] = [];
  for (let nth = 1; nth <= changes; nth += 1) {
    prepare();
    expect((await run({ KILL_AT: String(nth) })).end, `change ${nth} of ${changes}`).toBe('SIGKILL');
    states.push(tree(work));
    // Whoever runs it again has it done.
    const again = await startProcess([main, ...args]).done;
    expect(again.end, again.stderr).toBe(0);
    expect(Object.keys(tree(work))).toEqual(Object.keys(after));
  }
  // A temporary file is opened, written and renamed.
  expect(states.length).toBeGreaterThanOrEqual(3);
  return { before, after, states };
}

beforeAll(async () => {
  main = await buildCommand('main', base.path);
  mkdirSync(source);
  const dir = join(source, 'repository');
  await ok('init', dir);
  const root = join(dir, 'keys/root-1.pem');
  const key = await readKeyFile(root, { passphrase: 'of the test' });
  rmSync(root);
  await writeKeyFile(root, key, { unencrypted: true });
  const fresh = join(source, 'fresh.pem');
  await writeKeyFile(fresh, await generateKey('ed25519'), { unencrypted: true });
  await ok('rotate', dir, 'root', '--add', fresh, '--threshold', '2');
  await ok('review', dir, '--to', join(source, 'event.json'));
  copyFileSync(join(source, 'event.json'), join(source, 'signed.json'));
  await ok('sign', join(source, 'signed.json'), '--key', fresh, '--root', join(dir, 'root.json'));
});
afterAll(() => base.remove());

describe('a command that is killed leaves the old file or the new one', () => {
  it('when it signs an event', async () => {
    const dir = join(work, 'repository');
    const key = join(work, 'fresh.pem');
    const { states, before, after } = await sweep(
      'sign',
      join(work, 'event.json'),
      '--key',
      key,
      '--root',
      join(dir, 'root.json'),
    );
    for (const state of states) {
      const text = state['/event.json'] as string;
      expect([before['/event.json'], after['/event.json']]).toContain(text);
      expect(parseEvent(Buffer.from(text, 'latin1')).documents).toHaveLength(2);
    }
  });

  it('when it merges', async () => {
    const { states, before, after } = await sweep('merge', join(work, 'repository'), join(work, 'signed.json'));
    const name = '/repository/drafts/root.json';
    expect(before[name]).not.toBe(after[name]);
    for (const state of states) expect([before[name], after[name]]).toContain(state[name]);
  });

  it('when it writes an event over another', async () => {
    const { states, before, after } = await sweep(
      'review',
      join(work, 'repository'),
      '--to',
      join(work, 'signed.json'),
    );
    expect(before['/signed.json']).not.toBe(after['/signed.json']);
    for (const state of states)
      expect([before['/signed.json'], after['/signed.json']]).toContain(state['/signed.json']);
  });
});
