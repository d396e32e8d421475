/** Working trees of git for tests: a remote, clones of it, and a git that fails. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { nodeFolder } from '../../src/node/folder-repository.ts';
import { createGitTree, type GitRepositoryOptions, gitRepository } from '../../src/node/git-repository.ts';

/** What git sees of a person: nothing but what a test gives. */
export const plainEnv = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** Nothing waits for the disk: what is flushed is shown elsewhere. */
export const files = { ...nodeFolder, sync: async () => {} };

export const branch = 'main';

/** Runs git and gives what it says, by character code: any byte is one. */
export function git(folder: string, ...args: string[]): string {
  const options = {
    env: {
      ...plainEnv,
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    },
  };
  return execFileSync('git', ['-C', folder, ...args], {
    ...options,
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A folder for a test. */
export class GitPlace {
  readonly path: string = mkdtempSync(join(tmpdir(), 'tufa-git-'));
  #count = 0;

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  fresh(): string {
    this.#count += 1;
    return join(this.path, String(this.#count));
  }

  /** An empty repository to push to. */
  bare(): string {
    const path = `${this.fresh()}.git`;
    execFileSync('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, path], { env: plainEnv });
    return path;
  }

  /** A working tree, with nothing committed; it pushes to `url` where that is given. */
  async tree(url?: string): Promise<string> {
    const path = this.fresh();
    mkdirSync(path);
    await createGitTree(path, { branch, url, env: plainEnv });
    return path;
  }

  clone(url: string): string {
    const path = this.fresh();
    execFileSync('git', ['clone', '--quiet', url, path], { env: plainEnv, stdio: 'ignore' });
    return path;
  }

  open(tree: string, options: Partial<GitRepositoryOptions> = {}): ReturnType<typeof gitRepository> {
    return gitRepository(tree, { branch, env: plainEnv, files, ...options });
  }

  /** The environment of a `git` that is a script: `$GIT` in it is the real one. */
  envWith(script: string): Record<string, string> {
    const folder = this.fresh();
    mkdirSync(folder);
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(join(folder, 'git'), `#!/bin/sh\nGIT=${real}\n${script}\n`);
    chmodSync(join(folder, 'git'), 0o755);
    return { ...plainEnv, PATH: `${folder}${delimiter}${plainEnv.PATH}` };
  }
}
