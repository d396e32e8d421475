/** Commands that are printed, run by a shell: names of others are arguments in them, and nothing else. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commandLine, option, place } from '../../src/cli/command-line.ts';
import { argumentsOf, newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
afterAll(() => base.remove());
const cwd = join(base.path, 'here');
mkdirSync(cwd);
const folder = join(base.path, "it's a folder; touch PWNED");
const created = ['a b;c', '$(touch X)', "'", '`touch X`', 'x;touch PWNED;:', '*', 'a&b|c>d', '"', '!x', '~', '#x'];
const hostile = [...created, '-x', '--lose-targets', '', 'ä'];

describe('a command that is printed', () => {
  it.each(hostile)('[A-71] gives %j back as one argument, wherever it stands', (name) => {
    expect(argumentsOf(commandLine('renew', folder, name), cwd).filter((each) => each !== '--')).toEqual([
      'renew',
      folder,
      name,
    ]);
    const line = commandLine('add', name, place('FILE'), option('role', name));
    expect(argumentsOf(line, cwd).filter((each) => each !== '--')).toEqual(
      name.startsWith('-') ? ['add', `--role=${name}`, name, 'FILE'] : ['add', name, 'FILE', `--role=${name}`],
    );
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('holds nothing that a terminal would act on', () => {
    const line = commandLine('renew', 'a\u001b[2J\nb\u202e');
    expect(line).toBe("tufa renew 'a\\u{1b}[2J\\u{a}b\\u{202e}'");
    expect(argumentsOf(line, cwd)).toEqual(['renew', 'a\\u{1b}[2J\\u{a}b\\u{202e}']);
  });

  it.each(['-x', '--lose-targets'])('is understood with the name %j as the name of a role', async (name) => {
    const dir = join(base.path, `repository${name}`);
    await ok(['init', dir]);
    await ok(['add', dir, base.write('x.txt', 'x')]);
    const lines = [
      commandLine('renew', dir, name),
      commandLine('discard', dir, name),
      commandLine('publish', dir, option('without', name)),
      commandLine('remove', dir, 'x.txt', option('role', name)),
    ];
    for (const line of lines) {
      const { json } = await fails(argumentsOf(line, cwd), 4, 'ERR_TUF_REPOSITORY_REFUSED');
      expect(json.error.message, line).toContain(name);
    }
    const { json } = await fails(['delegate', '--paths=x', '--', dir, name], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(json.error.message).toContain('begins with a hyphen');
  });
});

it('[A-71] runs nothing but tufa from what commands say of roles with such names', async () => {
  await ok(['init', folder]);
  await ok(['publish', folder]);
  for (const name of created) await ok(['delegate', folder, name, '--paths', '*', '--expires', '1d']);
  const said: string[] = [];
  const listen = async (args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await tufa(args);
    for (const line of `${stdout}\n${stderr}`.split('\n')) {
      const command = /\bnext: (tufa .*?)(, before then)?$/.exec(line)?.[1] ?? /with: (tufa .*)$/.exec(line)?.[1];
      if (command !== undefined) said.push(command);
    }
  };
  for (const name of created) await listen(['renew', folder, name]); // nothing is there yet
  for (const name of created) await listen(['add', folder, base.write('y.txt', 'y'), `--role=${name}`]);
  await listen(['status', folder]);
  await listen(['publish', folder]);
  await listen(['status', folder, '--warn-before', 'targets=3y']);
  const status = await ok(['status', folder, '--warn-before', 'targets=3y']);
  for (const { next } of status.warnings) said.push(...next);
  for (const name of created) await ok(['renew', folder, name], { now: new Date(Date.now() + 60_000) });
  rmSync(join(folder, 'keys'), { recursive: true });
  await listen(['status', folder]);
  await listen(['publish', folder]);
  for (const { next } of (await ok(['status', folder])).staged) said.push(...next);
  expect(said.length).toBeGreaterThan(3 * created.length);
  const named = new Set<string>();
  for (const line of new Set(said)) {
    const args = argumentsOf(line.replace('FILE…', 'FILE'), cwd);
    for (const name of created) if (args.includes(name) || args.includes(`--role=${name}`)) named.add(name);
    if (!args.includes('EVENT') || args.length < 6) expect(args, line).toContain(folder);
  }
  expect([...named].sort()).toEqual([...created].sort());
  expect(readdirSync(cwd)).toEqual([]);
});
