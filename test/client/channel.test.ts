import { describe, expect, it } from 'vitest';
import type { Target, UpdateClient } from '../../src/client/client.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { type Doc, day, Simulator } from '../simulator/simulator.ts';

const latest = 'releases/app-1.3.0.tgz';
const older = 'releases/app-1.2.0.tgz';

/** Lists a channel: what other clients download has the same path in a line. */
function point(simulator: Simulator, document: Doc, name: string, target: string): Doc {
  const entry = simulator.addTarget(document, `channels/${name}`, `${target}\n`);
  entry.custom = { 'tufa-channel': { target } };
  return entry;
}

/** A repository in which two releases are listed, and `stable` names the newer one. */
function setUp(build: (simulator: Simulator) => void = () => {}) {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  for (const path of [older, latest]) simulator.addTarget(simulator.targets, path, `content of ${path}`);
  point(simulator, simulator.targets, 'stable', latest);
  build(simulator);
  simulator.publishDelegated();
  simulator.publishTargets();
  const store = new OpenStore();
  const start = (more = {}) => clientOf(simulator, store, pinned, more);
  return { simulator, store, start, client: start().client };
}

const textOf = async (client: UpdateClient, target: Target | undefined): Promise<string> =>
  Buffer.from(await client.download(target as Target)).toString();

describe('a channel', () => {
  it('gives the target that it names, whatever else is listed', async () => {
    const { client } = setUp();
    const target = await client.channel('stable');
    expect(target).toMatchObject({ path: latest, role: 'targets' });
    expect(await textOf(client, target)).toBe(`content of ${latest}`);
  });

  it('follows what its publisher signs, forwards and back', async () => {
    const { simulator, client } = setUp();
    await client.channel('stable');
    point(simulator, simulator.targets, 'stable', older);
    simulator.publishTargets();
    expect(await client.channel('stable')).toMatchObject({ path: latest });
    await client.refresh();
    expect(await client.channel('stable')).toMatchObject({ path: older });
  });

  it('that no role lists is undefined', async () => {
    const { client, simulator } = setUp((s) => s.delegate('targets', 'beta', { paths: ['channels/*'] }));
    expect(await client.channel('beta')).toBeUndefined();
    expect(simulator.requests).toContain('metadata/1.beta.json');
  });

  it('costs no request of its own, and none for the file that other clients follow', async () => {
    const { client, simulator } = setUp();
    await client.refresh();
    const before = simulator.requests.length;
    await client.channel('stable');
    expect(simulator.requests).toHaveLength(before);
  });

  it('names a target that another role vouches for', async () => {
    const { client } = setUp((s) => {
      s.delegate('targets', 'choosers', { paths: ['channels/*'] });
      s.delegate('targets', 'builders', { paths: ['nightly/*'] });
      s.addTarget(s.delegated.get('builders'), 'nightly/app.tgz', 'of tonight');
      point(s, s.delegated.get('choosers'), 'nightly', 'nightly/app.tgz');
    });
    const target = await client.channel('nightly');
    expect(target).toMatchObject({ path: 'nightly/app.tgz', role: 'builders' });
    expect(await textOf(client, target)).toBe('of tonight');
  });

  it.each([
    '',
    'Stable',
    'a/b',
    '../stable',
    '.',
    'stable.',
    '-stable',
    'st able',
    'stäble',
    'a'.repeat(65),
    7,
    undefined,
  ])('cannot be called %j', async (name) => {
    const { client, simulator } = setUp();
    await expect(client.channel(name as string)).rejects.toThrow(TypeError);
    expect(simulator.requests).toEqual([]);
  });

  it.each(['a', '1', '1.x', 'lts-2030_01', 'a'.repeat(64)])('can be called %j', async (name) => {
    const { client } = setUp((s) => point(s, s.targets, name, older));
    expect(await client.channel(name)).toMatchObject({ path: older });
  });

  it('ends with the reason of an abort', async () => {
    const { client } = setUp();
    await expect(client.channel('stable', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});

describe('a channel without the network', () => {
  it('is that of what is kept, and says whose word has expired', async () => {
    const { simulator, start } = setUp((s) => {
      s.delegate('targets', 'choosers', { paths: ['channels/*'] });
      point(s, s.delegated.get('choosers'), 'beta', latest);
      s.delegated.get('choosers').expires = s.at(2);
    });
    await start().client.channel('beta');
    simulator.time += 2 * day;
    const before = simulator.requests.length;
    const { client } = start();
    await client.refresh({ offline: 'strict' });
    await refusal(client.channel('beta'), 'ERR_TUF_EXPIRED');
    await client.refresh({ offline: 'allow-expired' });
    expect(await client.channel('beta')).toMatchObject({ path: latest, role: 'targets', expired: ['choosers'] });
    expect(simulator.requests).toHaveLength(before);
  });
});

describe('a channel of another shape is refused', () => {
  const long = 'a'.repeat(4097);
  const isNone = { custom: 'absent' };
  it.each<[unknown, string]>([
    [isNone, ''],
    [{}, ''],
    [{ channel: { target: latest } }, ''],
    [{ 'tufa-channel': null }, ''],
    [{ 'tufa-channel': latest }, ''],
    [{ 'tufa-channel': [latest] }, ''],
    [{ 'tufa-channel': {} }, '/target'],
    [{ 'tufa-channel': { target: '' } }, '/target'],
    [{ 'tufa-channel': { target: 7 } }, '/target'],
    [{ 'tufa-channel': { target: [latest] } }, '/target'],
    [{ 'tufa-channel': { target: long } }, '/target'],
    [{ 'tufa-channel': { target: latest, 'from~/': 1 } }, '/from~0~1'],
  ])('%.80j', async (custom, pointer) => {
    const { simulator, start } = setUp((s) => {
      if (custom === isNone) delete s.targets.targets['channels/stable'].custom;
      else s.targets.targets['channels/stable'].custom = custom;
    });
    const { client, events } = start();
    const error = await refusal(client.channel('stable'), 'ERR_TUF_MALFORMED');
    const where = '/signed/targets/channels~1stable/custom/tufa-channel';
    expect(error.evidence).toEqual({ role: 'targets', pointer: `${where}${pointer}` });
    expect(error.hint).toMatch(/\S/);
    expect(events).toContainEqual({ type: 'refused', error });
    expect(simulator.requests.filter((path) => path.startsWith('targets/'))).toEqual([]);
  });

  it.each(['channels/stable', 'channels/beta', 'channels/beta/app.tgz'])('as one that leads to %s', async (target) => {
    const { client } = setUp((s) => {
      point(s, s.targets, 'beta', latest);
      s.addTarget(s.targets, 'channels/beta/app.tgz', 'content');
      point(s, s.targets, 'stable', target);
    });
    const error = await refusal(client.channel('stable'), 'ERR_TUF_MALFORMED');
    expect(error.evidence.pointer).toMatch(/\/tufa-channel\/target$/);
  });

  it('and what an object inherits is none', async () => {
    const { client } = setUp((s) => {
      s.targets.targets['channels/stable'].custom = JSON.parse('{"__proto__":{"tufa-channel":{"target":"f"}}}');
    });
    await refusal(client.channel('stable'), 'ERR_TUF_MALFORMED');
  });
});

describe('an unsigned choice of the latest (T33)', () => {
  it('is not served by an old timestamp, an old snapshot or old targets: rollback', async () => {
    const { simulator, store, start } = setUp((s) => point(s, s.targets, 'stable', older));
    const before = simulator.save();
    point(simulator, simulator.targets, 'stable', latest);
    simulator.publishTargets();
    expect(await start().client.channel('stable')).toMatchObject({ path: latest });
    const trusted = store.dump();
    const now = simulator.save();
    const attacks: [string, string, 'ERR_TUF_ROLLBACK' | 'ERR_TUF_VERSION_MISMATCH'][] = [
      ['metadata/timestamp.json', 'metadata/timestamp.json', 'ERR_TUF_ROLLBACK'],
      ['metadata/3.snapshot.json', 'metadata/2.snapshot.json', 'ERR_TUF_VERSION_MISMATCH'],
      ['metadata/3.targets.json', 'metadata/2.targets.json', 'ERR_TUF_VERSION_MISMATCH'],
    ];
    for (const [served, old, code] of attacks) {
      simulator.restore(now);
      simulator.serve(served, before.get(old) as Uint8Array);
      // What is kept is not asked for again: a client that has the root and the timestamp alone.
      if (old !== served) for (const role of ['snapshot', 'targets']) store.files.delete(`${role}.json`);
      await refusal(start().client.channel('stable'), code);
    }
    simulator.restore(before);
    for (const [name, bytes] of Object.entries(trusted)) store.files.set(name, Buffer.from(bytes, 'base64'));
    await refusal(start().client.channel('stable'), 'ERR_TUF_ROLLBACK');
    expect(store.dump()).toEqual(trusted);
  });

  it('is not served by another file: those who download the channel refuse it, and here it is never asked for', async () => {
    const { simulator, client } = setUp();
    const { sha256 } = simulator.targets.targets['channels/stable'].hashes;
    // As long as the honest one.
    simulator.serve(simulator.targetPath('channels/stable', sha256), Buffer.from(`${older}\n`));
    const file = (await client.find('channels/stable')) as Target;
    await refusal(client.download(file), 'ERR_TUF_HASH_MISMATCH');
    expect(await client.channel('stable')).toMatchObject({ path: latest });
  });

  it.each([
    ['no role lists', () => {}],
    [
      'is listed by a role that may not sign it',
      (s: Simulator) => {
        s.delegate('targets', 'others', { paths: ['others/*'] });
        s.addTarget(s.delegated.get('others'), 'releases/app-9.tgz', 'content');
      },
    ],
    [
      'is listed behind a terminating delegation',
      (s: Simulator) => {
        s.delegate('targets', 'first', { paths: ['releases/*'], terminating: true });
        s.delegate('targets', 'second', { paths: ['releases/*'] });
        s.addTarget(s.delegated.get('second'), 'releases/app-9.tgz', 'content');
      },
    ],
  ] as [string, (s: Simulator) => void][])(
    'is not found where what it names %s, never another target',
    async (_, build) => {
      const { client, simulator } = setUp((s) => {
        build(s);
        point(s, s.targets, 'stable', 'releases/app-9.tgz');
      });
      const error = await refusal(client.channel('stable'), 'ERR_TUF_NOT_FOUND');
      expect(error.evidence).toEqual({ path: 'releases/app-9.tgz' });
      expect(simulator.requests.filter((path) => path.startsWith('targets/'))).toEqual([]);
    },
  );

  it('is not made by a role that may not sign channels, or that is asked later', async () => {
    const { client } = setUp((s) => {
      s.delegate('targets', 'outsiders', { paths: ['others/*'] });
      s.delegate('targets', 'first', { paths: ['channels/*'] });
      s.delegate('targets', 'second', { paths: ['channels/*'] });
      for (const role of ['outsiders', 'second']) {
        for (const name of ['stable', 'beta', 'alpha']) point(s, s.delegated.get(role), name, older);
      }
      point(s, s.delegated.get('first'), 'beta', latest);
    });
    // Listed by the top-level targets, by the first role, and by the second one alone.
    expect(await client.channel('stable')).toMatchObject({ path: latest });
    expect(await client.channel('beta')).toMatchObject({ path: latest });
    expect(await client.channel('alpha')).toMatchObject({ path: older });
  });

  it('is not made by a role behind a terminating delegation, also where the channel is gone', async () => {
    const { client } = setUp((s) => {
      s.delegate('targets', 'first', { paths: ['channels/*'], terminating: true });
      s.delegate('targets', 'second', { paths: ['channels/*'] });
      point(s, s.delegated.get('second'), 'beta', older);
    });
    expect(await client.channel('beta')).toBeUndefined();
  });

  it('is not made by withholding a role: its error, and no answer of the next', async () => {
    const { client, simulator } = setUp((s) => {
      s.delegate('targets', 'first', { paths: ['channels/*'] });
      s.delegate('targets', 'second', { paths: ['channels/*'] });
      point(s, s.delegated.get('first'), 'beta', latest);
      point(s, s.delegated.get('second'), 'beta', older);
    });
    simulator.serve('metadata/1.first.json', { status: 404 });
    await refusal(client.channel('beta'), 'ERR_TUF_TRANSPORT');
  });
});

describe('one state and one time', () => {
  const releases = (s: Simulator) => {
    s.delegate('targets', 'releases', { paths: ['v/*'] });
    s.addTarget(s.delegated.get('releases'), 'v/1', 'one');
    point(s, s.targets, 'stable', 'v/1');
  };

  it('ends on the state that it began with, although a refresh comes between its searches', async () => {
    const { simulator, start } = setUp(releases);
    const { client } = start();
    await client.refresh();
    const honest = simulator.bytes('metadata/1.releases.json');
    let refreshed: Promise<unknown> | undefined;
    const get = simulator.transport.get;
    const between = {
      get: async (...all: Parameters<typeof get>) => {
        if (!all[0].endsWith('/1.releases.json') || refreshed !== undefined) return get(...all);
        const document = simulator.delegated.get('releases');
        document.version += 1;
        document.targets = {};
        simulator.addTarget(document, 'v/2', 'two');
        point(simulator, simulator.targets, 'stable', 'v/2');
        simulator.publishDelegated();
        simulator.publishTargets();
        simulator.serve('metadata/1.releases.json', honest);
        refreshed = other.refresh();
        await refreshed;
        return get(...all);
      },
    };
    const other = start({ transport: between }).client;
    expect(await other.channel('stable')).toMatchObject({ path: 'v/1', role: 'releases' });
    expect(await refreshed).toMatchObject({ changed: true });
    expect(await other.channel('stable')).toMatchObject({ path: 'v/2', role: 'releases' });
  });

  it('reads the clock once', async () => {
    const { simulator, start } = setUp(releases);
    let asked = 0;
    const now = () => {
      asked += 1;
      return new Date(simulator.time);
    };
    const { client } = start({ now });
    await client.refresh();
    asked = 0;
    await client.channel('stable');
    expect(asked).toBe(1);
  });

  it.each(['choosers', 'releases'])('is refused, and not downloaded, once %s has expired (A-69)', async (expired) => {
    const { simulator, client } = setUp((s) => {
      releases(s);
      s.delegate('targets', 'choosers', { paths: ['channels/*'] });
      point(s, s.delegated.get('choosers'), 'beta', 'v/1');
      s.delegated.get(expired).expires = s.at(2);
    });
    const target = (await client.channel('beta')) as Target;
    expect(await textOf(client, target)).toBe('one');
    simulator.time += 2 * day;
    const use = await refusal(client.download(target), 'ERR_TUF_EXPIRED');
    expect(use.role).toBe(expired);
    const look = await refusal(client.channel('beta'), 'ERR_TUF_EXPIRED');
    expect(look.role).toBe(expired);
  });
});
