import { beforeAll, describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { type Json, jsonOf } from '../../src/metadata/json.ts';
import type { Root } from '../../src/metadata/root.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import { Draft, draftOf } from '../../src/repository/draft.ts';
import { eventDocumentsMax, eventOf, formatEvent, type Proposal, parseEvent } from '../../src/repository/event.ts';
import { mergeSignatures } from '../../src/repository/merge.ts';
import { signatureNeeds } from '../../src/repository/needs.ts';
import { ownedKey, ownerOf } from '../../src/repository/owner.ts';
import { publish } from '../../src/repository/publish.ts';
import {
  delegatedAuthorities,
  type Published,
  readPublished,
  topLevelAuthorities,
} from '../../src/repository/published.ts';
import { type Review, reviewProposal } from '../../src/repository/review.ts';
import { createRoot } from '../../src/repository/root-draft.ts';
import { resignedTargets, rotateKeys } from '../../src/repository/rotation.ts';
import { signDraft } from '../../src/repository/signing.ts';
import { createTargets, editTargets } from '../../src/repository/targets-draft.ts';
import { verifyEvent } from '../../src/repository/verify-event.ts';
import { memoryStore } from '../../src/store/memory.ts';
import {
  clientOf,
  crypto,
  inDays,
  MemoryBackend,
  newKey,
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

const options = { expires: inDays(365) };

async function refusal(work: Promise<unknown>): Promise<TufError> {
  const error = await work.then(
    () => undefined,
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(TufError);
  return error as TufError;
}

/** The file of a change as a plain value, to be tampered with. */
// biome-ignore lint/suspicious/noExplicitAny: an attacker writes what he likes
function plainEvent(proposal: Proposal, roots: readonly Uint8Array[]): any {
  return JSON.parse(Buffer.from(formatEvent(eventOf(proposal, roots))).toString());
}

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Signs one draft of a change with some keys, as `tufa sign` does. */
async function signed(proposal: Proposal, role: string, keys: readonly TestKey[]): Promise<Draft> {
  const found = (await signatureNeeds(proposal, crypto)).find(({ draft }) => draft.role === role);
  if (found === undefined) throw new TypeError(`nothing is staged for ${role}`);
  const signing = await signDraft(
    found.draft,
    keys.map(({ signer }) => signer),
    found.authorities,
    crypto,
  );
  return signing.complete ? new Draft(signing.document) : signing.draft;
}

describe('a rotation of root by three owners', () => {
  let roles: TestRoles;
  let repository: Awaited<ReturnType<typeof publishedMemory>>;
  let before: Published;
  let fresh: TestKey;
  let root: Draft<Root>;
  let proposal: Proposal;

  beforeAll(async () => {
    roles = await newRoles({ root: [3, 2] });
    repository = await publishedMemory({ 'a.txt': 'first' }, { roles });
    before = await repository.read();
    fresh = await newKey();
    const rotation = { role: 'root', add: [fresh], remove: [roles.root.keys[2]?.keyid as string] };
    root = rotateKeys<Root>(before.root, rotation, options) as Draft<Root>;
    proposal = { before, drafts: { root } };
  });

  it('travels as a file that says the same to a signer with nothing but a root', async () => {
    const event = parseEvent(formatEvent(eventOf(proposal, [before.root.bytes])));
    const seen = await verifyEvent(event, repository.root, crypto);
    const [here, there] = await Promise.all([proposal, seen].map((each) => reviewProposal(each, { crypto, now })));
    expect(there).toEqual(here);
    expect(here).toMatchObject({
      published: { root: 1, timestamp: 1 },
      warnings: [],
      documents: [
        {
          role: 'root',
          version: 2,
          previousVersion: 1,
          changes: [
            { kind: 'version', before: 1, after: 2 },
            { kind: 'key-added', keyid: fresh.keyid, roles: ['root'] },
            { kind: 'key-removed', keyid: roles.root.keys[2]?.keyid, roles: ['root'] },
            { kind: 'role-keys', role: 'root', added: [{ keyid: fresh.keyid }] },
          ],
          needs: [
            { delegator: 'root version 1', threshold: 2, more: 2 },
            { delegator: 'root version 2', threshold: 2, more: 2 },
          ],
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    });
  });

  it('[6.1-c] is signed in any order and merged twice; each signature counts for whom it may', async () => {
    const [first, second, third] = roles.root.keys as [TestKey, TestKey, TestKey];
    const files = await Promise.all([[fresh], [second, first], [third]].map((keys) => signed(proposal, 'root', keys)));
    const merged = await mergeSignatures(proposal, [...files, ...[...files].reverse()], crypto);
    expect(merged.signatures.map(({ outcome }) => outcome)).toEqual([
      ...Array<string>(4).fill('added'),
      ...Array<string>(4).fill('repeated'),
    ]);
    const [whole] = merged.changed as [Draft<Root>];
    const [found] = await signatureNeeds({ before, drafts: { root: whole } }, crypto);
    expect(found?.needs).toMatchObject([{ more: 0 }, { more: 0 }]);
    expect(found?.needs.map(({ signed: names }) => names.length)).toEqual([3, 3]);
  });

  it('says which signatures do not count, and keeps the others', async () => {
    const [first, second] = roles.root.keys as [TestKey, TestKey];
    const stranger = await newKey();
    const other = rotateKeys<Root>(before.root, { role: 'root', threshold: 1 }, options) as Draft<Root>;
    const good = await signed(proposal, 'root', [first]);
    const elsewhere = await signed({ before, drafts: { root: other } }, 'root', [second]);
    const bad = root.withSignatures([
      { keyid: stranger.keyid, signature: new Uint8Array(64) },
      { keyid: second.keyid, signature: new Uint8Array(64) },
    ]);
    const merged = await mergeSignatures(proposal, [good, elsewhere as Draft, bad as Draft], crypto);
    expect(merged.signatures).toMatchObject([
      { keyid: first.keyid, outcome: 'added' },
      { keyid: second.keyid, outcome: 'other-bytes', staged: expect.anything(), signed: expect.anything() },
      { keyid: stranger.keyid, outcome: 'unknown-key' },
      { keyid: second.keyid, outcome: 'false' },
    ]);
    expect(merged.changed[0]?.signatures.map(({ keyid }) => keyid)).toEqual([first.keyid]);
  });

  it('takes nothing that is not staged', async () => {
    const merged = await mergeSignatures(
      { before, drafts: {} },
      [await signed(proposal, 'root', [roles.root.keys[0] as TestKey])],
      crypto,
    );
    expect(merged).toMatchObject({ changed: [], signatures: [{ outcome: 'not-staged' }] });
  });

  it('is stale once somebody published, for who merges and for who signs', async () => {
    const backend = new MemoryBackend();
    for (const [name, bytes] of repository.backend.files) backend.files.set(name, bytes);
    const theirs = rotateKeys<Root>(before.root, { role: 'root', threshold: 1 }, options) as Draft<Root>;
    await publish(await plan(await release(before, { root: theirs }, signersOf(roles)), {}), backend);
    const after = (await readPublished(backend, repository.root, { crypto })) as Published;
    const offered = await signed(proposal, 'root', [fresh]);
    const merged = await mergeSignatures({ before: after, drafts: {} }, [offered], crypto);
    expect(merged.changed).toEqual([]);
    expect(merged.stale[0]).toMatchObject({
      code: 'ERR_TUF_CONFLICT',
      evidence: { expected: 'version 3', found: 'version 2' },
      hint: expect.stringContaining('tufa review'),
    });
    const event = parseEvent(formatEvent(eventOf(proposal, [before.root.bytes])));
    expect(await refusal(verifyEvent(event, after.root.bytes, crypto))).toMatchObject({ code: 'ERR_TUF_CONFLICT' });
    // The very bytes that were published are no reason to worry.
    const same = await mergeSignatures({ before: after, drafts: {} }, [new Draft<Root>(after.root) as Draft], crypto);
    expect(same).toMatchObject({ stale: [], published: [{ role: 'root', version: 2 }] });
  });

  it('walks from an older root that the signer knows', async () => {
    const backend = new MemoryBackend();
    for (const [name, bytes] of repository.backend.files) backend.files.set(name, bytes);
    const next = rotateKeys<Root>(before.root, { role: 'root', add: [fresh] }, options) as Draft<Root>;
    await publish(await plan(await release(before, { root: next }, signersOf(roles, fresh)), {}), backend);
    const after = (await readPublished(backend, repository.root, { crypto })) as Published;
    const again = rotateKeys<Root>(after.root, { role: 'root', threshold: 3 }, options) as Draft<Root>;
    const roots = [before.root.bytes, after.root.bytes];
    const event = plainEvent({ before: after, drafts: { root: again } }, roots);
    expect((await verifyEvent(parseEvent(bytesOf(event)), repository.root, crypto)).before?.root.signed.version).toBe(
      2,
    );
    event.published.roots.shift();
    expect((await verifyEvent(parseEvent(bytesOf(event)), after.root.bytes, crypto)).before?.root.signed.version).toBe(
      2,
    );
    const error = await refusal(verifyEvent(parseEvent(bytesOf(event)), repository.root, crypto));
    expect(error).toMatchObject({ code: 'ERR_TUF_VERSION_MISMATCH', evidence: { expected: 1, version: 2 } });
  });
});

describe('an event by somebody who wants a signature for something else', () => {
  let mine: Awaited<ReturnType<typeof publishedMemory>>;
  let before: Published;
  let proposal: Proposal;
  const event = () => plainEvent(proposal, [before.root.bytes]);
  const verify = (value: unknown, root: Uint8Array | undefined = mine.root) =>
    (async () => verifyEvent(parseEvent(bytesOf(value)), root, crypto))();

  beforeAll(async () => {
    mine = await publishedMemory({ 'a.txt': 'first' });
    before = await mine.read();
    const targets = await withFiles(before.targets.get('targets') as never, { 'b.txt': 'second' });
    proposal = { before, drafts: { targets: new Map([['targets', targets]]) } };
  });

  it('is refused from another root', async () => {
    const theirs = await publishedMemory({ 'a.txt': 'first' });
    const other = await theirs.read();
    const error = await refusal(verify(plainEvent({ ...proposal, before: other }, [other.root.bytes])));
    expect(error).toMatchObject({ code: 'ERR_TUF_HASH_MISMATCH', evidence: { role: 'root' } });
    const next = createRoot({ ...options, roles: await newRoles() });
    const second = draftOf<Root>('root', 'root', new Map(next.signedJson()).set('version', 2), 'olpc');
    const forged = event();
    forged.published.roots.push(base64(second.bytes));
    expect(await refusal(verify(forged))).toMatchObject({ code: 'ERR_TUF_UNSIGNED', evidence: { role: 'root' } });
  });

  it('is refused with a previous document that is another, older, or was signed and never published', async () => {
    const forged = event();
    forged.documents[0].previous = base64(createTargets(options).bytes);
    expect(await refusal(verify(forged))).toMatchObject({ family: 'security' });
    const draft = await withFiles(before.targets.get('targets') as never, { 'c.txt': 'never published' });
    const never = await signDraft(
      draft,
      signersOf(mine.roles),
      topLevelAuthorities('targets', before.root.signed, undefined),
      crypto,
    );
    if (!never.complete) throw new TypeError('it has its signatures');
    const later = editTargets(draft, () => {}, { expires: inDays(50) }) as Draft<Targets>;
    const third = draftOf<Targets>('targets', 'targets', new Map(later.signedJson()).set('version', 3), 'olpc');
    const unpublished = event();
    unpublished.documents[0] = { role: 'targets', previous: base64(never.document.bytes), draft: base64(third.bytes) };
    expect((await refusal(verify(unpublished))).code).toMatch(
      /TOO_LONG|LENGTH_MISMATCH|HASH_MISMATCH|VERSION_MISMATCH/,
    );
    const hidden = event();
    delete hidden.documents[0].previous;
    expect(await refusal(verify(hidden))).toMatchObject({
      code: 'ERR_TUF_MALFORMED',
      evidence: { pointer: '/documents/0/previous' },
    });
  });

  it('is refused with an older snapshot or timestamp that do not belong together', async () => {
    const forged = event();
    const other = await (await publishedMemory()).read();
    forged.published.snapshot = base64(other.snapshot.bytes);
    expect(await refusal(verify(forged))).toMatchObject({ family: 'security' });
  });

  it('is refused where it takes nothing for published, to somebody who knows a root', async () => {
    const root = createRoot({ ...options, roles: mine.roles });
    const forged = plainEvent({ before: undefined, drafts: { root } }, []);
    expect(await refusal(verify(forged))).toMatchObject({ code: 'ERR_TUF_ROLLBACK' });
    const [first] = (await reviewProposal({ before: undefined, drafts: { root } }, { crypto, now })).warnings;
    expect(first?.code).toBe('first-root');
  });

  it('is refused for a role that nobody delegates to', async () => {
    const forged = event();
    forged.documents.push({ role: 'stranger', draft: base64(createTargets({ role: 'stranger', ...options }).bytes) });
    expect(await refusal(verify(forged))).toMatchObject({ code: 'ERR_TUF_REPOSITORY_REFUSED' });
    forged.documents[1].previous = forged.documents[1].draft;
    delete forged.documents[1].draft;
    expect(await refusal(verify(forged))).toMatchObject({ evidence: { pointer: '/documents/1/previous' } });
  });

  it('[6.1-b] is refused for a root that passes versions over', async () => {
    const root = rotateKeys<Root>(before.root, { role: 'root', add: [await newKey()] }, options) as Draft<Root>;
    const far = draftOf<Root>('root', 'root', new Map(root.signedJson()).set('version', 9), 'olpc');
    expect(await refusal(verify(plainEvent({ before, drafts: { root: far } }, [before.root.bytes])))).toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
  });

  // biome-ignore lint/suspicious/noExplicitAny: an attacker writes what he likes
  const malformed: readonly [string, (value: any) => void, string][] = [
    ['another format', (value) => (value.format = 'tufa-event/2'), '/format'],
    ['a member that says something', (value) => (value.note = 'please sign'), ''],
    ['a member that says something of a document', (value) => (value.documents[0].note = 'x'), '/documents/0'],
    ['a number for a document', (value) => (value.documents[0].draft = 1e300), '/documents/0/draft'],
    ['text that is no base64', (value) => (value.documents[0].draft = '%%%'), '/documents/0/draft'],
    [
      'base64 of something else',
      (value) => (value.documents[0].draft = base64(Buffer.from('{}'))),
      '/documents/0/draft',
    ],
    ['a draft of another role', (value) => (value.documents[0].role = 'root'), '/documents/0/previous'],
    ['a snapshot', (value) => (value.documents[0].role = 'snapshot'), '/documents/0/role'],
    ['a name that is none', (value) => (value.documents[0].role = '../x'), '/documents/0/role'],
    ['one role twice', (value) => value.documents.push(value.documents[0]), '/documents/1/role'],
    [
      'a draft that is what is published',
      (value) => (value.documents[0].draft = value.documents[0].previous),
      '/documents/0/draft/signed/version',
    ],
    ['no draft', (value) => delete value.documents[0].draft, '/documents'],
    ['a document that is empty', (value) => value.documents.push({ role: 'x' }), '/documents/1'],
    ['no roots', (value) => (value.published.roots = []), '/published/roots'],
    ['roots that are none', (value) => (value.published.roots = [base64(Buffer.from('[]'))]), '/published/roots/0'],
  ];
  it.each(malformed)('is refused with %s, and says where', async (_, change, pointer) => {
    const value = event();
    change(value);
    const error = await refusal(verify(value));
    expect(error.family).toBe('format');
    expect((error.evidence as { pointer: string }).pointer.startsWith(pointer)).toBe(true);
  });

  it('is refused with ten thousand documents, before any of them is verified', async () => {
    const value = event();
    const draft = value.documents[0].draft;
    for (let i = 0; i < 10_000; i += 1) value.documents.push({ role: `r${i}`, draft });
    const error = await refusal(verify(value));
    expect(error).toMatchObject({
      code: 'ERR_TUF_MALFORMED',
      evidence: { pointer: `/documents/${eventDocumentsMax}` },
    });
  });

  it('is refused with numbers that nobody can hold', async () => {
    const text = Buffer.from(proposal.drafts.targets?.get('targets')?.bytes as Uint8Array).toString();
    for (const number of ['9007199254740993', '1e400', '-1', '2.5']) {
      const value = event();
      value.documents[0].draft = base64(Buffer.from(text.replace('"version":2', `"version":${number}`)));
      expect(await refusal(verify(value))).toMatchObject({
        code: 'ERR_TUF_MALFORMED',
        evidence: { pointer: '/documents/0/draft/signed/version' },
      });
    }
  });
});

describe('a review', () => {
  let roles: TestRoles;
  let before: Published;
  const review = (drafts: Proposal['drafts']): Promise<Review> => reviewProposal({ before, drafts }, { crypto, now });
  const codes = ({ warnings }: Review): string[] => warnings.map(({ code }) => code).sort();
  const rootWith = (rotation: Parameters<typeof rotateKeys>[1], edit = options): Draft<Root> =>
    rotateKeys<Root>(before.root, rotation, edit) as Draft<Root>;
  /** A draft whose `signed` is edited as a tree, as a foreign tool might. */
  const edited = <T extends Root | Targets>(draft: Draft<T>, edit: (tree: Map<string, Json>) => void): Draft<T> => {
    const tree = new Map(draft.signedJson());
    edit(tree);
    return draftOf<T>(draft.role, draft.signed.type, tree, 'olpc');
  };

  beforeAll(async () => {
    roles = await newRoles({ root: [3, 2], targets: [2, 1] });
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`dir/${i}.txt`, `${i}`]));
    before = await (await publishedMemory(files, { roles })).read();
  });

  it('warns of what a signer of a root should see first', async () => {
    const [one, two, three] = roles.root.keys as [TestKey, TestKey, TestKey];
    expect(codes(await review({ root: rootWith({ role: 'root', threshold: 1 }) }))).toEqual([
      'root-threshold-one',
      'threshold-lowered',
    ]);
    expect(codes(await review({ root: rootWith({ role: 'timestamp', add: [one] }) }))).toEqual(['root-key-online']);
    const replaced = { role: 'root', add: await newKeys(3), remove: [one, two, three].map(({ keyid }) => keyid) };
    expect(codes(await review({ root: rootWith(replaced) }))).toEqual(['keys-replaced']);
    const early = rootWith({ role: 'root', add: [await newKey()] }, { expires: inDays(10) });
    expect(codes(await review({ root: early }))).toEqual(['expiry-earlier']);
    const late = rootWith({ role: 'root', add: [await newKey()] }, { expires: inDays(-1) });
    expect(codes(await review({ root: late }))).toEqual(['expiry-earlier', 'expiry-past']);
    const switched = edited(early, (tree) => tree.set('consistent_snapshot', false).set('x-note', 'sign'));
    expect(codes(await review({ root: switched }))).toEqual([
      'consistent-snapshot-changed',
      'expiry-earlier',
      'unrecognised-changed',
    ]);
  });

  it('[4.2.1-e][A-04] warns of keys that are not what they seem', async () => {
    const [alice, second] = (await Promise.all(
      (await newKeys(2)).map((key, i) => ownedKey(key, i === 0 ? 'alice' : 'alice', crypto)),
    )) as [TestKey, TestKey];
    const both = rootWith({ role: 'root', add: [alice, second] });
    expect(codes(await review({ root: both }))).toEqual(['owner-meets-threshold']);
    expect((await review({ root: both })).documents[0]?.needs[1]?.missing.map(({ owner }) => owner)).toEqual([
      null,
      null,
      null,
      'alice',
      'alice',
    ]);
    expect(ownerOf(both.signed.keys.get(alice.keyid))).toBe('alice');
    const bob = await ownedKey(alice, 'bob', crypto);
    const shared = edited(rootWith({ role: 'root', add: [alice] }), (tree) => {
      (tree.get('keys') as Map<string, Json>).set(bob.keyid, jsonOf(bob.key));
    });
    expect(codes(await review({ root: shared }))).toEqual(['key-shared']);
    const swapped = edited(rootWith({ role: 'root', add: [alice] }), (tree) => {
      (tree.get('keys') as Map<string, Json>).set(roles.root.keys[0]?.keyid as string, jsonOf(second.key));
    });
    expect(codes(await review({ root: swapped }))).toEqual(['key-changed', 'keyid-mismatch', 'owner-meets-threshold']);
    const broken = edited(rootWith({ role: 'root', add: [alice] }), (tree) => {
      (tree.get('keys') as Map<string, Json>).delete(roles.snapshot.keys[0]?.keyid as string);
    });
    expect(codes(await review({ root: broken }))).toEqual(['key-unusable', 'threshold-unmet']);
    const hidden = await ownedKey(alice, 'alice', crypto);
    const bidi = { ...hidden, key: { ...hidden.key, 'x-tufa-owner': 'a\u202ebob' } };
    expect(codes(await review({ root: rootWith({ role: 'root', add: [bidi] }) }))).toEqual([
      'keyid-mismatch',
      'text-hidden',
    ]);
    await expect(ownedKey(alice, 'a\u202ebob', crypto)).rejects.toMatchObject({ code: 'ERR_TUF_REPOSITORY_REFUSED' });
  });

  it('[6.1-b] warns where targets are not signed by their new keys, and asks both for a version that is', async () => {
    const fresh = await newKey();
    const remove = roles.targets.keys.map(({ keyid }) => keyid);
    const root = rootWith({ role: 'targets', add: [fresh], remove });
    expect(codes(await review({ root }))).toEqual(['keys-replaced', 'targets-not-resigned']);
    const authorities = topLevelAuthorities('targets', root.signed, undefined);
    const published = before.targets.get('targets') as Published['targets'] extends ReadonlyMap<string, infer T>
      ? T
      : never;
    const targets = (await resignedTargets(published, authorities, crypto, options)) as Draft<Targets>;
    const whole = await review({ root, targets: new Map([['targets', targets]]) });
    expect(codes(whole)).toEqual(['keys-replaced']);
    expect(whole.documents[1]?.needs.map(({ delegator, more }) => [delegator, more])).toEqual([
      ['root version 1', 1],
      ['root version 2', 1],
    ]);
    const kept = topLevelAuthorities('targets', before.root.signed, undefined);
    expect(await resignedTargets(published, kept, crypto, options)).toBeUndefined();
  });

  it('warns of what happens to targets', async () => {
    const current = before.targets.get('targets') as never;
    const edit = (change: Parameters<typeof editTargets>[1], from: Parameters<typeof editTargets>[0] = current) =>
      editTargets(from, change, { expires: inDays(200) }) as Draft<Targets>;
    const targets = (draft: Draft<Targets>) => ({ targets: new Map([['targets', draft]]) });
    const all = edit((each) => Array.from({ length: 12 }, (_, i) => each.remove(`dir/${i}.txt`)));
    expect(codes(await review(targets(all)))).toEqual(['targets-removed']);
    const keys = [await newKey()];
    const spec = { keys, threshold: 1 };
    const two = edit((each) => {
      each.delegate({ ...spec, name: 'one', paths: ['dir/*'] });
      each.delegate({ ...spec, name: 'two', paths: ['*/0.txt'] });
    });
    expect(codes(await review(targets(two)))).toEqual([]);
    const skipped = edited(two, (tree) => tree.set('version', 7));
    expect(codes(await review(targets(skipped)))).toEqual(['version-skipped']);
  });
});

describe('a delegation that changes', () => {
  it('[4.5-n] is told with what it hides and what it loses', async () => {
    const roles = await newRoles();
    const key = await newKey();
    const spec = { keys: [key], threshold: 1 };
    const empty = createTargets(options);
    const targets = editTargets(empty, (each) => {
      each.delegate({ ...spec, name: 'one', paths: ['dir/*'] });
      each.delegate({ ...spec, name: 'two', paths: ['*/0.txt', 'own/*'] });
    }) as Draft<Targets>;
    const one = await withFiles(createTargets({ ...options, role: 'one' }), { 'dir/a': 'a', 'dir/b': 'b' });
    const root = createRoot({ ...options, roles });
    const drafts = {
      root,
      targets: new Map([
        ['targets', targets],
        ['one', one],
      ]),
    };
    const backend = new MemoryBackend();
    const files = { 'dir/a': 'a', 'dir/b': 'b' };
    const first = await plan(await release(undefined, drafts, signersOf(roles, key)), files);
    await publish(first, backend);
    const before = (await readPublished(backend, first.root, { crypto })) as Published;
    const current = before.targets.get('targets') as Published['targets'] extends ReadonlyMap<string, infer T>
      ? T
      : never;
    const reviewOf = async (change: Parameters<typeof editTargets>[1]) => {
      const proposal = {
        before,
        drafts: { targets: new Map([['targets', editTargets(current, change, options) as Draft<Targets>]]) },
      };
      const event = parseEvent(formatEvent(eventOf(proposal, [before.root.bytes])));
      const there = await reviewProposal(await verifyEvent(event, first.root, crypto), { crypto, now });
      expect(there).toEqual(await reviewProposal(proposal, { crypto, now }));
      return there.warnings.map(({ code, text }) => [code, text]);
    };
    expect(
      await reviewOf((each) => each.delegate({ ...spec, name: 'two', paths: ['*/0.txt'], before: 'one' })),
    ).toEqual([['delegation-shadows', 'two is asked before one for paths that both are trusted with']]);
    expect(
      await reviewOf((each) => each.delegate({ ...spec, name: 'one', paths: ['dir/*'], terminating: true })),
    ).toEqual([['delegation-shadows', 'one is asked in place of two for paths that both are trusted with']]);
    expect(await reviewOf((each) => each.delegate({ ...spec, name: 'one', paths: ['dir/a'] }))).toEqual([
      ['targets-orphaned', '1 targets of one are found no longer: dir/b'],
    ]);
    expect(await reviewOf((each) => void each.revoke('one'))).toEqual([
      ['targets-orphaned', '2 targets of one are found no longer: dir/a, dir/b'],
    ]);
    const seen = plainEvent(
      {
        before,
        drafts: {
          targets: new Map([
            ['targets', editTargets(current, (each) => void each.revoke('one'), options) as Draft<Targets>],
          ]),
        },
      },
      [before.root.bytes],
    );
    seen.documents = seen.documents.filter(({ role }: { role: string }) => role !== 'one');
    const unseen = await reviewProposal(await verifyEvent(parseEvent(bytesOf(seen)), first.root, crypto), {
      crypto,
      now,
    });
    expect(unseen.warnings.map(({ code }) => code)).toEqual(['targets-unseen']);
    // Its keys are replaced: the role is signed by the new ones in the same event.
    const fresh = await newKey();
    const delegator = rotateKeys<Targets>(
      current,
      { role: 'one', add: [fresh], remove: [key.keyid] },
      options,
    ) as Draft<Targets>;
    expect(delegator.signed.delegations?.roles[1]?.keyids).toEqual([key.keyid]);
    const proposal = { before, drafts: { targets: new Map([['targets', delegator]]) } };
    const resigned = (await resignedTargets(
      before.targets.get('one') as never,
      delegatedAuthorities('one', [delegator]),
      crypto,
      options,
    )) as Draft<Targets>;
    proposal.drafts.targets.set('one', resigned);
    const next = await plan(await release(before, proposal.drafts, signersOf(roles, fresh)), {});
    const store = memoryStore();
    await readAll(clientOf(backend, first.root, store), ['dir/a', 'dir/b']);
    await publish(next, backend);
    await readAll(clientOf(backend, first.root, store), ['dir/a', 'dir/b']);
  });
});
