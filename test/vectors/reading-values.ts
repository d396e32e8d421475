import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import type { DelegatedRole, Delegations } from '../../src/metadata/delegations.ts';
import type { DocumentHead, Signed } from '../../src/metadata/document.ts';
import type { Hashes } from '../../src/metadata/file-meta.ts';
import type { Key } from '../../src/metadata/key.ts';
import { type Root, topLevelRoles } from '../../src/metadata/root.ts';
import type { Snapshot, Timestamp } from '../../src/metadata/snapshot.ts';
import type { Targets } from '../../src/metadata/targets.ts';

type Plain = Record<string, unknown>;

/** What was read, in the form of `reading.values` of a vector of strict-reading. Maps are sorted, to compare as sets. */
export function valuesOf(document: Signed<DocumentHead>): Plain {
  const { type, specVersion, version, expires } = document.signed;
  const common = { _type: type, spec_version: specVersion, version, expires };
  switch (type) {
    case 'root':
      return { ...common, ...rootValues(document.signed as Root) };
    case 'targets':
      return { ...common, ...targetsValues(document.signed as Targets) };
    default:
      return { ...common, meta: metaValues(document.signed as Snapshot | Timestamp) };
  }
}

/** The values of a vector in the same form. Further roles of a root are legal and of no use: they are not kept. */
export function expectedValues(values: Plain): Plain {
  const { instant: _, ...rest } = values;
  const plain = walk(rest) as Plain;
  if (plain['_type'] !== 'root') return plain;
  const isKept = ({ name }: Plain): boolean => (topLevelRoles as readonly unknown[]).includes(name);
  return { ...plain, roles: (plain['roles'] as Plain[]).filter(isKept) };
}

function rootValues({ consistentSnapshot, keys, roles }: Root): Plain {
  return {
    consistent_snapshot: consistentSnapshot,
    keys: keyValues(keys),
    roles: sorted(
      topLevelRoles.map((name) => ({ name, keyids: roles[name].keyids, threshold: roles[name].threshold })),
      'name',
    ),
  };
}

function metaValues({ meta }: Snapshot | Timestamp): Plain[] {
  const entries = [...meta.versions()].map(([path, listed]) => {
    const { version, length, hashes } = meta.get(path) ?? {};
    if (version !== listed || meta.version(path) !== listed) throw new Error(`${path} has two versions`);
    return { path, version, ...present({ length, hashes: hashes && hashValues(hashes) }) };
  });
  return sorted(entries, 'path');
}

function targetsValues({ targets, delegations }: Targets): Plain {
  const files = [...targets.paths()].map((path) => {
    const file = targets.get(path);
    if (file === undefined || file.path !== path) throw new Error(`${path} is listed and not found`);
    const custom = file.custom && Buffer.from(canonicalJson(file.custom)).toString('base64');
    return { path, length: file.length, hashes: hashValues(file.hashes), ...present({ custom }) };
  });
  return {
    targets: sorted(files, 'path'),
    ...present({ delegations: delegations && delegationsValues(delegations) }),
  };
}

function delegationsValues({ keys, roles, succinct }: Delegations): Plain {
  if (succinct === undefined) return { keys: keyValues(keys), roles: roles.map(roleValues) };
  const { keyids, threshold, bitLength, namePrefix } = succinct;
  const succinctRoles = { keyids, threshold, bit_length: bitLength, name_prefix: namePrefix };
  return { keys: keyValues(keys), succinct_roles: succinctRoles };
}

function roleValues({ name, keyids, threshold, terminating, paths, pathHashPrefixes }: DelegatedRole): Plain {
  return { name, keyids, threshold, terminating, ...present({ paths, path_hash_prefixes: pathHashPrefixes }) };
}

function keyValues(keys: ReadonlyMap<string, Key>): Plain[] {
  const listed = [...keys].map(([keyid, key]) => {
    if (key.keyid !== keyid) throw new Error(`${keyid} is filed under another keyid`);
    return { keyid, keytype: key.keytype, scheme: key.scheme, ...present({ public: key.public }) };
  });
  return sorted(listed, 'keyid');
}

function hashValues(hashes: Hashes): Plain[] {
  return sorted(
    [...hashes].map(([algorithm, digest]) => ({ algorithm, digest })),
    'algorithm',
  );
}

function present(members: Plain): Plain {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const identities = ['keyid', 'path', 'algorithm'];

function walk(value: unknown, name = '', parent = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => walk(item, '', name));
    if (name === 'roles' && parent !== 'delegations') return sorted(items as Plain[], 'name');
    const identity = identities.find((each) => typeof items[0] === 'object' && Object.hasOwn(items[0] as object, each));
    return identity === undefined ? items : sorted(items as Plain[], identity);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, item]) => [member, walk(item, member, name)]));
}

function sorted(items: Plain[], by: string): Plain[] {
  return [...items].sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1));
}
