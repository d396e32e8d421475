/**
 * A comparison with another copy: one that was good, or a mirror.
 *
 * @module
 */
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import type { CheckContext } from './context.ts';
import { counted, some } from './finding.ts';
import { contentOf } from './search.ts';
import type { RepositoryState } from './state.ts';

/**
 * `confirmed`: the same there. `changed`: newer here. `unknown`: the other copy does not have it. `rolled-back`: older
 * here. `forked`: one version, two contents. `gone`: only the other copy has it.
 */
export type CopyVerdict = 'confirmed' | 'changed' | 'unknown' | 'rolled-back' | 'forked' | 'gone';

/** What two copies have of one role. */
export interface RoleComparison {
  readonly role: string;
  readonly verdict: CopyVerdict;
  readonly version: number | null;
  readonly otherVersion: number | null;
}

/** How many targets there are of each verdict, and which are not confirmed, as far as they are listed. */
export interface TargetComparison {
  readonly counts: Readonly<Record<CopyVerdict, number>>;
  readonly others: readonly { readonly path: string; readonly role: string; readonly verdict: CopyVerdict }[];
}

/** What a check says of another copy. */
export interface AgainstReport {
  readonly name: string;
  readonly roles: readonly RoleComparison[];
  readonly targets: TargetComparison;
}

/** Targets that are named. */
const namedMax = 1000;

/** Compares what was read here with what was read there, role for role and target for target. */
export function compareCopies(
  context: CheckContext,
  own: RepositoryState,
  other: RepositoryState,
  name: string,
): AgainstReport {
  const roles = [...new Set([...own.documents.keys(), ...other.documents.keys()])].map((role) =>
    compareRole(context, role, own, other),
  );
  const verdicts = new Map(roles.map(({ role, verdict }) => [role, verdict]));
  return { name, roles, targets: compareTargets(context, own, other, verdicts) };
}

function compareRole(
  { findings }: CheckContext,
  role: string,
  own: RepositoryState,
  other: RepositoryState,
): RoleComparison {
  const here = own.documents.get(role);
  const there = other.documents.get(role);
  const [version, otherVersion] = [here?.view?.version ?? null, there?.view?.version ?? null];
  const about = { role, file: here?.file };
  const say = (verdict: CopyVerdict): RoleComparison => ({ role, verdict, version, otherVersion });
  if (there !== undefined && !there.sound) {
    findings.add('other-unverified', about, `the ${role} of the other copy is not verified, and confirms nothing`);
    return say('unknown');
  }
  if (there === undefined || otherVersion === null) return say('unknown');
  if (here === undefined || version === null) return say('gone');
  if (version < otherVersion) {
    findings.add('rolled-back', about, `${role} has version ${version}, and the other copy has ${otherVersion}`);
    return say('rolled-back');
  }
  if (version > otherVersion) return say('changed');
  if (isSameSigned(here, there)) return say('confirmed');
  findings.add('forked', about, `version ${version} of ${role} has other bytes in the other copy`);
  return say('forked');
}

/** Signatures may have been added; what is signed counts. */
function isSameSigned(
  here: { readonly bytes: Uint8Array; readonly document: Signed<DocumentHead> | undefined },
  there: { readonly bytes: Uint8Array; readonly document: Signed<DocumentHead> | undefined },
): boolean {
  if (equalBytes(here.bytes, there.bytes)) return true;
  if (here.document === undefined || there.document === undefined) return false;
  return equalBytes(here.document.message(), there.document.message());
}

function compareTargets(
  { findings }: CheckContext,
  own: RepositoryState,
  other: RepositoryState,
  roles: ReadonlyMap<string, CopyVerdict>,
): TargetComparison {
  const counts = { confirmed: 0, changed: 0, unknown: 0, 'rolled-back': 0, forked: 0, gone: 0 };
  const others: { path: string; role: string; verdict: CopyVerdict }[] = [];
  const conflicts: string[] = [];
  const note = (path: string, role: string, verdict: CopyVerdict): void => {
    counts[verdict] += 1;
    if (verdict !== 'confirmed' && others.length < namedMax) others.push({ path, role, verdict });
    if (verdict === 'forked') conflicts.push(path);
  };
  for (const role of new Set([...own.graph.keys(), ...other.graph.keys()])) {
    const here = own.graph.get(role)?.examined?.view;
    const found = other.graph.get(role)?.examined;
    const there = found?.sound === true ? found.view : undefined;
    const ofRole = roles.get(role);
    for (const path of here?.targets.paths() ?? []) {
      const [mine, theirs] = [here?.targets.get(path), there?.targets.get(path)];
      if (mine === undefined || theirs === undefined) note(path, role, 'unknown');
      else if (contentOf(mine) === contentOf(theirs)) note(path, role, 'confirmed');
      else note(path, role, ofRole === 'forked' || ofRole === 'rolled-back' ? ofRole : 'changed');
    }
    for (const path of there?.targets.paths() ?? []) {
      if (here?.targets.get(path) === undefined) note(path, role, 'gone');
    }
  }
  if (conflicts.length > 0) {
    findings.add(
      'target-conflict',
      { path: conflicts[0] },
      `${counted(conflicts.length, 'target')}: ${some(conflicts)}`,
    );
  }
  return { counts, others };
}
