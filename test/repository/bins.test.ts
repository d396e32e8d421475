import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Signed } from '../../src/metadata/document.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import {
  createTargets,
  type Draft,
  editTargets,
  type Published,
  publish,
  putIntoBins,
  readPublished,
  readRoles,
  reviewProposal,
} from '../../src/repository/index.ts';
import type { BinsSpec } from '../../src/repository/targets-draft.ts';
import {
  clientOf,
  crypto,
  inDays,
  type MemoryBackend,
  newKeys,
  newRoles,
  now,
  plan,
  publishedMemory,
  readAll,
  release,
  signersOf,
  type TestKey,
  type TestRoles,
  withFiles,
} from './fixture.ts';

const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`dir/${i}.txt`, `content ${i}`]));
const paths = Object.keys(files);
const expires = { role: inDays(100), bins: inDays(50) };

let keys: TestKey[];
let roles: TestRoles;
beforeAll(async () => {
  keys = await newKeys(3);
  roles = await newRoles();
});

const spec = (bitLength: number, by: readonly TestKey[] = keys.slice(0, 1), namePrefix = 'bin'): BinsSpec => ({
  bitLength,
  namePrefix,
  signers: { keys: by, threshold: by.length },
});

const listedVersion = (published: Published) => (role: string) =>
  published.snapshot.signed.meta.version(`${role}.json`);

async function moved(published: Published, bins: BinsSpec | undefined) {
  const delegator = published.targets.get('targets') as Signed<Targets>;
  return putIntoBins(
    { delegator, roles: published.targets, listedVersion: listedVersion(published) },
    bins,
    expires,
    crypto,
  );
}

async function publishDrafts(
  backend: MemoryBackend,
  before: Published,
  drafts: readonly Draft<Targets>[],
  root: Uint8Array,
): Promise<Published> {
  const targets = new Map(drafts.map((draft) => [draft.role, draft]));
  await publish(await plan(await release(before, { targets }, signersOf(roles, ...keys)), files), backend);
  return (await readPublished(backend, root, { crypto })) as Published;
}

async function start() {
  const { backend, root, read } = await publishedMemory(files, { roles });
  return { backend, root, published: await read() };
}

describe('targets in hash bins', () => {
  it('[4.5-o][A-35] are found by clients, old and new, after any sequence of other bins', async () => {
    const step = fc.record({ bits: fc.integer({ min: 0, max: 4 }), by: fc.integer({ min: 1, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const { backend, root, published: first } = await start();
        let published = first;
        for (const { bits, by } of steps) {
          if (bits === 0 && published.targets.get('targets')?.signed.delegations?.succinct === undefined) continue;
          const held = clientOf(backend, root);
          await held.refresh();
          const bins = bits === 0 ? undefined : spec(bits, keys.slice(0, by));
          const { drafts, unreachable, targets } = await moved(published, bins);
          expect(unreachable).toEqual([]);
          expect(targets).toBe(paths.length);
          published = await publishDrafts(backend, published, drafts, root);
          await readAll(held, paths);
          await readAll(clientOf(backend, root), paths);
          const own = published.targets.get('targets')?.signed.targets.size;
          expect(own).toBe(bits === 0 ? paths.length : 0);
          const listing = [...published.targets.keys()].filter((role) => role !== 'targets');
          expect(listing.length).toBe(bits === 0 ? 0 : 2 ** bits);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('keep their custom members and what nobody recognises', async () => {
    const { published } = await start();
    const delegator = published.targets.get('targets') as Signed<Targets>;
    const custom = { channel: 'stable', list: [1, { deep: 'yes' }] };
    const length = 1;
    const hashes = { sha256: '0'.repeat(64), 'x-unknown': 'abc' };
    const next = editTargets(delegator, (targets) => targets.put('odd.txt', { length, hashes, custom }));
    const before = (next as Draft<Targets>).signedJson().get('targets') as ReadonlyMap<string, unknown>;
    const { drafts } = await putIntoBins(
      { delegator: next as Draft<Targets>, roles: new Map(), listedVersion: () => undefined },
      spec(2),
      expires,
      crypto,
    );
    const all = drafts.flatMap((draft) => [...(draft.signedJson().get('targets') as ReadonlyMap<string, unknown>)]);
    expect(new Map(all)).toEqual(before);
  });

  it('get no new version where neither their targets nor their keys change', async () => {
    const { backend, root, published } = await start();
    const binned = await publishDrafts(backend, published, (await moved(published, spec(3))).drafts, root);
    expect((await moved(binned, spec(3))).drafts).toEqual([]);
    expect((await moved(binned, { bitLength: 3, namePrefix: 'bin' })).drafts).toEqual([]);
    const others = await moved(binned, spec(3, keys.slice(1, 2)));
    expect(others.drafts.length).toBe(9);
  });

  it('[6.3.2] go on with their versions when bins come again that were given up', async () => {
    const { backend, root, published } = await start();
    let latest = await publishDrafts(backend, published, (await moved(published, spec(2))).drafts, root);
    latest = await publishDrafts(backend, latest, (await moved(latest, undefined)).drafts, root);
    const { drafts } = await moved(latest, spec(2));
    expect(drafts.find(({ role }) => role === 'bin-0')?.signed.version).toBe(2);
    await publishDrafts(backend, latest, drafts, root);
    await readAll(clientOf(backend, root), paths);
  });

  it('are not given to clients that did not find them before', async () => {
    const { backend, root, published } = await start();
    const binned = await publishDrafts(backend, published, (await moved(published, spec(1))).drafts, root);
    const [zero, one] = ['bin-0', 'bin-1'].map((role) => binned.targets.get(role) as Signed<Targets>) as [
      Signed<Targets>,
      Signed<Targets>,
    ];
    const stray = [...one.signed.targets.paths()][0] as string;
    const wrong = await withFiles(zero, { [stray]: 'other content' });
    const { drafts, unreachable } = await putIntoBins(
      {
        delegator: binned.targets.get('targets') as Signed<Targets>,
        roles: new Map<string, Signed<Targets> | Draft<Targets>>([...binned.targets, ['bin-0', wrong]]),
        listedVersion: listedVersion(binned),
      },
      spec(2),
      expires,
      crypto,
    );
    expect(unreachable).toEqual([{ role: 'bin-0', path: stray }]);
    const listing = drafts.flatMap(({ signed }) => [...signed.targets.paths()]);
    expect(listing.filter((path) => path === stray)).toHaveLength(1);
  });
});

describe('a review of other bins', () => {
  const codesOf = async (before: Published, drafts: readonly Draft<Targets>[]) => {
    const targets = new Map(drafts.map((draft) => [draft.role, draft]));
    const { warnings } = await reviewProposal({ before, drafts: { targets } }, { crypto, now });
    return warnings.map(({ code, text }) => (code.startsWith('targets-') ? `${code}: ${text}` : code));
  };

  it('warns of what clients would find no longer, and of nothing that moves', async () => {
    const { backend, root, published } = await start();
    const { drafts } = await moved(published, spec(2));
    expect(await codesOf(published, drafts)).toEqual([]);
    const without = drafts.map((draft) =>
      draft.role !== 'bin-1'
        ? draft
        : (editTargets(
            draft,
            (targets) => void targets.remove([...draft.signed.targets.paths()][0] as string),
          ) as Draft<Targets>),
    );
    expect(await codesOf(published, without)).toEqual([
      expect.stringMatching(/^targets-orphaned: 1 targets of targets are found no longer: dir\/\d+\.txt$/),
    ]);
    const binned = await publishDrafts(backend, published, drafts, root);
    const again = (await moved(binned, spec(1))).drafts;
    expect(await codesOf(binned, again)).toEqual(['bins-changed']);
    expect(
      await codesOf(
        binned,
        again.filter(({ role }) => role !== 'bin-1'),
      ),
    ).toContainEqual(expect.stringContaining('targets-orphaned'));
    const partial = { ...binned, targets: new Map([...binned.targets].filter(([role]) => role !== 'bin-3')) };
    expect(await codesOf(partial, again)).toContain(
      'targets-unseen: 1 bins are published and not here: what is lost cannot be told',
    );
  });
});

describe('hash bins are refused', () => {
  const refusal = (problem: string) =>
    expect.objectContaining({ code: 'ERR_TUF_REPOSITORY_REFUSED', message: expect.stringContaining(problem) });

  it('beside roles that are named', async () => {
    const { published } = await start();
    const delegator = editTargets(published.targets.get('targets') as Signed<Targets>, (targets) =>
      targets.delegate({ name: 'releases', keys: keys.slice(0, 1), threshold: 1, paths: ['releases/*'] }),
    ) as Draft<Targets>;
    const current = { delegator, roles: new Map(), listedVersion: () => undefined };
    await expect(putIntoBins(current, spec(2), expires, crypto)).rejects.toEqual(refusal('delegates to roles by name'));
  });

  it('where there would be too many, where nobody signs them, or under a name that clients misread', async () => {
    const { published } = await start();
    await expect(moved(published, spec(17))).rejects.toEqual(refusal('131072 bins are too many'));
    await expect(moved(published, { bitLength: 2, namePrefix: 'bin' })).rejects.toEqual(refusal('have no keys'));
    await expect(moved(published, spec(2, keys, 'a/b'))).rejects.toEqual(refusal('separator'));
    await expect(moved(published, spec(2, keys, '1.bin'))).rejects.toEqual(refusal('version of another file'));
  });

  it('where another role delegates to one of their names, by name or in bins of its own', async () => {
    const { published } = await start();
    const other = (change: Parameters<typeof editTargets>[1]) =>
      editTargets(createTargets({ role: 'other', expires: inDays(9) }), change) as Draft<Targets>;
    const named = other((targets) =>
      targets.delegate({ name: 'bin-2', keys: keys.slice(0, 1), threshold: 1, paths: ['x/*'] }),
    );
    const binned = other((targets) => targets.delegateBins(spec(5)));
    const delegator = published.targets.get('targets') as Signed<Targets>;
    for (const [document, bits, isRefused] of [
      [named, 2, true],
      [named, 1, false],
      [named, 5, false],
      [binned, 2, true],
    ] as const) {
      const current = { delegator, roles: new Map([['other', document]]), listedVersion: () => undefined };
      const made = putIntoBins(current, spec(bits), expires, crypto);
      if (isRefused) await expect(made).rejects.toEqual(refusal('other delegates to it'));
      else expect((await made).targets).toBe(paths.length);
    }
  });

  it('where a bin delegates itself', async () => {
    const { backend, root, published } = await start();
    const binned = await publishDrafts(backend, published, (await moved(published, spec(1))).drafts, root);
    const deep = editTargets(binned.targets.get('bin-0') as Signed<Targets>, (targets) =>
      targets.delegate({ name: 'deep', keys: keys.slice(0, 1), threshold: 1, paths: ['dir/*'] }),
    ) as Draft<Targets>;
    const after = await publishDrafts(backend, binned, [deep], root);
    await expect(moved(after, undefined)).rejects.toEqual(refusal('delegates itself'));
  });
});

describe('a repository of many bins', () => {
  it('is read only as far as a change needs it', async () => {
    const { backend, root, published } = await start();
    await publishDrafts(backend, published, (await moved(published, spec(4))).drafts, root);
    const read: string[] = [];
    const watched = {
      ...backend,
      head: backend.head,
      targets: backend.targets,
      metadata: {
        ...backend.metadata,
        read: (name: string, bytesMax: number) => {
          read.push(name);
          return backend.metadata.read(name, bytesMax);
        },
      },
    };
    const before = (await readPublished(watched, root, { crypto, only: new Set(['bin-3']) })) as Published;
    expect(read).toEqual(['2.root.json', '2.snapshot.json', '2.targets.json', '1.bin-3.json']);
    expect([...before.targets.keys()]).toEqual(['targets', 'bin-3']);
    expect(before.unread.size).toBe(15);

    const [path] = [...(before.targets.get('bin-3') as Signed<Targets>).signed.targets.paths()];
    const draft = editTargets(before.targets.get('bin-3') as Signed<Targets>, (targets) => {
      targets.remove(path as string);
    }) as Draft<Targets>;
    const next = await release(before, { targets: new Map([['bin-3', draft]]) }, signersOf(roles, ...keys));
    await publish(await plan(next, {}), backend);
    await readAll(
      clientOf(backend, root),
      paths.filter((each) => each !== path),
    );
    expect(await clientOf(backend, root).find(path as string)).toBeUndefined();

    const whole = await readRoles(backend, before, undefined, { crypto });
    expect(whole.targets.size).toBe(17);
    expect(whole.unread.size).toBe(0);
  });

  it('has to be read whole where delegations change', async () => {
    const { backend, root, published } = await start();
    await publishDrafts(backend, published, (await moved(published, spec(2))).drafts, root);
    const before = (await readPublished(backend, root, { crypto, only: new Set() })) as Published;
    const { drafts } = await moved(before, spec(1));
    const targets = new Map(drafts.map((draft) => [draft.role, draft]));
    const next = await release(before, { targets }, signersOf(roles, ...keys));
    await expect(plan(next, {})).rejects.toThrow(TypeError);
  });
});

describe('a role that is delegated to again', () => {
  it('[A-45] is published with a version of its own, and not as it stood before', async () => {
    const { backend, root, published } = await start();
    const byKey = (document: Signed<Targets>, key: TestKey) =>
      editTargets(document, (targets) =>
        targets.delegate({ name: 'team', keys: [key], threshold: 1, paths: ['team/*'] }),
      ) as Draft<Targets>;
    const top = (of: Published) => of.targets.get('targets') as Signed<Targets>;
    const [first, second] = keys as [TestKey, TestKey];
    const team = createTargets({ role: 'team', expires: inDays(9) });
    const delegated = await publishDrafts(backend, published, [team, byKey(top(published), first)], root);
    const ended = editTargets(top(delegated), (targets) => void targets.revoke('team')) as Draft<Targets>;
    const without = await publishDrafts(backend, delegated, [ended], root);
    expect(without.targets.has('team')).toBe(false);

    const again = byKey(top(without), second);
    await expect(publishDrafts(backend, without, [again], root)).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      message: expect.stringContaining('listed version 1 is of an earlier delegation'),
    });
    const anew = createTargets({ role: 'team', expires: inDays(9), version: 2 });
    await publishDrafts(backend, without, [anew, again], root);
    expect(await clientOf(backend, root).find('team/none')).toBeUndefined();
  });
});
