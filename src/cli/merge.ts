import type { Command } from 'commander';
import type { Draft } from '../repository/draft.ts';
import { type MergedSignature, mergeSignatures } from '../repository/merge.ts';
import { withDrafts } from '../repository/needs.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { operatorCrypto } from './crypto.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { lookAhead, sayNext } from './next-words.ts';
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
      summary: 'add the signatures of files that came back',
      exits: ['1 here: a signature was left out, or a draft is stale; the others are added'],
      json: ['signatures', 'published', 'needs', 'next'],
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
  const crypto = operatorCrypto();
  const { merged, proposal } = await workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const proposal = await readProposal(workspace);
    const offered: Draft[] = [];
    for (const file of files) {
      session.signal.throwIfAborted();
      for (const { draft } of (await readEventFile(file)).documents) if (draft !== undefined) offered.push(draft);
    }
    const found = await mergeSignatures(proposal, offered, crypto);
    for (const draft of found.changed) await writeDraft(workspace, draft);
    return { merged: found, proposal: withDrafts(proposal, found.changed) };
  }, session.signal);
  for (const signature of merged.signatures.slice(0, linesMax)) session.voice.say(wordsOf(signature));
  const more = merged.signatures.length - linesMax;
  if (more > 0) session.voice.say(`and ${more} signatures more: see them with --json`);
  for (const { role, version } of merged.published)
    session.voice.say(`${role} version ${version} is published already`);
  const outlook = await lookAhead(proposal, workspace, session);
  const needs = outlook.drafts.flatMap((each) => each.needs);
  for (const need of needs) session.voice.say(`${need.role}: ${needWords(need)}`);
  // What could be added is kept, whatever else the files hold.
  const [stale] = merged.stale;
  if (stale !== undefined) throw stale;
  if (outlook.drafts.length === 0) session.voice.say(`nothing is staged in ${dir} that they could belong to`);
  const next = sayNext(session.voice, outlook, { isToldAlready: true });
  session.voice.result({ signatures: merged.signatures, published: merged.published, needs, next });
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
