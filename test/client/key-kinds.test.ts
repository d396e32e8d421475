import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import { ecdsaKey, rsaKey, type TestKey } from '../crypto/backends.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { Simulator } from '../simulator/simulator.ts';

/** A signing key of another kind than Ed25519, under any keyid and in any form. */
class OtherKey extends SimKey {
  override readonly key: Record<string, unknown>;
  readonly #made: TestKey;

  constructor(made: TestKey, keyid: string, text = made.text) {
    super(keyid, keyid);
    this.#made = made;
    this.key = { keytype: made.keytype, scheme: made.scheme, keyval: { public: text } };
  }

  override sign(message: Uint8Array): string {
    return Buffer.from(this.#made.sign(message)).toString('hex');
  }
}

function signedBy(keys: readonly SimKey[], threshold: number) {
  // The canonical form has raw newlines in a PEM key, which JSON has not.
  const simulator = new Simulator({ layout: 'indented' });

  simulator.trustKeys('timestamp', keys, threshold);
  simulator.publishRoot();
  simulator.publishTimestamp();
  const pinned = simulator.bytes('metadata/1.root.json');
  return { simulator, pinned };
}

afterEach(() => {
  vi.doUnmock('../../src/metadata/ecdsa-rsa-key.ts');
  vi.doUnmock('../../src/crypto/web-crypto-ecdsa-rsa.ts');
});

describe.each([
  ['node:crypto', nodeCrypto],
  ['WebCrypto', webCrypto],
])('keys that are loaded when they are met, on %s', (_, crypto) => {
  it('[4.2.2-b, A-54, A-55] count in a client as Ed25519 does', async () => {
    const made = [ecdsaKey('P-256'), ecdsaKey('P-384'), rsaKey(2048, 'sha256')];
    const keys = [new SimKey('first'), ...made.map((each, i) => new OtherKey(each, `k${i}`))];
    const { simulator, pinned } = signedBy(keys, keys.length);
    const { client } = clientOf(simulator, new OpenStore(), pinned, { crypto: crypto() });
    expect(await client.refresh()).toMatchObject({ changed: true });
  });

  it('[A-04] count once, whatever their keyids and forms', async () => {
    const made = ecdsaKey('P-256');
    const point = made.key.kind === 'ecdsa' ? Buffer.from(made.key.point).toString('hex') : '';
    const { simulator, pinned } = signedBy([new OtherKey(made, 'pem'), new OtherKey(made, 'point', point)], 2);
    const { client } = clientOf(simulator, new OpenStore(), pinned, { crypto: crypto() });
    const { evidence } = await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(evidence).toMatchObject({ validKeyids: ['pem'], rejected: [{ keyid: 'point', reason: 'same-key' }] });
  });
});

describe('a part that cannot be loaded', () => {
  it.each(['../../src/metadata/ecdsa-rsa-key.ts', '../../src/crypto/web-crypto-ecdsa-rsa.ts'])(
    '[A-18] ends the update, and says nothing about a key or a signature: %s',
    async (path) => {
      const { simulator, pinned } = signedBy([new OtherKey(ecdsaKey('P-256'), 'k')], 1);
      const store = new OpenStore();
      await clientOf(simulator, store, pinned, { crypto: webCrypto() }).client.refresh();
      simulator.publishRoot();
      const before = store.files.get('timestamp.json');
      vi.doMock(path, () => {
        throw new Error('the network is gone');
      });
      vi.resetModules();
      const fresh = await import('../simulator/harness.ts');
      const { webCrypto: freshCrypto } = await import('../../src/crypto/web-crypto.ts');
      const { client, events } = fresh.clientOf(simulator, store, pinned, { crypto: freshCrypto() });
      await expect(client.refresh()).rejects.toMatchObject({ code: 'ERR_TUF_TRANSPORT', evidence: { url: 'tufa' } });
      expect(events.map(({ type }) => type)).not.toContain('fast-forward-recovery');
      expect(store.files.get('timestamp.json')).toEqual(before);
      vi.doUnmock(path);
      vi.resetModules();
      expect(await clientOf(simulator, store, pinned, { crypto: webCrypto() }).client.refresh()).toMatchObject({
        root: 3,
      });
    },
  );
});
