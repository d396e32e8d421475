import { type Command, Option } from 'commander';
import { writeFileAtomic } from '../node/atomic-write.ts';
import { eventOf, formatEvent, type Proposal, type SigningEvent } from '../repository/event.ts';
import { reviewProposal } from '../repository/review.ts';
import { verifyEvent } from '../repository/verify-event.ts';
import { addCommand, type GlobalOptions, type Outcome } from './command.ts';
import { commandLine } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { isEmpty, isFolder, publishedRoots, readEventFile, readProposal } from './proposal.ts';
import { wordsOf } from './review-words.ts';
import { readRootFile } from './root-file.ts';
import { signLine } from './staged-outlook.ts';
import { openWorkspace } from './workspace.ts';

interface ReviewOptions extends GlobalOptions {
  readonly to?: string;
  readonly root?: string;
}

/** Where a signer's own root comes from. */
export const rootOption = (): Option =>
  new Option('--root <file>', 'the newest root that you know, from which an event is verified');

export function reviewCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ReviewOptions>(
    parent,
    {
      usage: 'review <path>',
      summary: 'say in words what is about to change, who still has to sign, and the digest of what is signed',
      options: [
        new Option('--to <file>', 'write what is staged to one file, for those who sign elsewhere'),
        rootOption(),
      ],
      json: ['published', 'warnings', 'documents', 'to'],
      examples: ['review repository --to event.json', 'review event.json --root root.json'],
      action: async (session, { to, root }, [path]) => {
        const folder = await isFolder(path as string);
        if (!folder && to !== undefined) {
          throw new UsageError('--to writes what is staged in a repository', 'name its folder');
        }
        const proposal = folder ? await reviewFolder(path as string, to) : await openEvent(path as string, root);
        const review = await reviewProposal(proposal, { crypto: operatorCrypto(), now: session.now() });
        if (isEmpty(proposal)) session.voice.say('nothing is staged');
        session.voice.result({ ...review, to: to ?? null }, isEmpty(proposal) ? [] : wordsOf(review));
        if (to !== undefined) {
          session.voice.say(`wrote ${to}: have it signed with: ${signLine(to)}`);
          session.voice.say(`then: ${commandLine('merge', path as string, to)}`);
        }
        return 0;
      },
    },
    io,
    outcome,
  );
}

async function reviewFolder(folder: string, to: string | undefined): Promise<Proposal> {
  const workspace = await openWorkspace(folder);
  const proposal = await readProposal(workspace);
  if (to === undefined) return proposal;
  if (isEmpty(proposal))
    throw new UsageError(
      'nothing is staged that could be signed',
      `stage something first, and see it with: ${commandLine('review', folder)}`,
    );
  const event = eventOf(proposal, await publishedRoots(workspace, proposal.before));
  await writeFileAtomic(to, formatEvent(event), { mode: 0o644 });
  return proposal;
}

async function openEvent(path: string, root: string | undefined): Promise<Proposal> {
  return verifyEventFile(await readEventFile(path), root);
}

/** Verifies an event from the root in a file of the signer. */
export async function verifyEventFile(event: SigningEvent, root: string | undefined): Promise<Proposal> {
  if (root === undefined && event.published !== undefined) {
    const hint = 'give --root FILE: the newest root that you have, not from whoever sent the event';
    throw new UsageError('which root do you know?', hint);
  }
  const known = root === undefined ? undefined : await readRootFile(root);
  return verifyEvent(event, known, operatorCrypto());
}
