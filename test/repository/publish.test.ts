import { describe, expect, it } from 'vitest';
import type { Root } from '../../src/metadata/root.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import {
  createRoot,
  createTargets,
  type Draft,
  editRoot,
  editTargets,
  type Published,
  previewOf,
  publish,
  type RoleSpec,
  readPublished,
  type Signer,
} from '../../src/repository/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Trusted } from '../../src/trust/trusted.ts';
import {
  clientOf,
  crypto,
  firstPublication,
  inDays,
  MemoryBackend,
  newKeys,
  newRoles,
  nextPublication,
  now,
  plan,
  prepare,
  publishedMemory,
  readAll,
  release,
  signersOf,
  type TestKey,
  text,
  withFiles,
} from './fixture.ts';

const json = (bytes: Uint8Array | undefined) => JSON.parse(text(bytes));

describe('the first release', () => {
  it('[6.2.1-a][6.2.1-b][6.2.1-c][6.3.1][6.3.2][6.3.3] writes what never changes first, and the head last', async () => {
    const { backend, root } = await publishedMemory({ 'dir/a.txt': 'first' }, { algorithms: ['sha256', 'sha512'] });
    const sha256 = Buffer.from(await crypto.digest('sha256', Buffer.from('first'))).toString('hex');
    const sha512 = Buffer.from(await crypto.digest('sha512', Buffer.from('first'))).toString('hex');
    expect(backend.written).toEqual([
      `targets/dir/${sha512}.a.txt`,
      `targets/dir/${sha256}.a.txt`,
      'metadata/1.targets.json',
      'metadata/1.snapshot.json',
      'metadata/1.root.json',
      'metadata/timestamp.json',
    ]);
    await readAll(clientOf(backend, root), ['dir/a.txt']);
  });

  it('[6.2.1-d] puts no version into a METAPATH', async () => {
    const { backend } = await publishedMemory();
    expect(Object.keys(json(backend.files.get('metadata/1.snapshot.json')).signed.meta)).toEqual(['targets.json']);
    expect(Object.keys(json(backend.files.get('metadata/timestamp.json')).signed.meta)).toEqual(['snapshot.json']);
  });

  it('[J26] counts bytes: of a file, and of metadata that names it', async () => {
    const { backend, root } = await publishedMemory({ 'ordner/größe.txt': 'héllo' });
    const targets = backend.files.get('metadata/1.targets.json') as Uint8Array;
    expect(json(targets).signed.targets['ordner/größe.txt'].length).toBe(6);
    expect(json(backend.files.get('metadata/1.snapshot.json')).signed.meta['targets.json'].length).toBe(targets.length);
    expect(targets.length).toBe(text(targets).length + 2);
    await readAll(clientOf(backend, root), ['ordner/größe.txt']);
  });

  it('is read by the strict profile too', async () => {
    const { backend, root } = await publishedMemory();
    const { Client } = await import('../../src/index.node.ts');
    const { previewTransport, previewUrls } = await import('../../src/cli/preview-transport.ts');
    const client = new Client({
      root,
      store: memoryStore(),
      transport: previewTransport(backend),
      now: () => now,
      profile: 'strict',
      ...previewUrls,
    });
    await readAll(client, ['a.txt']);
  });

  it('is refused while signatures are missing, which it names', async () => {
    const roles = await newRoles({ targets: [2, 2] });
    const drafts = {
      root: createRoot({ expires: inDays(365), roles }),
      targets: new Map([['targets', createTargets({ expires: inDays(1) })]]),
    };
    const [, ...others] = roles.targets.keys;
    const signers = [...signersOf({ ...roles, targets: { keys: others, threshold: 2 } })];
    const prepared = await prepare(undefined, drafts, signers);
    if (prepared.complete) throw new TypeError('complete');
    expect(prepared.missing).toMatchObject([
      { role: 'targets', threshold: 2, missingKeyids: [roles.targets.keys[0]?.keyid] },
    ]);
    expect(prepared.drafts.map(({ role, signatures }) => [role, signatures.length])).toEqual([
      ['root', 1],
      ['targets', 1],
    ]);
  });
});

describe('the next release', () => {
  it('[6.3.1] rewrites nothing that did not change, and keeps every old file', async () => {
    const { backend, roles, root } = await publishedMemory();
    const old = new Map(backend.files);
    backend.written.length = 0;
    await publish(await nextPublication(roles, backend, root, { 'b.txt': 'second' }), backend);
    expect(backend.written.map((name) => name.replace(/[0-9a-f]{64}/, 'HASH'))).toEqual([
      'targets/HASH.b.txt',
      'metadata/2.targets.json',
      'metadata/2.snapshot.json',
      'metadata/timestamp.json',
    ]);
    for (const [name, bytes] of old)
      if (name !== 'metadata/timestamp.json') expect(backend.files.get(name)).toBe(bytes);
    await readAll(clientOf(backend, root), ['a.txt', 'b.txt']);
  });

  it('can be looked at by clients, new and old, before anybody else sees it', async () => {
    const { backend, roles, root } = await publishedMemory();
    const held = memoryStore();
    await clientOf(backend, root, held).refresh();
    const publication = await nextPublication(roles, backend, root, { 'b.txt': 'second' });
    const preview = previewOf(publication, backend);
    await readAll(clientOf(preview, root), ['a.txt', 'b.txt']);
    await readAll(clientOf(preview, root, held), ['a.txt', 'b.txt']);
    expect(await (await clientOf(backend, root)).find('b.txt')).toBeUndefined();
  });

  it('loses nobody’s work when two publish at once', async () => {
    const { backend, roles, root } = await publishedMemory();
    const [one, other] = await Promise.all([
      nextPublication(roles, backend, root, { 'b.txt': 'one' }),
      nextPublication(roles, backend, root, { 'c.txt': 'other' }),
    ]);
    const results = await Promise.allSettled([publish(one, backend), publish(other, backend)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'ERR_TUF_CONFLICT', family: 'conflict' },
    });
    const winner = results[0]?.status === 'fulfilled' ? 'b.txt' : 'c.txt';
    await readAll(clientOf(backend, root), ['a.txt', winner]);
  });

  it('is published once, however often', async () => {
    const { backend, roles, root } = await publishedMemory();
    const publication = await nextPublication(roles, backend, root, { 'b.txt': 'second' });
    await publish(publication, backend);
    const files = new Map(backend.files);
    await publish(publication, backend);
    expect(backend.files).toEqual(files);
  });

  it('goes on where it stopped', async () => {
    const { backend, roles, root } = await publishedMemory();
    const publication = await nextPublication(roles, backend, root, { 'b.txt': 'second' });
    for (const stop of ['metadata/2.targets.json', 'metadata/2.snapshot.json', 'metadata/timestamp.json']) {
      backend.before = (name) => {
        if (name === stop) throw new TypeError('cut');
      };
      await expect(publish(publication, backend)).rejects.toThrow('cut');
      await readAll(clientOf(backend, root), ['a.txt']);
    }
    backend.before = () => {};
    await publish(publication, backend);
    await readAll(clientOf(backend, root), ['a.txt', 'b.txt']);
  });

  it('[4.4-f] is refused where a file of its version is there with other bytes', async () => {
    const { backend, roles, root } = await publishedMemory();
    backend.files.set('metadata/2.targets.json', Buffer.from('{}'));
    const publication = await nextPublication(roles, backend, root, { 'b.txt': 'second' });
    await expect(publish(publication, backend)).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
    await readAll(clientOf(backend, root), ['a.txt']);
  });

  it('[5.7.3b] is refused where a target file is not what its role lists', async () => {
    const { backend, roles, root } = await publishedMemory();
    const before = (await readPublished(backend, root, { crypto })) as Published;
    const targets = await withFiles(before.targets.get('targets') as Trusted<Targets>, { 'b.txt': 'listed' });
    const of = await release(before, { targets: new Map([['targets', targets]]) }, signersOf(roles));
    await expect(publish(await plan(of, { 'b.txt': 'another' }), backend)).rejects.toMatchObject({
      code: 'ERR_TUF_TOO_LONG',
    });
    await expect(publish(await plan(of, { 'b.txt': 'linked' }), backend)).rejects.toMatchObject({
      code: 'ERR_TUF_HASH_MISMATCH',
    });
    await expect(publish(await plan(of, {}), backend)).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      evidence: { path: expect.stringContaining('b.txt') },
    });
    await readAll(clientOf(backend, root), ['a.txt']);
  });

  it('is refused on a draft that somebody else’s release has overtaken', async () => {
    const { backend, roles, root, read } = await publishedMemory();
    const before = await read();
    const drafts = async (path: string, text: string) =>
      new Map([['targets', await withFiles(before.targets.get('targets') as Trusted<Targets>, { [path]: text })]]);
    const late = await drafts('c.txt', 'late');
    await publish(await nextPublication(roles, backend, root, { 'b.txt': 'second' }), backend);
    await expect(release(await read(), { targets: late }, signersOf(roles))).rejects.toMatchObject({
      code: 'ERR_TUF_CONFLICT',
    });
    await publish(await nextPublication(roles, backend, root, { 'd.txt': 'third' }), backend);
    await expect(release(await read(), { targets: late }, signersOf(roles))).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
  });
});

describe('reading what is published', () => {
  it('believes nothing for standing in the served folder', async () => {
    const { backend, root, read } = await publishedMemory();
    const name = 'metadata/1.targets.json';
    const original = backend.files.get(name) as Uint8Array;
    backend.files.set(name, Buffer.from(text(original).replace('a.txt', 'x.txt')));
    await expect(read()).rejects.toMatchObject({ code: 'ERR_TUF_HASH_MISMATCH' });
    backend.files.delete(name);
    await expect(read()).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      evidence: { role: 'targets', path: '1.targets.json' },
    });
    backend.files.set(name, original);
    const other = await publishedMemory();
    backend.files.set('metadata/2.root.json', other.root);
    await expect(read()).rejects.toMatchObject({ code: 'ERR_TUF_UNSIGNED' });
    expect(await readPublished(new MemoryBackend(), root, { crypto })).toBeUndefined();
  });

  it('goes on after everything has expired', async () => {
    const { backend, roles, root } = await publishedMemory();
    const { prepareRelease } = await import('../../src/repository/index.ts');
    const later = inDays(5000);
    await expect(clientOf(backend, root, memoryStore(), later).refresh()).rejects.toMatchObject({
      code: 'ERR_TUF_EXPIRED',
    });
    const before = (await readPublished(backend, root, { crypto })) as Published;
    const expires = { snapshot: inDays(6000), timestamp: inDays(6000) };
    const targets = editTargets(before.targets.get('targets') as Trusted<Targets>, () => {}, {
      expires: inDays(6000),
    }) as Draft<Targets>;
    const next = editRoot(before.root, () => {}, { expires: inDays(6000) }) as Draft<Root>;
    const options = { crypto, signers: signersOf(roles), now: later, expires };
    const prepared = await prepareRelease(before, { root: next, targets: new Map([['targets', targets]]) }, options);
    if (!prepared.complete) throw new TypeError('incomplete');
    await publish(await plan(prepared.release, {}), backend);
    await readAll(clientOf(backend, root, memoryStore(), later), ['a.txt']);
  });

  it('refuses to sign a draft that has expired', async () => {
    const { roles } = await publishedMemory();
    const root = createRoot({ expires: now, roles });
    await expect(prepare(undefined, { root }, signersOf(roles))).rejects.toMatchObject({
      code: 'ERR_TUF_EXPIRED',
      role: 'root',
    });
  });
});

describe('delegated roles', () => {
  async function withDelegation(paths: readonly string[] = ['r/*']) {
    const { backend, roles, root, read } = await publishedMemory();
    const [key] = (await newKeys(1)) as [TestKey];
    const before = await read();
    const spec = { name: 'releases', keys: [key], threshold: 1, paths };
    const targets = editTargets(before.targets.get('targets') as Trusted<Targets>, (edit) =>
      edit.delegate(spec),
    ) as Draft<Targets>;
    const releases = await withFiles(createTargets({ expires: inDays(9), role: 'releases' }), { 'r/x.txt': 'x' });
    return {
      backend,
      roles,
      root,
      read,
      key,
      before,
      drafts: new Map([
        ['targets', targets],
        ['releases', releases],
      ]),
    };
  }

  it('[6.3.1] are published with their delegator, and found', async () => {
    const { backend, roles, root, key, before, drafts } = await withDelegation();
    backend.written.length = 0;
    await publish(
      await plan(await release(before, { targets: drafts }, signersOf(roles, key)), { 'r/x.txt': 'x' }),
      backend,
    );
    expect(backend.written.map((name) => name.replace(/[0-9a-f]{64}/, 'HASH'))).toEqual([
      'targets/r/HASH.x.txt',
      'metadata/1.releases.json',
      'metadata/2.targets.json',
      'metadata/2.snapshot.json',
      'metadata/timestamp.json',
    ]);
    const client = clientOf(backend, root);
    await readAll(client, ['a.txt', 'r/x.txt']);
    expect((await client.find('r/x.txt'))?.role).toBe('releases');
  });

  it('[A-36][6.1-f] are refused where one of their delegators does not accept their keys', async () => {
    const { backend, roles, key, before, drafts, read } = await withDelegation();
    await publish(
      await plan(await release(before, { targets: drafts }, signersOf(roles, key)), { 'r/x.txt': 'x' }),
      backend,
    );
    const [other] = (await newKeys(1)) as [TestKey];
    const published = await read();
    const rekey = editTargets(published.targets.get('targets') as Trusted<Targets>, (edit) => {
      edit.delegate({ name: 'releases', keys: [other], threshold: 1, paths: ['r/*'] });
    }) as Draft<Targets>;
    const alone = await release(published, { targets: new Map([['targets', rekey]]) }, signersOf(roles));
    await expect(plan(alone, {})).rejects.toMatchObject({ code: 'ERR_TUF_UNSIGNED', role: 'releases' });
    const again = editTargets(published.targets.get('releases') as Trusted<Targets>, () => {}, {
      version: 2,
    }) as Draft<Targets>;
    const drafted = new Map([
      ['targets', rekey],
      ['releases', again],
    ]);
    await publish(await plan(await release(published, { targets: drafted }, signersOf(roles, other)), {}), backend);
    expect((await read()).targets.get('releases')?.signed.version).toBe(2);
  });

  it('are refused where nobody delegates to them', async () => {
    const { roles, key, before, drafts } = await withDelegation();
    drafts.delete('targets');
    await expect(release(before, { targets: drafts }, signersOf(roles, key))).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      role: 'releases',
    });
  });
});

describe('a new root', () => {
  async function rotated(change: 'root' | 'timestamp' | 'targets', keep: boolean) {
    const { backend, roles, root, read } = await publishedMemory();
    const keys = (await newKeys(1)) as TestKey[];
    const before = await read();
    const spec: RoleSpec = { keys: keep ? [...roles[change].keys, ...keys] : keys, threshold: 1 };
    const next = editRoot(before.root, (edit) => edit.setRole(change, spec), { expires: inDays(400) }) as Draft<Root>;
    return { backend, root, before, next, signers: signersOf(roles, ...keys) as Signer[] };
  }

  /** At every moment, clients with the old root alone and those that go to the new one read everything. */
  async function publishWatched(
    backend: MemoryBackend,
    root: Uint8Array,
    publication: Awaited<ReturnType<typeof plan>>,
  ): Promise<string[]> {
    const held = memoryStore();
    await clientOf(backend, root, held).refresh();
    const states: Map<string, Uint8Array>[] = [];
    backend.written.length = 0;
    backend.before = () => states.push(new Map(backend.files));
    await publish(publication, backend);
    states.push(new Map(backend.files));
    for (const files of states) {
      const view = new MemoryBackend();
      for (const [name, bytes] of files) view.files.set(name, bytes);
      await readAll(clientOf(view, root), ['a.txt']);
    }
    await readAll(clientOf(backend, root, held), ['a.txt']);
    return backend.written.map((name) => name.replace('metadata/', ''));
  }

  it('[6.1-b][6.1-c] is written before the head where what is published satisfies it', async () => {
    const { backend, root, before, next, signers } = await rotated('root', false);
    const publication = await plan(await release(before, { root: next }, signers), {});
    expect(await publishWatched(backend, root, publication)).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('[6.1-b] is written after the head where the old timestamp key goes: nobody reads half a rotation', async () => {
    const { backend, root, before, next, signers } = await rotated('timestamp', false);
    const publication = await plan(await release(before, { root: next }, signers), {});
    expect(await publishWatched(backend, root, publication)).toEqual(['timestamp.json', '2.root.json']);
  });

  it('is refused where neither the published state nor the new one satisfies both roots', async () => {
    const { before, next, signers } = await rotated('targets', false);
    // The old targets key signs no more: unchanged targets are then signed by the old key alone.
    await expect(release(before, { root: next }, signers).then((of) => plan(of, {}))).rejects.toMatchObject({
      code: 'ERR_TUF_UNSIGNED',
      role: 'targets',
    });
  });

  it('cannot switch consistent snapshots', async () => {
    const { roles, read } = await publishedMemory();
    const before = await read();
    const other = createRoot({ expires: inDays(1), roles, consistentSnapshot: false });
    const bytes = text(other.bytes).replace('"version":1', '"version":2');
    const { parseDraft } = await import('../../src/repository/index.ts');
    const root = parseDraft<Root>(Buffer.from(bytes), 'root');
    await expect(release(before, { root }, signersOf(roles)).then((of) => plan(of, {}))).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      role: 'root',
    });
  });

  it('[5.3.5] comes one by one', async () => {
    const { roles, read } = await publishedMemory();
    const before = await read();
    const root = editRoot(before.root, () => {}, { version: 3, expires: inDays(3) }) as Draft<Root>;
    await expect(prepare(before, { root }, signersOf(roles))).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      role: 'root',
    });
  });
});

describe('without consistent snapshots', () => {
  it('[6.2.1-e] each file has one name, and root keeps its versions', async () => {
    const { backend, root, roles } = await publishedMemory({ 'a.txt': 'first' }, { consistentSnapshot: false });
    await publish(await nextPublication(roles, backend, root, { 'a.txt': 'changed' }), backend);
    expect([...backend.files.keys()].sort()).toEqual([
      'metadata/1.root.json',
      'metadata/snapshot.json',
      'metadata/targets.json',
      'metadata/timestamp.json',
      'targets/a.txt',
    ]);
    await readAll(clientOf(backend, root), ['a.txt']);
  });

  it('no client ever verifies a mixture: at each moment it reads one state, or is refused', async () => {
    const { backend, root, roles } = await publishedMemory({ 'a.txt': 'first' }, { consistentSnapshot: false });
    const states: Map<string, Uint8Array>[] = [];
    backend.before = () => states.push(new Map(backend.files));
    await publish(await nextPublication(roles, backend, root, { 'a.txt': 'changed' }), backend);
    states.push(new Map(backend.files));
    const seen: string[] = [];
    for (const files of states) {
      const view = new MemoryBackend();
      for (const [name, bytes] of files) view.files.set(name, bytes);
      const client = clientOf(view, root);
      seen.push(
        await readAll(client, ['a.txt']).then(
          async () => String((await client.refresh()).targets),
          (error) => error.code,
        ),
      );
    }
    expect(seen).toEqual(['1', 'ERR_TUF_TOO_LONG', 'ERR_TUF_HASH_MISMATCH', 'ERR_TUF_HASH_MISMATCH', '2']);
  });

  it('refuses two roles that give one name two contents, and a file in the place of a folder', async () => {
    const roles = await newRoles();
    await expect(firstPublication(roles, { 'a/b': '1', a: '2' }, { consistentSnapshot: false })).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
    const [key] = (await newKeys(1)) as [TestKey];
    const targets = editTargets(await withFiles(createTargets({ expires: inDays(9) }), { a: 'x' }), (edit) => {
      edit.delegate({ name: 'r', keys: [key], threshold: 1, paths: ['*'] });
    }) as Draft<Targets>;
    const other = await withFiles(createTargets({ expires: inDays(9), role: 'r' }), { a: 'y' });
    const root = createRoot({ expires: inDays(9), roles, consistentSnapshot: false });
    const of = await release(
      undefined,
      {
        root,
        targets: new Map([
          ['targets', targets],
          ['r', other],
        ]),
      },
      signersOf(roles, key),
    );
    await expect(plan(of, {})).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      evidence: { path: 'a' },
    });
  });
});
