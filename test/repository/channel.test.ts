import { beforeAll, describe, expect, it } from 'vitest';
import { nodeDigest } from '../../src/crypto/node-crypto.ts';
import type { Signed } from '../../src/metadata/document.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import {
  channelsOf,
  contentOf,
  createTargets,
  type Draft,
  editTargets,
  planPublication,
  publish,
  setChannel,
} from '../../src/repository/index.ts';
import { refusal } from '../simulator/harness.ts';
import {
  clientOf,
  crypto,
  inDays,
  newKey,
  publishedMemory,
  readAll,
  release,
  signersOf,
  type TestKey,
  text,
  withFiles,
} from './fixture.ts';

type Document = Signed<Targets> | Draft<Targets>;

const digest = { length: 1, hashes: { sha256: 'ab'.repeat(32) } };

describe('setting a channel', () => {
  let key: TestKey;
  beforeAll(async () => {
    key = await newKey();
  });

  /** Targets that lists `own`, and delegates: role to what it is trusted with and lists. */
  const repository = (
    own: readonly string[],
    delegated: Record<string, [patterns: string[], paths: string[]]> = {},
  ) => {
    const documents = new Map<string, Document>();
    const listing = (role: string, paths: readonly string[], change = (_: string): void => {}) =>
      editTargets(createTargets({ expires: inDays(100), ...(role === 'targets' ? {} : { role }) }), (targets) => {
        for (const path of paths) targets.put(path, digest);
        if (role !== 'targets') return change(role);
        for (const [name, [patterns]] of Object.entries(delegated)) {
          targets.delegate({ name, paths: patterns, keys: [key], threshold: 1, terminating: true });
        }
      }) ?? createTargets({ expires: inDays(100), role });
    documents.set('targets', listing('targets', own));
    for (const [role, [, paths]] of Object.entries(delegated)) documents.set(role, listing(role, paths));
    const roles = new Map([...documents].map(([role, { signed }]) => [role, signed]));
    return { document: (role: string) => documents.get(role) as Document, roles, crypto };
  };

  it('lists the path as custom and as a file of one line', async () => {
    const all = repository(['v1']);
    const { draft, file } = await setChannel(all.document('targets'), 'stable', 'v1', { ...all, hashes: ['sha512'] });
    const listed = draft?.signed.targets.get('channels/stable');
    expect(listed?.custom).toEqual(new Map([['tufa-channel', new Map([['target', 'v1']])]]));
    expect([listed?.length, [...(listed?.hashes.keys() ?? [])]]).toEqual([3, ['sha512']]);
    expect(text(file.content)).toBe('v1\n');
    expect(file.path).toBe('channels/stable');
    expect([...channelsOf('targets', draft?.signed as Targets)]).toEqual([
      { name: 'stable', role: 'targets', target: 'v1' },
    ]);
  });

  it('changes nothing where the channel says so already', async () => {
    const all = repository(['v1', 'v2']);
    const first = (await setChannel(all.document('targets'), 'stable', 'v1', all)).draft as Draft<Targets>;
    expect((await setChannel(first, 'stable', 'v1', all)).draft).toBeUndefined();
    expect((await setChannel(first, 'stable', 'v2', all)).draft?.signed.version).toBe(1);
  });

  it.each(['', 'Stable', 'a/b', '..', 'stable-', 'x'.repeat(65)])('refuses the name %j', async (name) => {
    const all = repository(['v1']);
    await refusal(setChannel(all.document('targets'), name, 'v1', all), 'ERR_TUF_REPOSITORY_REFUSED');
  });

  it.each(['channels/beta', 'channels/x/y', 'two\nlines', 'x'.repeat(4097)])('refuses to name %j', async (path) => {
    // Nobody checks what an editor of trees wrote, and what was imported.
    const all = repository(['v1']);
    const roles = { get: () => ({ targets: { get: () => ({ path }) } }) as unknown as Targets };
    await refusal(setChannel(all.document('targets'), 'beta', path, { ...all, roles }), 'ERR_TUF_REPOSITORY_REFUSED');
  });

  it('refuses a path that no role lists, or that clients would not find where it is listed', async () => {
    const all = repository(['v1'], {
      first: [['v/*'], []],
      second: [['v/*'], ['v/2', 'w/1']],
      third: [['x/*'], ['x/1']],
    });
    for (const path of ['v2', 'v/2', 'w/1', '__proto__', '']) {
      const error = await refusal(setChannel(all.document('targets'), 'stable', path, all), 'ERR_TUF_NOT_FOUND');
      expect(error.evidence).toEqual({ path });
    }
    await setChannel(all.document('targets'), 'stable', 'x/1', all);
    await setChannel(all.document('third'), 'stable', 'v1', all);
  });

  it('judges by the draft that it changes, in place of the published role', async () => {
    const all = repository(['v1']);
    const draft = editTargets(all.document('targets'), (targets) => {
      targets.remove('v1');
      targets.put('v2', digest);
    }) as Draft<Targets>;
    await refusal(setChannel(draft, 'stable', 'v1', all), 'ERR_TUF_NOT_FOUND');
    await setChannel(draft, 'stable', 'v2', all);
  });

  it('lists as channels what says so, also of another form', () => {
    const draft = editTargets(createTargets({ expires: inDays(1) }), (targets) => {
      targets.put('channels/a', { ...digest, custom: { 'tufa-channel': { target: 'v1' } } });
      targets.put('channels/b', { ...digest, custom: { 'tufa-channel': 7 } });
      targets.put('channels/c', digest);
      targets.put('channels/c/d', { ...digest, custom: { 'tufa-channel': { target: 'v1' } } });
      targets.put('stable', { ...digest, custom: { 'tufa-channel': { target: 'v1' } } });
    });
    expect([...channelsOf('r', draft?.signed as Targets)]).toEqual([
      { name: 'a', role: 'r', target: 'v1' },
      { name: 'b', role: 'r', target: undefined },
    ]);
  });

  it('is published, found by clients, and moved by the next release', async () => {
    const files: Record<string, string> = { 'app-1.tgz': 'one' };
    const { backend, roles, root, read } = await publishedMemory(files);
    const client = clientOf(backend, root);
    for (const path of ['app-1.tgz', 'app-2.tgz']) {
      files[path] ??= 'two';
      const before = await read();
      const current = before.targets.get('targets') as Signed<Targets>;
      const added = path === 'app-1.tgz' ? current : await withFiles(current, { [path]: files[path] as string });
      const { draft, file } = await setChannel(added, 'stable', path, { roles: new Map(), crypto });
      const next = await release(
        before,
        { targets: new Map([['targets', draft as Draft<Targets>]]) },
        signersOf(roles),
      );
      const contents = { ...files, [file.path]: text(file.content) };
      await publish(
        await planPublication(next, ({ path: each }) => contentOf(Buffer.from(contents[each] as string)), {
          crypto,
          digest: nodeDigest,
        }),
        backend,
      );
      await client.refresh();
      expect(await client.channel('stable')).toMatchObject({ path });
      await readAll(client, ['channels/stable', path]);
    }
  });
});
