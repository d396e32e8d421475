import { encodeBase64 } from '../metadata/base64.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import type { DelegatedRole, Delegations } from '../metadata/delegations.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { Hashes } from '../metadata/file-meta.ts';
import type { PlainJson } from '../metadata/json.ts';
import type { Key } from '../metadata/key.ts';
import { type Root, topLevelRoles } from '../metadata/root.ts';
import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { secondsOf } from './seconds.ts';

type Plain = { [name: string]: PlainJson };

/** What tufa has read of a document, in the form of `reading.values` of a vector of strict-reading. */
export function valuesOf(document: Signed<DocumentHead>): Plain {
  const { type, specVersion, version, expires, expiresAt } = document.signed;
  const opening = { _type: type, spec_version: specVersion, version, expires, instant: { ...secondsOf(expiresAt) } };
  switch (type) {
    case 'root':
      return { ...opening, ...rootValues(document.signed as Root) };
    case 'targets':
      return { ...opening, ...targetsValues(document.signed as Targets) };
    default:
      return { ...opening, meta: metaValues(document.signed as Snapshot | Timestamp) };
  }
}

function rootValues({ consistentSnapshot, keys, roles }: Root): Plain {
  return {
    consistent_snapshot: consistentSnapshot,
    keys: keyValues(keys),
    roles: topLevelRoles.map((name) => ({ name, keyids: [...roles[name].keyids], threshold: roles[name].threshold })),
  };
}

/** Listed versions are read in two ways, which must agree: as they stand in the list, and with the entry. */
function metaValues({ meta }: Snapshot | Timestamp): PlainJson[] {
  return [...meta.versions()].map(([path, listed]) => {
    const { version = 0, length, hashes } = meta.get(path) ?? {};
    if (version !== listed || meta.version(path) !== listed) throw new TypeError(`${path} has two versions`);
    return { path, version, ...present({ length, hashes: hashes && hashValues(hashes) }) };
  });
}

function targetsValues({ targets, delegations }: Targets): Plain {
  const files = [...targets.paths()].map((path) => {
    const file = targets.get(path);
    if (file === undefined || file.path !== path) throw new TypeError(`${path} is listed and not found`);
    const custom = file.custom && encodeBase64(canonicalJson(file.custom));
    return { path, length: file.length, hashes: hashValues(file.hashes), ...present({ custom }) };
  });
  return { targets: files, ...present({ delegations: delegations && delegationsValues(delegations) }) };
}

function delegationsValues({ keys, roles, succinct }: Delegations): Plain {
  if (succinct === undefined) return { keys: keyValues(keys), roles: roles.map(roleValues) };
  const { keyids, threshold, bitLength, namePrefix } = succinct;
  const succinctRoles = { keyids: [...keyids], threshold, bit_length: bitLength, name_prefix: namePrefix };
  return { keys: keyValues(keys), succinct_roles: succinctRoles };
}

function roleValues({ name, keyids, threshold, terminating, paths, pathHashPrefixes: prefixes }: DelegatedRole): Plain {
  const chosen = present({ paths: paths && [...paths], path_hash_prefixes: prefixes && [...prefixes] });
  return { name, keyids: [...keyids], threshold, terminating, ...chosen };
}

function keyValues(keys: ReadonlyMap<string, Key>): PlainJson[] {
  return [...keys].map(([keyid, key]) => {
    if (key.keyid !== keyid) throw new TypeError(`${keyid} is filed under another keyid`);
    return { keyid, keytype: key.keytype, scheme: key.scheme, ...present({ public: key.public }) };
  });
}

function hashValues(hashes: Hashes): PlainJson[] {
  return [...hashes].map(([algorithm, digest]) => ({ algorithm, digest }));
}

function present(members: { readonly [name: string]: PlainJson | undefined }): Plain {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Plain;
}
