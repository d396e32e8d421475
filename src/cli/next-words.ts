import type { Proposal } from '../repository/event.ts';
import type { Session } from './command.ts';
import { isEmpty } from './proposal.ts';
import { needWords } from './review-words.ts';
import { signerWorld } from './signers.ts';
import { outlookOf, type StagedOutlook } from './staged-outlook.ts';
import type { Voice } from './voice.ts';
import type { Workspace } from './workspace.ts';

/** Drafts of which it is told who still has to sign; hash bins are thousands. */
const draftsShown = 10;

/** What becomes of what is staged, by the keys that are at hand where a command runs. */
export async function lookAhead(proposal: Proposal, workspace: Workspace, session: Session): Promise<StagedOutlook> {
  if (isEmpty(proposal)) return { drafts: [], warnings: [] };
  return outlookOf(proposal, workspace, { at: session.now(), world: signerWorld(session) });
}

/**
 * Says what a command that stages or signs ends with: what is in the way, who still has to sign, and the commands that come
 * next. Gives these commands.
 *
 * @param isToldAlready who has to sign, by the command itself.
 */
export function sayNext(
  voice: Pick<Voice, 'say' | 'warn'>,
  { drafts, warnings }: StagedOutlook,
  { isToldAlready = false }: { readonly isToldAlready?: boolean } = {},
): string[] {
  for (const { text } of warnings) voice.warn(text);
  const waiting = drafts.filter(({ isReady, needs }) => !isReady && needs.some(({ more }) => more > 0));
  for (const { draft, needs } of isToldAlready ? [] : waiting.slice(0, draftsShown)) {
    for (const need of needs) if (need.more > 0) voice.say(`${draft.role}: ${needWords(need)}`);
  }
  if (!isToldAlready && waiting.length > draftsShown) {
    voice.say(`and ${waiting.length - draftsShown} roles more wait for signatures: see them with tufa status`);
  }
  const inTheWay = warnings.flatMap(({ next }) => next);
  const ready = drafts.filter(({ isReady }) => isReady).flatMap(({ next }) => next);
  const others = drafts.filter(({ isReady }) => !isReady).flatMap(({ next }) => next);
  const next = [...new Set([...inTheWay, ...ready, ...others])];
  for (const command of next) voice.say(`next: ${command}`);
  return next;
}
