/**
 * The attacks of `npm start`, after section 1.5.2 of the specification. Each is mounted for real: the server gives what
 * the attacker made, and the client that is attacked is the one of `tufa`.
 *
 * @module
 */
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Json, type JsonObject, jsonOf, parseJson } from '../metadata/json.ts';
import { roleKey } from '../repository/role-key.ts';
import { wireEnvelope } from '../repository/wire-json.ts';
import { fetchTargets } from './fetch-targets.ts';
import { at, current, forge, ownKey, serveSnapshot, serveTargets, serveTimestamp, type Tree } from './start-forge.ts';
import { type Attack, newFile, type Stage, type Victim } from './start-stage.ts';

const wrongBytes = ['ERR_TUF_HASH_MISMATCH', 'ERR_TUF_LENGTH_MISMATCH', 'ERR_TUF_TOO_LONG'];

/** Two targets, and the name under which the first one's file is served. */
async function twoTargets(stage: Stage): Promise<{ paths: [string, string]; file: string; bytes: Uint8Array[] }> {
  const { targets } = await current(stage);
  const listed = at(parseJson(targets) as Tree, 'signed', 'targets');
  const paths = [newFile, [...listed.keys()].find((path) => path !== newFile)] as [string, string];
  const files = paths.map((path) => {
    const slash = path.lastIndexOf('/') + 1;
    return `targets/${path.slice(0, slash)}${at(listed, path, 'hashes').get('sha256')}.${path.slice(slash)}`;
  });
  const bytes = await Promise.all(files.map((file) => stage.served(file)));
  return { paths, file: files[0] as string, bytes };
}

/** What a user does: refresh, find, download. */
async function install({ client, downloads }: Victim, path: string): Promise<void> {
  await client.refresh();
  for await (const _ of fetchTargets(client, [path], downloads));
}

const installation: readonly Attack[] = [
  {
    name: 'ARBITRARY SOFTWARE',
    story: 'the server gives other bytes, as many as are due',
    refusedBy: ['ERR_TUF_HASH_MISMATCH'],
    act: async (stage, victim) => {
      const { paths, file, bytes } = await twoTargets(stage);
      stage.forged.set(
        file,
        (bytes[0] as Uint8Array).map((byte) => byte ^ 1),
      );
      await install(victim, paths[0]);
    },
  },
  {
    name: 'ARBITRARY SOFTWARE, with metadata to match',
    story: 'everything is signed well, with a key of the attacker',
    refusedBy: ['ERR_TUF_UNSIGNED'],
    act: async (stage, { client }) => {
      const { timestamp, version } = await current(stage);
      stage.forged.set(
        'metadata/timestamp.json',
        await forge(timestamp, (signed) => signed.set('version', version + 1), [ownKey()]),
      );
      await client.refresh();
    },
  },
  {
    name: 'WRONG SOFTWARE',
    story: 'the server gives another target of the repository',
    refusedBy: wrongBytes,
    act: async (stage, victim) => {
      const { paths, file, bytes } = await twoTargets(stage);
      stage.forged.set(file, bytes[1] as Uint8Array);
      await install(victim, paths[0]);
    },
  },
  {
    name: 'ENDLESS DATA, for the timestamp',
    story: 'the server never stops sending',
    refusedBy: ['ERR_TUF_TOO_LONG'],
    act: async (stage, { client }) => {
      stage.forged.set('metadata/timestamp.json', 'endless');
      await client.refresh();
    },
  },
  {
    name: 'ENDLESS DATA, for a target',
    story: 'the server never stops sending',
    refusedBy: ['ERR_TUF_TOO_LONG'],
    act: async (stage, victim) => {
      const { paths, file } = await twoTargets(stage);
      stage.forged.set(file, 'endless');
      await install(victim, paths[0]);
    },
  },
];

const rollback: readonly Attack[] = [
  {
    name: 'ROLLBACK of the timestamp',
    story: 'the server gives the one of the first release',
    refusedBy: ['ERR_TUF_ROLLBACK'],
    act: async (stage, { client }) => {
      stage.forged.set('metadata/timestamp.json', stage.oldTimestamps[0] as Uint8Array);
      await client.refresh();
    },
  },
  {
    name: 'ROLLBACK of the snapshot',
    story: 'a stolen timestamp key lists the old snapshot',
    refusedBy: ['ERR_TUF_ROLLBACK'],
    act: async (stage, { client }) => {
      const { version } = await current(stage);
      await serveTimestamp(stage, await stage.served('metadata/2.snapshot.json'), 2, version + 1);
      await client.refresh();
    },
  },
  {
    name: 'ROLLBACK of the targets',
    story: 'stolen timestamp and snapshot keys list the old targets',
    refusedBy: ['ERR_TUF_ROLLBACK'],
    // A new timestamp by the right key is a new timestamp: it is kept, and its keys are to be rotated.
    keeps: ['root', 'snapshot', 'targets'],
    act: async (stage, { client }) => {
      const { version } = await current(stage);
      await serveSnapshot(stage, await stage.served('metadata/2.targets.json'), 2, version + 1);
      await client.refresh();
    },
  },
  {
    name: 'ROLLBACK of the root',
    story: 'the server gives the first root as the next one',
    refusedBy: ['ERR_TUF_ROLLBACK'],
    act: async (stage, { client }) => {
      stage.forged.set('metadata/2.root.json', await stage.served('metadata/1.root.json'));
      await client.refresh();
    },
  },
];

const staleness: readonly Attack[] = [
  {
    name: 'FREEZE',
    story: 'the server gives the same files for two days more',
    refusedBy: ['ERR_TUF_EXPIRED'],
    act: async (_stage, { another }) => {
      await another({ now: new Date(Date.now() + 2 * 86_400_000) }).refresh();
    },
  },
  {
    name: 'MIX-AND-MATCH',
    story: 'a new client gets the targets of the first release in the second',
    refusedBy: wrongBytes,
    act: async (stage, { another }) => {
      const { version } = await current(stage);
      stage.forged.set(`metadata/${version}.targets.json`, await stage.served('metadata/2.targets.json'));
      await another({ isNew: true }).refresh();
    },
  },
];

const keys: readonly Attack[] = [
  {
    name: 'COMPROMISED ONLINE KEYS',
    story: 'stolen timestamp and snapshot keys sign targets of the attacker',
    refusedBy: ['ERR_TUF_UNSIGNED'],
    keeps: ['root', 'targets'],
    act: async (stage, victim) => {
      const stolen = await Promise.all([stage.signer('timestamp'), stage.signer('snapshot')]);
      await serveTargets(stage, (signed) => at(signed, 'targets').set('malware', malware), stolen);
      await install(victim, 'malware');
    },
  },
  {
    name: 'ONE KEY FOR TWO',
    story: 'a root lists one key under two ids for a threshold of two, and that key signs under both',
    refusedBy: ['ERR_TUF_UNSIGNED'],
    act: async (stage, { another }) => {
      const root = await listTwice(stage);
      stage.forged.set('metadata/timestamp.json', await signTwice(stage));
      await another({ root, isNew: true }).refresh();
    },
  },
  {
    name: 'ONE SIGNATURE FOR TWO',
    story: 'a timestamp carries the same signature twice',
    refusedBy: ['ERR_TUF_MALFORMED'],
    act: async (stage, { client }) => {
      const { timestamp } = await current(stage);
      const envelope = parseJson(timestamp) as JsonObject;
      const [signature] = envelope.get('signatures') as Json[];
      const signed = canonicalJson(envelope.get('signed') as Json);
      const doubled = wireEnvelope([signature as Json, signature as Json], signed, new Map(), 'olpc');
      stage.forged.set('metadata/timestamp.json', doubled);
      await client.refresh();
    },
  },
  {
    name: 'A PATH THAT ESCAPES',
    story: 'with all keys but the root, a target is named ../../.bashrc',
    refusedBy: ['ERR_TUF_MALFORMED'],
    keeps: ['root'],
    act: async (stage, victim) => {
      const path = '../../.bashrc';
      await serveTargets(stage, (signed) => at(signed, 'targets').set(path, malware), [await stage.signer('targets')]);
      await install(victim, path);
    },
  },
];

/** All but the fast-forward, which ends in a rotation of keys. */
export const attacks: readonly Attack[] = [...installation, ...rollback, ...staleness, ...keys];

const malware: Json = jsonOf({ length: 4, hashes: { sha256: '0'.repeat(64) } });

/** A root whose timestamp role lists its one key under a second id, with a threshold of two. */
async function listTwice(stage: Stage): Promise<Uint8Array> {
  const root = await stage.served('metadata/1.root.json');
  const change = (signed: Tree): void => {
    const role = at(signed, 'roles', 'timestamp');
    const [keyid] = role.get('keyids') as string[];
    at(signed, 'keys').set('second', at(signed, 'keys', keyid as string));
    role.set('keyids', [keyid as string, 'second']).set('threshold', 2);
  };
  return forge(root, change, [await stage.signer('root')]);
}

/** The timestamp with the same signature under both ids. */
async function signTwice(stage: Stage): Promise<Uint8Array> {
  const { timestamp } = await current(stage);
  const signer = await stage.signer('timestamp');
  const message = canonicalJson((parseJson(timestamp) as JsonObject).get('signed') as Json);
  const sig = encodeHex(await signer.sign(message));
  const { keyid } = await roleKey(signer.key, nodeCrypto());
  return wireEnvelope(
    jsonOf([
      { keyid, sig },
      { keyid: 'second', sig },
    ]),
    message,
    new Map(),
    'olpc',
  );
}
