/**
 * One random course of events: releases, faults of the network, of the store and by attackers, restarts of the client. All
 * of it follows from a seed, but for what a clock or a socket decides.
 */
import { expect } from 'vitest';
import type { Store, Transport } from '../../src/client/ports.ts';
import { isTufError, type TufErrorCode } from '../../src/errors.ts';
import { Client } from '../../src/index.node.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { AttackName, MountedAttack } from '../../src/testing/attack.ts';
import { attacks } from '../../src/testing/attacks.ts';
import { failingStore } from '../../src/testing/failing-store.ts';
import type { TestVersions } from '../../src/testing/release.ts';
import { TestRepository } from '../../src/testing/repository.ts';
import { fetchTransport } from '../../src/transport/fetch.ts';
import { httpTransport } from '../../src/transport/http.ts';
import { retrying } from '../../src/transport/retry.ts';
import { randomFrom } from '../metadata/json-texts.ts';
import { type FaultProxy, faults, startProxy } from './proxy.ts';
import { serve } from './served.ts';

/** What happened in one course, for a total over many. */
export interface Course {
  readonly updates: number;
  readonly refused: readonly TufErrorCode[];
}

/** What a fault or an attack that needs no key may end in. Anything else is a defect. */
const codes: ReadonlySet<TufErrorCode> = new Set<TufErrorCode>([
  'ERR_TUF_TRANSPORT',
  'ERR_TUF_NOT_FOUND',
  'ERR_TUF_MALFORMED',
  // One bit is turned anywhere: in a name, a number, a type.
  'ERR_TUF_WRONG_TYPE',
  'ERR_TUF_SPEC_VERSION',
  'ERR_TUF_UNSIGNED',
  'ERR_TUF_TOO_LONG',
  'ERR_TUF_LENGTH_MISMATCH',
  'ERR_TUF_HASH_MISMATCH',
  'ERR_TUF_VERSION_MISMATCH',
  'ERR_TUF_ROLLBACK',
  'ERR_TUF_EXPIRED',
  'ERR_TUF_STORE',
]);

const files = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json', 'targets/app.txt', '*'];
const keyless = attacks.filter(({ stolen }) => stolen.length === 0).map(({ name }) => name);

/** Runs the course of a seed; with `overTcp`, through a server and a proxy. Throws an assertion that fails. */
export async function runCourse(seed: number, overTcp: boolean): Promise<Course> {
  const random = randomFrom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;

  const repository = await TestRepository.create({ seed, targets: { 'app.txt': 'release 1' } });
  const { network, clock } = repository;
  /** The content that is listed since each version of targets. The first, which a client may be shown, lists nothing. */
  const contents = new Map([[repository.versions.targets, 'release 1']]);
  const contentAt = (version: number): string | undefined => [...contents].findLast(([since]) => since <= version)?.[1];
  const server = overTcp ? await serve(repository) : undefined;
  const proxy = server === undefined ? undefined : await startProxy(server.port);
  const stored = memoryStore();
  const refused: TufErrorCode[] = [];
  let mounted: MountedAttack[] = [];
  let trusted: TestVersions | undefined;
  let updates = 0;
  /** Whether something stands in the way. */
  let isHindered = false;

  const transportOf = (idleTimeoutMs: number): Transport =>
    retrying(
      proxy === undefined
        ? fetchTransport({ fetch: network.fetch, idleTimeoutMs })
        : httpTransport({ idleTimeoutMs, totalTimeoutMs: 4 * idleTimeoutMs }),
      { attemptsMax: 2, backoffMs: 0 },
    );
  /** Soon out of patience where there is a fault to run into; never because the machine is slow. */
  const [hasty, patient] = [transportOf(60), transportOf(30_000)];
  const transport: Transport = { get: (url, request) => (isHindered ? hasty : patient).get(url, request) };
  const clientOn = (store: Store): Client => {
    const options = { ...repository.clientOptions({ store }), transport };
    if (proxy === undefined) return new Client(options);
    return new Client({ ...options, metadataUrl: `${proxy.origin}/metadata`, targetsUrl: `${proxy.origin}/targets` });
  };

  /** A refresh, a search and a download, with all that must hold of them. */
  const update = async (client: Client): Promise<void> => {
    updates += 1;
    try {
      const refreshed = await client.refresh();
      for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const) {
        expect(refreshed[role], `${role} goes back`).toBeGreaterThanOrEqual(trusted?.[role] ?? 1);
        expect(refreshed[role], `${role} was never published`).toBeLessThanOrEqual(repository.versions[role]);
      }
      trusted = refreshed;
      const target = await client.find('app.txt');
      expect(target !== undefined, 'whether app.txt is listed').toBe(contentAt(refreshed.targets) !== undefined);
      if (target === undefined) return;
      const bytes = await client.download(target);
      expect(Buffer.from(bytes).toString(), 'the content of that version').toBe(contentAt(refreshed.targets));
    } catch (error) {
      if (!isTufError(error)) throw error;
      expect(codes, error.message).toContain(error.code);
      expect(isHindered || error.code === 'ERR_TUF_EXPIRED', `${error.code} with nothing in the way`).toBe(true);
      refused.push(error.code);
    }
  };

  let client = clientOn(stored);
  const events: Record<string, () => Promise<void> | void> = {
    async publish() {
      const number = contents.size + 1;
      const roles = ['root', 'timestamp', 'snapshot', 'targets'].filter(() => random() < 0.15);
      const { targets } = await repository.publish({ targets: { 'app.txt': `release ${number}` }, rotate: roles });
      contents.set(targets, `release ${number}`);
    },
    renew: async () => void (await repository.publish()),
    later: () => clock.advance({ hours: 1 + below(30) }),
    restart: () => {
      client = clientOn(stored);
    },
    'restart on a store that fails': () => {
      isHindered = true;
      const operation = oneOf(['read', 'write', 'remove', 'exclusive'] as const);
      client = clientOn(failingStore(stored, { [operation]: 1 + below(6) }));
    },
    fault: () => {
      isHindered = true;
      if (proxy === undefined) faultOn(network, oneOf(files), random);
      else hinder(proxy, random);
    },
    attack: async () => {
      isHindered = true;
      const name: AttackName = oneOf(keyless);
      if (!mounted.some((attack) => attack.name === name)) mounted.push(await repository.attack(name));
    },
    mend: () => {
      for (const attack of mounted) attack.end();
      mounted = [];
      network.restore();
      if (proxy !== undefined) {
        proxy.choose = () => undefined;
        proxy.disconnect();
      }
      client = clientOn(stored);
      isHindered = false;
    },
  };
  const names = Object.keys(events);
  try {
    for (let step = 0; step < 10; step++) {
      await events[oneOf(names)]?.();
      if (random() < 0.7) await update(client);
    }
    // In the end all is well: what is kept is still good for the newest state.
    await events['mend']?.();
    await repository.publish();
    client = clientOn(stored);
    const failures = refused.length;
    await update(client);
    expect(refused.slice(failures), 'the update after all faults').toEqual([]);
    expect(trusted).toMatchObject(repository.versions);
    return { updates, refused };
  } finally {
    await proxy?.stop();
    await server?.stop();
  }
}

function faultOn(network: TestRepository['network'], file: string, random: () => number): void {
  const times = random() < 0.5 ? { times: 1 + Math.floor(random() * 3) } : {};
  const kinds = [
    () => network.offline(),
    () => network.fail(file, times),
    () => network.fail(file, { ...times, status: [404, 408, 429, 500, 503][Math.floor(random() * 5)] ?? 500 }),
    () => network.drop(file, times),
    () => network.drop(file, { ...times, bytes: 0 }),
    () => network.stall(file, times),
    () => network.stall(file, { ...times, bytes: 20 }),
    () => network.slow(file, { ...times, bytes: 64 }),
    () => network.truncate(file, times),
    () => network.misstateLength(file, times),
    () => network.endless(file, times),
    () => network.replace(file, '<!doctype html>', times),
    () => network.replace(file, '', times),
  ];
  kinds[Math.floor(random() * kinds.length)]?.();
}

/** Every answer from here on is as good as it comes, or has one of a few faults. */
function hinder(proxy: FaultProxy, random: () => number): void {
  const all = [...Object.values(faults.none), ...Object.values(faults.again), ...Object.values(faults.refused)];
  const some = [0, 1, 2].map(() => all[Math.floor(random() * all.length)]);
  const share = random();
  proxy.choose = () => (random() < share ? some[Math.floor(random() * some.length)] : undefined);
}
