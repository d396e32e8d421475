/**
 * A new repository whose `public/` is a working tree of git.
 *
 * @module
 */

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { isTufError, TufError } from '../errors.ts';
import { createGitTree, gitRepository } from '../node/git-repository.ts';
import { commandLine } from './command-line.ts';
import { UsageError } from './failure.ts';
import { openWorkspace, places, writeConfig } from './workspace.ts';
import { isGitName } from './workspace-config.ts';

export interface GitInitOptions {
  readonly git?: string | true;
  readonly gitRemote?: string;
}

/** The branch that is served, and where it is pushed to. */
export interface GitPlan {
  readonly branch: string;
  readonly url: string | undefined;
}

/** The name of the remote in a tree that this makes. */
const remote = 'origin';

export function gitInitOptions(): Option[] {
  return [
    new Option('--git [branch]', 'publish by commits to a branch (main), for a host that serves it'),
    new Option('--git-remote <url>', 'push them there'),
  ];
}

/** @throws {@link UsageError} */
export function gitPlanOf({ git, gitRemote: url }: GitInitOptions): GitPlan | undefined {
  if (git === undefined && url !== undefined) throw new UsageError('--git-remote belongs to --git', 'give both');
  if (git === undefined) return undefined;
  const branch = git === true ? 'main' : git;
  if (!isGitName(branch)) throw new UsageError(`${JSON.stringify(branch)} is no name of a branch`);
  if (url?.startsWith('-')) throw new UsageError(`${JSON.stringify(url)} is no URL`);
  // A path begins where it is typed; what else leads to a repository is git's to read.
  return { branch, url: url === undefined || url.includes(':') ? url : resolve(url) };
}

/** Makes the tree, with what the branch of the remote has already: a page, a name of the site. */
export async function beginGitTree(folder: string, { branch, url }: GitPlan): Promise<void> {
  const tree = join(folder, places.public);
  await mkdir(tree, { recursive: true, mode: 0o755 });
  await createGitTree(tree, { branch, url });
  if (url === undefined) return;
  const backend = gitRepository(tree, { branch, remote });
  await backend.sync();
  if ((await backend.head.read()) === undefined) return;
  const hint = 'name another branch, or take over what is there: tufa import --help';
  const message = `a repository is published on the branch ${branch} already`;
  throw new TufError('ERR_TUF_CONFLICT', message, { path: url }, { hint });
}

/** Lets the repository in a folder push from now on. */
export async function nameRemote(folder: string, { branch }: GitPlan): Promise<void> {
  const { config } = await openWorkspace(folder);
  await writeConfig(folder, { ...config, git: { branch, remote } });
}

/** Pushes the first release of a repository that is whole. */
export async function pushFirst(folder: string): Promise<void> {
  try {
    await (await openWorkspace(folder)).backend.sync?.();
  } catch (error) {
    if (!isTufError(error)) throw error;
    const hint = `the repository is made; once that is mended, push it with: ${commandLine('publish', folder)}`;
    throw new TufError(error.code, error.message, error.evidence, { cause: error, hint });
  }
}
