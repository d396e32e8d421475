import { describe, expect, it } from 'vitest';
import type { Signed } from '../../src/metadata/document.ts';
import { parseTargets, type Targets } from '../../src/metadata/targets.ts';
import { createTargets, deriveSnapshot, deriveTimestamp, editTargets } from '../../src/repository/index.ts';
import { crypto, inDays, text } from './fixture.ts';

const entry = { length: 1, hashes: { sha256: '0'.repeat(64) } };

function targets(role: string, version: number, path = 'é'): Signed<Targets> {
  const draft = editTargets(createTargets({ expires: inDays(1), role }), (edit) => edit.put(path, entry));
  const bytes = text(draft?.bytes).replace('"version":1', `"version":${version}`);
  return parseTargets(Buffer.from(bytes), role);
}

const options = { crypto, expires: inDays(7) };

async function snapshotOf(...documents: Signed<Targets>[]) {
  const draft = await deriveSnapshot(undefined, documents, options);
  if (draft === undefined) throw new TypeError('nothing changed');
  return draft.document();
}

describe('deriveSnapshot', () => {
  it('[4.4-a][6.2.1-d][J26] lists every role by name, with version, length in bytes and digest', async () => {
    const document = targets('targets', 3);
    const snapshot = await snapshotOf(document, targets('rôle', 1));
    expect(snapshot.signed.meta.get('targets.json')).toMatchObject({ version: 3, length: document.bytes.length });
    expect(document.bytes.length).toBeGreaterThan(text(document.bytes).length);
    expect([...snapshot.signed.meta.versions()].sort()).toEqual([
      ['rôle.json', 1],
      ['targets.json', 3],
    ]);
  });

  it('[5.5.5b] never drops a role, and touches those only that changed', async () => {
    const before = await snapshotOf(targets('targets', 1), targets('old', 5));
    const after = await deriveSnapshot(before, [targets('targets', 2)], options);
    expect(after?.signed.version).toBe(2);
    expect(after?.signed.meta.get('old.json')).toEqual(before.signed.meta.get('old.json'));
  });

  it('[4.4-f] refuses a published version with other bytes, and takes the same bytes for no change', async () => {
    const before = await snapshotOf(targets('targets', 2));
    await expect(deriveSnapshot(before, [targets('targets', 2, 'other')], options)).rejects.toMatchObject({
      code: 'ERR_TUF_CONFLICT',
      family: 'conflict',
    });
    expect(await deriveSnapshot(before, [targets('targets', 2)], { crypto })).toBeUndefined();
  });

  it('[4.3-d] refuses to list a version below the published one', async () => {
    const before = await snapshotOf(targets('targets', 2));
    await expect(deriveSnapshot(before, [targets('targets', 1)], options)).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
  });

  it('needs a date for the first one', async () => {
    await expect(deriveSnapshot(undefined, [targets('targets', 1)], { crypto })).rejects.toThrow(TypeError);
  });
});

describe('deriveTimestamp', () => {
  it('[4.6-a] lists the snapshot and nothing else', async () => {
    const snapshot = await snapshotOf(targets('targets', 1));
    const timestamp = await deriveTimestamp(undefined, snapshot, options);
    expect([...(timestamp?.signed.meta.versions() ?? [])]).toEqual([['snapshot.json', 1]]);
    expect(timestamp?.signed.meta.get('snapshot.json')?.length).toBe(snapshot.bytes.length);
    expect(await deriveTimestamp(timestamp?.document(), snapshot, { crypto })).toBeUndefined();
  });
});
