/**
 * What is taken over beside what clients are led to now: the versions of before, and roles that are listed and that nobody
 * delegates to any more. Each is taken on one of two grounds: the snapshot of now lists its digest, whoever signed it; or
 * keys of its time signed it, be it long since they were removed: those of any root in the chain, and those that any version
 * of a delegator which is itself verified so names for the role.
 *
 * Versions of a role that the snapshot does not list stay behind, however signed: no client is led there, and
 * whoever held its keys could fill the numbers that a new role of this name needs.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import { defaultLimits } from '../metadata/limits.ts';
import type { Root } from '../metadata/root.ts';
import { parseSnapshot } from '../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import { checkThreshold } from '../trust/arbitrary-software.ts';
import { type Authority, topLevelAuthority } from '../trust/authority.ts';
import { checkListedBytes } from '../trust/mix-and-match.ts';
import { targetsMeta } from '../trust/trusted.ts';
import { authoritiesAmong, type Delegator } from './delegators.ts';
import { formatOrTrust, type ImportSource, type SourceFiles } from './import-files.ts';
import { metadataName } from './layout.ts';
import { answer } from './proof.ts';
import type { Published } from './published.ts';

/** A document that no client which is new is led to. Its target files are served, too. */
export interface Beside {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What it lists, for a targets role. */
  readonly targets: Targets | undefined;
}

interface Candidate extends Beside {
  readonly role: string;
  readonly document: Signed<DocumentHead>;
}

/**
 * @param roots every root of the chain, of which each was verified.
 * @returns what is taken, and the names of files that nobody vouches for.
 * @throws {@link TufError} where a listed file is not what is listed; `ERR_TUF_STORE`, `ERR_TUF_TRANSPORT`.
 */
export async function readBesides(
  files: SourceFiles,
  source: ImportSource,
  { published, roots }: { readonly published: Published; readonly roots: readonly { readonly signed: Root }[] },
  crypto: Crypto,
): Promise<{ readonly besides: readonly Beside[]; readonly leftOut: readonly string[] }> {
  const { root, snapshot, targets } = published;
  const { consistentSnapshot } = root.signed;
  const { meta } = snapshot.signed;
  const taken = new Map<string, Beside>();
  const candidates = new Map<string, Candidate>();
  const leftOut = new Set<string>();
  for (const [file, version] of meta.versions()) {
    const role = file.replace(/\.json$/, '');
    if (role === file || targets.has(role) || isOtherRole(role) || !isFileName(role)) continue;
    const name = metadataName(role, version, consistentSnapshot);
    const bytes = await files.read(name, defaultLimits.targetsBytes);
    if (bytes === undefined) continue;
    const listed = targetsMeta(snapshot, role);
    await answer(checkListedBytes(role, bytes, listed), crypto);
    const candidate = candidateOf(name, bytes, role, version);
    if (candidate === undefined) leftOut.add(name);
    else if (listed.hashes !== undefined && knownDigests(listed.hashes).length > 0) taken.set(name, candidate);
    else candidates.set(name, candidate);
  }
  if (consistentSnapshot && source.list !== undefined) {
    for await (const name of source.list()) {
      const match = /^([1-9]\d{0,15})\.(.+)\.json$/s.exec(name);
      const [version, role] = [Number(match?.[1]), match?.[2] ?? ''];
      if (match === null || role === 'root' || role === 'timestamp' || taken.has(name) || candidates.has(name))
        continue;
      const newest = role === 'snapshot' ? snapshot.signed.version : meta.version(`${role}.json`);
      if ((newest !== undefined && version >= newest) || leftOut.has(name)) continue;
      if (!isFileName(role) || metadataName(role, version, true) !== name) continue;
      const bytes = await files.read(name, defaultLimits.targetsBytes).catch(formatOrTrust);
      const candidate = bytes && candidateOf(name, bytes, role, version);
      // A role that the snapshot no longer lists may be made again, from version 1 on: an old file must not be in its way.
      if (candidate !== undefined && newest === undefined) leftOut.add(name);
      else if (candidate !== undefined) candidates.set(name, candidate);
      // A file that only looks like metadata belongs to nobody's history.
      else if (newest !== undefined) leftOut.add(name);
    }
  }
  for (const each of await vouchedFor([...candidates.values()], { published, roots }, crypto)) {
    taken.set(each.name, each);
    candidates.delete(each.name);
  }
  return { besides: [...taken.values()], leftOut: [...leftOut, ...candidates.keys()] };
}

/** Those that keys of their time signed. Each delegator that is among them may name the keys of more. */
async function vouchedFor(
  candidates: readonly Candidate[],
  { published, roots }: { readonly published: Published; readonly roots: readonly { readonly signed: Root }[] },
  crypto: Crypto,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const top = (role: 'snapshot' | 'targets') =>
    distinct([published.root, ...roots].map((root) => topLevelAuthority(root, role)));
  const authoritiesOfTop = { snapshot: top('snapshot'), targets: top('targets') };
  const delegators = new Map<string, Delegator>();
  const learn = (delegator: Delegator): void => {
    const text = delegationsText(delegator);
    if (text !== undefined) delegators.set(text, delegator);
  };
  for (const delegator of published.targets.values()) learn(delegator);
  let pending: readonly Candidate[] = candidates;
  for (let known = -1; known !== delegators.size && pending.length > 0; ) {
    known = delegators.size;
    const delegated = authoritiesAmong(delegators.values());
    const left: Candidate[] = [];
    for (const candidate of pending) {
      const { role, document, targets } = candidate;
      const isTop = role === 'snapshot' || role === 'targets';
      const authorities = isTop ? authoritiesOfTop[role] : distinct(delegated(role));
      if (!(await isSigned(document, authorities, crypto))) left.push(candidate);
      else {
        found.push(candidate);
        if (targets !== undefined) learn({ role, signed: targets });
      }
    }
    pending = left;
  }
  return found;
}

/** Each set of keys once: most versions name the same. */
function distinct(authorities: readonly Authority[]): Authority[] {
  return [...new Map(authorities.map((each) => [authorityText(each), each])).values()];
}

function authorityText({ threshold, keyids, keys }: Authority): string {
  return JSON.stringify([threshold, [...keyids].map((keyid) => keyText(keyid, keys))]);
}

function keyText(keyid: string, keys: Authority['keys']): readonly unknown[] {
  const { keytype, scheme, public: text } = keys.get(keyid) ?? {};
  return [keyid, keytype, scheme, text];
}

/** What two versions of a role have in common when they delegate alike; `undefined` where it does not delegate. */
function delegationsText({ role, signed: { delegations } }: Delegator): string | undefined {
  if (delegations === undefined) return undefined;
  const { keys, roles, succinct } = delegations;
  const named = roles.map(({ name, threshold, keyids }) => [name, threshold, keyids]);
  return JSON.stringify([role, [...keys.keys()].map((keyid) => keyText(keyid, keys)), named, succinct]);
}

/** Whether enough keys of one of these have signed it. */
async function isSigned(
  document: Signed<DocumentHead>,
  authorities: readonly Authority[],
  crypto: Crypto,
): Promise<boolean> {
  for (const authority of authorities) {
    if (await answer(checkThreshold(authority, document), crypto).then(() => true, formatOrTrust)) return true;
  }
  return false;
}

/** Whether this is the name of a role that lists no targets. */
function isOtherRole(role: string): boolean {
  return role === 'root' || role === 'timestamp' || role === 'snapshot';
}

function isFileName(role: string): boolean {
  return role !== '' && !/[/\\\p{Cc}]/u.test(role);
}

/** A document of this role and version; `undefined` for what is none. */
function candidateOf(name: string, bytes: Uint8Array, role: string, version: number): Candidate | undefined {
  try {
    const targets = role === 'snapshot' ? undefined : parseTargets(bytes, role);
    const document = targets ?? parseSnapshot(bytes);
    return document.signed.version === version ? { name, bytes, role, document, targets: targets?.signed } : undefined;
  } catch (error) {
    return formatOrTrust(error);
  }
}
