import type { Crypto } from '../client/ports.ts';
import { binNumber } from '../metadata/delegations.ts';
import type { Targets } from '../metadata/targets.ts';
import { binOfPath } from './bins.ts';
import { isSameBins, type StepBudget } from './delegation-reach.ts';
import type { Draft } from './draft.ts';
import type { Proposal } from './event.ts';

/** What becomes of targets where a draft puts them into bins, into other ones, or takes them out. */
export interface BinnedTargets {
  /** Paths that clients find before and after. */
  readonly kept: ReadonlySet<string>;
  /** Paths that clients find before, and not after. */
  readonly lost: readonly string[];
  /** Published bins whose targets are not known here. */
  readonly unseen: number;
}

/**
 * Compares what clients find in a role and its bins before and after. `undefined` where the bins stay as they are, or where
 * the budget did not suffice.
 *
 * @spec 4.5-o, A-35
 */
export async function binnedTargets(
  draft: Draft<Targets>,
  { before, drafts }: Proposal,
  { crypto, budget }: { readonly crypto: Pick<Crypto, 'digest'>; readonly budget: StepBudget },
): Promise<BinnedTargets | undefined> {
  const published = before?.targets.get(draft.role)?.signed;
  const former = published?.delegations?.succinct;
  const next = draft.signed.delegations?.succinct;
  if (before === undefined || published === undefined || isSameBins(former, next)) return undefined;
  const found = new Set(published.targets.paths());
  let unseen = 0;
  for (const [metapath] of former === undefined ? [] : before.snapshot.signed.meta.versions()) {
    const name = metapath.replace(/\.json$/, '');
    if (former === undefined || binNumber(former, name) === undefined) continue;
    const bin = before.targets.get(name)?.signed;
    if (bin === undefined) unseen += 1;
    for (const path of bin?.targets.paths() ?? []) {
      if (!budget.take(path.length)) return undefined;
      if ((await binOfPath(former, path, crypto)) === name) found.add(path);
    }
  }
  const kept = new Set<string>();
  for (const path of found) {
    if (!budget.take(path.length)) return undefined;
    const bin = next && (await binOfPath(next, path, crypto));
    const listed = bin === undefined ? undefined : (drafts.targets?.get(bin) ?? before.targets.get(bin))?.signed;
    if ((draft.signed.targets.get(path) ?? listed?.targets.get(path)) !== undefined) kept.add(path);
  }
  return { kept, lost: [...found].filter((path) => !kept.has(path)), unseen };
}
