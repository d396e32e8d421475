import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newFolder, newShell } from './harness.ts';

const tufa = newShell();

const commands = [
  ['init'],
  ['key'],
  ['key', 'create'],
  ['key', 'import'],
  ['key', 'list'],
  ['key', 'export'],
  ['add'],
  ['remove'],
  ['list'],
  ['delegate'],
  ['rotate'],
  ['review'],
  ['sign'],
  ['merge'],
  ['discard'],
  ['publish'],
  ['renew'],
  ['status'],
  ['timestamp'],
  ['serve'],
  ['refresh'],
  ['get'],
  ['show'],
  ['audit'],
  ['audit', 'client'],
  ['check'],
];

describe('help', () => {
  it.each(commands)('shows how to use %s %s', async (...command) => {
    const { exitCode, stdout, stderr } = await tufa([...command.filter(Boolean), '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\nExamples?:\n {2}\$ tufa \w+/);
    expect(stdout).toContain('--json');
  });

  it('lists every command, also when none is given', async () => {
    const { exitCode, stdout } = await tufa(['--help']);
    expect(exitCode).toBe(0);
    for (const [name] of commands) expect(stdout).toContain(`\n  ${name} `);
    expect((await tufa([])).stdout).toBe(stdout);
    // Each stands among those that one uses for the same.
    expect(stdout).not.toContain('\nCommands:');
    expect(stdout).toMatch(/\nPublish, and keep it alive:\n {2}publish /);
  });
});

it('shows the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  for (const flag of ['--version', '-V']) {
    expect(await tufa([flag])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  }
});

describe('usage', () => {
  it.each([
    [['frobnicate']],
    [['init']],
    [['init', 'x', '--frobnicate']],
    [['init', 'x', 'y']],
    [['key']],
    [['key', 'frobnicate']],
    [['init', 'x', '--keys', 'root']],
    [['init', 'x', '--keys', 'root=0']],
    [['init', 'x', '--keys', 'mirror=1']],
    [['init', 'x', '--threshold', 'root=-1']],
    [['init', 'x', '--expires', 'root=soon']],
    [['init', 'x', '--key-type', 'dsa']],
    [['init', 'x', '--hashes', 'md5']],
    [['serve', 'x', '--port', '65536']],
    [['status', 'x', '--at', 'tomorrow']],
    [['refresh', 'http://localhost/']],
    [['refresh', 'ftp://localhost/', '--root', 'x', '--store', 'y']],
    [['refresh', 'http://user:pass@localhost/', '--root', 'x', '--store', 'y']],
    [['get', 'http://localhost/', '--root', 'x', '--store', 'y', '--targets-url', 'http://x/', '--to', 'z']],
    [['get', 'http://localhost/', 'a', '--root', 'x', '--store', 'y', '--to', 'z']],
    [['delegate', 'x', 'y']],
    [['delegate', 'x', 'y', '--paths', 'a', '--path-hash-prefixes', '0']],
  ])('%j is exit 2, in words and in JSON', async (args) => {
    const spoken = await tufa(args);
    expect([spoken.exitCode, spoken.stdout]).toEqual([2, '']);
    expect(spoken.stderr).toMatch(/^tufa: [^A-Z].*[^.]\n/);
    const { exitCode, json, stdout } = await tufa([...args, '--json']);
    expect(exitCode).toBe(2);
    expect(json).toEqual({ error: { code: 'ERR_TUF_USAGE', message: expect.any(String), hint: expect.any(String) } });
    expect(stdout.match(/^\{/gm)).toHaveLength(1);
  });

  it.each([
    [['init'], 'tufa init --help'],
    [['--json', 'init', 'x', '--frobnicate'], 'tufa init --help'],
    [['key', 'create'], 'tufa key create --help'],
    [['key'], 'tufa key --help'],
    [['status', 'x', 'y'], 'tufa status --help'],
    [['--frobnicate'], 'tufa --help'],
  ])('%j says where the help is: %s', async (args, help) => {
    expect((await tufa(args)).stderr).toContain(`tufa: hint: see ${help}\n`);
  });

  it('names what was meant', async () => {
    expect((await tufa(['pubish', 'x'])).stderr).toContain('publish');
  });

  it('takes the global options before and after the name of a command', async () => {
    for (const args of [
      ['--json', 'status', '/nowhere'],
      ['status', '--json', '/nowhere'],
      ['status', '/nowhere', '--json'],
    ]) {
      expect(await tufa(args)).toMatchObject({ exitCode: 3, json: { error: { code: 'ERR_TUF_STORE' } } });
    }
  });
});

describe('an abort', () => {
  it('is exit 130, whatever the command was doing', async () => {
    const folder = newFolder();
    const { Aborted } = await import('../../src/cli/failure.ts');
    const signal = AbortSignal.abort(new Aborted());
    const { exitCode, json } = await tufa(['init', `${folder.path}/x`, '--json'], { signal });
    expect([exitCode, json.error.code]).toEqual([130, 'ERR_TUF_ABORTED']);
    const { readdirSync } = await import('node:fs');
    expect(readdirSync(folder.path)).toEqual([]);
    folder.remove();
  });
});
