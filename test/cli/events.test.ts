import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import { jsonOf, parseJson } from '../../src/metadata/json.ts';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { readKeyFile, writeKeyFile } from '../../src/node/key-file.ts';
import { generateKey } from '../../src/node/private-key.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const base = newFolder();
afterAll(() => base.remove());
let count = 0;

const { ok, fails } = newVerdicts(tufa);

/** A private key that opens at once, and the file of its public half. */
async function newKeyFiles(name: string): Promise<{ uri: string; path: string; publicFile: string; keyid: string }> {
  const path = join(base.path, `${name}-${++count}.pem`);
  await writeKeyFile(path, await generateKey('ed25519'), { unencrypted: true });
  const uri = `file:${path}`;
  const exported = await ok(['key', 'export', uri]);
  const publicFile = `${path}.json`;
  writeFileSync(publicFile, JSON.stringify(exported));
  return { uri, path, publicFile, keyid: exported.keyid };
}

type Owned = Awaited<ReturnType<typeof newKeyFiles>> & { readonly name: string; readonly folder: string };

/** Three people with a folder and a key each. */
async function newOwners(): Promise<[Owned, Owned, Owned]> {
  const owners = [];
  for (const name of ['Alice', 'Bob', 'Carol']) {
    const folder = join(base.path, `${name}-${++count}`);
    mkdirSync(folder);
    owners.push({ ...(await newKeyFiles(name)), name, folder });
  }
  return owners as unknown as [Owned, Owned, Owned];
}

const original = join(base.path, 'original');
const roots = join(base.path, 'with-owners');
let owners: [Owned, Owned, Owned];
/** What clients were shipped with. */
let firstRoot: Uint8Array;

const copy = (source = original): string => {
  const dir = join(base.path, `repository-${++count}`);
  cpSync(source, dir, { recursive: true });
  return dir;
};

/** What somebody takes along: the event, and the root that this person knows. */
function travel(owner: Owned, event: string, dir: string): { event: string; root: string } {
  const [here, root] = [join(owner.folder, 'event.json'), join(owner.folder, 'root.json')];
  copyFileSync(event, here);
  copyFileSync(join(dir, 'root.json'), root);
  return { event: here, root };
}

async function signAway(owner: Owned, event: string, dir: string, key: string = owner.uri): Promise<string> {
  const { event: here, root } = travel(owner, event, dir);
  await ok(['sign', here, '--key', key, '--root', root]);
  return here;
}

const backend = (dir: string) => folderRepository(join(dir, 'public'));
const read = (dir: string, path: string) => JSON.parse(readFileSync(join(dir, path), 'utf8'));

/** Holds what was published before, and refreshes on what is published now. */
async function oldClient(dir: string): Promise<() => Promise<void>> {
  const store = memoryStore();
  const client = (root: Uint8Array) => clientOf(backend(dir), root, store, new Date());
  await client(firstRoot).refresh();
  return async () => {
    await readAll(client(firstRoot), ['a.txt']);
    await readAll(clientOf(backend(dir), firstRoot, memoryStore(), new Date()), ['a.txt']);
  };
}

beforeAll(async () => {
  await ok(['init', original]);
  for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
    const path = join(original, 'keys', `${role}-1.pem`);
    const key = await readKeyFile(path, { passphrase: 'of the test' });
    rmSync(path);
    await writeKeyFile(path, key, { unencrypted: true });
  }
  await ok(['add', original, base.write('a.txt', 'first')]);
  await ok(['publish', original]);
  firstRoot = readFileSync(join(original, 'public/metadata/1.root.json'));
  owners = await newOwners();

  // The first ceremony: the root passes from the key that made it to three owners.
  cpSync(original, roots, { recursive: true });
  const walks = await oldClient(roots);
  const [old] = read(roots, 'root.json').signed.roles.root.keyids;
  for (const { publicFile, name } of owners) await ok(['rotate', roots, 'root', '--add', publicFile, '--owner', name]);
  await ok(['rotate', roots, 'root', '--remove', old.slice(0, 12), '--threshold', '2']);
  const event = join(base.path, 'first.json');
  await ok(['review', roots, '--to', event]);
  const signed = await Promise.all([owners[2], owners[0]].map((owner) => signAway(owner, event, roots)));
  const back = await ok(['merge', roots, ...signed, ...signed]);
  expect(back.signatures.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    'added',
    'added',
    'repeated',
    'repeated',
  ]);
  const missing = await tufa(['status', roots]);
  expect(missing.stdout).toContain('to sign: 0 of 1 signatures for root version 1, 1 more by');
  await ok(['publish', roots]);
  expect(read(roots, 'root.json').signed).toMatchObject({ version: 2, roles: { root: { threshold: 2 } } });
  await walks();
});

describe('a ceremony', () => {
  it('names owners in the root, and nobody else in the key list', () => {
    const { keys, roles } = read(roots, 'root.json').signed;
    const names = roles.root.keyids.map((keyid: string) => keys[keyid]['x-tufa-owner']);
    expect(names).toEqual(['Alice', 'Bob', 'Carol']);
    expect(roles.root.keyids).not.toContain(owners[0].keyid);
  });

  it('shows the same to everybody: words with warnings first and the digest last, and values', async () => {
    const dir = copy(roots);
    const fresh = await newKeyFiles('fresh');
    const [alice] = owners;
    const [keyid] = read(dir, 'root.json').signed.roles.root.keyids;
    const staged = await ok([
      'rotate',
      dir,
      'root',
      '--add',
      fresh.publicFile,
      '--owner',
      'Alice',
      '--remove',
      keyid,
      '--threshold',
      '1',
    ]);
    expect(staged.needs).toMatchObject([
      { delegator: 'root version 2', threshold: 2, more: 2 },
      { delegator: 'root version 3', threshold: 1, more: 1 },
    ]);
    const event = join(base.path, `${++count}.json`);
    const here = await ok(['review', dir, '--to', event]);
    const { event: there, root } = travel(alice, event, dir);
    const seen = await ok(['review', there, '--root', root]);
    expect({ ...seen, to: event }).toEqual(here);
    const { stdout } = await tufa(['review', there, '--root', root]);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('warning: root: root needs 1 signatures, and needed 2');
    expect(lines[1]).toBe('warning: root: one root key alone can make a new root');
    expect(stdout).toContain(`  key removed: ${keyid} (Alice), from root\n`);
    expect(stdout).toContain('  root may be signed by ');
    expect(stdout).toContain('to sign: 0 of 2 signatures for root version 2, 2 more by ');
    expect(lines.at(-1)).toBe(`sha256 ${here.documents[0].sha256} is signed for root version 3`);
    const made = await ok(['sign', there, '--key', alice.uri, '--root', root, '--digest', here.documents[0].sha256]);
    expect(made.signed).toEqual([
      { role: 'root', version: 3, keyid, owner: 'Alice', sha256: here.documents[0].sha256 },
    ]);
    // By the new key's owner it is asked too; by a stranger it is not.
    await fails(
      ['sign', there, '--key', (await newKeyFiles('x')).uri, '--root', root],
      4,
      'ERR_TUF_REPOSITORY_REFUSED',
    );
    await fails(
      ['sign', there, '--key', fresh.uri, '--root', root, '--digest', '0'.repeat(64)],
      1,
      'ERR_TUF_HASH_MISMATCH',
    );
    expect((await ok(['sign', there, '--key', alice.uri, '--root', root])).signed).toEqual([]);
  });

  it('asks for a root that the signer knows, and for the digest of a first one', async () => {
    const dir = copy(roots);
    await ok(['rotate', dir, 'root', '--threshold', '3']);
    const event = join(base.path, `${++count}.json`);
    await ok(['review', dir, '--to', event]);
    await fails(['review', event], 2, 'ERR_TUF_USAGE');
    await fails(['sign', event, '--key', owners[0].uri], 2, 'ERR_TUF_USAGE');
    await fails(['sign', event, '--root', join(dir, 'root.json')], 2, 'ERR_TUF_USAGE');
    await fails(['review', event, '--to', 'x.json', '--root', join(dir, 'root.json')], 2, 'ERR_TUF_USAGE');
    await fails(
      ['sign', event, '--key', owners[0].uri, '--root', join(dir, 'root.json'), '--role', 'targets'],
      4,
      'ERR_TUF_REPOSITORY_REFUSED',
    );
    await fails(['review', join(base.path, 'nothing')], 3, 'ERR_TUF_STORE');
    const first = JSON.parse(readFileSync(event, 'utf8'));
    const draft = JSON.parse(Buffer.from(first.documents[0].draft, 'base64').toString());
    draft.signed.version = 1;
    first.published = null;
    first.documents = [{ role: 'root', draft: Buffer.from(JSON.stringify(draft)).toString('base64') }];
    const file = base.write(`${++count}.json`, JSON.stringify(first));
    const { documents, warnings } = await ok(['review', file]);
    expect(warnings[0].code).toBe('first-root');
    await fails(['sign', file, '--key', owners[0].uri], 2, 'ERR_TUF_USAGE');
    await fails(['sign', file, '--key', owners[0].uri, '--root', join(dir, 'root.json')], 1, 'ERR_TUF_ROLLBACK');
    expect((await ok(['sign', file, '--key', owners[0].uri, '--digest', documents[0].sha256])).signed).toHaveLength(1);
  });

  it('signs what is staged in a folder with the keys at hand', async () => {
    const dir = copy();
    await ok(['rotate', dir, 'root', '--add', owners[0].publicFile]);
    const { signed, needs } = await ok(['sign', dir, '--no-input'], { env: {} });
    expect(signed).toMatchObject([{ role: 'root', version: 2 }]);
    expect(needs.map(({ more }: { more: number }) => more)).toEqual([0, 0]);
    expect((await ok(['sign', dir])).signed).toEqual([]);
    const without = copy();
    await ok(['rotate', without, 'root', '--add', owners[0].publicFile]);
    rmSync(join(without, 'keys/root-1.pem'));
    await fails(['sign', without], 3, 'ERR_TUF_SIGNER');
    await fails(['sign', copy()], 2, 'ERR_TUF_USAGE');
    await fails(['review', copy(), '--to', join(base.path, 'x')], 2, 'ERR_TUF_USAGE');
    expect(await ok(['review', copy()])).toMatchObject({ documents: [], warnings: [] });
  });

  it('publishes only what has its signatures, says how to get them, and leaves to the byte what others are shown', async () => {
    const dir = copy(roots);
    await ok(['rotate', dir, 'root', '--threshold', '3']);
    const event = join(base.path, `${++count}.json`);
    const { documents } = await ok(['review', dir, '--to', event]);
    const later = new Date(Date.now() + 86_400_000 / 2);
    const ran = await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED', { now: later });
    expect(ran.json.error.hint).toMatch(/tufa review .* --to EVENT .*tufa sign EVENT.*tufa merge/);
    expect((await ok(['review', dir])).documents[0].sha256).toBe(documents[0].sha256);
    const { staged } = (await tufa(['status', dir, '--json'])).json;
    expect(staged[0].needs).toMatchObject([
      { delegator: 'root version 2', more: 2, missing: [{ owner: 'Alice' }, { owner: 'Bob' }, { owner: 'Carol' }] },
      { more: 3 },
    ]);
    const files = [];
    for (const owner of owners) files.push(await signAway(owner, event, dir));
    await ok(['merge', dir, ...files.reverse()]);
    expect(await ok(['publish', dir])).toMatchObject({ published: true, root: 3 });
    // A file that is merged once more changes nothing.
    expect(await ok(['merge', dir, files[0] as string])).toMatchObject({
      published: [{ role: 'root', version: 3 }],
      signatures: [],
    });
  });

  it('names a signature over other bytes, and a change that somebody else was faster with', async () => {
    const dir = copy(roots);
    const event = join(base.path, `${++count}.json`);
    await ok(['rotate', dir, 'root', '--threshold', '3']);
    await ok(['review', dir, '--to', event]);
    const signed = await signAway(owners[0], event, dir);
    const fresh = await newKeyFiles('late');
    await ok(['rotate', dir, 'root', '--add', fresh.publicFile]);
    const ran = await tufa(['merge', dir, signed, '--json']);
    expect(ran.exitCode).toBe(1);
    expect(ran.json.signatures).toMatchObject([{ outcome: 'other-bytes', owner: 'Alice' }]);
    expect(ran.stderr).toMatch(
      /left out: [0-9a-f]{64} \(Alice\) signed another root version 3, sha256 [0-9a-f]{64}; here it is [0-9a-f]{64}/,
    );

    const faster = copy(roots);
    await ok(['rotate', faster, 'root', '--remove', read(roots, 'root.json').signed.roles.root.keyids[2]]);
    const theirs = join(base.path, `${++count}.json`);
    await ok(['review', faster, '--to', theirs]);
    await ok(['merge', faster, await signAway(owners[0], theirs, faster), await signAway(owners[1], theirs, faster)]);
    await ok(['publish', faster]);
    const stale = await fails(['merge', faster, event], 4, 'ERR_TUF_CONFLICT');
    expect(stale.json.error).toMatchObject({ expected: 'version 4', found: 'version 3' });
    await fails(['sign', event, '--key', owners[0].uri, '--root', join(faster, 'root.json')], 4, 'ERR_TUF_CONFLICT');
  });
});

describe('a rotation', () => {
  async function event(dir: string, by: readonly [Owned, string][]): Promise<void> {
    const file = join(base.path, `${++count}.json`);
    await ok(['review', dir, '--to', file]);
    for (const [owner, key] of by) await ok(['merge', dir, await signAway(owner, file, dir, key)]);
  }

  it('[OP-4][6.1-c] of a threshold of root keys at once, with the same owners, wants old and new ones', async () => {
    const dir = copy(roots);
    const walks = await oldClient(dir);
    const old = read(dir, 'root.json').signed.roles.root.keyids as string[];
    const fresh = [];
    for (const { name } of owners) fresh.push(await newKeyFiles(name));
    for (const [i, { name }] of owners.entries()) {
      await ok([
        'rotate',
        dir,
        'root',
        '--add',
        fresh[i]?.publicFile as string,
        '--owner',
        name,
        ...(i === 2 ? ['--remove', ...old] : []),
      ]);
    }
    const { warnings } = await ok(['review', dir]);
    expect(warnings.map(({ code }: { code: string }) => code)).toEqual(['keys-replaced']);
    const [alice, bob] = owners;
    await event(dir, [
      [alice, alice.uri],
      [bob, bob.uri],
    ]);
    expect((await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED')).json.error).toMatchObject({
      validKeyids: [],
    });
    await event(dir, [[alice, fresh[0]?.uri as string]]);
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED');
    await event(dir, [[bob, fresh[1]?.uri as string]]);
    await ok(['publish', dir]);
    expect(read(dir, 'root.json').signed.version).toBe(3);
    await walks();
  });

  it('of all keys of one owner gathers in one root, and signs targets again in the same event', async () => {
    const dir = copy(roots);
    const [alice, bob] = owners;
    // Alice also holds the key of targets, and nobody has it at hand.
    const held = await newKeyFiles('targets');
    await ok([
      'rotate',
      dir,
      'targets',
      '--add',
      held.publicFile,
      '--owner',
      'Alice',
      '--remove',
      read(dir, 'root.json').signed.roles.targets.keyids[0],
    ]);
    await event(dir, [
      [alice, alice.uri],
      [bob, bob.uri],
      [alice, held.uri],
    ]);
    await ok(['publish', dir]);
    expect(read(dir, 'public/metadata/3.targets.json').signatures).toHaveLength(2);
    rmSync(join(dir, 'keys/targets-1.pem'));
    rmSync(join(dir, 'keys/root-1.pem'));
    const walks = await oldClient(dir);

    const [root, targets] = [await newKeyFiles('root'), await newKeyFiles('targets')];
    const { signed } = read(dir, 'root.json');
    const [ofRoot] = signed.roles.root.keyids;
    const [ofTargets] = signed.roles.targets.keyids;
    await ok(['rotate', dir, 'root', '--add', root.publicFile, '--owner', 'Alice', '--remove', ofRoot]);
    const both = await ok([
      'rotate',
      dir,
      'targets',
      '--add',
      targets.publicFile,
      '--owner',
      'Alice',
      '--remove',
      ofTargets,
    ]);
    expect(both.staged).toEqual([
      { role: 'targets', version: 4 },
      { role: 'root', version: 4 },
    ]);
    const { needs } = both;
    expect(needs.map(({ role, delegator }: { role: string; delegator: string }) => [role, delegator])).toEqual([
      ['root', 'root version 3'],
      ['root', 'root version 4'],
      ['targets', 'root version 3'],
      ['targets', 'root version 4'],
    ]);
    await event(dir, [
      [alice, alice.uri],
      [alice, root.uri],
      [bob, bob.uri],
      [alice, held.uri],
      [alice, targets.uri],
    ]);
    expect(await ok(['publish', dir])).toMatchObject({ root: 4, targets: { targets: 4 } });
    await walks();
  });

  it('of a stolen timestamp key ends what the thief can sign', async () => {
    const dir = copy();
    const walks = await oldClient(dir);
    const stolen = new KeySigner(await readKeyFile(join(dir, 'keys/timestamp-1.pem')));
    const [old] = read(dir, 'root.json').signed.roles.timestamp.keyids;
    const fresh = await newKeyFiles('timestamp');
    const made = await ok(['rotate', dir, 'timestamp', '--add', fresh.uri, '--remove', old]);
    expect(made).toMatchObject({
      added: [{ keyid: fresh.keyid, uri: fresh.uri }],
      staged: [{ role: 'root', version: 2 }],
    });
    expect(await ok(['publish', dir])).toMatchObject({ root: 2, timestamp: 3, targets: {} });
    await walks();
    // What the thief signs from now on is refused by everybody who has seen the new root.
    const timestamp = read(dir, 'public/metadata/timestamp.json');
    const message = canonicalJson(jsonOf({ ...timestamp.signed, version: 99 }));
    const sig = Buffer.from(await stolen.sign(message)).toString('hex');
    const forged = { signatures: [{ keyid: old, sig }], signed: parseJson(message) };
    const text = JSON.stringify(forged, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value));
    writeFileSync(join(dir, 'public/metadata/timestamp.json'), text);
    await expect(clientOf(backend(dir), firstRoot, memoryStore(), new Date()).refresh()).rejects.toMatchObject({
      code: 'ERR_TUF_UNSIGNED',
      evidence: { role: 'timestamp' },
    });
  });

  it('of the snapshot key makes a new snapshot', async () => {
    const dir = copy();
    const walks = await oldClient(dir);
    const fresh = await newKeyFiles('snapshot');
    await ok([
      'rotate',
      dir,
      'snapshot',
      '--add',
      fresh.uri,
      '--remove',
      read(dir, 'root.json').signed.roles.snapshot.keyids[0],
    ]);
    expect(await ok(['publish', dir])).toMatchObject({ root: 2, snapshot: 3, timestamp: 3 });
    await walks();
  });

  it('of an online key that is lost, or of targets, is published where the moment without is accepted', async () => {
    for (const role of ['timestamp', 'targets']) {
      const dir = copy();
      const walks = await oldClient(dir);
      const fresh = await newKeyFiles(role);
      rmSync(join(dir, `keys/${role}-1.pem`));
      const [lost] = read(dir, 'root.json').signed.roles[role].keyids;
      await ok(['rotate', dir, role, '--add', fresh.uri, '--remove', lost]);
      const ran = await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_REFUSED');
      expect(ran.json.error.hint).toContain('--accept-gap');
      expect(await ok(['publish', dir, '--accept-gap'])).toMatchObject({ published: true, root: 2 });
      await walks();
    }
  });

  it('finds a key that the folder knows by another id, since the metadata names its owner', async () => {
    const dir = copy();
    const walks = await oldClient(dir);
    const fresh = await newKeyFiles('timestamp');
    const [old] = read(dir, 'root.json').signed.roles.timestamp.keyids;
    await ok(['rotate', dir, 'timestamp', '--add', fresh.publicFile, '--owner', 'CI', '--remove', old]);
    expect(await ok(['key', 'import', dir, fresh.uri])).toMatchObject({ keyid: fresh.keyid });
    await ok(['publish', dir]);
    expect(read(dir, 'root.json').signed.roles.timestamp.keyids).not.toEqual([fresh.keyid]);
    await walks();
  });

  it('that nobody signed before it expired is given a new date', async () => {
    const dir = copy(roots);
    await ok(['rotate', dir, 'root', '--threshold', '3']);
    const { expires } = (await ok(['review', dir])).documents[0];
    const late = new Date(Date.parse(expires) + 86_400_000);
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED', { now: late });
    const [root] = (await ok(['review', dir], { now: late })).documents;
    expect(Date.parse(root.expires)).toBeGreaterThan(late.getTime());
  });

  it('replaces a lost root key while a threshold of the others is left', async () => {
    const dir = copy(roots);
    const walks = await oldClient(dir);
    const [, bob, carol] = owners;
    const [lost] = read(dir, 'root.json').signed.roles.root.keyids;
    const fresh = await newKeyFiles('Alice');
    await ok(['rotate', dir, 'root', '--add', fresh.publicFile, '--owner', 'Alice', '--remove', lost]);
    await event(dir, [
      [carol, carol.uri],
      [bob, bob.uri],
    ]);
    await ok(['publish', dir]);
    await walks();
  });

  it('of a delegated role is a change of who delegates, and of the role', async () => {
    const dir = copy();
    const { keys } = await ok(['delegate', dir, 'releases', '--paths', 'releases/*']);
    await ok(['add', dir, base.write('x.tgz', 'x'), '--role', 'releases', '--prefix', 'releases']);
    await ok(['publish', dir]);
    const fresh = await newKeyFiles('releases');
    const made = await ok(['rotate', dir, 'releases', '--add', fresh.uri, '--remove', keys[0].keyid]);
    expect(made.staged).toEqual([
      { role: 'releases', version: 2 },
      { role: 'targets', version: 4 },
    ]);
    expect(await ok(['publish', dir])).toMatchObject({ root: 1, targets: { releases: 2, targets: 4 } });
    await readAll(clientOf(backend(dir), firstRoot, memoryStore(), new Date()), ['a.txt', 'releases/x.tgz']);
  });

  it('refuses what cannot be meant', async () => {
    const dir = copy();
    const [keyid] = read(dir, 'root.json').signed.roles.root.keyids;
    await fails(['rotate', dir, 'root'], 2, 'ERR_TUF_USAGE');
    await fails(['rotate', dir, 'root', '--threshold', '0'], 2, 'ERR_TUF_USAGE');
    await fails(['rotate', dir, 'root', '--owner', 'x', '--threshold', '1'], 2, 'ERR_TUF_USAGE');
    await fails(['rotate', dir, 'root', '--remove', keyid], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['rotate', dir, 'root', '--remove', 'nonsense'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['rotate', dir, 'root', '--remove', ''], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['rotate', dir, 'root', '--threshold', '2'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['rotate', dir, 'root', '--add', join(dir, 'keys/root-1.pem')], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['rotate', dir, 'stranger', '--threshold', '1'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['rotate', dir, 'root', '--add', base.write('none.json', '{"key":{}}')], 3, 'ERR_TUF_SIGNER');
    expect(await ok(['review', dir])).toMatchObject({ documents: [] });
  });
});

describe('an event of an attacker', () => {
  it('shows nothing but plain text, whatever the names are', async () => {
    const dir = copy();
    const evil = '\u001b[2J\u202e<script>::set-output name=x::\u0007';
    await ok(['rotate', dir, 'root', '--add', owners[0].publicFile, '--owner', 'Alice']);
    const event = join(base.path, `${++count}.json`);
    await ok(['review', dir, '--to', event]);
    const value = JSON.parse(readFileSync(event, 'utf8'));
    const root = JSON.parse(Buffer.from(value.documents[0].draft, 'base64').toString());
    for (const key of Object.values(root.signed.keys) as Record<string, unknown>[]) key['x-tufa-owner'] = evil;
    root.signed[evil] = evil;
    value.documents[0].draft = Buffer.from(JSON.stringify(root)).toString('base64');
    const targets = JSON.parse(Buffer.from(value.documents[1].previous, 'base64').toString());
    targets.signed.version += 1;
    targets.signed.targets[evil] = { length: 1, hashes: { sha256: '0'.repeat(64) }, custom: { [evil]: evil } };
    value.documents[1].draft = Buffer.from(
      JSON.stringify({ signed: targets.signed, signatures: [{ keyid: evil, sig: evil }] }),
    ).toString('base64');
    const file = base.write(`${++count}.json`, JSON.stringify(value));
    for (const args of [
      ['review', file],
      ['review', file, '--json'],
      ['sign', file, '--key', join(dir, 'keys/root-1.pem')],
    ]) {
      const ran = await tufa([...args, '--root', join(dir, 'root.json')]);
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/^\s*::/m);
      expect(`${ran.stdout}${ran.stderr}`).toMatch(/text-hidden|cannot be seen/);
    }
  });

  it('does not bury a warning under many of another rule', async () => {
    const dir = copy();
    const names = Array.from({ length: 300 }, (_, i) => `a\u00ad${i}`);
    const folder = join(base.path, `many-${++count}`);
    mkdirSync(folder);
    for (const name of names) writeFileSync(join(folder, name), name);
    await ok(['add', dir, folder]);
    const { stdout } = await tufa(['review', dir]);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.startsWith('warning: '))).toHaveLength(21);
    expect(lines[20]).toBe('warning: 280 more of text-hidden: see them with --json');
    expect(lines).toContain('  and 200 more of target-added: see them with --json');
    expect((await ok(['review', dir])).warnings).toHaveLength(300);
  });

  it('is refused from another repository, and where it is no event', async () => {
    const dir = copy(roots);
    const other = join(base.path, `other-${++count}`);
    await ok(['init', other]);
    await ok(['rotate', dir, 'root', '--threshold', '3']);
    const event = join(base.path, `${++count}.json`);
    await ok(['review', dir, '--to', event]);
    const root = join(other, 'root.json');
    await fails(['review', event, '--root', root], 1, 'ERR_TUF_HASH_MISMATCH');
    const before = readFileSync(event);
    await fails(['sign', event, '--key', owners[0].uri, '--root', root], 1, 'ERR_TUF_HASH_MISMATCH');
    expect(readFileSync(event).equals(before)).toBe(true);
    await fails(['review', root, '--root', root], 1, 'ERR_TUF_MALFORMED');
    await fails(['merge', dir, base.write('no.json', '[]')], 1, 'ERR_TUF_MALFORMED');
    await fails(['merge', dir, join(base.path, 'nothing.json')], 3, 'ERR_TUF_STORE');
  });
});
