// @ts-check
/** What an accepting reader has read: the fields of a document in a form that every language can compare. */
import { olpc } from './olpc.mjs';
import { entriesOf, isObject, lastMembers, meaning, nameOf } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {Map<string, Tree>} Fields */

/** @param {import('./documents.mjs').Role} role @param {Tree} signed @returns {{ [name: string]: unknown }} */
export function valuesOf(role, signed) {
  const fields = fieldsOf(signed);
  const opening = {
    _type: take(fields, '_type'),
    spec_version: take(fields, 'spec_version'),
    version: take(fields, 'version'),
    expires: take(fields, 'expires'),
  };
  if (role === 'root') return { ...opening, ...rootValues(fields) };
  if (role === 'timestamp' || role === 'snapshot') return { ...opening, meta: pairs(fields.get('meta')).map(metaFile) };
  const delegations = fields.get('delegations');
  return {
    ...opening,
    targets: pairs(fields.get('targets')).map(targetFile),
    ...(delegations === undefined ? {} : { delegations: delegationValues(delegations) }),
  };
}

/** @param {Fields} fields */
function rootValues(fields) {
  return {
    consistent_snapshot: fields.has('consistent_snapshot') ? take(fields, 'consistent_snapshot') : false,
    keys: keyValues(fields.get('keys')),
    roles: pairs(fields.get('roles')).map(([name, role]) => ({ name, ...roleValues(fieldsOf(role)) })),
  };
}

/** @param {Tree | undefined} keys */
function keyValues(keys) {
  return pairs(keys).map(([keyid, key]) => {
    const fields = fieldsOf(key);
    const text = fieldsOf(/** @type {Tree} */ (fields.get('keyval'))).get('public');
    const opening = { keyid, keytype: take(fields, 'keytype'), scheme: take(fields, 'scheme') };
    return text === undefined ? opening : { ...opening, public: meaning(text) };
  });
}

/** @param {Fields} fields */
function roleValues(fields) {
  return { keyids: take(fields, 'keyids'), threshold: take(fields, 'threshold') };
}

/** @param {[string, Tree]} pair */
function metaFile([path, file]) {
  const fields = fieldsOf(file);
  return { path, version: take(fields, 'version'), ...lengthAndHashes(fields) };
}

/** @param {[string, Tree]} pair */
function targetFile([path, file]) {
  const fields = fieldsOf(file);
  const custom = fields.get('custom');
  return {
    path,
    ...lengthAndHashes(fields),
    ...(custom === undefined ? {} : { custom: olpc(custom).toString('base64') }),
  };
}

/** @param {Fields} fields */
function lengthAndHashes(fields) {
  const hashes = fields.get('hashes');
  return {
    ...(fields.has('length') ? { length: take(fields, 'length') } : {}),
    ...(hashes === undefined
      ? {}
      : { hashes: pairs(hashes).map(([algorithm, digest]) => ({ algorithm, digest: meaning(digest) })) }),
  };
}

/** @param {Tree} delegations */
function delegationValues(delegations) {
  const fields = fieldsOf(delegations);
  const roles = fields.get('roles');
  const succinct = fields.get('succinct_roles');
  return {
    keys: keyValues(fields.get('keys')),
    ...(roles === undefined
      ? {}
      : { roles: /** @type {Tree[]} */ (roles).map((role) => delegatedValues(fieldsOf(role))) }),
    ...(succinct === undefined ? {} : { succinct_roles: succinctValues(fieldsOf(succinct)) }),
  };
}

/** @param {Fields} fields */
function delegatedValues(fields) {
  return {
    name: take(fields, 'name'),
    ...roleValues(fields),
    terminating: fields.has('terminating') ? take(fields, 'terminating') : false,
    ...(fields.has('paths') ? { paths: take(fields, 'paths') } : {}),
    ...(fields.has('path_hash_prefixes') ? { path_hash_prefixes: take(fields, 'path_hash_prefixes') } : {}),
  };
}

/** @param {Fields} fields */
function succinctValues(fields) {
  return { ...roleValues(fields), bit_length: take(fields, 'bit_length'), name_prefix: take(fields, 'name_prefix') };
}

/** @param {Tree} tree @returns {Fields} */
function fieldsOf(tree) {
  if (!isObject(tree)) throw new Error('an accepted document has an object here');
  return lastMembers(tree);
}

/** @param {Tree | undefined} tree @returns {[string, Tree][]} */
function pairs(tree) {
  if (tree === undefined) throw new Error('an accepted document has an object here');
  return entriesOf(tree).map(([name, value]) => [nameOf(name), value]);
}

/** @param {Fields} fields @param {string} name @returns {unknown} */
function take(fields, name) {
  const value = fields.get(name);
  if (value === undefined) throw new Error(`an accepted document has ${name}`);
  const found = meaning(value);
  return Array.isArray(found) ? found.map(meaning) : found;
}
