/** Faults of documents: of what is there, of what is listed, of dates and of spelling. */
import { envelope, type Fault, type Files, inDays, newKey, publish, type Signed, targetsOf } from './planted.ts';

const rename = (files: Files, from: string, to: string): void => {
  files.set(to, files.get(from) as Uint8Array);
  files.delete(from);
};

const edit = (files: Files, file: string, change: (envelope: Signed) => void, indent?: number): void => {
  const document = JSON.parse(Buffer.from(files.get(file) as Uint8Array).toString());
  change(document);
  files.set(file, new Uint8Array(Buffer.from(JSON.stringify(document, null, indent))));
};

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

export const documentFaults: readonly Fault[] = [
  {
    codes: ['file-missing'],
    what: 'the snapshot is gone',
    after: (files) => files.delete('metadata/1.snapshot.json'),
    text: /^metadata\/1\.snapshot\.json is listed and not there$/,
  },
  {
    codes: ['file-missing'],
    what: 'the targets are gone',
    after: (files) => files.delete('metadata/1.targets.json'),
  },
  {
    codes: ['document-refused'],
    what: 'custom is no object, and the rest is looked at',
    plant: ({ roles }) => {
      roles['targets'].targets['a.txt'].custom = 'text';
    },
    text: /custom is not an object at \/signed\/targets\/a\.txt\/custom/,
  },
  {
    codes: ['document-refused', 'expires-form'],
    what: 'an expiry that is no date',
    plant: (draft) => {
      draft.timestamp = (signed) => {
        signed.expires = 'never';
      };
    },
  },
  {
    codes: ['document-refused'],
    what: 'bytes that are no JSON at all',
    after: (files) => files.set('metadata/timestamp.json', bytes('<html>')),
  },
  {
    codes: ['document-refused', 'target-wrong', 'hash-wrong', 'length-wrong'],
    what: 'a name that stands twice, behind which a target is wrong',
    after: (files) => {
      const text = Buffer.from(files.get('metadata/1.targets.json') as Uint8Array).toString();
      files.set('metadata/1.targets.json', bytes(text.replace('"version":1}', '"version":1,"version":1}')));
      for (const file of files.keys()) if (file.endsWith('.a.txt')) files.set(file, bytes('other'));
    },
  },
  {
    codes: ['document-stray', 'root-chain-broken'],
    what: 'a root under the name of another version',
    plant: ({ root }) => {
      root.version = 2;
    },
    after: (files) => files.set('metadata/1.root.json', files.get('metadata/2.root.json') as Uint8Array),
    text: /1\.root\.json holds version 2/,
  },
  {
    codes: ['length-wrong'],
    what: 'a length that is listed one too long',
    plant: (draft) => {
      draft.snapshot = ({ meta }) => {
        meta['targets.json'].length += 1;
      };
    },
  },
  {
    codes: ['hash-wrong'],
    what: 'another digest is listed',
    plant: (draft) => {
      draft.timestamp = ({ meta }) => {
        meta['snapshot.json'].hashes.sha256 = '0'.repeat(64);
      };
    },
  },
  {
    codes: ['version-wrong'],
    what: 'another version stands under the name',
    plant: (draft) => {
      draft.snapshot = ({ meta }) => {
        meta['targets.json'].version = 2;
      };
    },
    after: (files) => rename(files, 'metadata/1.targets.json', 'metadata/2.targets.json'),
  },
  {
    codes: ['meta-missing'],
    what: 'the timestamp lists nothing',
    plant: (draft) => {
      draft.timestamp = (signed) => {
        signed.meta = {};
      };
    },
  },
  {
    codes: ['meta-missing'],
    what: 'the snapshot does not list targets.json',
    plant: (draft) => {
      draft.snapshot = (signed) => {
        signed.meta = {};
      };
    },
    after: (files) => {
      for (const file of files.keys()) if (/targets/.test(file)) files.delete(file);
    },
  },
  {
    codes: ['signatures-short'],
    what: 'one of two has signed',
    plant: (draft) => {
      draft.signers['targets'] = draft.keys.targets.slice(0, 1);
    },
    text: /signed by 1 of the 2 keys/,
  },
  {
    codes: ['signatures-short', 'delegation-diamond'],
    what: 'a role that is signed for one of its two delegators',
    plant: (draft) => {
      draft.delegate('targets', 'one', { paths: ['one/*'] });
      draft.delegate('targets', 'two', { paths: ['two/*'] });
      draft.delegate('one', 'shared', { paths: ['one/*'] });
      const [key, other] = [newKey(), newKey()];
      draft.delegate('two', 'shared', { paths: ['two/*'], keyids: [key.keyid, other.keyid] });
      draft.roles['two'].delegations.keys = { [key.keyid]: key.key, [other.keyid]: other.key };
    },
  },
  {
    codes: ['signature-false'],
    what: 'one of three signatures is over other bytes',
    plant: (draft) => {
      const third = newKey();
      draft.root.keys[third.keyid] = third.key;
      draft.root.roles.targets.keyids.push(third.keyid);
      draft.signers['targets'] = [...draft.keys.targets, { ...third, privateKey: newKey().privateKey }];
    },
  },
  {
    codes: ['signature-empty'],
    what: 'the place of a signature that never came',
    after: (files) =>
      edit(files, 'metadata/timestamp.json', ({ signatures }) => signatures.push({ keyid: 'later', sig: '' })),
  },
  {
    codes: ['signature-stranger'],
    what: 'a signature by nobody who is asked',
    plant: (draft) => {
      draft.signers['timestamp'] = [...draft.keys.timestamp, newKey()];
    },
  },
  {
    codes: ['nothing-published'],
    what: 'no timestamp',
    after: (files) => files.delete('metadata/timestamp.json'),
  },
  {
    codes: ['root-missing'],
    what: 'the first version',
    plant: ({ root }) => {
      root.version = 2;
    },
    text: /^version 1 of root is not there$/,
  },
  {
    codes: ['root-missing'],
    what: 'one between the newest and one that is there',
    after: (files) => files.set('metadata/3.root.json', files.get('metadata/1.root.json') as Uint8Array),
    text: /3\.root\.json is there, and version 2 is not/,
  },
  {
    codes: ['root-forked'],
    what: 'another root of the trusted version',
    after: (files) => {
      const other = publish(({ root }) => {
        root.expires = inDays(299);
      });
      files.set('metadata/1.root.json', other.root);
    },
  },
  {
    codes: ['root-chain-broken'],
    what: 'an older root of other keys',
    plant: ({ root }) => {
      root.version = 2;
    },
    after: (files) => {
      const other = publish((draft) => {
        const [one, two] = [newKey(), newKey()];
        draft.root.keys[one.keyid] = one.key;
        draft.root.keys[two.keyid] = two.key;
        draft.root.roles.root.keyids = [one.keyid, two.keyid];
        draft.signers['root'] = [one, two];
      });
      files.set('metadata/1.root.json', other.root);
    },
  },
  {
    codes: ['root-chain-broken'],
    what: 'a next root that nobody signed',
    after: (files) => {
      const next = { ...publish(), root: undefined }.files.get('metadata/1.root.json') as Uint8Array;
      const { signed } = JSON.parse(Buffer.from(next).toString());
      files.set('metadata/2.root.json', envelope({ ...signed, version: 2 }, []));
    },
  },
  {
    codes: ['next-root-answered'],
    what: 'a page in its place',
    after: (files) => files.set('metadata/2.root.json', bytes('<!doctype html><title>Not found</title>')),
  },
  {
    codes: ['root-unreached', 'root-missing'],
    what: 'more roots than are asked for',
    plant: ({ root }) => {
      root.version = 5;
    },
    options: { bounds: { roots: 2 } },
    text: /versions 1 to 2/,
  },
  {
    codes: ['expired'],
    what: 'a delegated role',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'] });
      draft.roles['team'].expires = inDays(-1);
    },
    text: /^team expired at 2029-12-31T00:00:00Z$/,
  },
  {
    codes: ['expired'],
    what: 'the timestamp, at its very end',
    options: { at: new Date(inDays(1)) },
  },
  {
    codes: ['expires-soon'],
    what: 'a delegated role',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'] });
      draft.roles['team'].expires = inDays(3);
    },
    text: /in 3 days$/,
  },
  {
    codes: ['expiry-order'],
    what: 'a snapshot that outlives the targets',
    plant: (draft) => {
      draft.roles['targets'].expires = inDays(50);
      draft.snapshot = (signed) => {
        signed.expires = inDays(60);
      };
    },
  },
  {
    codes: ['timestamp-long'],
    what: '40 days',
    plant: (draft) => {
      draft.timestamp = (signed) => {
        signed.expires = inDays(40);
      };
      draft.snapshot = (signed) => {
        signed.expires = inDays(41);
      };
    },
  },
  {
    codes: ['number-large'],
    what: 'a version beyond 32 bits',
    plant: (draft) => {
      draft.timestamp = (signed) => {
        signed.version = 2 ** 31;
      };
    },
  },
  {
    codes: ['spec-version-form'],
    what: 'as Sigstore writes it',
    plant: (draft) => {
      draft.timestamp = (signed) => {
        signed.spec_version = '1.0';
      };
    },
  },
  {
    codes: ['expires-form'],
    what: 'a fraction of a second',
    plant: (draft) => {
      draft.timestamp = (signed) => {
        signed.expires = '2030-01-02T00:00:00.5Z';
      };
    },
  },
  {
    codes: ['document-spelling'],
    what: 'an indented document',
    after: (files) => edit(files, 'metadata/timestamp.json', () => {}, 1),
  },
  {
    codes: ['document-large'],
    what: 'a timestamp of 20 kB',
    plant: (draft) => {
      draft.timestamp = (signed) => {
        signed['x-padding'] = '-'.repeat(20_000);
      };
    },
  },
  {
    codes: ['timestamp-extra'],
    what: 'the targets too',
    plant: (draft) => {
      draft.timestamp = ({ meta }) => {
        meta['targets.json'] = { version: 1 };
      };
    },
  },
  {
    codes: ['snapshot-extra'],
    what: 'the root too',
    plant: (draft) => {
      draft.snapshot = ({ meta }) => {
        meta['root.json'] = { version: 1 };
      };
    },
  },
  {
    codes: ['meta-unbounded'],
    what: 'a snapshot without length',
    plant: (draft) => {
      draft.timestamp = ({ meta }) => {
        delete meta['snapshot.json'].length;
      };
    },
  },
  {
    codes: ['meta-unbounded'],
    what: 'targets without hashes',
    plant: (draft) => {
      draft.snapshot = ({ meta }) => {
        delete meta['targets.json'].hashes;
      };
    },
    text: /: targets\.json$/,
  },
  {
    codes: ['consistent-snapshot-off'],
    what: 'names without versions',
    plant: ({ root }) => {
      root.consistent_snapshot = false;
    },
  },
  {
    codes: ['check-incomplete'],
    what: 'a document that is longer',
    options: { bounds: { documentBytes: 20_000 } },
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'] });
      draft.roles['team'] = { ...targetsOf({}), 'x-padding': '-'.repeat(20_000) };
    },
  },
  {
    codes: ['check-incomplete'],
    what: 'time',
    options: { isOver: () => true },
    text: /the time is over/,
  },
];
