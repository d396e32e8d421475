import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Root } from '../../src/metadata/root.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import { KeySigner } from '../../src/node/signer.ts';
import type { Draft } from '../../src/repository/index.ts';
import { createRoot, createTargets, editRoot, editTargets, roleKey } from '../../src/repository/index.ts';
import { crypto, inDays, newKey, newKeys, newRoles, text } from './fixture.ts';

const refused = expect.objectContaining({ code: 'ERR_TUF_REPOSITORY_REFUSED' });

const signedOf = (draft: { readonly bytes: Uint8Array }) => JSON.parse(text(draft.bytes)).signed;

describe('roleKey', () => {
  it('[A-03][4.2.1-b] is named by the SHA-256 of its canonical form, with the three standard members alone', async () => {
    const key = new KeySigner(generateKeyPairSync('ed25519').privateKey).key;
    const extra = { ...key, keyid_hash_algorithms: ['sha256'] };
    const found = await roleKey(extra, crypto);
    const canonical = `{"keytype":"ed25519","keyval":{"public":"${key.keyval.public}"},"scheme":"ed25519"}`;
    expect(found.keyid).toBe(createHash('sha256').update(canonical).digest('hex'));
    expect(found.key).toEqual(key);
  });

  it('[A-54] gives a key in hex and in PEM one id', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65).toString('hex');
    const scheme = 'ecdsa-sha2-nistp256';
    const old = await roleKey({ keytype: scheme, scheme, keyval: { public: point } }, crypto);
    expect(await roleKey(new KeySigner(privateKey).key, crypto)).toEqual(old);
  });

  it('refuses a key with which no client verifies', async () => {
    const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: '00' } };
    await expect(roleKey(key, crypto)).rejects.toEqual(refused);
  });
});

describe('createRoot', () => {
  it('[4.3-c][4.3-f][6.2.1-e] has the four roles, their keys, and consistent snapshots unless told otherwise', async () => {
    const roles = await newRoles({ root: [3, 2] });
    const root = createRoot({ expires: inDays(365), roles });
    expect(root.signed).toMatchObject({ version: 1, consistentSnapshot: true, specVersion: '1.0.34' });
    expect(root.signed.roles.root).toEqual({ keyids: roles.root.keys.map(({ keyid }) => keyid), threshold: 2 });
    expect(root.signed.keys.size).toBe(6);
    expect(createRoot({ expires: inDays(1), roles, consistentSnapshot: false }).signed.consistentSnapshot).toBe(false);
  });

  it('[A-08] refuses a threshold that its unique keys cannot meet', async () => {
    const roles = await newRoles({ targets: [2, 2] });
    const spec = (keys: number, threshold: number) => ({
      expires: inDays(1),
      roles: { ...roles, targets: { keys: roles.targets.keys.slice(0, keys), threshold } },
    });
    expect(() => createRoot(spec(2, 2))).not.toThrow();
    expect(() => createRoot(spec(1, 2))).toThrow(refused);
    expect(() => createRoot(spec(0, 1))).toThrow(refused);
    for (const threshold of [0, -1, 1.5, Number.NaN]) expect(() => createRoot(spec(2, threshold))).toThrow(TypeError);
  });

  it('[A-04][A-06] refuses one public key listed twice, under whatever ids', async () => {
    const roles = await newRoles();
    const key = await newKey();
    const twice = { keys: [key, { ...key, keyid: 'another' }], threshold: 1 };
    expect(() => createRoot({ expires: inDays(1), roles: { ...roles, snapshot: twice } })).toThrow(refused);
  });

  it('lets one key serve two roles, and lists it once', async () => {
    const roles = await newRoles();
    const root = createRoot({ expires: inDays(1), roles: { ...roles, snapshot: roles.timestamp } });
    expect(root.signed.keys.size).toBe(3);
  });
});

describe('editRoot', () => {
  it('replaces the keys of a role, and drops those that nobody lists any longer', async () => {
    const roles = await newRoles();
    const first = createRoot({ expires: inDays(1), roles }).document();
    const [key] = await newKeys(1);
    const next = editRoot(first, (root) =>
      root.setRole('timestamp', { keys: [key as never], threshold: 1 }),
    ) as Draft<Root>;
    expect(next.signed.version).toBe(2);
    expect([...next.signed.keys.keys()]).not.toContain(roles.timestamp.keys[0]?.keyid);
    expect(next.signed.roles.timestamp.keyids).toEqual([key?.keyid]);
    expect(editRoot(first, (root) => root.setRole('root', roles.root))).toBeUndefined();
  });
});

describe('delegating', () => {
  const empty = () => createTargets({ expires: inDays(1) });

  it('[4.5-n][4.5-o] keeps roles in order, and puts one before another', async () => {
    const [key] = await newKeys(1);
    const spec = { keys: [key as never], threshold: 1, paths: ['x/*'] };
    const draft = editTargets(empty(), (targets) => {
      for (const name of ['b', '10', 'a', '2']) targets.delegate({ ...spec, name });
      targets.delegate({ ...spec, name: 'first', before: 'b', terminating: true });
      targets.delegate({ ...spec, name: '10', paths: ['y/*'] });
    }) as Draft<Targets>;
    const { roles } = signedOf(draft).delegations;
    expect(roles.map(({ name }: { name: string }) => name)).toEqual(['first', 'b', '10', 'a', '2']);
    expect(roles[0]).toMatchObject({ terminating: true, paths: ['x/*'], threshold: 1 });
    expect(roles[2].paths).toEqual(['y/*']);
  });

  it('[A-14] asks for paths or prefixes, and at least one', async () => {
    const [key] = await newKeys(1);
    const spec = { name: 'x', keys: [key as never], threshold: 1 };
    const delegate = (more: object) => () => editTargets(empty(), (targets) => targets.delegate({ ...spec, ...more }));
    expect(delegate({})).toThrow(TypeError);
    expect(delegate({ paths: ['a'], pathHashPrefixes: ['0'] })).toThrow(TypeError);
    expect(delegate({ paths: [] })).toThrow(refused);
    expect(delegate({ paths: ['a'], name: '2.root' })).toThrow(refused);
    expect(delegate({ paths: ['a'], name: 'targets' })).toThrow(refused);
    expect(delegate({ paths: ['a'], before: 'nobody' })).toThrow(refused);
    expect(delegate({ paths: ['a'], threshold: 2 })).toThrow(refused);
    expect(delegate({ pathHashPrefixes: ['0', 'ff'] })).not.toThrow();
  });

  it('[A-61] ends with the keys that nobody lists any longer', async () => {
    const [one, two] = await newKeys(2);
    const spec = (name: string, key: unknown) => ({ name, keys: [key as never], threshold: 1, paths: ['x'] });
    const draft = editTargets(empty(), (targets) => {
      targets.delegate(spec('a', one));
      targets.delegate(spec('b', two));
      expect(targets.revoke('a')).toBe(true);
      expect(targets.revoke('a')).toBe(false);
    }) as Draft<Targets>;
    expect(Object.keys(signedOf(draft).delegations.keys)).toEqual([two?.keyid]);
  });
});

describe('editing targets', () => {
  it('[A-28][A-66] takes integers and objects only', () => {
    const put = (entry: object) => () =>
      editTargets(createTargets({ expires: inDays(1) }), (targets) => {
        targets.put('a', { length: 1, hashes: { sha256: '0'.repeat(64) }, ...entry });
      });
    expect(put({ custom: { a: [1] } })).not.toThrow();
    for (const custom of [{ a: 1.5 }, { a: -0 }, { a: 2 ** 53 }, [], 'x', { a: undefined }])
      expect(put({ custom })).toThrow(TypeError);
    for (const length of [-1, 1.5, 2 ** 53]) expect(put({ length })).toThrow(TypeError);
    expect(put({ hashes: { md5: '00' } })).toThrow(TypeError);
  });

  it('keeps custom where it is not given, and removes', () => {
    const entry = { length: 1, hashes: { sha256: '0'.repeat(64) } };
    const draft = editTargets(createTargets({ expires: inDays(1) }), (targets) => {
      targets.put('a', { ...entry, custom: { x: 1 } });
      targets.put('a', { ...entry, length: 2 });
      targets.put('b', entry);
      expect([targets.remove('b'), targets.remove('b')]).toEqual([true, false]);
    }) as Draft<Targets>;
    expect(signedOf(draft).targets).toEqual({ a: { ...entry, length: 2, custom: { x: 1 } } });
  });
});
