import { describe, expect, it } from 'vitest';
import type { ClientOptions, Target } from '../../src/client/client.ts';
import { mirrors } from '../../src/client/mirrors.ts';
import type { Transport, TransportOutcome, TransportRequest } from '../../src/client/ports.ts';
import { TufError } from '../../src/errors.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { type Answer, Simulator } from '../simulator/simulator.ts';

const newest = { root: 2, timestamp: 3, snapshot: 3, targets: 3 };

/** What a mirror does with a request, beside serving what it has. */
type Manner = (path: string, request: TransportRequest) => Promise<TransportOutcome> | undefined;

/** Never answers; ends with an abort alone. */
const silent: Manner = (_, { signal }) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

function broken(isTemporary: boolean): Manner {
  return async () => {
    const evidence = { url: 'x', isTemporary };
    throw new TufError('ERR_TUF_TRANSPORT', 'no connection', evidence);
  };
}

/** One server of several. */
class Mirror {
  readonly served: Map<string, Answer>;
  readonly requests: string[] = [];
  manner: Manner = () => undefined;
  readonly #simulator = new Simulator();

  constructor(served: ReadonlyMap<string, Answer>) {
    this.#simulator.restore(served);
    this.served = this.#simulator.served;
  }

  get(path: string, request: TransportRequest): Promise<TransportOutcome> {
    this.requests.push(`${path}${request.once ? ' once' : ''}`);
    return this.manner(path, request) ?? this.#simulator.transport.get(`https://simulator.example/${path}`, request);
  }
}

/** Three releases, the last under another root; three mirrors that have the newest, and the older sets. */
function setUp() {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  simulator.delegate('targets', 'role', { paths: ['d/*'] });
  const first = simulator.save();
  simulator.addTarget(simulator.targets, 'f', 'older content');
  simulator.publishTargets();
  const second = simulator.save();
  simulator.addTarget(simulator.targets, 'f', 'content');
  simulator.addTarget(simulator.delegated.get('role'), 'd/f', 'delegated content');
  simulator.publishDelegated();
  simulator.rotate('snapshot', 'another');
  simulator.publishTargets();
  const all = [0, 1, 2].map(() => new Mirror(simulator.save()));
  const transport: Transport = {
    async get(url, request) {
      request.signal?.throwIfAborted();
      const [, number, path] = /^https:\/\/(\d)\.example\/(.*)$/.exec(url) as RegExpExecArray;
      return (all[Number(number)] as Mirror).get(path as string, request);
    },
  };
  const store = new OpenStore();
  const places = [1, 2].map((i) => ({
    metadataUrl: `https://${i}.example/metadata`,
    targetsUrl: `https://${i}.example/targets/`,
  }));
  const clientWith = (options: Partial<ClientOptions> = {}) =>
    clientOf(simulator, store, pinned, {
      metadataUrl: 'https://0.example/metadata/',
      targetsUrl: 'https://0.example/targets/',
      transport,
      mirrors: mirrors(places, { graceMs: 1 }),
      limits: { rootBytes: 20_000, timestampBytes: 20_000, snapshotBytes: 20_000, targetsBytes: 20_000 },
      ...options,
    });
  return { simulator, pinned, first, second, all: all as [Mirror, Mirror, Mirror], store, places, clientWith };
}

async function downloaded(client: ReturnType<typeof clientOf>['client'], path = 'f'): Promise<string> {
  return Buffer.from(await client.download((await client.find(path)) as Target)).toString();
}

describe('a client with mirrors', () => {
  it('[4.7-b] asks all for the next root and the timestamp, and one for everything else', async () => {
    const { all, clientWith } = setUp();
    const { client, events } = clientWith();
    expect(await client.refresh()).toMatchObject({ ...newest, changed: true });
    expect(await downloaded(client)).toBe('content');
    expect(await downloaded(client, 'd/f')).toBe('delegated content');
    const heads = ['metadata/2.root.json', 'metadata/3.root.json', 'metadata/timestamp.json'];
    expect(all[0].requests).toEqual([
      ...heads,
      'metadata/3.snapshot.json once',
      'metadata/3.targets.json once',
      expect.stringMatching(/^targets\/\w+\.f once$/),
      'metadata/1.role.json once',
      expect.stringMatching(/^targets\/d\/\w+\.f once$/),
    ]);
    expect([all[1].requests, all[2].requests]).toEqual([heads, heads]);
    expect(events.map(({ type }) => type)).not.toContain('mirror-failed');
  });

  it.each([0, 1, 2])('takes the highest valid timestamp, where only mirror %i has it (T31)', async (i) => {
    const { first, second, all, clientWith } = setUp();
    for (const [j, mirror] of all.entries()) {
      if (i === j) continue;
      mirror.served.clear();
      for (const [path, answer] of j === 1 ? first : second) mirror.served.set(path, answer);
    }
    const { client } = clientWith();
    expect(await client.refresh()).toMatchObject(newest);
    expect(await downloaded(client)).toBe('content');
  });

  it.each([
    ['withholds the next root', (mirror: Mirror) => mirror.served.delete('metadata/2.root.json')],
    ['forbids the next root', (mirror: Mirror) => mirror.served.set('metadata/2.root.json', { status: 403 })],
    ['serves another file as the next root', (mirror: Mirror) => copy(mirror, 'timestamp', '2.root')],
    ['serves an endless root', (mirror: Mirror) => mirror.served.set('metadata/2.root.json', { endless: true })],
    ['has no timestamp', (mirror: Mirror) => mirror.served.delete('metadata/timestamp.json')],
    [
      'serves an endless timestamp',
      (mirror: Mirror) => mirror.served.set('metadata/timestamp.json', { endless: true }),
    ],
    ['serves a forged timestamp', (mirror: Mirror) => mirror.served.set('metadata/timestamp.json', forged())],
    ['withholds the snapshot', (mirror: Mirror) => mirror.served.delete('metadata/3.snapshot.json')],
    ['serves an older snapshot', (mirror: Mirror) => copy(mirror, '2.snapshot', '3.snapshot')],
    ['serves older targets', (mirror: Mirror) => copy(mirror, '2.targets', '3.targets')],
    ['serves endless targets', (mirror: Mirror) => mirror.served.set('metadata/3.targets.json', { endless: true })],
    ['answers with garbage', (mirror: Mirror) => replaceAll(mirror, new Uint8Array(100))],
    ['answers with pages', (mirror: Mirror) => replaceAll(mirror, Buffer.from('<html>Welcome</html>'))],
    ['answers 503 for good', (mirror: Mirror) => (mirror.manner = broken(true))],
    ['cannot be reached', (mirror: Mirror) => (mirror.manner = broken(false))],
    ['never answers', (mirror: Mirror) => (mirror.manner = silent)],
  ])('[GO-20] updates all the same while one %s', async (_, spoil) => {
    for (const i of [0, 1, 2]) {
      const { all, clientWith } = setUp();
      spoil(all[i] as Mirror);
      const { client } = clientWith();
      expect(await client.refresh()).toMatchObject(newest);
      expect(await downloaded(client)).toBe('content');
      expect(await downloaded(client, 'd/f')).toBe('delegated content');
    }
  });

  it.each([
    ['is missing', (mirror: Mirror) => dropTargets(mirror)],
    ['is another', (mirror: Mirror) => replaceTargets(mirror, Buffer.from('CONTENT'))],
    ['is too long', (mirror: Mirror) => replaceTargets(mirror, { endless: true })],
  ])('[4.7-b] hands out only the listed bytes where a file of two mirrors %s, and asks the third', async (_, spoil) => {
    const { all, clientWith } = setUp();
    spoil(all[0]);
    spoil(all[1]);
    const { client, events } = clientWith();
    expect(await downloaded(client)).toBe('content');
    expect(events.filter(({ type }) => type === 'mirror-failed')).toHaveLength(2);
    const before = all[2].requests.length;
    // Those that failed are last from then on.
    expect(await downloaded(client)).toBe('content');
    expect(all[2].requests.length).toBe(before + 1);
    expect(all[0].requests.filter((path) => path.startsWith('targets/'))).toHaveLength(1);
  });

  it('asks one that was too slow no more in that update, and hears it in the next', async () => {
    const { all, clientWith } = setUp();
    all[0].manner = silent;
    const { client } = clientWith();
    await client.refresh();
    expect(all[0].requests).toEqual(['metadata/2.root.json']);
    all[0].manner = () => undefined;
    await client.refresh();
    expect(all[0].requests).toHaveLength(3);
  });

  it('asks those that were too slow after all where nobody else is accepted', async () => {
    const { all, clientWith } = setUp();
    for (const bad of [all[1], all[2]]) replaceAll(bad, new Uint8Array(9));
    let asked = 0;
    all[0].manner = (...request) => (asked++ === 0 ? silent(...request) : undefined);
    expect(await clientWith().client.refresh()).toMatchObject(newest);
    // One that answers every question about versions in time, and then gives nothing.
    const other = setUp();
    for (const bad of [other.all[1], other.all[2]]) bad.served.delete('metadata/3.snapshot.json');
    let questions = 0;
    other.all[0].manner = (...request) => (questions++ === 0 ? silent(...request) : undefined);
    expect(await other.clientWith().client.refresh()).toMatchObject(newest);
  });

  it('gives one that drips its time and no more, and asks it again only where all others fail', async () => {
    const dripping: Manner = (path, request) => (path.includes('snapshot') ? silent(path, request) : undefined);
    const { all, places, clientWith } = setUp();
    all[0].manner = dripping;
    const { client, events } = clientWith({ mirrors: mirrors(places, { graceMs: 1, attemptMs: 5 }) });
    expect(await client.refresh()).toMatchObject(newest);
    const [failed] = events.filter(({ type }) => type === 'mirror-failed') as { mirror: number; cause: TufError }[];
    expect([failed?.mirror, failed?.cause.code]).toEqual([0, 'ERR_TUF_TRANSPORT']);
    expect(failed?.cause.message).toBe('snapshot: too slow: 3.snapshot.json took over 5 ms');
    const alone = setUp();
    let asked = 0;
    alone.all[0].manner = (path, request) => (asked++ < 4 ? dripping(path, request) : undefined);
    for (const bad of [alone.all[1], alone.all[2]]) bad.served.delete('metadata/3.snapshot.json');
    const patient = alone.clientWith({ mirrors: mirrors(alone.places, { graceMs: 1, attemptMs: 5 }) });
    expect(await patient.client.refresh()).toMatchObject(newest);
  });

  it('tries those again, with all patience, that failed for a moment', async () => {
    const { all, clientWith } = setUp();
    for (const mirror of all) {
      mirror.manner = (path, request) =>
        path.includes('snapshot') && request.once ? broken(mirror === all[1])(path, request) : undefined;
    }
    expect(await clientWith().client.refresh()).toMatchObject(newest);
    expect(all.map(({ requests }) => requests.filter((path) => path.includes('snapshot')).length)).toEqual([1, 2, 1]);
  });

  it('throws the first refusal where all fail, with what each did', async () => {
    const { all, clientWith } = setUp();
    all[0].manner = broken(false);
    copy(all[1], '2.targets', '3.targets');
    all[2].served.delete('metadata/3.targets.json');
    const { client, events } = clientWith();
    const error = await refusal(client.refresh(), 'ERR_TUF_VERSION_MISMATCH');
    expect(error.message).toMatch(/^targets: version 2 was served.*\(no mirror gave better\)$/);
    const codes = (error.cause as AggregateError).errors.map((each: TufError) => each.code);
    expect(codes).toEqual(['ERR_TUF_VERSION_MISMATCH', 'ERR_TUF_TRANSPORT', 'ERR_TUF_TRANSPORT']);
    expect(events).toContainEqual({ type: 'refused', error });
  });

  it('takes nothing older than it has, whoever serves it', async () => {
    const { first, all, store, clientWith } = setUp();
    await clientWith().client.refresh();
    const before = store.dump();
    for (const mirror of all)
      mirror.served.set('metadata/timestamp.json', first.get('metadata/timestamp.json') as Answer);
    await refusal(clientWith().client.refresh(), 'ERR_TUF_ROLLBACK');
    expect(store.dump()).toEqual(before);
    all[2].served.set('metadata/timestamp.json', setUp().all[2].served.get('metadata/timestamp.json') as Answer);
    expect(await clientWith().client.refresh()).toMatchObject({ ...newest, changed: false });
  });

  it('ends where the store fails: another mirror would not mend it', async () => {
    const { all, store, clientWith } = setUp();
    store.before = (operation, name) => {
      if (operation === 'write' && name === 'snapshot.json') throw new Error('disk full');
    };
    await refusal(clientWith().client.refresh(), 'ERR_TUF_STORE');
    expect(all[1].requests).not.toContain('metadata/3.snapshot.json once');
  });

  it('ends with the reason of an abort, while all are silent', async () => {
    const { all, clientWith } = setUp();
    for (const mirror of all) mirror.manner = silent;
    const controller = new AbortController();
    const refreshed = clientWith().client.refresh({ signal: controller.signal });
    controller.abort(new RangeError('enough'));
    await expect(refreshed).rejects.toThrow('enough');
  });

  it('asks a mirror without targets for metadata only', async () => {
    const { all, places, clientWith } = setUp();
    dropTargets(all[0]);
    const only = places.map(({ metadataUrl }, i) => (i === 0 ? { metadataUrl } : (places[1] as (typeof places)[0])));
    const { client } = clientWith({ mirrors: mirrors(only) });
    expect(await downloaded(client)).toBe('content');
    expect(all[1].requests.some((path) => path.startsWith('targets/'))).toBe(false);
  });

  it('comes to the newest state from one honest mirror, whatever the others serve (seeds 1 to 30)', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const { first, second, all, clientWith } = setUp();
      let state = seed;
      const random = (below: number): number => {
        state = (state * 48271) % 2147483647;
        return state % below;
      };
      const honest = random(3);
      const sets = [first, second, (all[honest] as Mirror).served].map((each) => [...(each as Map<string, Answer>)]);
      for (const [i, mirror] of all.entries()) {
        if (i === honest) continue;
        for (const path of [...mirror.served.keys()]) {
          const other = sets[random(3)]?.[random(4)] as [string, Answer];
          const answers = [other[1], forged(), { status: 404 }, { endless: true }, new Uint8Array(random(50))] as const;
          if (random(2) === 0) mirror.served.set(path, answers[random(answers.length)] as Answer);
        }
      }
      const { client } = clientWith();
      expect([seed, await client.refresh()]).toMatchObject([seed, newest]);
      expect(await downloaded(client)).toBe('content');
    }
  });

  it.each([
    [[]],
    [[{ metadataUrl: 'ftp://x/' }]],
    [[{ metadataUrl: 'https://x/', targetsUrl: 'x' }]],
    [Array(17).fill({ metadataUrl: 'https://x/' })],
    // Any of these a transport would refuse as misuse, and with it every update.
    [[{ metadataUrl: 'https://' }]],
    [[{ metadataUrl: 'https://x y/' }]],
    [[{ metadataUrl: 'https://[::/' }]],
    [[{ metadataUrl: 'https://x:99999/' }]],
    [[{ metadataUrl: 'https://name:password@x/' }]],
  ])('is misuse of %j', (places) => {
    expect(() => mirrors(places)).toThrow(TypeError);
  });

  it('is misuse with a list where mirrors() is wanted', () => {
    const { places, clientWith } = setUp();
    expect(() => clientWith({ mirrors: places as never })).toThrow('the option mirrors');
    expect(() => mirrors(places, { graceMs: -1 })).toThrow(TypeError);
    expect(() => mirrors(places, { attemptMs: Number.NaN })).toThrow(TypeError);
  });
});

function copy(mirror: Mirror, from: string, to: string): void {
  mirror.served.set(`metadata/${to}.json`, mirror.served.get(`metadata/${from}.json`) as Answer);
}

function replaceAll(mirror: Mirror, answer: Answer): void {
  for (const path of mirror.served.keys()) mirror.served.set(path, answer);
}

function dropTargets(mirror: Mirror): void {
  for (const path of [...mirror.served.keys()]) if (path.startsWith('targets/')) mirror.served.delete(path);
}

function replaceTargets(mirror: Mirror, answer: Answer): void {
  for (const path of mirror.served.keys()) if (path.startsWith('targets/')) mirror.served.set(path, answer);
}

/** A timestamp of a high version by keys that nobody trusts. */
function forged(): Uint8Array {
  const simulator = new Simulator();
  return simulator.signed({ ...simulator.timestamp, version: 99 }, [new SimKey('mallory')]);
}
