/**
 * The roles of a repository by name, so that a name that none has is refused alike by all commands.
 *
 * @module
 */
import type { TufError } from '../errors.ts';
import { binName, delegatedRole } from '../metadata/delegations.ts';
import { topLevelRoles } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import type { Proposal } from '../repository/event.ts';
import { refused } from '../repository/refusal.ts';

/** Names that are told. */
const namesShown = 20;

/**
 * Refuses names that no role has, published or staged.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` with the roles that there are.
 */
export function checkRoles(names: Iterable<string>, proposal: Proposal): void {
  for (const name of names) if (!hasRole(name, proposal)) throw noSuchRole(name, proposal);
}

/** The error for a name that no role has. */
export function noSuchRole(name: string, proposal: Proposal): TufError<'ERR_TUF_REPOSITORY_REFUSED'> {
  return refused(name, 'there is no such role', `the roles are ${roleWords(proposal)}`);
}

/** The names of the roles, for people. */
export function roleWords(proposal: Proposal): string {
  const names = roleNames(proposal);
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return `${names.slice(0, namesShown).join(', ')}${more}`;
}

function hasRole(name: string, proposal: Proposal): boolean {
  if ((topLevelRoles as readonly string[]).includes(name)) return true;
  const { before, drafts } = proposal;
  if (before?.targets.has(name) || before?.unread.has(name) || drafts.targets?.has(name)) return true;
  return documentsIn(proposal).some(({ delegations }) => delegations && delegatedRole(delegations, name) !== undefined);
}

/** The top-level ones first; of hash bins the first and the last. */
function roleNames(proposal: Proposal): string[] {
  const names = new Set<string>(topLevelRoles);
  for (const { delegations } of documentsIn(proposal)) {
    for (const { name } of delegations?.roles ?? []) names.add(name);
    const bins = delegations?.succinct;
    if (bins !== undefined) names.add(`${binName(bins, 0)} to ${binName(bins, 2 ** bins.bitLength - 1)}`);
  }
  return [...names];
}

function documentsIn({ before, drafts }: Proposal): Targets[] {
  const documents = new Map<string, { readonly signed: Targets }>(before?.targets);
  for (const [role, draft] of drafts.targets ?? []) documents.set(role, draft);
  return [...documents.values()].map(({ signed }) => signed);
}
