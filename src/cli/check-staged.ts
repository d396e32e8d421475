/**
 * What is staged, looked at before anything is signed: drafts that somebody overtook or that lay too long, and targets that a
 * change of delegations would take from clients. The library refuses the first two as well; here the next command is known.
 *
 * @module
 */

import { TufError } from '../errors.ts';
import { warnOfOrphans } from '../repository/delegation-warnings.ts';
import type { Draft } from '../repository/draft.ts';
import type { Published } from '../repository/published.ts';
import { refused } from '../repository/refusal.ts';
import type { ReleaseDrafts } from '../repository/release.ts';
import { commandLine, option, place } from './command-line.ts';
import { operatorReach } from './crypto.ts';

export interface CheckStagedOptions {
  readonly folder: string;
  readonly now: Date;
  /** Whether targets that no client would find any longer may go. */
  readonly loseTargets?: boolean | undefined;
}

/**
 * @throws {@link TufError} `ERR_TUF_CONFLICT` for a draft whose version is published, `ERR_TUF_EXPIRED` for one that has ended,
 * `ERR_TUF_REPOSITORY_REFUSED` where targets would be lost.
 * @spec 4.3-d, A-61
 */
export async function checkStaged(
  before: Published | undefined,
  drafts: ReleaseDrafts,
  { folder, now, loseTargets = false }: CheckStagedOptions,
): Promise<void> {
  const all = [...(drafts.root === undefined ? [] : [drafts.root]), ...(drafts.targets?.values() ?? [])] as Draft[];
  for (const draft of all) {
    checkFresh(draft, before, folder);
    checkLasting(draft, now, folder);
  }
  if (before !== undefined && !loseTargets) await checkOrphans(before, drafts, folder);
}

function checkFresh({ role, signed }: Draft, before: Published | undefined, folder: string): void {
  const published = (role === 'root' ? before?.root : before?.targets.get(role))?.signed.version;
  if (published === undefined || signed.version > published) return;
  const message = `${role}: version ${signed.version} is staged, and version ${published} is published already`;
  const hint = `somebody published meanwhile: give the draft up with ${commandLine('discard', folder, role)}, and make the change again`;
  const evidence = { path: `${role}.json`, expected: `version ${published + 1}`, found: `version ${signed.version}` };
  throw new TufError('ERR_TUF_CONFLICT', message, evidence, { hint });
}

function checkLasting({ role, signed }: Draft, now: Date, folder: string): void {
  const { version, expires, expiresAt } = signed;
  if (expiresAt.milliseconds > now.getTime()) return;
  const message = `${role}: the draft of version ${version} expired at ${expires}, before it was published`;
  const hint = `give it a later date with ${commandLine('renew', folder, role)}, and have it signed again`;
  throw new TufError('ERR_TUF_EXPIRED', message, { role, version, expires, time: now.toISOString() }, { hint });
}

async function checkOrphans(before: Published, drafts: ReleaseDrafts, folder: string): Promise<void> {
  const context = operatorReach();
  for (const draft of drafts.targets?.values() ?? []) {
    const found: string[] = [];
    await warnOfOrphans(draft, { before, drafts }, context, (code, text) => {
      if (code === 'targets-orphaned') found.push(text);
    });
    if (found.length === 0) continue;
    const remove = commandLine('remove', folder, place('PATH'), option('role', place('NAME')));
    const hint = `delegate these paths, or remove the targets with ${remove}; only if they are to go, publish with --lose-targets`;
    throw refused(draft.role, found.join('; '), hint);
  }
}
