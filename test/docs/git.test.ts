import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { git, plainEnv } from '../node/git-place.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { at } from '../tools/project.mjs';

const page = readFileSync(at('docs/operate/git.md'), 'utf8');

describe('the page about git', () => {
  const tufa = newShell();
  const base = newFolder();
  const before = process.cwd();
  const url = join(base.path, 'host.git');

  beforeAll(() => {
    execFileSync('git', ['init', '--quiet', '--bare', url], { env: plainEnv });
    mkdirSync(join(base.path, 'docs'));
    writeFileSync(join(base.path, 'docs/a.txt'), 'a\r\n');
    process.chdir(base.path);
  });
  afterAll(() => {
    process.chdir(before);
    base.remove();
  });

  it('is carried out as it is printed', async () => {
    const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);
    const commands = blocks.join('').trim().split('\n');
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) {
      const [program = '', ...args] = command.replace('git@github.com:you/repository.git', url).split(' ');
      if (program === 'tufa') {
        const ran = await tufa(args);
        expect(ran.exitCode, `${command}: ${ran.stderr}`).toBe(0);
      } else execFileSync(program, args, { env: plainEnv, stdio: 'ignore' });
    }
    const served = join(base.path, 'served');
    execFileSync('git', ['clone', '--quiet', '--branch', 'gh-pages', url, served], { env: plainEnv });
    const root = readFileSync(join(served, 'metadata/1.root.json'));
    const client = clientOf(folderRepository(served), new Uint8Array(root), undefined, new Date());
    await readAll(client, ['a.txt']);
    expect(git(url, 'log', '--format=%s', 'gh-pages').trim().split('\n')).toHaveLength(4);
    expect(git(join(base.path, 'repository/public'), 'status', '--porcelain')).toBe('');
  });

  it('names messages that there are', async () => {
    const sources = ['git-repository', 'git-tree', 'git-way', 'folder-repository', 'git-program'].map((name) =>
      readFileSync(at(`src/node/${name}.ts`), 'utf8'),
    );
    for (const [, text = ''] of page.matchAll(/^\| (?!it says|---)(.*?) \|/gm)) {
      for (const part of text
        .split('…')
        .map((each) => each.trim())
        .filter((each) => each.length > 12)) {
        expect(
          sources.some((source) => source.includes(part)),
          part,
        ).toBe(true);
      }
    }
  });
});
