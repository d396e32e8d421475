import { describe, expect, it } from 'vitest';
import type { Root } from '../../src/metadata/root.ts';
import {
  attachSignatures,
  createRoot,
  createTargets,
  type Draft,
  editRoot,
  editTargets,
  type Signer,
  signDraft,
  topLevelAuthorities,
} from '../../src/repository/index.ts';
import { unsigned } from '../../src/repository/signing.ts';
import { crypto, inDays, newKeys, newRoles, type TestKey, text } from './fixture.ts';

const signers = (...keys: readonly (TestKey | undefined)[]): Signer[] => keys.map((key) => (key as TestKey).signer);

async function targetsOf(keys: number, threshold: number) {
  const roles = await newRoles({ targets: [keys, threshold] });
  const root = createRoot({ expires: inDays(1), roles });
  const authorities = topLevelAuthorities('targets', root.signed, undefined);
  return { keys: roles.targets.keys, authorities, draft: createTargets({ expires: inDays(1) }) };
}

describe('signDraft', () => {
  it('[4.2.1-e] says who can still sign, until the threshold is met', async () => {
    const { keys, authorities, draft } = await targetsOf(3, 2);
    const first = await signDraft(draft, signers(keys[1]), authorities, crypto);
    expect(first).toMatchObject({
      complete: false,
      missing: [
        {
          role: 'targets',
          delegator: 'root',
          threshold: 2,
          validKeyids: [keys[1]?.keyid],
          missingKeyids: [keys[0]?.keyid, keys[2]?.keyid],
        },
      ],
    });
    if (first.complete) throw new TypeError('complete');
    expect(unsigned(first.missing[0] as never)).toMatchObject({
      code: 'ERR_TUF_REPOSITORY_UNSIGNED',
      message: 'targets: 1 of 2 signatures',
    });
    const second = await signDraft(first.draft, signers(keys[0]), authorities, crypto);
    if (!second.complete) throw new TypeError('incomplete');
    expect(second.document.signatures.map(({ keyid }) => keyid)).toEqual([keys[1]?.keyid, keys[0]?.keyid]);
    expect(text(second.document.signedBytes())).toBe(text(draft.document().signedBytes()));
  });

  it('[A-04] counts a key that is listed under two ids once', async () => {
    const { keys, draft } = await targetsOf(1, 1);
    const { signer, keyid } = keys[0] as TestKey;
    const root = JSON.parse(text(createRoot({ expires: inDays(1), roles: await newRoles() }).bytes));
    root.signed.keys = { [keyid]: signer.key, other: signer.key };
    for (const role of Object.values(root.signed.roles) as { keyids: string[]; threshold: number }[])
      Object.assign(role, { keyids: [keyid, 'other'], threshold: 2 });
    const { parseRoot } = await import('../../src/metadata/root.ts');
    const authorities = topLevelAuthorities('targets', parseRoot(Buffer.from(JSON.stringify(root))).signed, undefined);
    const signature = await signer.sign(draft.message());
    const both = [
      { keyid, signature },
      { keyid: 'other', signature },
    ];
    expect(await attachSignatures(draft, both, authorities, crypto)).toMatchObject({ complete: false });
  });

  it('asks a signer once, and only one that is listed', async () => {
    const { keys, authorities, draft } = await targetsOf(2, 2);
    let calls = 0;
    const counting: Signer = {
      key: (keys[0] as TestKey).key,
      sign: (message) => {
        calls += 1;
        return (keys[0] as TestKey).signer.sign(message);
      },
    };
    const [stranger] = await newKeys(1);
    const strange: Signer = { key: (stranger as TestKey).key, sign: () => Promise.reject(new TypeError('not asked')) };
    const signing = await signDraft(draft, [counting, counting, strange], authorities, crypto);
    expect([signing.complete, calls]).toEqual([false, 1]);
  });

  it('names a signature that is over other bytes: from a signer, and in a draft', async () => {
    const { keys, authorities, draft } = await targetsOf(1, 1);
    const { key, keyid, signer } = keys[0] as TestKey;
    const hashing: Signer = { key, sign: async (message) => signer.sign(await crypto.digest('sha256', message)) };
    await expect(signDraft(draft, [hashing], authorities, crypto)).rejects.toMatchObject({
      code: 'ERR_TUF_SIGNER',
      evidence: { keyid },
      message: expect.stringContaining('is over other bytes'),
    });
    const other = editTargets(draft, (targets) =>
      targets.put('a', { length: 1, hashes: { sha256: '0'.repeat(64) } }),
    ) as Draft;
    const stolen = [{ keyid, signature: await signer.sign(draft.message()) }];
    const refusal = { code: 'ERR_TUF_REPOSITORY_REFUSED', message: expect.stringContaining('is over other bytes') };
    await expect(attachSignatures(other, stolen, authorities, crypto)).rejects.toMatchObject(refusal);
    await expect(signDraft(other.withSignatures(stolen), [signer], authorities, crypto)).rejects.toMatchObject(refusal);
  });

  it('refuses a signature by nobody who is asked', async () => {
    const { authorities, draft } = await targetsOf(1, 1);
    const signature = { keyid: 'nobody', signature: Uint8Array.of(1) };
    await expect(attachSignatures(draft, [signature], authorities, crypto)).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
  });

  it('passes on what a signer fails with', async () => {
    const { keys, authorities, draft } = await targetsOf(1, 1);
    const { TufError } = await import('../../src/errors.ts');
    const failure = new TufError('ERR_TUF_SIGNER', 'the token is gone', { uri: 'hsm:1' });
    const broken: Signer = { key: (keys[0] as TestKey).key, sign: () => Promise.reject(failure) };
    await expect(signDraft(draft, [broken], authorities, crypto)).rejects.toBe(failure);
  });

  it('fills the place of a signature that is to come', async () => {
    const { keys, authorities, draft } = await targetsOf(1, 1);
    const { keyid, signer } = keys[0] as TestKey;
    const waiting = draft.withSignatures([{ keyid, signature: new Uint8Array(0) }]);
    expect(await signDraft(waiting, [], authorities, crypto)).toMatchObject({ complete: false });
    expect(await signDraft(waiting, [signer], authorities, crypto)).toMatchObject({ complete: true });
  });
});

describe('a root', () => {
  it('[6.1-c] needs the thresholds of the old keys and of its own, and one key in both counts for both', async () => {
    const roles = await newRoles({ root: [3, 2] });
    const [a, b, c] = roles.root.keys as [TestKey, TestKey, TestKey];
    const [d, e] = (await newKeys(2)) as [TestKey, TestKey];
    const old = createRoot({ expires: inDays(1), roles }).document();
    const next = editRoot(old, (root) => root.setRole('root', { keys: [c, d, e], threshold: 3 })) as Draft<Root>;
    const authorities = topLevelAuthorities('root', next.signed, old.signed);
    const missingOf = async (...keys: TestKey[]) => {
      const signing = await signDraft(next, signers(...keys), authorities, crypto);
      return signing.complete ? [] : signing.missing.map(({ delegator }) => delegator);
    };
    expect(await missingOf(a, b)).toEqual(['root']);
    expect(await missingOf(c, d, e)).toEqual(['root version 1']);
    expect(await missingOf(a, d, e)).toEqual(['root version 1', 'root']);
    expect(await missingOf(a, c, d, e)).toEqual([]);
  });
});
