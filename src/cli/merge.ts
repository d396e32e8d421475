import type { Command } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import type { Draft } from '../repository/draft.ts';
import { type MergedSignature, mergeSignatures } from '../repository/merge.ts';
import { signatureNeeds, withDrafts } from '../repository/needs.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { readEventFile, readProposal } from './proposal.ts';
import { keyWords, needWords } from './review-words.ts';
import { writeDraft } from './staging.ts';
import { openWorkspace } from './workspace.ts';

/** Signatures that are told in words; a file may hold any number. */
const linesMax = 100;

export function mergeCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    parent,
    {
      usage: 'merge <dir> <file...>',
      summary: 'add the signatures of files that came back; those that do not count are named and left out (exit 1)',
      examples: ['merge repository alice.json bob.json'],
      action: merge,
    },
    io,
    outcome,
  );
}

async function merge(session: Session, _options: GlobalOptions, args: readonly string[]): Promise<number> {
  const [dir, ...files] = args as [string, ...string[]];
  if (files.length === 0) throw new UsageError('which files?', 'name those that were signed');
  const workspace = await openWorkspace(dir);
  const crypto = nodeCrypto();
  const { merged, needs } = await workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const proposal = await readProposal(workspace);
    const offered: Draft[] = [];
    for (const file of files) {
      session.signal.throwIfAborted();
      for (const { draft } of (await readEventFile(file)).documents) if (draft !== undefined) offered.push(draft);
    }
    const found = await mergeSignatures(proposal, offered, crypto);
    for (const draft of found.changed) await writeDraft(workspace, draft);
    const after = await signatureNeeds(withDrafts(proposal, found.changed), crypto);
    return { merged: found, needs: after.flatMap((each) => each.needs) };
  }, session.signal);
  for (const signature of merged.signatures.slice(0, linesMax)) session.voice.say(wordsOf(signature));
  const more = merged.signatures.length - linesMax;
  if (more > 0) session.voice.say(`and ${more} signatures more: see them with --json`);
  for (const { role, version } of merged.published)
    session.voice.say(`${role} version ${version} is published already`);
  for (const need of needs) session.voice.say(`${need.role}: ${needWords(need)}`);
  // What could be added is kept, whatever else the files hold.
  const [stale] = merged.stale;
  if (stale !== undefined) throw stale;
  if (needs.length > 0 && needs.every(({ more }) => more === 0)) {
    session.voice.say(`nothing is missing: make it visible with: tufa publish ${dir}`);
  }
  session.voice.result({ signatures: merged.signatures, published: merged.published, needs });
  return merged.signatures.every(({ outcome }) => outcome === 'added' || outcome === 'repeated') ? 0 : 1;
}

function wordsOf({ role, version, outcome, staged, signed, ...key }: MergedSignature): string {
  const who = keyWords(key);
  switch (outcome) {
    case 'added':
      return `added the signature by ${who} on ${role} version ${version}`;
    case 'repeated':
      return `the signature by ${who} on ${role} version ${version} is there already`;
    case 'other-bytes':
      return `left out: ${who} signed another ${role} version ${version}, sha256 ${signed}; here it is ${staged}`;
    case 'unknown-key':
      return `left out: no key of ${role} version ${version} has the id ${who}`;
    case 'false':
      return `left out: the signature by ${who} on ${role} version ${version} is false`;
    case 'not-staged':
      return `left out: nothing is staged for ${role}, of which ${who} signed version ${version}`;
  }
}
