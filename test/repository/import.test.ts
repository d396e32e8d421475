import { describe, expect, it } from 'vitest';
import { nodeDigest } from '../../src/crypto/node-crypto.ts';
import type { DocumentHead } from '../../src/metadata/document.ts';
import type { JsonObject } from '../../src/metadata/json.ts';
import type { Snapshot } from '../../src/metadata/snapshot.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import { deriveTimestamp } from '../../src/repository/derived-drafts.ts';
import { type Draft, editDocument } from '../../src/repository/draft.ts';
import {
  createTargets,
  editRoot,
  editTargets,
  type ImportSource,
  type Published,
  planImport,
  publish,
  readPublished,
} from '../../src/repository/index.ts';
import { signDraft } from '../../src/repository/signing.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { memoryBackend } from '../../src/testing/index.ts';
import { topLevelAuthority } from '../../src/trust/authority.ts';
import type { Trusted } from '../../src/trust/trusted.ts';
import {
  clientOf,
  crypto,
  firstPublication,
  inDays,
  newKey,
  nextPublication,
  plan,
  publishedMemory,
  readAll,
  release,
  signersOf,
  withFiles,
} from './fixture.ts';

type Held = ReadonlyMap<string, Uint8Array>;

/** Files in memory, by path, as a place to import from. */
function sourceOf(files: Held): ImportSource {
  return {
    metadata: async (name) => files.get(`metadata/${name}`),
    target: async (name) => {
      const bytes = files.get(`targets/${name}`);
      return (
        bytes &&
        (async function* () {
          yield bytes;
        })()
      );
    },
    async *list() {
      for (const path of files.keys()) if (path.startsWith('metadata/')) yield path.slice('metadata/'.length);
    },
  };
}

const options = { crypto, digest: nodeDigest };

/** A repository with a role that is delegated and then no longer is. */
async function withFormerRole() {
  const { backend, roles, root, read } = await publishedMemory();
  const key = await newKey();
  const first = await read();
  const delegating = editTargets(
    first.targets.get('targets') as never,
    (edit) => edit.delegate({ name: 'former', keys: [key], threshold: 1, paths: ['f/*'] }),
    { expires: inDays(100) },
  );
  const former = await withFiles(createTargets({ expires: inDays(100), role: 'former' }), { 'f/x': 'x' });
  const drafts = new Map([delegating, former].map((draft) => [draft?.role as string, draft as typeof former]));
  await publish(await plan(await release(first, { targets: drafts }, signersOf(roles, key)), { 'f/x': 'x' }), backend);
  const second = await read();
  const targets = second.targets.get('targets') as Trusted<Targets>;
  const alone = editDocument<Targets>(targets, (tree) => void tree.delete('delegations'), { expires: inDays(100) });
  await publish(
    await plan(
      await release(second, { targets: new Map([['targets', alone as Draft<Targets>]]) }, signersOf(roles)),
      {},
    ),
    backend,
  );
  return { files: backend.files, root, roles };
}

/** Puts a changed snapshot, and a timestamp that lists it, in place of those that are published. */
async function replaceSnapshot(
  draft: Draft<Snapshot> | undefined,
  { files, roles }: Awaited<ReturnType<typeof withFormerRole>>,
  published: Published,
): Promise<void> {
  const sign = async <T extends DocumentHead>(each: Draft<T> | undefined, role: 'snapshot' | 'timestamp') => {
    const authority = topLevelAuthority(published.root, role);
    const signing = await signDraft(each as Draft<T>, signersOf(roles), [authority], crypto);
    if (!signing.complete) throw new TypeError('it lacks signatures');
    return signing.document;
  };
  const snapshot = await sign(draft, 'snapshot');
  const timestamp = await sign(await deriveTimestamp(published.timestamp, snapshot, { crypto }), 'timestamp');
  files.set(`metadata/${snapshot.signed.version}.snapshot.json`, snapshot.bytes);
  files.set('metadata/timestamp.json', timestamp.bytes);
}

describe('planImport', () => {
  it('takes every file, so that all clients go on as if nothing had happened', async () => {
    const { backend, roles, root } = await publishedMemory({ 'a.txt': 'first' });
    const held = memoryStore();
    await clientOf(backend, root, held).refresh();
    await publish(await nextPublication(roles, backend, root, { 'b.txt': 'second' }), backend);
    const { publication, missing, rootsFrom, besides } = await planImport(sourceOf(backend.files), root, options);
    expect({ missing, rootsFrom }).toEqual({ missing: [], rootsFrom: 1 });
    expect([...besides].sort()).toEqual(['1.snapshot.json', '1.targets.json']);
    const files = new Map<string, Uint8Array>();
    await publish(publication, memoryBackend(files));
    expect(new Map([...files].sort())).toEqual(new Map([...backend.files].sort()));
    for (const store of [memoryStore(), held])
      await readAll(clientOf(memoryBackend(files), root, store), ['a.txt', 'b.txt']);
    expect((await readPublished(memoryBackend(files), root, options))?.timestamp.signed.version).toBe(2);
  });

  it('takes a role that is listed and no longer delegated, if it is what is listed', async () => {
    const { files, root } = await withFormerRole();
    const { besides, published } = await planImport(sourceOf(files), root, options);
    expect(besides).toContain('1.former.json');
    expect([...published.targets.keys()]).toEqual(['targets']);
    const changed = new Map(files);
    const bytes = Buffer.from(files.get('metadata/1.former.json') as Uint8Array);
    changed.set('metadata/1.former.json', new Uint8Array(Buffer.from(bytes.toString().replace('"f/x"', '"f/y"'))));
    await expect(planImport(sourceOf(changed), root, options)).rejects.toMatchObject({ code: 'ERR_TUF_HASH_MISMATCH' });
    changed.delete('metadata/1.former.json');
    expect((await planImport(sourceOf(changed), root, options)).besides).not.toContain('1.former.json');
  });

  /** A copy of `files` with a document in which one text is another. */
  function changed(files: Held, name: string, from: string, to: string): Map<string, Uint8Array> {
    const text = Buffer.from(files.get(name) as Uint8Array).toString();
    expect(text).toContain(from);
    return new Map([...files, [name, new Uint8Array(Buffer.from(text.replaceAll(from, to)))]]);
  }

  it('takes old versions only as keys of their time signed them', async () => {
    const { backend, roles, root } = await publishedMemory({ 'a.txt': 'first' });
    await publish(await nextPublication(roles, backend, root, { 'b.txt': 'second' }), backend);
    for (const role of ['snapshot', 'targets']) {
      const files = changed(backend.files, `metadata/1.${role}.json`, '2030-', '2031-');
      const { besides, leftOut, publication } = await planImport(sourceOf(files), root, options);
      expect(besides).toEqual([role === 'snapshot' ? '1.targets.json' : '1.snapshot.json']);
      expect(leftOut).toEqual([`metadata/1.${role}.json`]);
      expect(publication.beforeHead.map(({ name }) => name)).not.toContain(`1.${role}.json`);
    }
    const other = await newKey();
    const stranger = await firstPublication(
      { ...roles, targets: { keys: [other], threshold: 1 } },
      { 'x.txt': 'evil' },
    );
    const files = new Map(backend.files);
    for (const { store, name, content } of stranger.beforeHead) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content.chunks()) chunks.push(chunk);
      if (name === '1.targets.json' || name.endsWith('.x.txt'))
        files.set(`${store}/${name}`, new Uint8Array(Buffer.concat(chunks)));
    }
    const { leftOut, publication } = await planImport(sourceOf(files), root, options);
    expect(leftOut).toEqual(['metadata/1.targets.json']);
    expect(publication.beforeHead.filter(({ name }) => name.endsWith('.x.txt'))).toEqual([]);
  });

  it('takes versions by keys that were removed since, of the root and of delegations, and of nobody else', async () => {
    const { backend, roles, root, read } = await publishedMemory({ 'a.txt': 'first' });
    const [team, later, next] = [await newKey(), await newKey(), await newKey()];
    const delegateTo = async (key: typeof team, name: string, signers: readonly (typeof team)[], text: string) => {
      const before = await read();
      const targets = editTargets(
        before.targets.get('targets') as never,
        (edit) => edit.delegate({ name, keys: [key], threshold: 1, paths: ['t/*'] }),
        { expires: inDays(100) },
      ) as Draft<Targets>;
      const own = await withFiles(
        (before.targets.get(name) as never) ?? createTargets({ expires: inDays(100), role: name }),
        { 't/x': text },
      );
      const drafts = new Map([targets, own].map((draft) => [draft.role, draft as Draft<Targets>]));
      const signed = await release(before, { targets: drafts }, signersOf(roles, ...signers));
      await publish(await plan(signed, { 't/x': text }), backend);
    };
    await delegateTo(team, 'team', [team], 'of the first key');
    await delegateTo(later, 'team', [later], 'of the second key');
    // First both keys, then the new one alone.
    for (const isLast of [false, true]) {
      const before = await read();
      const draft = editRoot(before.root, (edit) => {
        for (const role of ['targets', 'snapshot'] as const) {
          edit.setRole(role, { keys: isLast ? [next] : [...roles[role].keys, next], threshold: 1 });
        }
      });
      const current = before.targets.get('targets') as Trusted<Targets>;
      const again = editTargets(current, () => {}, { version: current.signed.version + 1 }) as Draft<Targets>;
      const drafts = { root: draft, targets: new Map([['targets', again]]) };
      await publish(await plan(await release(before, drafts, signersOf(roles, next)), {}), backend);
    }
    const { publication, leftOut } = await planImport(sourceOf(backend.files), root, options);
    expect(leftOut).toEqual([]);
    const files = new Map<string, Uint8Array>();
    await publish(publication, memoryBackend(files));
    expect(new Map([...files].sort())).toEqual(new Map([...backend.files].sort()));
    for (const name of ['1.team.json', '2.targets.json', '1.snapshot.json']) {
      const forged = changed(backend.files, `metadata/${name}`, '2030-', '2031-');
      expect((await planImport(sourceOf(forged), root, options)).leftOut, name).toContain(`metadata/${name}`);
    }
  });

  it('passes an old target file over that has other bytes', async () => {
    const { backend, roles, root, read } = await publishedMemory({ 'a.txt': 'first' });
    const before = await read();
    const targets = editTargets(before.targets.get('targets') as never, (edit) => edit.remove('a.txt'), {
      expires: inDays(100),
    }) as Draft<Targets>;
    await publish(
      await plan(await release(before, { targets: new Map([['targets', targets]]) }, signersOf(roles)), {}),
      backend,
    );
    const name = [...backend.files.keys()].find((each) => each.endsWith('.a.txt')) as string;
    for (const text of ['wrong', 'longer than it was', 'less']) {
      const files = new Map([...backend.files, [name, new Uint8Array(Buffer.from(text))]]);
      const { leftOut, publication } = await planImport(sourceOf(files), root, options);
      expect(leftOut).toEqual([name]);
      const copied = memoryBackend(new Map());
      await publish(publication, copied);
      expect(await copied.metadata.read('1.targets.json', 10_000)).toBeDefined();
    }
  });

  it('takes a role that nobody delegates to only where the snapshot tells its digests, or its delegator of then its keys', async () => {
    const place = await withFormerRole();
    const { files, root } = place;
    const { publication, published } = await planImport(sourceOf(files), root, options);
    expect(publication.beforeHead.some(({ name }) => name.endsWith('.x'))).toBe(true);
    const without = editDocument<Snapshot>(published.snapshot, (tree) => {
      const entry = (tree.get('meta') as JsonObject).get('former.json') as Map<string, unknown>;
      entry.delete('hashes');
    });
    await replaceSnapshot(without, place, published);
    // The version of targets that delegated to it vouches for it.
    expect((await planImport(sourceOf(files), root, options)).besides).toContain('1.former.json');
    files.delete('metadata/2.targets.json');
    const found = await planImport(sourceOf(files), root, options);
    expect(found.besides).not.toContain('1.former.json');
    expect(found.leftOut).toContain('metadata/1.former.json');
    expect(found.publication.beforeHead.some(({ name }) => name.endsWith('.x'))).toBe(false);
  });

  it('leaves versions of a role out that is neither listed nor delegated to: a new role of its name needs the numbers', async () => {
    const place = await withFormerRole();
    const { files, root } = place;
    const { published } = await planImport(sourceOf(files), root, options);
    const without = editDocument<Snapshot>(published.snapshot, (tree) => {
      (tree.get('meta') as Map<string, unknown>).delete('former.json');
    });
    await replaceSnapshot(without, place, published);
    // The version of targets that named its keys is there, and is taken.
    const { besides, leftOut } = await planImport(sourceOf(files), root, options);
    expect(besides).toContain('2.targets.json');
    expect(besides).not.toContain('1.former.json');
    expect(leftOut).toContain('metadata/1.former.json');
  });

  it('finds files as they are before they are served', async () => {
    const { backend, root } = await publishedMemory({ 'a b.txt': 'first' });
    const files = new Map<string, Uint8Array>();
    for (const [path, bytes] of backend.files) {
      const [base, name] = [path.slice(0, path.indexOf('/')), path.slice(path.indexOf('/') + 1)];
      if (name === '1.root.json') files.set('metadata/root_history/1.root.json', bytes);
      else files.set(`${base}/${base === 'targets' ? 'a b.txt' : name.replace(/^1\./, '')}`, bytes);
    }
    const { publication } = await planImport(sourceOf(files), root, options);
    const copied = new Map<string, Uint8Array>();
    await publish(publication, memoryBackend(copied));
    expect(new Map([...copied].sort())).toEqual(new Map([...backend.files].sort()));
  });

  it('believes nothing for standing there', async () => {
    const { backend, root } = await publishedMemory();
    const other = await publishedMemory();
    for (const name of ['1.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']) {
      const files = new Map(backend.files);
      files.set(`metadata/${name}`, other.backend.files.get(`metadata/${name}`) as Uint8Array);
      const planned = planImport(sourceOf(files), root, options);
      // The root that the operator names stands; one of that version elsewhere is passed over.
      if (name === '1.root.json') expect((await planned).publication.root).toEqual(new Uint8Array(root));
      else await expect(planned, name).rejects.toMatchObject({ family: 'security' });
    }
    await expect(planImport(sourceOf(backend.files), other.root, options)).rejects.toMatchObject({
      family: 'security',
    });
    await expect(planImport(sourceOf(new Map()), root, options)).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
  });
});
