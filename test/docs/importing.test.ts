import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { at } from '../tools/project.mjs';

const page = readFileSync(at('docs/operate/importing.md'), 'utf8');

describe('the page about taking a repository over', () => {
  const tufa = newShell();
  const base = newFolder();
  const before = process.cwd();

  beforeAll(() => {
    process.chdir(base.path);
    execFileSync(process.execPath, [at('test/interop/write-tuf-js.mjs'), 'written']);
    cpSync('written/plain/2', 'theirs', { recursive: true });
    cpSync('written/plain/root.json', '1.root.json');
    mkdirSync('keys');
    for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
      cpSync(`written/plain/keys/ed25519-${role}.pem`, `keys/${role}.pem`);
    }
    mkdirSync('docs');
    writeFileSync('docs/a.txt', 'a');
  });
  afterAll(() => {
    process.chdir(before);
    base.remove();
  });

  it('is carried out as it is printed', async () => {
    const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, text = '']) => text.trim().split('\n'));
    expect(commands).toHaveLength(4);
    for (const command of commands) {
      const ran = await tufa(command.split(' ').slice(1));
      expect(ran.exitCode, `${command}: ${ran.stderr}`).toBe(0);
    }
    const root = new Uint8Array(readFileSync(join(base.path, '1.root.json')));
    await readAll(clientOf(folderRepository('repository/public'), root, undefined, new Date()), ['a.txt', 'hello.txt']);
  });
});
