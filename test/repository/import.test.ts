import { describe, expect, it } from 'vitest';
import { nodeDigest } from '../../src/crypto/node-crypto.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import { type Draft, editDocument } from '../../src/repository/draft.ts';
import {
  createTargets,
  editTargets,
  type ImportSource,
  planImport,
  publish,
  readPublished,
} from '../../src/repository/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { memoryBackend } from '../../src/testing/index.ts';
import type { Trusted } from '../../src/trust/trusted.ts';
import {
  clientOf,
  crypto,
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
  return { files: backend.files, root };
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
