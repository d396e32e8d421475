/** Sigstore's production repository where it is at hand, and a repository of the same shapes always. */
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { absent, sigstore, withDigest } from './archive.ts';
import { type RealRepository, rootPath, runOn } from './real-repository.ts';
import { shapes } from './shapes.ts';

if (absent !== undefined) process.stderr.write(`skipped: ${absent}\n`);

const json = (repository: RealRepository, path: string) =>
  JSON.parse(Buffer.from(repository.files.get(path) as Uint8Array).toString());

describe.each([
  ['Sigstore', sigstore],
  ['the same shapes', shapes],
] as const)('%s', (name, make) => {
  const present = name !== 'Sigstore' || absent === undefined;
  const repository = present ? make() : shapes();

  it.skipIf(!present)('has the shapes that clients went wrong on', () => {
    const roots = Array.from({ length: repository.roots }, (_, i) => json(repository, rootPath(i + 1)));
    const keysOf = (version: number) =>
      Object.values<{ keytype: string; keyval: { public: string } }>(roots[version - 1].signed.keys);
    expect(roots.map(({ signed }) => signed.consistent_snapshot)).toEqual(roots.map((_, i) => i >= 4));
    for (const version of [1, 2, 3, 4]) {
      expect(keysOf(version).every(({ keyval }) => /^04[0-9a-f]{128}$/.test(keyval.public))).toBe(true);
    }
    expect(keysOf(5).every(({ keyval }) => keyval.public.startsWith('-----BEGIN'))).toBe(true);
    expect(keysOf(4).every(({ keytype }) => keytype === 'ecdsa-sha2-nistp256')).toBe(true);
    expect(keysOf(9).every(({ keytype }) => keytype === 'ecdsa')).toBe(true);
    expect(roots[0].signed.expires).toMatch(/\.\d+-06:00$/);
    expect([roots[1].signed.expires, roots[2].signed.expires]).toEqual(
      Array(2).fill(expect.stringMatching(/\.\d{9}Z$/)),
    );
    const foreign = ({ signatures, signed }: Record<string, Record<string, never>>) =>
      Object.values<{ keyid: string }>(signatures as never).filter(({ keyid }) => !(keyid in (signed?.['keys'] ?? {})));
    expect([5, 9].map((version) => foreign(roots[version - 1]).length > 0)).toEqual([true, true]);
    for (const version of [12, 14]) {
      expect(roots[version - 1].signatures.some(({ sig }: { sig: string }) => sig === '')).toBe(true);
    }
    expect(json(repository, 'metadata/165.snapshot.json').signed.meta['root.json'].hashes).toBeDefined();
    expect(json(repository, 'metadata/timestamp.json').signed.spec_version).toBe('1.0');
  });

  it.skipIf(!present)(
    '[5.3.1, 5.3.3, 5.3.4a, A-01, A-02, A-04, A-09, A-24, A-26, A-31, A-54, A-66] is walked from the first root to every target by default',
    async () => {
      const { trusts, failure, events, requests } = await runOn(repository);
      expect(failure).toBeUndefined();
      const accepted = events.flatMap((event) =>
        event.type === 'accepted' && event.from === 'server' ? [`${event.role} ${event.version}`] : [],
      );
      const { timestamp, snapshot, targets } = repository.versions;
      expect(accepted).toEqual([
        ...Array.from({ length: repository.roots - 1 }, (_, i) => `root ${i + 2}`),
        `timestamp ${timestamp}`,
        `snapshot ${snapshot}`,
        `targets ${targets}`,
        `${repository.delegated.role} 8`,
      ]);
      const mismatches = events.filter(({ type }) => type === 'keyid-mismatch');
      const online = Object.keys(json(repository, rootPath(11)).signed.keys).find(
        (keyid) => !Object.hasOwn(json(repository, rootPath(12)).signed.keys, keyid),
      );
      expect(mismatches).toEqual([
        { type: 'keyid-mismatch', role: 'root', keyid: online, computed: expect.any(String) },
      ]);
      expect(repository.targets.length).toBeGreaterThan(2);
      for (const path of repository.targets) {
        const role = path === repository.delegated.path ? repository.delegated.role : 'targets';
        const file = [...repository.files].find(([name, bytes]) => name === `targets/${withDigest(path, bytes)}`);
        expect(trusts?.[`target ${path}`]).toBe(`${role}: ${Buffer.from(file?.[1] as Uint8Array).toString('latin1')}`);
        expect(requests).toContain(file?.[0]);
      }
      expect(requests.slice(0, repository.roots)).toEqual(
        Array.from({ length: repository.roots }, (_, i) => rootPath(i + 2)),
      );
    },
  );

  it.skipIf(!present)(
    '[5.3.1, A-20] is walked from every root, and again from what is kept, to the same trust',
    async () => {
      const { trusts, store } = await runOn(repository);
      for (let from = 2; from <= repository.roots; from += 1) {
        expect((await runOn(repository, { from })).trusts).toEqual(trusts);
      }
      const warm = await runOn(repository, { store });
      expect(warm.trusts).toEqual(trusts);
      expect(warm.requests.filter((path) => path.startsWith('metadata/'))).toEqual([
        rootPath(repository.roots + 1),
        'metadata/timestamp.json',
      ]);
    },
  );

  it.skipIf(!present).each([
    [1, 'ERR_TUF_MALFORMED', '/signed/expires'],
    [2, 'ERR_TUF_MALFORMED', '/signed/expires'],
    [3, 'ERR_TUF_MALFORMED', '/signed/expires'],
    [4, 'ERR_TUF_KEYID_MISMATCH', undefined],
    [10, 'ERR_TUF_KEYID_MISMATCH', undefined],
    [11, 'ERR_TUF_KEYID_MISMATCH', undefined],
    [12, undefined, undefined],
    [15, undefined, undefined],
  ])('[A-09, A-02, 4.2.3-a, 4.3-g] under strict, from root %i: %s', async (from, code, pointer) => {
    const { failure, trusts, events } = await runOn(repository, { from, profile: 'strict' });
    if (code === undefined) {
      expect(failure).toBeUndefined();
      expect(trusts).toEqual((await runOn(repository)).trusts);
      return;
    }
    expect(failure).toMatchObject({ code });
    if (pointer !== undefined) expect((failure as TufError<'ERR_TUF_MALFORMED'>).evidence.pointer).toBe(pointer);
    const last = events.filter((event) => event.type === 'accepted').map((event) => event.version);
    expect(Math.max(from, ...last)).toBe(pointer === undefined ? Math.max(from, 10) : from);
  });

  it.skipIf(!present)('[A-10, 5.4.4] is refused once its timestamp has expired', async () => {
    const { failure } = await runOn(repository, { time: json(repository, 'metadata/timestamp.json').signed.expires });
    expect(failure).toBeInstanceOf(TufError);
    expect(failure).toMatchObject({ code: 'ERR_TUF_EXPIRED', evidence: { role: 'timestamp' } });
  });

  it.skipIf(!present)(
    '[5.6.7.2.1, A-34] finds nothing below the terminating delegation that its role does not list',
    async () => {
      const { delegated } = repository;
      const other = `${delegated.role}/other.json`;
      const { trusts } = await runOn(repository, { targets: [other, delegated.role] });
      expect(trusts).toMatchObject({ [`target ${other}`]: 'not found', [`target ${delegated.role}`]: 'not found' });
    },
  );
});
