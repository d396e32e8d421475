/** Faults of keys, thresholds and owners. */
import { generateKeyPairSync } from 'node:crypto';
import { mlDsaKey as newMlDsaKey } from '../crypto/ml-dsa-keys.ts';
import { type Draft, type Fault, keyOf, newKey, type PlantedKey, type Signed } from './planted.ts';

/** Lists one more key for a role of root; nobody signs with it. */
const list = ({ root }: Draft, role: string, { keyid, key }: Pick<PlantedKey, 'keyid' | 'key'>): void => {
  root.keys[keyid] = key;
  root.roles[role].keyids.push(keyid);
};

const pemKey = (keytype: string, scheme: string, pair: ReturnType<typeof generateKeyPairSync>): PlantedKey => {
  const { publicKey, privateKey } = pair as unknown as Signed;
  return keyOf({ keytype, scheme, keyval: { public: publicKey.export({ type: 'spki', format: 'pem' }) } }, privateKey);
};

const ecdsa = (): ReturnType<typeof generateKeyPairSync> =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }) as unknown as ReturnType<typeof generateKeyPairSync>;
const rsa = (): ReturnType<typeof generateKeyPairSync> =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }) as unknown as ReturnType<typeof generateKeyPairSync>;

const mlDsaKey = (): Pick<PlantedKey, 'keyid' | 'key'> => {
  const { keytype, scheme, text } = newMlDsaKey('of the check');
  return keyOf({ keytype, scheme, keyval: { public: text } }, newKey().privateKey);
};

export const keyFaults: readonly Fault[] = [
  {
    codes: ['root-threshold-one'],
    what: 'of two keys',
    plant: ({ root }) => {
      root.roles.root.threshold = 1;
    },
  },
  {
    codes: ['threshold-one'],
    what: 'targets',
    plant: ({ root }) => {
      root.roles.targets.threshold = 1;
    },
  },
  {
    codes: ['threshold-one'],
    what: 'a delegated role',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'], threshold: 1 });
    },
    text: /team$/,
  },
  {
    codes: ['threshold-unmet', 'signatures-short'],
    what: 'three signatures of two keys',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'], threshold: 3 });
    },
    text: /team requires 3 signatures, and 2 keys can sign/,
  },
  {
    codes: ['root-key-online'],
    what: 'a root key for the timestamp',
    plant: (draft) => list(draft, 'timestamp', draft.keys.root[0] as PlantedKey),
    text: /^one key signs for root, timestamp: /,
  },
  {
    codes: ['targets-key-online'],
    what: 'a key of targets for the snapshot',
    plant: (draft) => list(draft, 'snapshot', draft.keys.targets[0] as PlantedKey),
  },
  {
    codes: ['key-in-roles'],
    what: 'root and targets',
    plant: (draft) => list(draft, 'targets', draft.keys.root[0] as PlantedKey),
  },
  {
    codes: ['key-listed-twice'],
    what: 'under the id that it has with a remark',
    plant: (draft) => {
      const { key, privateKey } = draft.keys.targets[0] as PlantedKey;
      list(draft, 'targets', keyOf({ ...key, 'x-remark': 'again' }, privateKey));
    },
  },
  {
    codes: ['key-missing'],
    what: 'an id without a key',
    plant: ({ root }) => {
      root.roles.targets.keyids.push('ab'.repeat(32));
    },
  },
  {
    codes: ['key-unusable'],
    what: 'of an unknown kind',
    plant: (draft) => {
      const { privateKey } = newKey();
      list(draft, 'targets', keyOf({ keytype: 'new', scheme: 'new', keyval: { public: '00' } }, privateKey));
    },
  },
  {
    codes: ['key-unusable'],
    what: 'RSA of 1024 bits',
    plant: (draft) => {
      const pair = generateKeyPairSync('rsa', { modulusLength: 1024 }) as unknown as ReturnType<typeof rsa>;
      list(draft, 'targets', pemKey('rsa', 'rsassa-pss-sha256', pair));
    },
  },
  {
    codes: ['key-form-unusual'],
    what: 'the old keytype of ECDSA',
    plant: (draft) => list(draft, 'targets', pemKey('ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256', ecdsa())),
  },
  {
    codes: ['key-form-unusual'],
    what: 'a point in hex',
    plant: (draft) => {
      const { privateKey, publicKey } = ecdsa() as unknown as Signed;
      const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65).toString('hex');
      const key = { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: point } };
      list(draft, 'targets', keyOf(key, privateKey));
    },
    text: /no PEM/,
  },
  {
    codes: ['key-private-published'],
    what: 'a private half beside the public one',
    plant: (draft) => {
      const { key, privateKey } = newKey();
      key.keyval.private = 'secret';
      list(draft, 'targets', keyOf(key, privateKey));
    },
  },
  {
    codes: ['keyid-mismatch'],
    what: 'an id of nothing',
    plant: (draft) => list(draft, 'targets', { keyid: 'ab'.repeat(32), key: newKey().key }),
  },
  {
    codes: ['keyid-mismatch'],
    what: 'in delegations',
    plant: (draft) => {
      const delegated = draft.delegate('targets', 'team', { paths: ['team/*'] });
      const keyid = 'cd'.repeat(32);
      draft.roles['targets'].delegations.keys[keyid] = newKey().key;
      delegated.keyids.push(keyid);
    },
  },
  {
    codes: ['key-not-portable'],
    what: 'ML-DSA beside as many others as are required',
    plant: (draft) => list(draft, 'targets', mlDsaKey()),
    text: /targets lists keys of ML-DSA beside enough others/,
  },
  {
    codes: ['threshold-not-portable', 'signatures-short'],
    what: 'more signatures than the other keys can make',
    plant: (draft) => {
      list(draft, 'targets', mlDsaKey());
      draft.root.roles.targets.threshold = draft.root.roles.targets.keyids.length;
    },
    text: /targets needs 1 signature by ML-DSA: clients without TAP 21 \(tuf-js, tough/,
  },
  {
    codes: ['rsa-short'],
    what: '2048 bits',
    plant: (draft) => list(draft, 'targets', pemKey('rsa', 'rsassa-pss-sha256', rsa())),
    text: /2048 bits/,
  },
  {
    codes: ['key-unused'],
    what: 'a key of nobody',
    plant: ({ root }) => {
      const { keyid, key } = newKey();
      root.keys[keyid] = key;
    },
  },
  {
    codes: ['owner-meets-threshold'],
    what: 'both keys of targets',
    plant: (draft) => {
      draft.keys.targets = [newKey({ 'x-tufa-owner': 'Ann' }), newKey({ 'x-tufa-owner': 'Ann' })];
      const { root, keys } = draft;
      for (const keyid of root.roles.targets.keyids) delete root.keys[keyid];
      root.roles.targets.keyids = [];
      for (const key of keys.targets) list(draft, 'targets', key);
    },
    text: /^Ann holds 2 keys of targets, which requires 2$/,
  },
];
