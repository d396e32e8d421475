/**
 * Whether clients accept a release, and on the way to it the states between: checked with the functions by which they
 * decide.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { delegatedRoles } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import type { Root } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import { topLevelAuthority } from '../trust/authority.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import {
  isSignedUnder,
  type TrustContext,
  type Trusted,
  targetsMeta,
  trustNextRoot,
  trustPinnedRoot,
  trustSnapshot,
  trustTargets,
  trustTimestamp,
} from '../trust/trusted.ts';
import { authoritiesAmong } from './delegators.ts';
import { answer, beforeAllExpiry } from './proof.ts';
import { listedRoles } from './published.ts';
import { refused } from './refusal.ts';
import type { Release } from './release.ts';

/**
 * Refuses a release that a client would refuse: one that holds what is published now, and one that holds nothing.
 *
 * @throws {@link TufError} the client's codes; `ERR_TUF_CONFLICT` for a published version with other bytes;
 * `ERR_TUF_REPOSITORY_REFUSED` for a switch of consistent snapshots, and for target files that would get into each other's
 * way.
 * @spec 4.4-f, 6.1-c, 6.1-f, A-36
 */
export async function checkRelease(release: Release, crypto: Crypto): Promise<void> {
  const { before } = release;
  const context: TrustContext = { time: beforeAllExpiry, canonicalForm: release.root.canonicalForm };
  const root = await trustRoot(release, context, crypto);
  const timestamp = await answer(trustTimestamp(root, release.timestamp.bytes, before?.timestamp, context), crypto);
  if (before !== undefined && !equalBytes(timestamp.bytes, release.timestamp.bytes)) {
    const hint = 'a version names one content for ever: make the next version';
    const { version } = timestamp.signed;
    throw new TufError(
      'ERR_TUF_CONFLICT',
      `timestamp: version ${version} is published`,
      { path: 'timestamp.json' },
      { hint },
    );
  }
  const snapshot = await answer(
    trustSnapshot(root, timestamp, release.snapshot.bytes, before?.snapshot, context),
    crypto,
  );
  const isNew = (role: string): boolean => release.targets.get(role) !== before?.targets.get(role);
  checkRead(release);
  checkListed(release);
  const authoritiesOf = authoritiesAmong(release.targets.values());
  for (const [role, document] of release.targets) {
    targetsMeta(snapshot, role);
    const authorities = role === 'targets' ? [topLevelAuthority(root, role)] : authoritiesOf(role);
    for (const authority of authorities) {
      // An edge stands as it stood where neither of its ends changed.
      if (!isNew(role) && authority.delegator !== 'root' && !isNew(authority.delegator)) continue;
      await answer(trustTargets(authority, snapshot, document.bytes, context), crypto);
    }
  }
  if (!root.signed.consistentSnapshot) checkPlainNames(release.targets);
}

/** Refuses to judge what was not read: a change of a delegation is about roles on the other side of it, too. */
function checkRead({ before, targets, root }: Release): void {
  if (before === undefined || before.unread.size === 0) return;
  const changed = [...targets.values()].some(({ role, signed }) => {
    const old = before.targets.get(role)?.signed;
    return signed !== old && (signed.delegations !== undefined || old?.delegations !== undefined);
  });
  if (!changed && root.signed.consistentSnapshot) return;
  throw new TypeError('a release that changes delegations, or without consistent snapshots, needs all roles read');
}

/**
 * Refuses a delegation to a role that the snapshot lists, and whose document no release of today knows: nobody delegated to
 * it for a while. Clients would be given what stands there, which is signed by whoever signed it then.
 *
 * @spec A-45, 4.4-f
 */
function checkListed({ before, targets, snapshot }: Release): void {
  const listed = listedRoles(snapshot);
  for (const { role: delegator, signed } of targets.values()) {
    if (signed.delegations === undefined) continue;
    for (const { name } of delegatedRoles(signed.delegations, listed)) {
      if (!listed.has(name) || targets.has(name) || before?.unread.has(name) === true) continue;
      const version = snapshot.signed.meta.version(`${name}.json`);
      const problem = `${delegator} delegates to it again, and its listed version ${version} is of an earlier delegation`;
      throw refused(name, problem, 'publish its next version with the delegation, signed by the keys that it names');
    }
  }
}

async function trustRoot({ before, root }: Release, context: TrustContext, crypto: Crypto): Promise<Trusted<Root>> {
  if (before === undefined) return answer(trustPinnedRoot(root.bytes, context), crypto);
  if (root === before.root) return before.root;
  if (root.signed.consistentSnapshot !== before.root.signed.consistentSnapshot) {
    const hint = 'every published file would need its other name first: keep consistent_snapshot as it is';
    throw refused('root', 'consistent_snapshot would change', hint);
  }
  return answer(trustNextRoot(before.root, root.bytes, context), crypto);
}

/**
 * Where a new root is written, so that clients with it and without it read a whole state at every moment: `before` the
 * head, where what is published now also satisfies the new root; `after` it, where the new state also satisfies the old
 * root; `no` where the root stays.
 *
 * @param acceptGap `before` where neither holds, too: a replaced key is gone and signs nothing any more. From then until the head is
 * written, clients are refused; none of them believes anything wrong.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` where neither holds.
 * @spec 6.1-b
 */
export async function rootPlace(
  release: Release,
  crypto: Crypto,
  acceptGap = false,
): Promise<'before' | 'after' | 'no'> {
  const { before, root, timestamp, snapshot, targets } = release;
  if (before === undefined) return 'before';
  if (root === before.root) return 'no';
  const satisfies = async (under: Signed<Root>, state: Pick<Release, 'timestamp' | 'snapshot' | 'targets'>) => {
    const targets = state.targets.get('targets') as Signed<Targets>;
    return (
      (await answer(isSignedUnder(under, 'timestamp', state.timestamp), crypto)) &&
      (await answer(isSignedUnder(under, 'snapshot', state.snapshot), crypto)) &&
      (await answer(isSignedUnder(under, 'targets', targets), crypto))
    );
  };
  if (await satisfies(root, before)) return 'before';
  if (await satisfies(before.root, { timestamp, snapshot, targets })) return 'after';
  if (acceptGap) return 'before';
  const hint =
    'bring the old keys of timestamp, snapshot and targets along for this release; only where one is lost, publish with --accept-gap: clients are refused for a moment';
  throw refused(
    'root',
    'neither the published state nor the new one satisfies both the old root and the new one',
    hint,
  );
}

/** Without consistent snapshots a path is a file's one name: two roles, or a file and a folder, cannot both have it. */
function checkPlainNames(roles: ReadonlyMap<string, Signed<Targets>>): void {
  const digests = new Map<string, string>();
  const refuse = (path: string, problem: string): never => {
    const hint = 'rename the target, or use consistent snapshots';
    const message = `the target path ${JSON.stringify(path)} ${problem}`;
    throw new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { path }, { hint });
  };
  for (const { signed } of roles.values()) {
    for (const path of signed.targets.paths()) {
      const digest = JSON.stringify([...(signed.targets.get(path)?.hashes ?? [])].sort());
      if ((digests.get(path) ?? digest) !== digest) refuse(path, 'is listed by two roles with different contents');
      digests.set(path, digest);
    }
  }
  for (const path of digests.keys()) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      if (digests.has(path.slice(0, slash))) refuse(path, 'has a folder that is a target itself');
    }
  }
}
