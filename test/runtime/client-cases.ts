/** What the vectors do not ask of a client, in each runtime: against a server that has a repository in several states. */
import { downloadToBlob, type Floor, memoryStore, mirrors, type Target } from '../../src/browser.ts';
import type { ClientOptions, UpdateClient } from '../../src/client/client.ts';
import type { Store, Transport } from '../../src/client/ports.ts';
import { isTufError } from '../../src/errors.ts';
import { decodeBase64 } from '../../src/metadata/base64.ts';
import type { Case } from './cases.ts';
import type { SampleFacts } from './sample.ts';
import type { Place } from './worker.ts';

const published = Date.parse('2030-01-01T00:00:00Z');
const day = 86_400_000;

/** A client of one state of the sample, and what it asked for. */
interface Made {
  readonly client: UpdateClient;
  readonly events: string[];
  readonly requests: string[];
}

/** What a case is given. */
interface World {
  readonly floor: Floor;
  client(state: string, store: Store, options?: Partial<ClientOptions>): Made;
  urls(state: string): { readonly metadataUrl: string; readonly targetsUrl: string };
}

const current = { root: 2, timestamp: 3, snapshot: 3, targets: 3 };

const byName: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'updates, finds and downloads, and an unchanged repository costs two requests': async ({ client }) => {
    const store = memoryStore();
    const { client: one } = client('current', store);
    holds(await one.refresh(), { ...current, changed: true, from: 'server' });
    same(await text(one, 'app-2.txt'), 'second');
    same(await text(one, 'plugins/p.txt'), 'plugin');
    same(await one.find('nothing'), undefined);
    const again = client('current', store);
    holds(await again.client.refresh(), { ...current, changed: false });
    same(again.requests, ['3.root.json', 'timestamp.json']);
  },
  '[J10] searches that overlap before the first refresh share it, and it can be refreshed again': async ({
    client,
  }) => {
    const { client: one, requests } = client('current', memoryStore());
    const found = await Promise.all(Array.from({ length: 20 }, () => one.find('app-2.txt')));
    same(found.filter((target) => target?.path === 'app-2.txt').length, 20);
    same(requests.filter((name) => name === 'timestamp.json').length, 1);
    holds(await one.refresh(), { changed: false });
  },
  '[T32] a floor refuses an earlier release to a client that has kept nothing': async ({ client, floor }) => {
    const bare = client('first', memoryStore());
    await bare.client.refresh();
    same(bare.events.includes('no-baseline'), true);
    await refused(client('first', memoryStore(), { floor }).client.refresh(), 'ERR_TUF_ROLLBACK');
    holds(await client('current', memoryStore(), { floor }).client.refresh(), current);
  },
  '[T12] what is kept refuses an earlier release, and stays': async ({ client }) => {
    const store = memoryStore();
    await client('current', store).client.refresh();
    await refused(client('first', store).client.refresh(), 'ERR_TUF_ROLLBACK');
    holds(await client('nowhere', store).client.refresh({ offline: 'strict' }), current);
  },
  '[OFF-03] goes on without the network, and says what has expired': async ({ client }) => {
    const store = memoryStore();
    await client('current', store).client.find('plugins/p.txt');
    const offline = client('nowhere', store);
    holds(await offline.client.refresh({ offline: 'strict' }), { ...current, from: 'store' });
    same((await offline.client.find('plugins/p.txt'))?.role, 'plugins');
    holds(await offline.client.refresh({ offline: { maxAgeMs: day } }), { from: 'store' });
    same(offline.requests, []);
    const late = client('nowhere', store, { now: () => new Date(published + 40 * day) });
    await refused(late.client.refresh({ offline: 'strict' }), 'ERR_TUF_EXPIRED');
    const { expired } = await late.client.refresh({ offline: 'allow-expired' });
    same(expired, ['root', 'timestamp', 'snapshot', 'targets']);
  },
  '[GO-20] updates from whichever mirror has the newest': async ({ client, urls }) => {
    const places = ['garbage', 'first', 'nowhere', 'current'].map(urls);
    const { client: one, events } = client('nowhere', memoryStore(), { mirrors: mirrors(places) });
    holds(await one.refresh(), current);
    same(await text(one, 'app-2.txt'), 'second');
    same(events.includes('mirror-failed'), true);
    await refused(
      client('first', memoryStore(), {
        mirrors: mirrors([urls('garbage')]),
        now: () => new Date(published + 40 * day),
      }).client.refresh(),
      'ERR_TUF_EXPIRED',
    );
  },
  '[T33] a channel names the release': async ({ client }) => {
    const { client: one } = client('current', memoryStore());
    const target = await one.channel('stable');
    same(target?.path, 'app-2.txt');
    same(await one.channel('nightly'), undefined);
  },
  'downloads into a Blob what is verified, and nothing else': async ({ client, urls }) => {
    const { client: one } = client('current', memoryStore());
    const blob = await downloadToBlob(one, (await one.find('app-2.txt')) as Target);
    same(await blob.text(), 'second');
    const { targetsUrl } = urls('garbage');
    const { client: other } = client('current', memoryStore(), { targetsUrl });
    const target = (await other.find('app-2.txt')) as Target;
    await refused(downloadToBlob(other, target), 'ERR_TUF_TOO_LONG', 'ERR_TUF_HASH_MISMATCH');
    await refused(other.download(target), 'ERR_TUF_TOO_LONG', 'ERR_TUF_HASH_MISMATCH');
  },
  'ends with the reason of an abort while a server is silent': async ({ client }) => {
    const controller = new AbortController();
    const { client: one } = client('silent', memoryStore());
    const refreshed = one.refresh({ signal: controller.signal });
    const reason = new RangeError('enough');
    setTimeout(() => controller.abort(reason), 50);
    same(await refreshed.catch((error: unknown) => error), reason);
  },
};

/** The cases of a place, against the sample at an origin. */
export function clientCases(place: Place, origin: string): Case[] {
  const world = async (): Promise<World> => {
    const facts = (await (await fetch(`${origin}/sample.json`)).json()) as SampleFacts;
    const root = decodeBase64(facts.root) as Uint8Array;
    const urls = (state: string) => ({
      metadataUrl: `${origin}/sample/${state}/metadata`,
      targetsUrl: `${origin}/sample/${state}/targets`,
    });
    return {
      floor: facts.floor,
      urls,
      client: (state, store, options) => make(place, { root, store, ...urls(state), ...options }),
    };
  };
  return Object.entries(byName).map(([name, run]) => ({
    name: `client: ${name}`,
    run: async () => run(await world()),
  }));
}

function make(
  place: Place,
  options: Pick<ClientOptions, 'root' | 'store' | 'metadataUrl'> & Partial<ClientOptions>,
): Made {
  const requests: string[] = [];
  const events: string[] = [];
  const inner = place.transport();
  const transport: Transport = {
    get: (url, request) => {
      requests.push(url.slice(url.lastIndexOf('/') + 1));
      return inner.get(url, request);
    },
  };
  const client = new place.Client({ crypto: place.crypto(), transport, now: () => new Date(published), ...options });
  for (const type of ['no-baseline', 'mirror-failed', 'fast-forward-recovery'] as const) {
    client.on(type, () => events.push(type));
  }
  return { client, events, requests };
}

async function text(client: UpdateClient, path: string): Promise<string> {
  const target = await client.find(path);
  return new TextDecoder().decode(await client.download(target as Target));
}

async function refused(promise: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTufError(error) || !codes.includes(error.code))
    throw new TypeError(`expected ${codes.join(' or ')}, got ${error}`);
}

function same(found: unknown, expected: unknown): void {
  if (found === expected || JSON.stringify(found) === JSON.stringify(expected)) return;
  throw new TypeError(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

function holds(found: object, expected: object): void {
  same(
    Object.fromEntries(Object.keys(expected).map((name) => [name, (found as Record<string, unknown>)[name]])),
    expected,
  );
}
