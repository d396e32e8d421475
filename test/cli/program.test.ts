import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
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
  ['floor'],
  ['ask'],
  ['ask', 'authorize'],
  ['ask', 'serve'],
  ['bundle'],
  ['bundle', 'create'],
  ['bundle', 'verify'],
  ['bundle', 'unpack'],
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
    expect((await tufa(['help', ...command.filter(Boolean)])).stdout).toBe(stdout);
    expect((await tufa([...command.filter(Boolean), '-h'])).stdout).toBe(stdout);
    // Commands to copy are not broken; all else is as wide as a terminal.
    const words = stdout.split('\n').filter((line) => !line.startsWith('  $ '));
    expect(words.filter((line) => line.length > 80)).toEqual([]);
    if (!['key', 'audit', 'bundle'].includes(command.join())) {
      expect(stdout).toContain('\nExit codes:\n  0 done, 1 refused, 2 usage, 3 unavailable, 4 conflict');
    }
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

it('has a help for each value that is written in a form of its own', async () => {
  const { stdout } = await tufa(['help', 'init']);
  expect(stdout).toContain('\nArguments:\n  dir ');
  expect(stdout).toContain('A duration is 90s, 30m, 12h');
  expect(stdout).toContain('A key is file:PATH');
  expect((await tufa(['help', 'status'])).stdout).toContain('A date is 2030-01-31');
  expect((await tufa(['help'])).stdout).toBe((await tufa(['--help'])).stdout);
  const unknown = await tufa(['help', 'stauts']);
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean status?')]);
});

describe('the document of --json', () => {
  const folder = newFolder();
  afterAll(() => folder.remove());

  it('has the members that the help names, in their order, command by command', async () => {
    const dir = `${folder.path}/repository`;
    const file = folder.write('x.txt', 'x');
    const typed = [
      ['init', dir],
      ['add', dir, file],
      ['list', dir],
      ['explain', dir, 'x.txt'],
      ['review', dir],
      ['sign', dir],
      ['publish', dir],
      ['explain', dir, 'x.txt'],
      ['status', dir],
      ['delegate', dir, 'releases', '--paths', 'releases/*'],
      ['discard', dir],
      ['remove', dir, 'x.txt'],
      ['rotate', dir, 'root', '--add', `${dir}/keys/targets-1.pem`],
      ['renew', dir, 'targets'],
      ['publish', dir],
      ['bins', dir, '--bits', '1'],
      ['timestamp', dir],
      ['prune', dir, '--dry-run'],
      ['show', `${dir}/root.json`],
      ['import', `${folder.path}/taken`, '--from', `${dir}/public`, '--root', `${dir}/root.json`],
    ];
    for (const args of typed) {
      const { json, stderr } = await tufa([...args, '--json']);
      const { error, ...members } = json;
      const help = (await tufa(['help', args[0] as string])).stdout.replace(/\n {4}/g, ' ');
      if (args[0] !== 'status') expect(error?.code ?? 'ERR_TUF_NOT_FOUND', stderr).toBe('ERR_TUF_NOT_FOUND');
      const named = args[0] === 'status' ? json : members;
      expect(help, args[0]).toContain(`an object of ${Object.keys(named).join(', ')}\n`);
    }
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
