/** Every fault of the proxy on every kind of request: once, and for ever. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTufError, type TufError, type TufErrorCode } from '../../src/errors.ts';
import { Client } from '../../src/index.node.ts';
import { downloadToFile } from '../../src/node/index.ts';
import { directoryStore } from '../../src/store/directory.ts';
import { TestRepository } from '../../src/testing/repository.ts';
import { httpTransport } from '../../src/transport/http.ts';
import { retrying } from '../../src/transport/retry.ts';
import { type Fault, type FaultProxy, faults, startProxy } from './proxy.ts';
import { type Served, serve } from './served.ts';

const content = 'the content of the release, '.repeat(40);
const attemptsMax = 2;
/** Silence ends after the first, and what drips after the second: far more than anything healthy takes here. */
const patience = { idleTimeoutMs: 1000, bytesPerSecondMin: 0, totalTimeoutMs: 2000 };

const steps = {
  'the next root': /\/2\.root\.json(\?|$)/,
  timestamp: /\/timestamp\.json(\?|$)/,
  snapshot: /\/\d+\.snapshot\.json(\?|$)/,
  targets: /\/\d+\.targets\.json(\?|$)/,
  'a target file': /\/targets\//,
} as const;

/** What a lie is refused with: where nothing trusted lists the file (root, timestamp), and where its length and hashes are listed. */
const refusals: Readonly<Record<string, readonly [unlisted: readonly TufErrorCode[], listed: TufErrorCode]>> = {
  'a page in its place': [['ERR_TUF_MALFORMED'], 'ERR_TUF_LENGTH_MISMATCH'],
  'a length one too low': [['ERR_TUF_MALFORMED'], 'ERR_TUF_LENGTH_MISMATCH'],
  // Where nothing is known of the length, it is a body that breaks off.
  'a length one too high': [['ERR_TUF_TRANSPORT'], 'ERR_TUF_TOO_LONG'],
  // In a name, a value or a signature.
  'one bit turned': [
    ['ERR_TUF_MALFORMED', 'ERR_TUF_UNSIGNED', 'ERR_TUF_WRONG_TYPE', 'ERR_TUF_SPEC_VERSION'],
    'ERR_TUF_HASH_MISMATCH',
  ],
  'an empty body': [['ERR_TUF_MALFORMED'], 'ERR_TUF_LENGTH_MISMATCH'],
  'bytes without end': [['ERR_TUF_TOO_LONG'], 'ERR_TUF_TOO_LONG'],
  'a redirect to itself': [['ERR_TUF_TRANSPORT'], 'ERR_TUF_TRANSPORT'],
  'a redirect to another origin': [['ERR_TUF_TRANSPORT'], 'ERR_TUF_TRANSPORT'],
};

let repository: TestRepository;
let server: Served;
let folder: string;

/** One client with a store, a folder and a network of its own. */
class Place {
  readonly proxy: FaultProxy;
  readonly #folder = mkdtempSync(join(folder, 'place-'));
  readonly to = join(this.#folder, 'downloads', 'app.txt');

  constructor(proxy: FaultProxy) {
    this.proxy = proxy;
    mkdirSync(join(this.to, '..'));
  }

  /** A client that is started anew: a refresh, a search and a download. The error that it ends with. */
  async update(): Promise<TufError | undefined> {
    const client = new Client({
      root: repository.root,
      store: directoryStore(join(this.#folder, 'store')),
      metadataUrl: `${this.proxy.origin}/metadata`,
      targetsUrl: `${this.proxy.origin}/targets`,
      transport: retrying(httpTransport(patience), { attemptsMax, backoffMs: 1 }),
      now: repository.clock.now,
    });
    try {
      await client.refresh();
      const target = await client.find('app.txt');
      if (target === undefined) throw new TypeError('app.txt is listed');
      await downloadToFile(client, target, this.to);
      return undefined;
    } catch (error) {
      if (!isTufError(error)) throw error;
      return error;
    }
  }

  /** Hits requests of one kind, as many as it is told, and counts them. */
  hit(kind: RegExp, fault: Fault, timesMax: number): () => number {
    let hits = 0;
    this.proxy.choose = (path) => (kind.test(path) && hits++ < timesMax ? fault : undefined);
    return () => Math.min(hits, timesMax);
  }

  /** Nothing is left that was not verified, and the store is one with which the next update succeeds. */
  async provesSound(): Promise<void> {
    const left = readdirSync(join(this.to, '..'));
    expect(left.filter((name) => name !== 'app.txt')).toEqual([]);
    if (left.length > 0) expect(readFileSync(this.to, 'utf8')).toBe(content);
    this.proxy.choose = () => undefined;
    expect(await this.update()).toBeUndefined();
    expect(readFileSync(this.to, 'utf8')).toBe(content);
  }
}

/** Runs a case at a place of its own, so that those that wait can wait together. */
async function inPlace(run: (place: Place) => Promise<void>): Promise<void> {
  const proxy = await startProxy(server.port);
  try {
    await run(new Place(proxy));
  } finally {
    await proxy.stop();
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-faults-'));
  repository = await TestRepository.create({ seed: 'faults', targets: { 'app.txt': content } });
  await repository.publish({ rotate: ['root'] });
  server = await serve(repository);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe.concurrent.each(Object.entries(steps))('on %s', (step, kind) => {
  it.each(Object.entries(faults.none))('%s is no fault', (_, fault) =>
    inPlace(async (place) => {
      const hits = place.hit(kind, fault, Number.POSITIVE_INFINITY);
      expect(await place.update()).toBeUndefined();
      expect(hits()).toBeGreaterThan(0);
      await place.provesSound();
    }),
  );

  it.each(Object.entries(faults.again))('%s is overcome by another attempt', (_, fault) =>
    inPlace(async (place) => {
      const hits = place.hit(kind, fault, 1);
      expect(await place.update()).toBeUndefined();
      expect(hits()).toBe(1);
      await place.provesSound();
    }),
  );

  it.each(Object.entries(faults.again))('%s for ever ends with what was tried, and where', (_, fault) =>
    inPlace(async (place) => {
      const hits = place.hit(kind, fault, Number.POSITIVE_INFINITY);
      const error = await place.update();
      expect(error?.code).toBe('ERR_TUF_TRANSPORT');
      const { url, ...evidence } = (error?.evidence ?? {}) as { url?: string };
      expect(url).toMatch(kind);
      expect(evidence).toMatchObject({ attempts: attemptsMax, isTemporary: true });
      expect(error?.hint).toBeDefined();
      // An agent that finds a connection stale which was used before asks again on a new one.
      expect(hits()).toBeGreaterThanOrEqual(attemptsMax);
      expect(hits()).toBeLessThanOrEqual(2 * attemptsMax);
      expect(existsSync(place.to)).toBe(false);
      await place.provesSound();
    }),
  );

  it.each(Object.entries(faults.refused))('%s is not believed', (name, fault) =>
    inPlace(async (place) => {
      place.hit(kind, fault, Number.POSITIVE_INFINITY);
      const error = await place.update();
      const [unlisted, listed] = refusals[name] ?? [[], undefined];
      expect(step === 'the next root' || step === 'timestamp' ? unlisted : [listed]).toContain(error?.code);
      expect(existsSync(place.to)).toBe(false);
      await place.provesSound();
    }),
  );
});
