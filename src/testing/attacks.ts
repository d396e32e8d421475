/**
 * The attacks of section 1.5.2 of the specification, and what else an application meets, each mounted for real on the
 * network of a test repository.
 *
 * @module
 */
import type { Signed } from '../metadata/document.ts';
import { jsonOf } from '../metadata/json.ts';
import type { Targets } from '../metadata/targets.ts';
import type { Tree } from '../repository/draft.ts';
import { type Answer, answerOf } from './answer.ts';
import type { Attack, AttackName, AttackPlan, AttackStage } from './attack.ts';
import { forge, listing } from './forge.ts';
import type { EndFault, TestNetwork } from './network.ts';

const wrongBytes = ['ERR_TUF_HASH_MISMATCH', 'ERR_TUF_LENGTH_MISMATCH', 'ERR_TUF_TOO_LONG'] as const;

/** By somebody who answers on the network and has no key. */
const byNetwork = { refusedAt: 'refresh', needsBaseline: false, stolen: [], isAlarming: true } as const;

const onTheNetwork: readonly AttackPlan[] = [
  {
    ...byNetwork,
    name: 'arbitrary-software',
    id: 'T1',
    story: 'every target file has other bytes, as many as are due',
    refusedBy: ['ERR_TUF_HASH_MISMATCH'],
    refusedAt: 'download',
    mount: async ({ network }) => onTargets(network, (answer) => ({ ...answer, body: flipped(answer.body) })),
  },
  {
    ...byNetwork,
    name: 'wrong-keys',
    id: 'T1',
    story: 'a new timestamp is signed well, with a key of the attacker',
    refusedBy: ['ERR_TUF_UNSIGNED'],
    mount: async ({ network, publisher, keys }) => {
      const { timestamp } = publisher.published;
      const version = timestamp.signed.version + 1;
      const own = await keys.next('attacker');
      return serve(network, {
        'metadata/timestamp.json': await forge(timestamp.bytes, (signed) => signed.set('version', version), own),
      });
    },
  },
  {
    ...byNetwork,
    name: 'wrong-root-keys',
    id: 'T24',
    story: 'a next root is signed well, with a key of the attacker',
    refusedBy: ['ERR_TUF_UNSIGNED'],
    mount: async ({ network, publisher, keys }) => {
      const { root } = publisher.published;
      const version = root.signed.version + 1;
      const own = await keys.next('attacker');
      return serve(network, {
        [`metadata/${version}.root.json`]: await forge(root.bytes, (signed) => signed.set('version', version), own),
      });
    },
  },
  {
    ...byNetwork,
    name: 'endless-data',
    id: 'T2',
    story: 'the timestamp never ends',
    refusedBy: ['ERR_TUF_TOO_LONG'],
    mount: async ({ network }) => network.endless('timestamp.json'),
  },
  {
    ...byNetwork,
    name: 'endless-target',
    id: 'T2',
    story: 'no target file ever ends',
    refusedBy: ['ERR_TUF_TOO_LONG'],
    refusedAt: 'download',
    mount: async ({ network }) => onTargets(network, (answer) => ({ ...answer, body: 'endless', length: undefined })),
  },
  {
    ...byNetwork,
    name: 'slow-retrieval',
    id: 'T3',
    story: 'the timestamp begins, and does not go on',
    refusedBy: ['ERR_TUF_TRANSPORT'],
    isAlarming: false,
    mount: async ({ network }) => network.stall('timestamp.json', { bytes: 10 }),
  },
  {
    ...byNetwork,
    name: 'captive-portal',
    id: 'T36',
    story: 'a page of somebody else answers every request, with status 200',
    refusedBy: ['ERR_TUF_MALFORMED'],
    isAlarming: false,
    mount: async ({ network }) => network.replace('*', '<!doctype html><title>Welcome</title>'),
  },
];

const withOldFiles: readonly AttackPlan[] = [
  {
    ...byNetwork,
    name: 'freeze',
    id: 'T6',
    story: 'the files of today are served until the timestamp has expired; the clock is moved to that time',
    refusedBy: ['ERR_TUF_EXPIRED'],
    mount: async ({ network, publisher, clock }) => {
      const frozen = new Map(publisher.files);
      const expired = publisher.published.timestamp.signed.expiresAt.milliseconds + 1000;
      if (clock.now().getTime() < expired) clock.set(new Date(expired));
      // The operator renews what is due, for when the attacker has left.
      await publisher.publish({}, clock.now());
      return network.intercept((_, { path }) => answerOf(frozen.get(path)));
    },
  },
  {
    ...byNetwork,
    name: 'rollback',
    id: 'T9',
    story: 'the first timestamp of the repository is served again',
    refusedBy: ['ERR_TUF_ROLLBACK'],
    needsBaseline: true,
    mount: async ({ network, publisher }) => serve(network, { 'metadata/timestamp.json': publisher.firstTimestamp }),
  },
  {
    ...byNetwork,
    name: 'mix-and-match',
    id: 'T8',
    story: 'the targets of one release are served with the timestamp and the snapshot of the next',
    refusedBy: wrongBytes,
    mount: async ({ network, publisher, clock }) => {
      const before = targetsOf(publisher);
      const { targets } = await publisher.publish({}, clock.now(), { renew: true });
      return serve(network, { [`metadata/${targets}.targets.json`]: before.bytes });
    },
  },
];

const withStolenKeys: readonly AttackPlan[] = [
  {
    ...byNetwork,
    name: 'fast-forward',
    id: 'T5',
    story: 'the timestamp and snapshot keys raise all versions, so that later ones of the operator look old',
    refusedBy: ['ERR_TUF_VERSION_MISMATCH'],
    stolen: ['timestamp', 'snapshot'],
    mount: (stage) => serveSnapshot(stage, targetsOf(stage.publisher).bytes, versionFar, versionFar),
  },
  {
    ...byNetwork,
    name: 'stolen-timestamp-key',
    id: 'T11',
    story: 'the timestamp key signs a new timestamp that lists the first snapshot',
    refusedBy: ['ERR_TUF_ROLLBACK'],
    needsBaseline: true,
    stolen: ['timestamp'],
    mount: async (stage) => {
      const { files, published } = stage.publisher;
      const first = files.get('metadata/1.snapshot.json') as Uint8Array;
      return serve(stage.network, await timestampOf(stage, first, 1, published.timestamp.signed.version + 1));
    },
  },
  {
    ...byNetwork,
    name: 'stolen-online-keys',
    id: 'T12',
    story: 'the timestamp and snapshot keys list targets of the attacker, with a key of his own',
    refusedBy: ['ERR_TUF_UNSIGNED'],
    stolen: ['timestamp', 'snapshot'],
    mount: async (stage) => {
      const current = targetsOf(stage.publisher);
      const version = current.signed.version + 1;
      const own = await stage.keys.next('attacker');
      const forged = await forge(current.bytes, (signed) => addMalware(signed.set('version', version)), own);
      const next = stage.publisher.published.timestamp.signed.version + 1;
      return serveSnapshot(stage, forged, version, next);
    },
  },
  {
    ...byNetwork,
    name: 'stolen-online-keys-rollback',
    id: 'T12',
    story: 'the timestamp and snapshot keys list the first targets of the repository again',
    refusedBy: ['ERR_TUF_ROLLBACK'],
    needsBaseline: true,
    stolen: ['timestamp', 'snapshot'],
    mount: (stage) => {
      const { files, published } = stage.publisher;
      const first = files.get('metadata/1.targets.json') as Uint8Array;
      return serveSnapshot(stage, first, 1, published.timestamp.signed.version + 1);
    },
  },
  {
    ...byNetwork,
    name: 'stolen-targets-key',
    id: 'T13',
    story: 'the targets key signs other content under the version that the snapshot lists',
    refusedBy: wrongBytes,
    stolen: ['targets'],
    mount: async ({ network, publisher, clock }) => {
      const { targets } = await publisher.publish({}, clock.now(), { renew: true });
      const forged = await forge(targetsOf(publisher).bytes, addMalware, publisher.ring.of('targets'));
      return serve(network, { [`metadata/${targets}.targets.json`]: forged });
    },
  },
];

const plans = [...onTheNetwork, ...withOldFiles, ...withStolenKeys];

/** Every attack, for tests that go through all of them. Frozen. */
export const attacks: readonly Attack[] = Object.freeze(
  plans.map(({ mount: _, ...attack }) => Object.freeze({ ...attack })),
);

/** @throws TypeError for a name that is none. */
export function attackPlan(name: AttackName): AttackPlan {
  const plan = plans.find((each) => each.name === name);
  if (plan === undefined) throw new TypeError(`there is no attack ${JSON.stringify(name)}`);
  return plan;
}

/** As high as other clients count. */
const versionFar = 2 ** 31 - 1;

type Files = Readonly<Record<string, Uint8Array>>;

function serve(network: TestNetwork, files: Files): EndFault {
  return network.intercept((answer, { path }) => (Object.hasOwn(files, path) ? answerOf(files[path]) : answer));
}

function onTargets(network: TestNetwork, change: (answer: Answer) => Answer): EndFault {
  return network.intercept((answer, { path }) =>
    path.startsWith('targets/') && answer.status === 200 ? change(answer) : answer,
  );
}

function flipped(body: Answer['body']): Answer['body'] {
  return body === 'endless' ? body : body.map((byte) => byte ^ 1);
}

function targetsOf({ published }: AttackStage['publisher']): Signed<Targets> {
  return published.targets.get('targets') as Signed<Targets>;
}

function addMalware(signed: Tree): void {
  (signed.get('targets') as Tree).set('malware', jsonOf({ length: 4, hashes: { sha256: '0'.repeat(64) } }));
}

/** A timestamp of a version that lists a snapshot, signed with the timestamp key. */
async function timestampOf(
  { publisher }: AttackStage,
  snapshot: Uint8Array,
  snapshotVersion: number,
  version: number,
): Promise<Files> {
  const entry = await listing(snapshot, snapshotVersion);
  const change = (signed: Tree): void => {
    (signed.set('version', version).get('meta') as Tree).set('snapshot.json', entry);
  };
  const { timestamp } = publisher.published;
  return { 'metadata/timestamp.json': await forge(timestamp.bytes, change, publisher.ring.of('timestamp')) };
}

/** Serves targets under a version, and a snapshot and a timestamp that list them, signed with their keys. */
async function serveSnapshot(
  stage: AttackStage,
  targets: Uint8Array,
  targetsVersion: number,
  version: number,
): Promise<EndFault> {
  const { network, publisher } = stage;
  const entry = await listing(targets, targetsVersion);
  const change = (signed: Tree): void => {
    (signed.set('version', version).get('meta') as Tree).set('targets.json', entry);
  };
  const forged = await forge(publisher.published.snapshot.bytes, change, publisher.ring.of('snapshot'));
  return serve(network, {
    [`metadata/${targetsVersion}.targets.json`]: targets,
    [`metadata/${version}.snapshot.json`]: forged,
    ...(await timestampOf(stage, forged, version, version)),
  });
}
