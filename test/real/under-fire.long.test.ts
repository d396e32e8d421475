/** A directory store and the processes that use it, killed at every step and set upon one another. Needs the build. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Simulator } from '../simulator/simulator.ts';

interface Job {
  readonly root: string;
  readonly store: string;
  readonly metadataUrl: string;
  readonly times?: number;
  readonly killAt?: number;
}

interface Outcome {
  readonly killed: boolean;
  readonly failure: string | undefined;
  readonly versions: Record<string, number>;
  readonly calls: number;
  readonly events: string[];
}

const folder = mkdtempSync(join(tmpdir(), 'tufa-under-fire-'));
let server: Server;
let simulator: Simulator;
let base: Omit<Job, 'store'>;

function run(job: Job): Promise<Outcome> {
  const script = fileURLToPath(new URL('refresher.mjs', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [script, JSON.stringify(job)], (error, stdout, stderr) => {
      const killed = error?.signal === 'SIGKILL';
      const answer = error === null ? JSON.parse(stdout) : { versions: {}, calls: 0, events: [] };
      resolve({ ...answer, killed, failure: error === null || killed ? undefined : stderr });
    });
  });
}

/** Publishes a release: a new root that rotates a key of timestamp, and new versions of all else. */
function publish(rotate = true): void {
  if (rotate) simulator.rotate('timestamp', `timestamp of release ${simulator.timestamp.version}`);
  simulator.publishTargets();
}

const versionsNow = (): Record<string, number> => ({
  root: simulator.root.version,
  timestamp: simulator.timestamp.version,
  snapshot: simulator.snapshot.version,
  targets: simulator.targets.version,
});

function storedVersion(store: string, role: string): number {
  return JSON.parse(readFileSync(join(store, `${role}.json`), 'utf8')).signed.version;
}

beforeAll(async () => {
  simulator = new Simulator();
  // The processes have the real clock.
  simulator.time = Date.now();
  for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const) simulator[role].expires = simulator.at(30);
  simulator.root.version = 0;
  simulator.publishRoot();
  publish(false);
  server = createServer((request, response) => {
    const answer = simulator.served.get((request.url ?? '').slice(1));
    response.writeHead(answer instanceof Uint8Array ? 200 : 404);
    response.end(answer instanceof Uint8Array ? answer : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = join(folder, 'pinned');
  writeFileSync(root, simulator.bytes('metadata/1.root.json'));
  base = { root, metadataUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata` };
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a process', () => {
  it.each(['a new store', 'a store of the release before'])(
    'killed at every write of %s leaves it usable',
    async (kind) => {
      const before = join(folder, `before ${kind}`);
      const held = kind === 'a new store' ? undefined : (await run({ ...base, store: before })).versions;
      publish();
      const whole = join(folder, `whole ${kind}`);
      if (held !== undefined) cpSync(before, whole, { recursive: true });
      const { calls, versions } = await run({ ...base, store: whole });
      expect(versions).toMatchObject(versionsNow());
      expect(calls).toBeGreaterThan(20);
      const stale = simulator.bytes('metadata/timestamp.json');
      for (let killAt = 1; killAt <= calls; killAt += 1) {
        const store = join(folder, `${kind} ${killAt}`);
        if (held !== undefined) cpSync(before, store, { recursive: true });
        expect(await run({ ...base, store, killAt })).toMatchObject({ killed: true });
        mkdirSync(store, { recursive: true });
        for (const name of readdirSync(store, { recursive: true }) as string[]) {
          // Whole files only: no reader ever sees a part of one.
          if (name.endsWith('.json')) JSON.parse(readFileSync(join(store, name), 'utf8'));
        }
        const next = await run({ ...base, store });
        expect(next, `after a kill at ${killAt}`).toMatchObject({ killed: false, failure: undefined });
        expect(next.versions).toMatchObject(versionsNow());
        expect(next.events.filter((type) => type !== 'fast-forward-recovery')).toEqual([]);
        // The baseline is there: what is older is refused.
        simulator.serve(
          'metadata/timestamp.json',
          simulator.signed({ ...simulator.timestamp, version: 1 }, simulator.keys.get('timestamp') ?? []),
        );
        expect((await run({ ...base, store })).failure).toContain('ERR_TUF_ROLLBACK');
        simulator.serve('metadata/timestamp.json', stale);
        rmSync(store, { recursive: true });
      }
    },
  );

  it('and another refresh one store 200 times at once, while releases come: none fails and nothing is lost', async () => {
    const store = join(folder, 'shared');
    let publishing = true;
    const releases = (async () => {
      for (let i = 0; publishing && i < 500; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        // No rotation of the timestamp's key: between its two requests a client would meet one root and the other's timestamp.
        if (i % 10 === 0) simulator.publishRoot();
        publish(false);
      }
    })();
    const both = await Promise.all([1, 2].map(() => run({ ...base, store, times: 200 })));
    publishing = false;
    await releases;
    for (const { killed, failure, events } of both) {
      expect({ killed, failure }).toEqual({ killed: false, failure: undefined });
      expect(events.filter((type) => type !== 'fast-forward-recovery')).toEqual([]);
    }
    const highest = Math.max(...both.map(({ versions }) => versions['timestamp'] as number));
    expect(storedVersion(store, 'timestamp')).toBe(highest);
    expect(readdirSync(store).filter((name) => name.includes('.tmp'))).toEqual([]);
    expect((await run({ ...base, store })).versions).toMatchObject(versionsNow());
  });
});
