/**
 * Repositories that a peer made, taken over by tufa: imported with their keys, extended, published, and a key rotated. What
 * comes of it is a repository like any other here, with more releases, so that every client can be led through all of them.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseOf } from './plan.mjs';

/** The plans whose repositories are taken over: each way in which one is laid out and signed. */
export const takenOver = [
  ...['plain', 'not-consistent', 'rsa-pss', 'ecdsa-p256', 'delegations'],
  ...['succinct-bins', 'rotation', 'unknown-fields'],
];

const added = {
  'by tufa/added.txt': { text: 'added by tufa\n' },
  'by tufa/soon-gone.txt': { text: 'for one release\n' },
};

/**
 * @param {{ plan: object, folder: string }} repository as a peer wrote it, with its private keys in `keys/`
 * @param {string} to a folder that is not there yet
 * @param {(args: string[]) => Promise<unknown>} tufa runs a command, and throws where it fails
 * @returns {Promise<{ plan: object, folder: string }>} with two more releases
 */
export async function takeOver({ plan, folder }, to, tufa) {
  const count = plan.releases.length;
  const last = join(folder, String(count));
  const repository = join(to, 'operator');
  mkdirSync(to, { recursive: true });
  for (let number = 1; number <= count; number += 1) {
    cpSync(join(folder, String(number)), join(to, String(number)), { recursive: true });
  }
  cpSync(join(folder, 'root.json'), join(to, 'root.json'));
  const roles = Object.assign({}, plan.roles, ...plan.releases.flatMap(({ roots = [] }) => roots));
  const specs = Object.entries(roles).map(([role, { keys }]) => ({ role, keys }));
  for (const { name, keys } of plan.delegations ?? []) specs.push({ role: name, keys });
  if (plan.succinct !== undefined) specs.push({ role: `${plan.succinct.prefix}-0`, keys: plan.succinct.keys });
  const keys = specs.flatMap(({ role, keys }) => keys.flatMap((name) => ['--key', `${role}=${keyFile(folder, name)}`]));
  await tufa(['import', repository, '--from', last, '--root', join(folder, 'root.json'), ...keys]);
  checkCopied(plan, last, join(repository, 'public'));

  for (const [path, { text }] of Object.entries(added)) {
    mkdirSync(join(to, 'added', path, '..'), { recursive: true });
    writeFileSync(join(to, 'added', path), text);
  }
  await tufa(['add', repository, join(to, 'added')]);
  await tufa(['publish', repository]);
  cpSync(join(repository, 'public'), join(to, String(count + 1)), { recursive: true });

  const [online] = roles.timestamp.keys;
  const next = join(to, 'next.pem');
  await tufa(['key', 'create', `file:${next}`]);
  await tufa(['rotate', repository, 'timestamp', '--add', `file:${next}`, '--remove', keyFile(folder, online)]);
  await tufa(['remove', repository, 'by tufa/soon-gone.txt']);
  await tufa(['publish', repository]);
  await tufa(['timestamp', repository]);
  cpSync(join(repository, 'public'), join(to, String(count + 2)), { recursive: true });
  return { plan: { ...plan, releases: [...plan.releases, ...releasesBy(plan)] }, folder: to };
}

/** What is there in the two releases that tufa made. */
function releasesBy({ releases }) {
  const before = Object.assign({}, ...releases.map(({ files }) => files)).targets ?? {};
  const { absent } = releases.at(-1);
  const [gone] = Object.keys(added).filter((path) => path.includes('gone'));
  const { [gone]: _, ...kept } = added;
  return [
    { files: { targets: { ...before, ...added } }, absent },
    { files: { targets: { ...before, ...kept } }, absent: [...absent, gone] },
  ];
}

function keyFile(folder, name) {
  return `file:${join(folder, 'keys', `${name.replace(':', '-')}.pem`)}`;
}

/** Every file that the peer serves and a client may ask for is there, byte for byte: of every version, by whatever keys. */
function checkCopied(plan, from, to) {
  const listed = releaseOf(plan, plan.releases.length).files;
  for (const name of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const path = join(name.parentPath, name.name).slice(from.length + 1);
    // Without consistent snapshots, what was taken out of its role is still there, and nobody asks for it.
    const target = /^targets\/(.*)$/s.exec(path)?.[1];
    if (!plan.consistentSnapshot && target !== undefined && !listed.has(target)) continue;
    const copy = join(to, path);
    if (!existsSync(copy)) throw new Error(`${path} is not taken over`);
    if (!readFileSync(copy).equals(readFileSync(join(from, path)))) throw new Error(`${path} has other bytes`);
  }
}
