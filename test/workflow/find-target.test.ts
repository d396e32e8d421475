import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { day, Simulator } from '../simulator/simulator.ts';

type Build = (simulator: Simulator) => void;

function setUp(build: Build, options = {}) {
  const simulator = new Simulator(options);
  const pinned = simulator.bytes('metadata/1.root.json');
  build(simulator);
  simulator.publishDelegated();
  simulator.publishTargets();
  const store = new OpenStore();
  const start = (more = {}) => clientOf(simulator, store, pinned, more).client;
  return { simulator, pinned, store, start };
}

const listed = { length: 1, hashes: { sha256: 'ab'.repeat(32) } };
const only = (path: string, tag = 'ab') => ({ [path]: { length: 1, hashes: { sha256: tag.repeat(32) } } });
/** The delegated roles that were fetched, in order. */
const fetched = (simulator: Simulator) =>
  simulator.requests
    .filter((path) => /^metadata\/1\.(?!root|targets|snapshot)/.test(path))
    .map((path) => path.split('.')[1]);
const hashOf = (path: string) => createHash('sha256').update(path).digest('hex');

describe('the search', () => {
  it('[5.6.7.1c, 2.1.2-a] takes the delegator before its delegates', async () => {
    const { simulator, start } = setUp((s) => {
      s.addTarget(s.targets, 'f', 'own');
      s.delegate('targets', 'a', { paths: ['*'] }, only('f'));
    });
    expect(await start().find('f')).toMatchObject({ role: 'targets', length: 3 });
    expect(fetched(simulator)).toEqual([]);
  });

  it('[5.6.7, 5.6.7.2, 4.5-n] goes depth first in the order of the delegations', async () => {
    const graph: Build = (s) => {
      for (const role of ['a', 'b', 'c']) s.delegate('targets', role);
      s.delegate('a', 'a1');
      s.delegate('a1', 'a11');
      s.delegate('a', 'a2');
      s.delegate('b', 'b1', {}, only('f'));
    };
    const { simulator, start } = setUp((s) => {
      graph(s);
      for (const d of [...s.delegated.values(), s.targets]) for (const r of d.delegations?.roles ?? []) r.paths = ['*'];
    });
    expect(await start().find('f')).toMatchObject({ role: 'b1' });
    expect(fetched(simulator)).toEqual(['a', 'a1', 'a11', 'a2', 'b', 'b1']);
  });

  it.each([
    [['a', 'b'], 'aa'],
    [['b', 'a'], 'bb'],
    [['10', '2'], '10'],
    [['beta', '1'], 'be'],
  ])('[4.5-n, 4.5-o, A-67] lets the first of %j win, whatever the names', async ([first, second], tag) => {
    const { start } = setUp((s) => {
      for (const role of [first, second] as string[]) {
        s.delegate(
          'targets',
          role,
          { paths: ['*'] },
          only('f', Buffer.from(role.padEnd(2, role)).toString('hex').slice(0, 2)),
        );
      }
    });
    const found = await start().find('f');
    expect(found?.role).toBe(first);
    expect(tag).toBeTruthy();
  });

  it('[5.6.7.1a] visits a role once: cycles and self-delegations end', async () => {
    const { simulator, start } = setUp((s) => {
      s.delegate('targets', 'a');
      s.delegate('a', 'b');
      for (const [from, to] of [
        ['b', 'a'],
        ['a', 'a'],
      ])
        s.delegate(from as string, to as string);
    });
    expect(await start().find('f')).toBeUndefined();
    expect(fetched(simulator)).toEqual(['a', 'b']);
  });

  it('[5.6.7.2.1, A-34] ends after a terminating role and its descendants, also for the ancestors', async () => {
    const { simulator, start } = setUp((s) => {
      s.delegate('targets', 'a');
      s.delegate('a', 'a1', { paths: ['*'], terminating: true });
      s.delegate('a1', 'a11');
      s.delegate('a', 'a2', {}, only('f'));
      s.delegate('targets', 'b', {}, only('f'));
      s.delegated.get('a').delegations.roles[1].paths = ['*'];
      s.targets.delegations.roles[1].paths = ['*'];
    });
    expect(await start().find('f')).toBeUndefined();
    expect(fetched(simulator)).toEqual(['a', 'a1', 'a11']);
  });

  it('[5.6.7.2.1, A-34] does not end at a terminating role whose paths do not match (DLG-07)', async () => {
    const { start } = setUp((s) => {
      s.delegate('targets', 'x', { paths: ['x/*'], terminating: true });
      s.delegate('targets', 'y', { paths: ['y/*'] }, only('y/1'));
    });
    expect(await start().find('y/1')).toMatchObject({ role: 'y' });
  });

  it('[A-36] ends at a terminating edge to a role that was visited already', async () => {
    const { simulator, start } = setUp((s) => {
      s.delegate('targets', 'a');
      s.delegate('targets', 'b');
      s.delegate('targets', 'd', { paths: ['*'] }, only('f'));
      s.delegate('b', 'a', { paths: ['*'], terminating: true });
    });
    expect(await start().find('f')).toBeUndefined();
    expect(fetched(simulator)).toEqual(['a', 'b']);
  });

  it('[5.6.7.2.2] goes on after a role that is not terminating', async () => {
    const { start } = setUp((s) => {
      s.delegate('targets', 'a');
      s.delegate('targets', 'b', { paths: ['*'] }, only('f'));
    });
    expect(await start().find('f')).toMatchObject({ role: 'b' });
  });

  it('[5.6.7.1b, A-38] stops at the limit of roles, which is no "not found"', async () => {
    const { simulator, start } = setUp((s) => {
      let from = 'targets';
      for (let i = 0; i < 40; i += 1) {
        s.delegate(from, `r${i}`);
        from = `r${i}`;
      }
    });
    const error = await refusal(start().find('f'), 'ERR_TUF_TOO_MANY_ROLES');
    expect(error.evidence).toEqual({ path: 'f', limit: 32, option: 'delegatedRoles' });
    expect(fetched(simulator)).toHaveLength(32);
    simulator.requests.length = 0;
    expect(await start({ limits: { delegatedRoles: 40 } }).find('f')).toBeUndefined();
  });

  it('[A-38] finds a target in the last role that the limit allows', async () => {
    const { start } = setUp((s) => {
      let from = 'targets';
      for (let i = 0; i < 32; i += 1) {
        s.delegate(from, `r${i}`, { paths: ['*'] }, i === 31 ? only('f') : {});
        from = `r${i}`;
      }
    });
    expect(await start().find('f')).toMatchObject({ role: 'r31' });
  });

  it.each(['unavailable', 'unsigned', 'reset'])(
    '[5.6.7, A-37, A-63] ends with the error of a role that cannot be had or believed (%s), never with the next answer',
    async (fault) => {
      const { simulator, start } = setUp((s) => {
        s.delegate('targets', 'a', { paths: ['*'] }, only('f'));
        s.delegate('targets', 'b', { paths: ['*'] }, only('f'));
      });
      const path = 'metadata/1.a.json';
      if (fault === 'unavailable') simulator.served.delete(path);
      if (fault === 'unsigned')
        simulator.serve(path, simulator.signed(simulator.delegated.get('a'), [new SimKey('b')]));
      if (fault === 'reset') simulator.serve(path, { error: new TypeError('reset') });
      if (fault === 'reset') await expect(start().find('f')).rejects.toThrow('reset');
      else await refusal(start().find('f'), fault === 'unsigned' ? 'ERR_TUF_UNSIGNED' : 'ERR_TUF_TRANSPORT');
      expect(simulator.requests).not.toContain('metadata/1.b.json');
    },
  );

  it('[4.5-j, A-61] does not find a target outside the paths of any role in the chain', async () => {
    const { start } = setUp((s) => {
      s.delegate('targets', 'a', { paths: ['foo/*'] });
      s.delegate('a', 'b', { paths: ['*/x'] }, { ...only('bar/x'), ...only('foo/x') });
    });
    expect(await start().find('bar/x')).toBeUndefined();
    expect(await start().find('foo/x')).toMatchObject({ role: 'b' });
  });

  it('[A-36, A-45] verifies a role by the keys of whoever delegates to it (diamond, SIG-11)', async () => {
    const { simulator, pinned, store, start } = setUp((s) => {
      s.delegate('targets', 'a', { paths: ['a/*'] });
      s.delegate('targets', 'b', { paths: ['b/*'] });
      s.delegate('a', 'c', { paths: ['a/*', 'b/*'] }, { ...only('a/ok'), ...only('b/evil') });
      const other = new SimKey('other');
      const from = s.delegated.get('b');
      from.delegations = { keys: { [other.keyid]: other.key }, roles: [] };
      from.delegations.roles.push({
        name: 'c',
        keyids: [other.keyid],
        threshold: 1,
        terminating: false,
        paths: ['b/*'],
      });
    });
    const client = start();
    expect(await client.find('a/ok')).toMatchObject({ role: 'c' });
    await refusal(client.find('b/evil'), 'ERR_TUF_UNSIGNED');
    await refusal(start().find('b/evil'), 'ERR_TUF_UNSIGNED');
    expect(store.files.has('c.json')).toBe(true);
    // Signed for both, it is good through both.
    simulator.keys.set('c', [new SimKey('c'), new SimKey('other')]);
    simulator.publishDelegated();
    store.files.delete('c.json');
    const again = clientOf(simulator, store, pinned).client;
    expect(await again.find('b/evil')).toMatchObject({ role: 'c' });
    expect(await again.find('a/ok')).toMatchObject({ role: 'c' });
  });

  it('[5.6.2, 5.6.3, 5.6.4, 5.6.5, A-45] holds delegated roles to the steps of top-level targets', async () => {
    const build: Build = (s) => s.delegate('targets', 'a', { paths: ['*'] }, only('f'));
    const expired = setUp((s) => {
      build(s);
      s.delegated.get('a').expires = s.at(-1);
    });
    expect((await refusal(expired.start().find('f'), 'ERR_TUF_EXPIRED')).role).toBe('a');
    const hashes = setUp(build, { hashes: true });
    hashes.simulator.serve('metadata/1.a.json', Buffer.alloc(hashes.simulator.bytes('metadata/1.a.json').length, ' '));
    await refusal(hashes.start().find('f'), 'ERR_TUF_HASH_MISMATCH');
    const version = setUp(build);
    version.simulator.serve(
      'metadata/1.a.json',
      version.simulator.signed(
        { ...version.simulator.delegated.get('a'), version: 2 },
        version.simulator.keys.get('a') ?? [],
      ),
    );
    await refusal(version.start().find('f'), 'ERR_TUF_VERSION_MISMATCH');
    for (const { store } of [expired, hashes, version]) expect(store.files.has('a.json')).toBe(false);
  });

  it('[4.4-a] refuses a role that the snapshot does not list, without asking for it (DLG-12)', async () => {
    const { simulator, start } = setUp((s) => s.delegate('targets', 'a'));
    simulator.snapshot.meta = { 'targets.json': simulator.snapshot.meta['targets.json'] };
    simulator.delegated.clear();
    simulator.publishSnapshot();
    const error = await refusal(start().find('f'), 'ERR_TUF_MISSING_META');
    expect(error.evidence).toEqual({ role: 'snapshot', subject: 'a.json' });
    expect(simulator.requests).not.toContain('metadata/1.a.json');
  });

  it('[4.3-h, A-02, 3.1.2-c] looks keyids up in the delegator and nowhere else (T21)', async () => {
    const { simulator, start } = setUp((s) => {
      const root = (s.keys.get('snapshot') ?? [])[0] as SimKey;
      s.delegate('targets', 'a', { paths: ['*'] }, only('f'));
      const imposter = new SimKey('imposter', root.keyid);
      s.keys.set('a', [imposter]);
      s.targets.delegations = { keys: { [root.keyid]: imposter.key }, roles: s.targets.delegations.roles };
      s.targets.delegations.roles[0].keyids = [root.keyid];
    });
    expect(await start().find('f')).toMatchObject({ role: 'a' });
    // The delegate's key of that keyid signs no snapshot.
    simulator.keys.set('snapshot', simulator.keys.get('a') ?? []);
    simulator.publishSnapshot();
    await refusal(start().find('f'), 'ERR_TUF_UNSIGNED');
  });

  it('[2.1.2-b] forgets a delegation that its delegator has withdrawn', async () => {
    const { simulator, start } = setUp((s) => s.delegate('targets', 'a', { paths: ['*'] }, only('f')));
    const client = start();
    expect(await client.find('f')).toBeDefined();
    simulator.targets.delegations.roles = [];
    simulator.publishTargets();
    await client.refresh();
    expect(await client.find('f')).toBeUndefined();
  });

  it('[A-67, DLG-13] treats every name as an ordinary one', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '1', '10'];
    const { start } = setUp((s) => {
      s.addTarget(s.targets, 'constructor', 'a constructor');
      for (const name of names) s.delegate('targets', name, { paths: [`in/${name}`] }, only(`in/${name}`));
    });
    const client = start();
    expect(await client.find('constructor')).toMatchObject({ length: 13 });
    for (const name of names) {
      expect(await client.find(`in/${name}`)).toMatchObject({ role: name });
      if (name !== 'constructor') expect(await client.find(name)).toBeUndefined();
    }
  });

  it('[A-39, A-41, 3.1.2-b] asks for every role name below the base URL, and keeps it in one file', async () => {
    const names = [
      'a/b',
      '../x',
      '/abs',
      '?',
      '#',
      'ü',
      '%2e',
      'Role',
      'role',
      '.',
      '..',
      'é',
      'e\u0301',
      'con',
      'x'.repeat(300),
    ];
    const { simulator, store, start } = setUp((s) => {
      for (const [i, name] of names.entries()) s.delegate('targets', name, { paths: [`${i}`] }, only(`${i}`));
    });
    const before = store.files.size;
    const client = start();
    for (const [i, name] of names.entries()) expect(await client.find(`${i}`)).toMatchObject({ role: name });
    expect(simulator.requests).toContain('metadata/1...%2Fx.json');
    const files = [...store.files.keys()].slice(before);
    expect(new Set(files.map((name) => name.toLowerCase().normalize('NFC'))).size).toBe(files.length);
    for (const name of files) expect(name).toMatch(/^(root_history\/)?[a-z0-9%][a-zA-Z0-9._%-]{0,254}$/);
    // And reads it back from there.
    simulator.requests.length = 0;
    const again = start();
    for (const i of names.keys()) await again.find(`${i}`);
    expect(simulator.requests).toEqual(['metadata/2.root.json', 'metadata/timestamp.json']);
  });

  it('[A-40] with a role named 2.root and plain names only denies service, with a clear error', async () => {
    const { start } = setUp((s) => s.delegate('targets', '2.root'), { consistentSnapshot: false });
    await refusal(start().refresh(), 'ERR_TUF_WRONG_TYPE');
  });
});

describe('path_hash_prefixes', () => {
  it('[4.5-i, A-49] match the lower-case hex SHA-256 of the verbatim path', async () => {
    const path = 'dir/é.txt';
    const digest = hashOf(path);
    const cases: [string[], boolean][] = [
      [[digest.slice(0, 1)], true],
      [[digest.slice(0, 8), 'zz'], true],
      [[digest], true],
      [[''], true],
      [[], false],
      [[`${digest}0`], false],
      [[digest.replace(/^./, (c) => (c === '0' ? '1' : '0'))], false],
      [[digest.replace(/[a-f]/, (c) => c.toUpperCase()).slice(0, digest.search(/[a-f]/) + 1)], false],
    ];
    for (const [prefixes, matches] of cases) {
      const { start } = setUp((s) => s.delegate('targets', 'a', { path_hash_prefixes: prefixes }, only(path)));
      expect((await start().find(path)) !== undefined, JSON.stringify(prefixes)).toBe(matches);
    }
  });

  it('[4.5-h, A-14] and paths both absent trust the role with nothing; an empty list too', async () => {
    for (const more of [{}, { paths: [] }, { path_hash_prefixes: [] }]) {
      const { start } = setUp((s) => s.delegate('targets', 'a', more, only('f')));
      expect(await start().find('f')).toBeUndefined();
    }
  });
});

describe('succinct hash bins (TAP 15)', () => {
  function bins(bitLength: number, path: string, bin: string) {
    return setUp((s) => {
      const key = new SimKey('bins');
      s.targets.delegations = {
        keys: { [key.keyid]: key.key },
        succinct_roles: { keyids: [key.keyid], threshold: 1, bit_length: bitLength, name_prefix: 'bin' },
      };
      s.keys.set(bin, [key]);
      s.delegated.set(bin, { ...s.targets, delegations: undefined, version: 1, targets: only(path) });
      delete s.delegated.get(bin).delegations;
    });
  }

  it.each([1, 2, 4, 7, 8, 14, 32])('[A-35] look in the one bin of a path, at %i bits', async (bitLength) => {
    const path = 'some/path';
    const number = Number(BigInt(`0x${hashOf(path).slice(0, 8)}`) >> BigInt(32 - bitLength));
    const name = `bin-${number.toString(16).padStart(Math.ceil(bitLength / 4), '0')}`;
    const { simulator, start } = bins(bitLength, path, name);
    expect(await start().find(path)).toMatchObject({ role: name });
    expect(fetched(simulator)).toEqual([name]);
  });

  it.each([0, -1, 33, 64, 1.5, '8'])('[A-35] refuse bit_length %j', async (bitLength) => {
    const { start } = bins(bitLength as number, 'p', 'bin-0');
    await refusal(start().find('p'), 'ERR_TUF_MALFORMED');
  });

  it('[A-35] beside roles are malformed', async () => {
    const { start } = setUp((s) => {
      s.delegate('targets', 'a');
      s.targets.delegations.succinct_roles = { keyids: [], threshold: 1, bit_length: 8, name_prefix: 'bin' };
    });
    await refusal(start().find('p'), 'ERR_TUF_MALFORMED');
  });
});

describe('what a search may rely on', () => {
  it('[A-69] expires at use, from the exact second on', async () => {
    const { simulator, start } = setUp((s) => {
      s.delegate('targets', 'a', { paths: ['*'] }, only('f'));
      s.delegated.get('a').expires = s.at(2);
      s.timestamp.expires = s.at(3);
    });
    const client = start();
    const target = await client.find('f');
    simulator.time += 2 * day - 1;
    expect(await client.find('f')).toBeDefined();
    simulator.time += 1;
    expect((await refusal(client.find('f'), 'ERR_TUF_EXPIRED')).role).toBe('a');
    simulator.time += day;
    expect((await refusal(client.find('f'), 'ERR_TUF_EXPIRED')).role).toBe('timestamp');
    await refusal(client.download(target as never), 'ERR_TUF_EXPIRED');
  });

  it('[A-69] expires with the delegated role that vouches for a target, also for its download', async () => {
    const { simulator, start } = setUp((s) => {
      s.delegate('targets', 'a');
      s.delegate('a', 'b', { paths: ['*'] });
      s.addTarget(s.delegated.get('b'), 'f', 'content');
      s.delegated.get('a').expires = s.at(2);
    });
    const client = start();
    const target = await client.find('f');
    simulator.time += 2 * day - 1;
    await client.download(target as never);
    simulator.time += 1;
    expect((await refusal(client.download(target as never), 'ERR_TUF_EXPIRED')).role).toBe('a');
  });

  it('[A-69] is one state: a refresh in the middle changes nothing for it', async () => {
    const { simulator, start } = setUp((s) => {
      s.delegate('targets', 'a');
      s.delegate('a', 'b', { paths: ['*'] }, only('f', 'aa'));
    });
    const client = start();
    await client.refresh();
    const first = simulator.bytes('metadata/1.a.json');
    let refreshed: Promise<unknown> | undefined;
    simulator.serve('metadata/1.a.json', () => {
      simulator.delegated.get('b').version = 2;
      simulator.delegated.get('b').targets = only('f', 'bb');
      simulator.publishDelegated();
      simulator.publishTargets();
      simulator.serve('metadata/1.a.json', first);
      refreshed = client.refresh();
      return first;
    });
    expect((await client.find('f'))?.hashes['sha256']).toBe('aa'.repeat(32));
    await refreshed;
    expect((await client.find('f'))?.hashes['sha256']).toBe('bb'.repeat(32));
  });

  it('[4.5-d, A-28] hands custom data on as it was signed', async () => {
    const custom = { 'a b': [1, { nested: null }], __proto__x: true };
    const { start } = setUp((s) => {
      s.targets.targets['f'] = { ...listed, custom };
      Object.defineProperty(s.targets.targets['f'].custom, '__proto__', { value: { evil: 1 }, enumerable: true });
    });
    const found = await start().find('f');
    expect(JSON.parse(JSON.stringify(found?.custom))).toEqual(JSON.parse(JSON.stringify(custom)));
    expect((found?.custom as { evil?: unknown })?.evil).toBeUndefined();
    expect(Object.isFrozen(found)).toBe(true);
  });
});
