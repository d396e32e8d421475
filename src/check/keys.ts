import { encodeHex } from '../metadata/hex.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import type { Key } from '../metadata/key.ts';
import { type PublicKey, parsePublicKey } from '../metadata/public-key.ts';
import type { RoleKeys } from '../metadata/role.ts';
import { type Root, topLevelRoles } from '../metadata/root.ts';
import { usableKey } from '../repository/listed-key.ts';
import { closedTo, signaturesOfMlDsa } from '../repository/ml-dsa-portability.ts';
import { ownerOf } from '../repository/owner.ts';
import type { CheckContext } from './context.ts';
import { type About, counted, some } from './finding.ts';
import type { TargetsView } from './view.ts';

/** A modulus of fewer bits is discouraged for signatures that outlive 2030. */
const rsaBitsAdvised = 3072;

/** One role of a delegator, by the name under which its keys are told. */
type KeyedRole = RoleKeys & { readonly name: string };

/** Key hygiene of the newest root. */
export async function checkRootKeys(context: CheckContext, root: Root, file: string): Promise<void> {
  const { findings } = context;
  const about: About = { role: 'root', file };
  const roles = topLevelRoles.map((name) => ({ ...root.roles[name], name }));
  for (const role of roles) {
    checkRole(context, about, role, root.keys);
    if (role.threshold > 1) continue;
    const text = `one signature is enough for ${role.name}`;
    if (role.name === 'root') findings.add('root-threshold-one', about, text);
    // Snapshot and timestamp are signed by machines: a second one next to the first would add nothing.
    else if (role.name === 'targets') findings.add('threshold-one', about, text);
  }
  checkShared(context, about, roles, root.keys);
  checkOwners(context, about, roles, root.keys);
  checkUnused(context, about, roles, root.keys);
  await checkKeyObjects(context, about, root.keys);
}

/** Key hygiene of the delegations of a targets role. */
export async function checkDelegationKeys(context: CheckContext, view: TargetsView, about: About): Promise<void> {
  const { delegations } = view;
  if (delegations === undefined) return;
  const { keys, succinct } = delegations;
  const roles: KeyedRole[] = [...delegations.roles];
  if (succinct !== undefined) roles.push({ ...succinct, name: `the bins ${succinct.namePrefix}-…` });
  for (const role of roles) {
    checkRole(context, about, role, keys);
    if (role.threshold > 1) continue;
    context.findings.add('threshold-one', about, `one signature is enough for ${role.name}`);
  }
  checkUnused(context, about, roles, keys);
  await checkKeyObjects(context, about, keys);
}

/** @spec 4.2.1-e, 4.3-i, A-04, A-07 */
function checkRole(
  { findings }: CheckContext,
  about: About,
  { name, keyids, threshold }: KeyedRole,
  keys: ReadonlyMap<string, Key>,
): void {
  const identities = new Map<string, string>();
  for (const keyid of keyids) {
    const key = keys.get(keyid);
    if (key === undefined) {
      findings.add('key-missing', about, `${name} lists the keyid ${keyid}, of which there is no key`);
      continue;
    }
    const parsed = key.publicKey(parsePublicKey);
    if (parsed.kind === 'unusable') {
      findings.add('key-unusable', about, `${name} lists the key ${keyid}: ${parsed.reason}`);
      continue;
    }
    const other = identities.get(parsed.identity);
    if (other === undefined) identities.set(parsed.identity, keyid);
    else findings.add('key-listed-twice', about, `${name} lists one key as ${other} and as ${keyid}`);
  }
  checkPortable(findings, about, { name, keyids, threshold }, keys);
  if (threshold <= identities.size) return;
  const can = `${counted(identities.size, 'key')} can sign`;
  findings.add('threshold-unmet', about, `${name} requires ${counted(threshold, 'signature')}, and ${can}`);
}

/** Keys that few clients verify with. */
function checkPortable(
  findings: CheckContext['findings'],
  about: About,
  role: KeyedRole,
  keys: ReadonlyMap<string, Key>,
): void {
  const lacking = signaturesOfMlDsa(role, keys);
  if (lacking === undefined) return;
  const { name } = role;
  if (lacking === 0) findings.add('key-not-portable', about, `${name} lists keys of ML-DSA beside enough others`);
  else {
    const text = `${name} needs ${counted(lacking, 'signature')} by ML-DSA: ${closedTo} refuse it`;
    findings.add('threshold-not-portable', about, text);
  }
}

/** One secret in several roles. */
function checkShared(
  { findings }: CheckContext,
  about: About,
  roles: readonly KeyedRole[],
  keys: ReadonlyMap<string, Key>,
): void {
  const holders = new Map<string, { keyid: string; roles: Set<string> }>();
  for (const { name, keyids } of roles) {
    for (const keyid of keyids) {
      const key = usableKey(keys.get(keyid));
      if (key === undefined) continue;
      const holder = holders.get(key.identity) ?? { keyid, roles: new Set() };
      holder.roles.add(name);
      holders.set(key.identity, holder);
    }
  }
  const shared = new Map<string, { readonly roles: ReadonlySet<string>; readonly keyids: string[] }>();
  for (const { keyid, roles: held } of holders.values()) {
    if (held.size < 2) continue;
    const names = [...held].join(', ');
    const found = shared.get(names) ?? { roles: held, keyids: [] };
    found.keyids.push(keyid);
    shared.set(names, found);
  }
  for (const [names, { roles: held, keyids }] of shared) {
    const text = `${keyids.length === 1 ? 'one key signs' : `${keyids.length} keys sign`} for ${names}: ${some(keyids)}`;
    const isOnline = held.has('snapshot') || held.has('timestamp');
    if (held.has('root') && isOnline) findings.add('root-key-online', about, text);
    else if (held.has('targets') && isOnline) findings.add('targets-key-online', about, text);
    else findings.add('key-in-roles', about, text);
  }
}

function checkOwners(
  { findings }: CheckContext,
  about: About,
  roles: readonly KeyedRole[],
  keys: ReadonlyMap<string, Key>,
): void {
  for (const { name, keyids, threshold } of roles) {
    if (threshold < 2) continue;
    const held = new Map<string, number>();
    for (const keyid of keyids) {
      const owner = ownerOf(keys.get(keyid));
      if (owner !== null) held.set(owner, (held.get(owner) ?? 0) + 1);
    }
    for (const [owner, count] of held) {
      if (count < threshold) continue;
      const text = `${owner} holds ${counted(count, 'key')} of ${name}, which requires ${threshold}`;
      findings.add('owner-meets-threshold', about, text);
    }
  }
}

function checkUnused(
  { findings }: CheckContext,
  about: About,
  roles: readonly KeyedRole[],
  keys: ReadonlyMap<string, Key>,
): void {
  const used = new Set(roles.flatMap(({ keyids }) => keyids));
  const unused = [...keys.keys()].filter((keyid) => !used.has(keyid));
  if (unused.length > 0) findings.add('key-unused', about, `no role uses ${some(unused)}`);
}

/** What each key object says of itself. @spec 4.2.1-b, A-03 */
async function checkKeyObjects(
  { crypto, findings }: CheckContext,
  about: About,
  keys: ReadonlyMap<string, Key>,
): Promise<void> {
  for (const [keyid, key] of keys) {
    const object = parseJson(key.canonical('rfc8785')) as JsonObject;
    // A document that cannot be read strictly does not give its keys as they are.
    if (object.size === 0) continue;
    const keyval = object.get('keyval') as JsonObject;
    if (privatePart(keyval)) {
      findings.add('key-private-published', about, `the key ${keyid} stands there with its private half`);
    }
    if (encodeHex(await crypto.digest('sha256', key.canonical('olpc'))) !== keyid) {
      findings.add('keyid-mismatch', about, `the id ${keyid} is not the digest of its key`);
    }
    const parsed = usableKey(key);
    if (parsed === undefined) continue;
    checkForm(findings, about, key, parsed);
  }
}

function privatePart(keyval: JsonObject): boolean {
  const text = keyval.get('private');
  return typeof text === 'string' && text.trim() !== '';
}

function checkForm(findings: CheckContext['findings'], about: About, key: Key, parsed: PublicKey): void {
  const { keyid, keytype } = key;
  if (parsed.kind === 'rsa-pss') {
    const bits = parsed.modulus.length * 8 - Math.clz32(parsed.modulus[0] as number) + 24;
    if (bits < rsaBitsAdvised) findings.add('rsa-short', about, `the key ${keyid} is of RSA with ${bits} bits`);
    if (parsed.exponent < 65_537) {
      findings.add('key-form-unusual', about, `the key ${keyid} has the exponent ${parsed.exponent}`);
    }
  }
  if (parsed.kind === 'ecdsa') {
    if (keytype !== 'ecdsa') {
      findings.add('key-form-unusual', about, `the key ${keyid} has the keytype ${keytype}, and should have ecdsa`);
    } else if (!(key.public ?? '').includes('-----BEGIN')) {
      findings.add('key-form-unusual', about, `the key ${keyid} is of ECDSA, and no PEM`);
    }
  }
  if (parsed.kind === 'rsa-pss' && !(key.public ?? '').includes('-----BEGIN PUBLIC KEY')) {
    findings.add('key-form-unusual', about, `the key ${keyid} is of RSA, and no PEM of a SubjectPublicKeyInfo`);
  }
}
