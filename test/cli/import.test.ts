import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { outsideData } from '../real/outside-data.ts';
import { at } from '../tools/project.mjs';
import { newFolder, newShell } from './harness.ts';

const base = newFolder();
afterAll(() => base.remove());
const tufa = newShell();
const path = (...names: string[]) => join(base.path, ...names);
const run = async (args: readonly string[]) => {
  const ran = await tufa(args);
  if (ran.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${ran.exitCode}: ${ran.stderr}`);
  return ran;
};

/** Every file below a folder, by its path. */
function filesBelow(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'latin1')]),
  );
}

/** The parts of `npm run interop` that need nothing but this project. */
const interop = async () => {
  const load = (name: string) => import(at(`test/interop/${name}.mjs`));
  const [takeOver, clients, exercise, plan, differences] = await Promise.all(
    ['take-over', 'clients', 'exercise', 'plan', 'differences'].map(load),
  );
  return { ...takeOver, ...clients, ...exercise, ...plan, ...differences };
};

// biome-ignore lint/suspicious/noExplicitAny: programs without types
let parts: any;
beforeAll(async () => {
  parts = await interop();
  execFileSync(process.execPath, [at('test/interop/write-tuf-js.mjs'), path('theirs')]);
});

describe('repositories that tuf-js made', () => {
  // The others are taken over in `npm run interop`.
  it.each(['rotation', 'unknown-fields'])(
    '%s: is taken over byte for byte, extended and published, and the clients of tuf-js and tufa go on',
    async (name) => {
      const plan = parts.plans.find((each: { name: string }) => each.name === name);
      const theirs = { plan, folder: path('theirs', name) };
      expect(existsSync(join(theirs.folder, 'root.json'))).toBe(true);
      const ours = await parts.takeOver(theirs, path('ours', name), run);
      const client = parts.tufJs('5.0.1', at(''), process.execPath);
      const result = await parts.exercise(client, ours, parts.differencesOf(client.name, 'library', name));
      expect(result.problems).toEqual([]);
      expect(result.passed).toBeGreaterThan(10);
    },
  );
});

describe('tufa import', () => {
  const theirs = () => path('theirs', 'plain');
  const served = () => join(theirs(), '2');
  const root = () => join(theirs(), 'root.json');
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  /** A server of one folder, of which some answers are others. */
  async function serve(folder: string, change: (name: string, body: Buffer) => Buffer | number = (_, body) => body) {
    const requests: string[] = [];
    server = createServer((request, response) => {
      const name = decodeURIComponent(request.url as string).slice(1);
      requests.push(name);
      const file = join(folder, name);
      const body = existsSync(file) ? change(name, readFileSync(file)) : 404;
      if (typeof body === 'number') response.writeHead(body).end();
      else response.writeHead(200, { 'Content-Length': body.length }).end(body);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, requests };
  }

  it('takes a repository from a server, as from a folder', async () => {
    await run(['import', path('from-folder'), '--from', served(), '--root', root()]);
    const { url } = await serve(served());
    const ran = await run(['import', path('from-server'), '--from', url, '--root', root(), '--json']);
    expect(ran.json).toMatchObject({
      root: 1,
      snapshot: 2,
      timestamp: 2,
      rootsFrom: 1,
      roles: ['targets'],
      missing: [],
      keys: [],
    });
    // A server does not tell of what is old.
    const old = (name: string) => /^1\.(targets|snapshot)\.json$/.test(name);
    const metadata = readdirSync(path('from-folder/public/metadata'));
    expect(metadata.filter(old)).toHaveLength(2);
    expect(readdirSync(path('from-server/public/metadata'))).toEqual(metadata.filter((name) => !old(name)));
    for (const name of Object.keys(filesBelow(path('from-server/public')))) {
      expect(readFileSync(path('from-server/public', name)).equals(readFileSync(join(served(), name))), name).toBe(
        true,
      );
    }
    expect(statSync(path('from-server')).mode & 0o777).toBe(0o755 & ~process.umask());
    await run(['status', path('from-server')]);
  });

  it('takes one whose metadata is not in a folder of its own, and whose targets are elsewhere', async () => {
    await run([
      'import',
      path('apart'),
      '--from',
      join(served(), 'metadata'),
      '--targets',
      join(served(), 'targets'),
      '--root',
      root(),
    ]);
    const { url } = await serve(served());
    await run([
      'import',
      path('apart-2'),
      '--from',
      `${url}/metadata/`,
      '--targets',
      `${url}/targets`,
      '--root',
      root(),
    ]);
    expect(filesBelow(path('apart/public/targets'))).toMatchObject(filesBelow(path('apart-2/public/targets')));
  });

  it('begins at a newer root, and brings the older ones that lead there', async () => {
    const last = path('theirs/rotation/2');
    for (const version of [1, 3]) {
      const pinned = join(last, `metadata/${version}.root.json`);
      const ran = await run(['import', path(`pinned-${version}`), '--from', last, '--root', pinned, '--json']);
      expect(ran.json).toMatchObject({ root: 4, rootsFrom: 1 });
    }
    const cut = path('cut');
    cpSync(last, cut, { recursive: true });
    cpSync(join(served(), 'metadata/1.root.json'), join(cut, 'metadata/2.root.json'));
    const ran = await run([
      'import',
      path('pinned-cut'),
      '--from',
      cut,
      '--root',
      join(last, 'metadata/3.root.json'),
      '--json',
    ]);
    expect(ran.json).toMatchObject({ root: 4, rootsFrom: 3 });
    expect(ran.stderr).toContain('no root below version 3');
    expect(existsSync(path('pinned-cut/public/metadata/1.root.json'))).toBe(false);
  });

  it('goes on from the keys that are named later, too', async () => {
    const at = path('later');
    await run(['import', at, '--from', served(), '--root', root()]);
    for (const role of ['targets', 'snapshot', 'timestamp']) {
      await run(['key', 'import', at, `file:${join(theirs(), 'keys', `ed25519-${role}.pem`)}`]);
    }
    await run(['add', at, base.write('new.txt', 'new')]);
    await run(['publish', at]);
    // Digests as the others have them.
    const targets = JSON.parse(readFileSync(join(at, 'public/metadata/3.targets.json'), 'utf8')).signed.targets;
    expect(Object.keys(targets['new.txt'].hashes)).toEqual(['sha256', 'sha512']);
  });

  it('takes one over by git', async () => {
    await run(['import', path('by-git'), '--from', served(), '--root', root(), '--git', 'gh-pages']);
    expect(existsSync(path('by-git/public/.git'))).toBe(true);
    expect(readFileSync(path('by-git/public/metadata/timestamp.json'))).toEqual(
      readFileSync(join(served(), 'metadata/timestamp.json')),
    );
    await run(['status', path('by-git')]);
  });

  const faults: Readonly<Record<string, readonly [change: (folder: string) => void, exitCode: number, says: string]>> =
    {
      'another root': [
        (folder) => cpSync(path('theirs/delegations/root.json'), join(folder, 'given.json')),
        1,
        'signed by 0',
      ],
      'a changed snapshot': [(folder) => writeFileSync(join(folder, 'metadata/2.snapshot.json'), '{}'), 1, 'snapshot'],
      'no snapshot': [(folder) => rmSync(join(folder, 'metadata/2.snapshot.json')), 4, 'not there'],
      'no timestamp': [(folder) => rmSync(join(folder, 'metadata/timestamp.json')), 4, 'nothing is published there'],
      'a changed target': [
        (folder) => {
          for (const name of Object.keys(filesBelow(join(folder, 'targets')))) {
            const file = join(folder, 'targets', name);
            writeFileSync(file, Buffer.alloc(statSync(file).size, 'x'));
          }
        },
        1,
        'digest is wrong',
      ],
      'no targets': [(folder) => rmSync(join(folder, 'targets'), { recursive: true }), 4, '--allow-missing'],
      'a link out of it': [
        (folder) => {
          rmSync(join(folder, 'metadata/2.snapshot.json'));
          symlinkSync(join(served(), 'metadata/2.snapshot.json'), join(folder, 'metadata/2.snapshot.json'));
          rmSync(join(folder, 'metadata/snapshot.json'), { force: true });
        },
        4,
        'not there',
      ],
      'a huge timestamp': [
        (folder) => writeFileSync(join(folder, 'metadata/timestamp.json'), Buffer.alloc(70_000, ' ')),
        1,
        'longer than 65536 bytes',
      ],
    };

  it.each(Object.keys(faults))('refuses %s, from a folder and from a server, and leaves nothing', async (name) => {
    const [change, exitCode, says] = faults[name] as (typeof faults)[string];
    const folder = path(`bad-${name.replaceAll(' ', '-')}`);
    cpSync(served(), folder, { recursive: true });
    cpSync(root(), join(folder, 'given.json'));
    change(folder);
    const { url } = await serve(folder);
    for (const from of name.startsWith('a link') ? [folder] : [folder, url]) {
      const ran = await tufa(['import', path('never'), '--from', from, '--root', join(folder, 'given.json')]);
      expect(ran, `${from}: ${ran.stderr}`).toMatchObject({ exitCode, stderr: expect.stringContaining(says) });
      expect(readdirSync(base.path).filter((each) => each.includes('never'))).toEqual([]);
    }
  });

  it('leaves out old versions that nobody signed and old files that are wrong, and what those list', async () => {
    const folder = path('forged');
    cpSync(served(), folder, { recursive: true });
    const metadata = join(folder, 'metadata');
    const evil = Buffer.from('evil');
    const digest = createHash('sha256').update(evil).digest('hex');
    const old = JSON.parse(readFileSync(join(metadata, '1.targets.json'), 'utf8'));
    old.signed.targets = { 'x/evil.html': { length: evil.length, hashes: { sha256: digest } } };
    writeFileSync(join(metadata, '1.targets.json'), JSON.stringify(old));
    writeFileSync(join(metadata, '1.snapshot.json'), '{');
    mkdirSync(join(folder, 'targets/x'));
    writeFileSync(join(folder, `targets/x/${digest}.evil.html`), evil);
    const ran = await run(['import', path('not-forged'), '--from', folder, '--root', root(), '--json']);
    expect([...ran.json.leftOut].sort()).toEqual(['metadata/1.snapshot.json', 'metadata/1.targets.json']);
    expect(ran.json.besides).toEqual([]);
    expect(ran.stderr).toContain('left out what no new client reads');
    const taken = Object.keys(filesBelow(path('not-forged/public')));
    expect(taken.filter((name) => /evil|1\.(targets|snapshot)/.test(name))).toEqual([]);
  });

  it('takes over what has no files, where that is said', async () => {
    const folder = path('no-files');
    cpSync(join(served(), 'metadata'), join(folder, 'metadata'), { recursive: true });
    const ran = await run(['import', path('without'), '--from', folder, '--root', root(), '--allow-missing', '--json']);
    expect(ran.json.missing.length).toBeGreaterThan(1);
    expect(ran.stderr).toContain('no file is there');
  });

  it('tells of a server that fails', async () => {
    const { url } = await serve(served(), (name, body) => (name.includes('snapshot') ? 500 : body));
    expect((await tufa(['import', path('never'), '--from', url, '--root', root()])).exitCode).toBe(3);
  });

  it('refuses a key that is none of its role, whatever it is called', async () => {
    const key = join(theirs(), 'keys/ed25519-targets.pem');
    for (const [role, says] of [
      ['snapshot', 'its keys are'],
      ['other', 'nobody delegates'],
    ] as const) {
      const ran = await tufa([
        'import',
        path('never'),
        '--from',
        served(),
        '--root',
        root(),
        '--key',
        `${role}=file:${key}`,
      ]);
      expect(ran).toMatchObject({ exitCode: 4, stderr: expect.stringContaining(says) });
    }
    expect((await tufa(['import', path('theirs'), '--from', served(), '--root', root()])).exitCode).toBe(4);
    expect((await tufa(['import', path('never'), '--root', root()])).exitCode).toBe(2);
    expect((await tufa(['import', path('never'), '--from', path('nowhere'), '--root', root()])).exitCode).toBe(3);
  });
});

const sigstore = outsideData('sigstore-root-signing.tar.gz');

describe.skipIf(sigstore.absent !== undefined)("Sigstore's repository", () => {
  it('is taken over, shown and listed', async () => {
    execFileSync('tar', ['-xzf', sigstore.path, '-C', base.path]);
    const from = path('sigstore-root-signing');
    const roots = join(from, 'metadata/root_history');
    const ran = await run(['import', path('sigstore'), '--from', from, '--root', join(roots, '1.root.json'), '--json']);
    expect(ran.json).toMatchObject({
      root: 15,
      rootsFrom: 1,
      timestamp: 762,
      snapshot: 165,
      roles: ['targets', 'registry.npmjs.org'],
    });
    expect(ran.json.missing).toEqual([]);
    const copied = filesBelow(path('sigstore/public/metadata'));
    for (const version of Array.from({ length: 15 }, (_, n) => n + 1)) {
      expect(copied[`${version}.root.json`]).toBe(readFileSync(join(roots, `${version}.root.json`), 'latin1'));
    }
    for (const role of ['timestamp', 'snapshot', 'targets', 'registry.npmjs.org']) {
      const [name] = Object.keys(copied).filter((each) => each.replace(/^\d+\./, '') === `${role}.json`);
      expect(copied[name as string]).toBe(readFileSync(join(from, 'metadata', `${role}.json`), 'latin1'));
      await run(['show', path('sigstore/public/metadata', name as string)]);
    }
    const listed = (await run(['list', path('sigstore'), '--json'])).json.targets;
    expect(listed.map(({ path: each }: { path: string }) => each)).toEqual(
      expect.arrayContaining(['trusted_root.json', 'registry.npmjs.org/keys.json']),
    );
  });
});
