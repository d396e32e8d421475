/** Writes the repositories of plans.json with tufa's repository library, into the folder that is given. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  contentOf,
  createRoot,
  createTargets,
  editRoot,
  editTargets,
  planPublication,
  prepareRelease,
  publish,
  readPublished,
} from 'tufa/repository';
import { crypto, folderBackend, Keys } from './operator-ports.mjs';
import { plans } from './plan.mjs';

const now = new Date();
const expires = new Date(now.getTime() + 30 * 86_400_000);
// Hash bins and unknown members are not for this library to write.
const written = plans.filter(({ succinct, unknownFields }) => succinct === undefined && unknownFields !== true);
for (const plan of written) await writeRepository(plan, join(process.argv[2], plan.name));

async function writeRepository(plan, folder) {
  const keys = new Keys();
  const served = join(folder, 'served');
  const backend = folderBackend(served);
  let published;
  const release = async (drafts, { renewSnapshot = false, files = {} } = {}) => {
    const options = { crypto, signers: keys.signers, now, expires: { snapshot: expires, timestamp: expires } };
    const prepared = await prepareRelease(published, drafts, { ...options, renewSnapshot });
    if (!prepared.complete) throw new Error(`${plan.name}: not all is signed: ${JSON.stringify(prepared.missing)}`);
    const texts = Object.assign({}, ...Object.values(files));
    const contents = ({ path }) => contentOf(Buffer.from(texts[path].text));
    await publish(await planPublication(prepared.release, contents, { crypto, digest: createHash }), backend);
    published = await readPublished(backend, readFileSync(join(served, 'metadata/1.root.json')), { crypto });
  };
  for (const [index, { roots = [], files }] of plan.releases.entries()) {
    for (const change of roots) await release(await rootChange(published, change, keys), { renewSnapshot: true });
    const root = index === 0 ? await firstRoot(plan, keys) : undefined;
    await release({ root, targets: await targetsDrafts(plan, published, files, keys) }, { files });
    cpSync(served, join(folder, String(index + 1)), { recursive: true });
  }
  cpSync(join(served, 'metadata/1.root.json'), join(folder, 'root.json'));
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
  const roles = published === undefined ? ['targets', ...delegations.map(({ name }) => name)] : Object.keys(files);
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

function entryOf({ text, custom }) {
  const bytes = Buffer.from(text);
  const hex = (algorithm) => createHash(algorithm).update(bytes).digest('hex');
  return { length: bytes.length, hashes: { sha256: hex('sha256'), sha512: hex('sha512') }, custom };
}
