/** Writes the repositories of plans.json with tufa's repository library, into the folder that is given. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  binOfPath,
  contentOf,
  createRoot,
  createTargets,
  editRoot,
  editTargets,
  planPublication,
  prepareRelease,
  publish,
  putIntoBins,
  readPublished,
} from 'tufa/repository';
import { crypto, folderBackend, Keys } from './operator-ports.mjs';
import { withOwnMembers } from './own-members.mjs';
import { plans } from './plan.mjs';

const now = new Date();
const expires = new Date(now.getTime() + 30 * 86_400_000);
for (const plan of plans) await writeRepository(plan, join(process.argv[2], plan.name));

async function writeRepository(plan, folder) {
  const keys = new Keys();
  const served = join(folder, 'served');
  const backend = folderBackend(served);
  let published;
  const release = async (drafts, { renewSnapshot = false, files = {} } = {}) => {
    const expected = { snapshot: expires, timestamp: expires };
    const prepared = await prepareAll(plan, published, drafts, keys, { crypto, now, expires: expected, renewSnapshot });
    const texts = Object.assign({}, ...Object.values(files));
    const contents = ({ path }) => contentOf(Buffer.from(texts[path].text));
    await publish(await planPublication(prepared.release, contents, { crypto, digest: createHash }), backend);
    published = await readPublished(backend, readFileSync(join(served, 'metadata/1.root.json')), { crypto });
  };
  for (const [index, { roots = [], files }] of plan.releases.entries()) {
    for (const change of roots) await release(await rootChange(published, change, keys), { renewSnapshot: true });
    const root = index === 0 ? await firstRoot(plan, keys) : undefined;
    const targets = await targetsDrafts(plan, published, files, keys);
    await release({ root, targets: await binnedDrafts(plan, published, { targets, files }, keys) }, { files });
    cpSync(served, join(folder, String(index + 1)), { recursive: true });
  }
  cpSync(join(served, 'metadata/1.root.json'), join(folder, 'root.json'));
}

/** Signs all at once; where documents have members of their own, snapshot and timestamp once they have theirs. */
async function prepareAll(plan, published, drafts, keys, options) {
  if (plan.unknownFields !== true)
    return whole(plan, await prepareRelease(published, drafts, { ...options, signers: keys.signers }));
  const own = {
    root: drafts.root && withOwnMembers(drafts.root),
    targets: new Map([...drafts.targets].map(([role, draft]) => [role, withOwnMembers(draft)])),
  };
  for (const later of [['snapshot', 'timestamp'], ['timestamp']]) {
    const signers = keys.signersBut(later, plan.roles);
    const { drafts: waiting } = await prepareRelease(published, own, { ...options, signers });
    for (const draft of waiting) {
      if (draft.role === later[0]) own[draft.role] = withOwnMembers(draft);
      else if (draft.role === 'root' || draft.role === 'snapshot') own[draft.role] = draft;
      else own.targets.set(draft.role, draft);
    }
  }
  return whole(plan, await prepareRelease(published, own, { ...options, signers: keys.signers }));
}

function whole({ name }, prepared) {
  if (!prepared.complete) throw new Error(`${name}: not all is signed: ${JSON.stringify(prepared.missing)}`);
  return prepared;
}

async function firstRoot({ roles, consistentSnapshot }, keys) {
  return createRoot({ expires, consistentSnapshot, roles: await keys.rolesOf(roles) });
}

/** The next root, and with it the targets that a new key has to sign. */
async function rootChange({ root, targets }, change, keys) {
  const roles = await keys.rolesOf(change);
  const next = editRoot(root, (editor) => {
    for (const [role, spec] of Object.entries(roles)) editor.setRole(role, spec);
  });
  if (change.targets === undefined) return { root: next };
  const current = targets.get('targets');
  const signedAgain = editTargets(current, () => {}, { version: current.signed.version + 1 });
  return { root: next, targets: new Map([['targets', signedAgain]]) };
}

async function targetsDrafts({ delegations = [] }, published, files, keys) {
  const drafts = new Map();
  const changed = Object.keys(files).filter((role) => role !== '@succinct');
  const roles = published === undefined ? ['targets', ...delegations.map(({ name }) => name)] : changed;
  for (const role of roles) {
    const current = published?.targets.get(role) ?? createTargets({ expires, role });
    const specs = published === undefined ? delegations.filter(({ from }) => from === role) : [];
    const delegated = await Promise.all(specs.map(async (spec) => ({ ...spec, ...(await keys.roleOf(spec)) })));
    const draft = editTargets(current, (editor) => {
      for (const path of current.signed.targets.paths()) if (!Object.hasOwn(files[role], path)) editor.remove(path);
      for (const [path, file] of Object.entries(files[role] ?? {})) editor.put(path, entryOf(file));
      for (const spec of delegated) editor.delegate(spec);
    });
    drafts.set(role, draft ?? current);
  }
  return drafts;
}

/** Adds the bins: at first all of them, with what was listed in their delegator; then those whose targets change. */
async function binnedDrafts({ succinct }, published, { targets, files }, keys) {
  const { '@succinct': binned } = files;
  if (binned === undefined) return targets;
  const drafts = new Map(targets);
  if (published === undefined) {
    const delegator = editTargets(targets.get(succinct.from), (editor) => {
      for (const [path, file] of Object.entries(binned)) editor.put(path, entryOf(file));
    });
    const roles = new Map(targets).set(succinct.from, delegator);
    const { bitLength, prefix } = succinct;
    const spec = { bitLength, namePrefix: prefix, signers: await keys.roleOf(succinct) };
    const current = { delegator, roles, listedVersion: () => undefined };
    const binning = await putIntoBins(current, spec, { role: expires, bins: expires }, crypto);
    for (const draft of binning.drafts) drafts.set(draft.role, draft);
    return drafts;
  }
  const { succinct: bins } = published.targets.get(succinct.from).signed.delegations;
  for (const [path, file] of Object.entries(binned)) {
    const bin = await binOfPath(bins, path, crypto);
    const current = drafts.get(bin) ?? published.targets.get(bin);
    const draft = editTargets(current, (editor) => editor.put(path, entryOf(file)));
    if (draft !== undefined) drafts.set(bin, draft);
  }
  return drafts;
}

function entryOf({ text, custom }) {
  const bytes = Buffer.from(text);
  const hex = (algorithm) => createHash(algorithm).update(bytes).digest('hex');
  return { length: bytes.length, hashes: { sha256: hex('sha256'), sha512: hex('sha512') }, custom };
}
