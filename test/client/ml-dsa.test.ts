import { describe, expect, it } from 'vitest';
import { withMlDsa } from '../../src/crypto/ml-dsa.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import type { MlDsaParameterSet } from '../../src/metadata/ml-dsa-key.ts';
import { mlDsaKey } from '../crypto/ml-dsa-keys.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { type Doc, Simulator } from '../simulator/simulator.ts';

/** An ML-DSA key of the simulator, under any keyid and spelling. */
class MlDsaSimKey extends SimKey {
  override readonly key: Record<string, unknown>;
  readonly #sign: (message: Uint8Array) => Uint8Array;
  constructor(
    name: string,
    {
      keyid = name,
      set = 65,
      spell = (text) => text,
    }: { keyid?: string; set?: MlDsaParameterSet; spell?: (text: string) => string } = {},
  ) {
    super(name, keyid);
    const { keytype, scheme, text, sign } = mlDsaKey(name, set);
    this.key = { keytype, scheme, keyval: { public: spell(text) } };
    this.#sign = sign;
  }

  override sign(message: Uint8Array): string {
    return Buffer.from(this.#sign(message)).toString('hex');
  }
}

const able = { crypto: withMlDsa(nodeCrypto()) };
const unable = [
  ['node:crypto', { crypto: nodeCrypto() }],
  ['WebCrypto', { crypto: webCrypto() }],
] as const;
const classic = new SimKey('classic');
const quantum = new MlDsaSimKey('quantum');

const allRoles = ['root', 'timestamp', 'snapshot', 'targets'] as const;

/** A repository whose roles are signed by these keys, from its second root on, which is pinned. */
function published(keys: readonly SimKey[], threshold: number, roles: readonly string[] = allRoles) {
  const simulator = new Simulator({ layout: 'indented' });
  for (const role of roles) simulator.trustKeys(role, keys, threshold);
  simulator.publishRoot();
  simulator.publishTargets();
  return { simulator, pinned: simulator.bytes('metadata/2.root.json') };
}

/** The next root with other keys for all roles, signed by the old ones too, and what they sign. */
function rotate(simulator: Simulator, keys: readonly SimKey[], threshold: number): void {
  simulator.formerRootKeys = simulator.keys.get('root') ?? [];
  for (const role of allRoles) simulator.trustKeys(role, keys, threshold);
  simulator.publishRoot();
  simulator.formerRootKeys = [];
  simulator.publishTargets();
}

/** The timestamp that is served with other signatures. */
function resign(simulator: Simulator, change: (signatures: { keyid: string; sig: string }[]) => unknown): void {
  const { signatures, signed } = JSON.parse(Buffer.from(simulator.bytes('metadata/timestamp.json')).toString()) as Doc;
  const next = change(signatures) ?? signatures;
  simulator.serve('metadata/timestamp.json', Buffer.from(JSON.stringify({ signatures: next, signed })));
}

describe('a threshold of an Ed25519 key and an ML-DSA key', () => {
  it.each([44, 65, 87] as const)('[4.2.2-b] [5.3.4b] is met by both: ML-DSA-%i', async (set) => {
    const { simulator, pinned } = published([classic, new MlDsaSimKey('set', { set })], 2);
    const { client } = clientOf(simulator, new OpenStore(), pinned, able);
    expect(await client.refresh()).toMatchObject({ changed: true, root: 2 });
  });

  it.each([
    ['the Ed25519 key', classic, 'quantum'],
    ['the ML-DSA key', quantum, 'classic'],
  ])('[5.4.2] is not met by %s alone', async (_, only) => {
    const { simulator, pinned } = published([classic, quantum], 2);
    const store = new OpenStore();
    await clientOf(simulator, store, pinned, able).client.refresh();
    const before = new Map(store.files);
    simulator.publishTimestamp();
    resign(simulator, (signatures) => signatures.filter(({ keyid }) => keyid === only.keyid));
    const { evidence } = await refusal(clientOf(simulator, store, pinned, able).client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(evidence).toMatchObject({ threshold: 2, validKeyids: [only.keyid], rejected: [] });
    expect(store.files.get('timestamp.json')).toEqual(before.get('timestamp.json'));
  });

  it.each<[string, (sig: string) => string, string]>([
    ['one digit is another', (sig) => `${sig.slice(0, -1)}${sig.endsWith('0') ? '1' : '0'}`, 'false-signature'],
    ['a byte is missing', (sig) => sig.slice(2), 'false-signature'],
    ['a byte follows', (sig) => `${sig}00`, 'false-signature'],
    ['half a byte is missing', (sig) => sig.slice(1), 'malformed-signature'],
    ['it is empty', () => '', 'malformed-signature'],
    ['it is longer than any', () => '00'.repeat(8193), 'malformed-signature'],
  ])('[5.4.2] is not met where of the ML-DSA signature %s', async (_, change, reason) => {
    const { simulator, pinned } = published([classic, quantum], 2, ['timestamp']);
    resign(simulator, (signatures) =>
      signatures.map(({ keyid, sig }) => ({ keyid, sig: keyid === quantum.keyid ? change(sig) : sig })),
    );
    const { client } = clientOf(simulator, new OpenStore(), pinned, able);
    const { evidence } = await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(evidence).toMatchObject({ validKeyids: [classic.keyid], rejected: [{ keyid: quantum.keyid, reason }] });
  });

  it('[A-04] counts one ML-DSA key once, whatever its keyids and the spelling of its PEM', async () => {
    const respelled = new MlDsaSimKey('quantum', { keyid: 'again', spell: (text) => text.replaceAll('\n', '\r\n') });
    const { simulator, pinned } = published([quantum, respelled], 2, ['timestamp']);
    const { client } = clientOf(simulator, new OpenStore(), pinned, able);
    const { evidence } = await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(evidence).toMatchObject({ validKeyids: ['quantum'], rejected: [{ keyid: 'again', reason: 'same-key' }] });
  });

  it('[4.2.2-b] passes over a key of another set, another version or a changed key', async () => {
    const { text } = mlDsaKey('quantum');
    const others = [
      { keytype: 'ml-dsa', scheme: 'ml-dsa-87/1', keyval: { public: text } },
      { keytype: 'ml-dsa', scheme: 'ml-dsa-65/2', keyval: { public: text } },
      { keytype: 'ml-dsa', scheme: 'ml-dsa-65/1', keyval: { public: text.replace('\nM', '\n!') } },
      { keytype: 'ml-dsa', scheme: 'ml-dsa-65/1', keyval: { public: mlDsaKey('another').text } },
    ];
    for (const [index, key] of others.entries()) {
      const changed = new MlDsaSimKey('quantum', { keyid: 'changed' });
      Object.assign(changed.key, key);
      const { simulator, pinned } = published([classic, changed], 2, ['timestamp']);
      const { client } = clientOf(simulator, new OpenStore(), pinned, able);
      const { evidence } = await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
      const [rejected] = evidence.rejected;
      const reason = index < 2 ? 'key-unusable' : expect.stringMatching(/key-unusable|false-signature/);
      expect(rejected).toEqual({ keyid: 'changed', reason });
    }
  });
});

describe('rotation', () => {
  it('[5.3.4a] [5.3.4b] [A-18] goes from Ed25519 to both kinds and back, and forgets the baseline where a key is gone', async () => {
    const { simulator, pinned } = published([classic], 1);
    const store = new OpenStore();
    const refreshed = async () => {
      const { client, events } = clientOf(simulator, store, pinned, able);
      const { root } = await client.refresh();
      return [root, events.some(({ type }) => type === 'fast-forward-recovery')];
    };
    expect(await refreshed()).toEqual([2, false]);
    rotate(simulator, [classic, quantum], 1);
    expect(await refreshed()).toEqual([3, false]);
    rotate(simulator, [classic, quantum], 2);
    expect(await refreshed()).toEqual([4, false]);
    rotate(simulator, [classic, new MlDsaSimKey('next')], 2);
    expect(await refreshed()).toEqual([5, true]);
    rotate(simulator, [classic], 1);
    expect(await refreshed()).toEqual([6, true]);
  });

  it('[5.3.4a] is refused without the ML-DSA key of the root before it', async () => {
    const { simulator, pinned } = published([classic, quantum], 2);
    const store = new OpenStore();
    await clientOf(simulator, store, pinned, able).client.refresh();
    for (const role of allRoles) simulator.trustKeys(role, [classic], 1);
    simulator.publishRoot();
    const { client } = clientOf(simulator, store, pinned, able);
    const { evidence } = await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(evidence).toMatchObject({ role: 'root', delegator: 'root', validKeyids: [classic.keyid] });
    expect(store.files.has('root_history/3.root.json')).toBe(false);
  });
});

describe.each(unable)('a client without a verifier, on %s', (_, options) => {
  it('[4.2.2-b] counts the keys that it can verify', async () => {
    const { simulator, pinned } = published([quantum, classic], 1);
    expect(await clientOf(simulator, new OpenStore(), pinned, options).client.refresh()).toMatchObject({ root: 2 });
  });

  it('[5.4.2] refuses what needs the others, says why, and keeps its store', async () => {
    const { simulator, pinned } = published([classic], 1);
    const store = new OpenStore();
    await clientOf(simulator, store, pinned, options).client.refresh();
    rotate(simulator, [classic, quantum], 2);
    const before = [...store.files].filter(([name]) => name !== 'update-state');
    const { evidence } = await refusal(
      clientOf(simulator, store, pinned, options).client.refresh(),
      'ERR_TUF_UNSIGNED',
    );
    expect(evidence).toMatchObject({
      role: 'root',
      threshold: 2,
      validKeyids: [classic.keyid],
      rejected: [{ keyid: 'quantum', reason: 'no-verifier' }],
    });
    expect([...store.files].filter(([name]) => name !== 'update-state')).toEqual(before);
    // The same store serves a client that has one.
    expect(await clientOf(simulator, store, pinned, able).client.refresh()).toMatchObject({ root: 3 });
  });

  it('[5.4.2] takes no false signature of the right length for one', async () => {
    const { simulator, pinned } = published([quantum], 1, ['timestamp']);
    resign(simulator, () => [{ keyid: 'quantum', sig: '00'.repeat(3309) }]);
    const { client } = clientOf(simulator, new OpenStore(), pinned, options);
    const { evidence } = await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(evidence).toMatchObject({ validKeyids: [], rejected: [{ keyid: 'quantum', reason: 'no-verifier' }] });
  });
});

it('a backend that answers with another truth than true proves nothing', async () => {
  const { simulator, pinned } = published([classic], 1);
  const crypto = { ...nodeCrypto(), verify: () => 'yes' as never };
  const { client } = clientOf(simulator, new OpenStore(), pinned, { crypto });
  await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
});
