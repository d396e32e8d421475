import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forge, at as inTree, type Tree } from '../../src/cli/start-forge.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { encodeHex } from '../../src/metadata/hex.ts';
import { jsonOf } from '../../src/metadata/json.ts';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { readKeyFile } from '../../src/node/key-file.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { sectionsOf, stepsOf, Transcript } from './transcript.ts';

const people = ['alice', 'bob', 'carol', 'dana', 'user'];
const start = new Date();
const inDays = (days: number): Date => new Date(start.getTime() + days * 86_400_000);
const refresh = '```console\nuser$ tufa refresh http://127.0.0.1:8080/metadata --root root.json --store cache\n```';
const console = (...lines: string[]): string => `\`\`\`console\n${lines.join('\n')}\n\`\`\``;

describe('the page of recovery', () => {
  const tufa = newShell();
  const base = newFolder();
  const sections = sectionsOf('docs/operate/recovery.md');
  const open: Transcript[] = [];
  const tried = new Set<string>();
  let count = 0;

  beforeAll(async () => {
    const page = new Transcript(tufa, join(base.path, 'original'), people);
    page.now = start;
    for (const [heading, text] of sectionsOf('docs/operate/fifteen-minutes.md')) {
      if (Number(heading[0]) <= 4) await page.run(text);
    }
    await page.close();
  });
  afterAll(async () => {
    for (const page of open) await page.close();
    base.remove();
    // A section that nobody tries is no runbook.
    const printed = [...sections].filter(([, text]) => stepsOf(text).length > 0).map(([heading]) => heading);
    expect([...tried].sort()).toEqual(printed.sort());
  });

  /** A copy of where section 4 of the fifteen minutes ended. */
  async function begin(): Promise<Transcript> {
    const folder = join(base.path, `copy-${++count}`);
    cpSync(join(base.path, 'original'), folder, { recursive: true });
    const page = new Transcript(tufa, folder, people);
    open.push(page);
    page.now = start;
    await page.serve(page.path('alice', 'repository/public'), '8080');
    await page.run(refresh);
    return page;
  }

  async function follow(page: Transcript, heading: string): Promise<void> {
    tried.add(heading);
    await page.run(sections.get(heading) as string);
    await expectUsers(page);
  }

  /** Users of three kinds: one who has gone on, one who is new, and one with the root that was made first. */
  async function expectUsers(page: Transcript): Promise<void> {
    await page.run(refresh);
    const served = folderRepository(page.path('alice', 'repository/public'));
    for (const root of [page.path('user', 'root.json'), page.path('alice', 'repository/public/metadata/1.root.json')]) {
      const client = clientOf(served, readFileSync(root), memoryStore(), page.now ?? new Date());
      await readAll(client, ['apps/app.txt']);
    }
  }

  const signer = async (page: Transcript, name: string): Promise<KeySigner> =>
    new KeySigner(await readKeyFile(page.path('alice', `repository/keys/${name}`), { passphrase: 'of the test' }));
  const published = (page: Transcript) =>
    JSON.parse(readFileSync(page.path('alice', 'repository/published.json'), 'utf8'));
  const isRefused = (page: Transcript, code: string): Promise<void> => {
    const served = folderRepository(page.path('alice', 'repository/public'));
    const client = clientOf(
      served,
      readFileSync(page.path('user', 'root.json')),
      memoryStore(),
      page.now ?? new Date(),
    );
    return expect(client.refresh()).rejects.toMatchObject({ code });
  };

  it('A backup goes back', async () => {
    const page = await begin();
    await page.run(
      console(
        'alice$ cp -r repository/public old',
        'alice$ tufa timestamp repository',
        'alice$ cp -r repository/public mirror',
      ),
    );
    await page.run(refresh);
    await page.run(console('alice$ rm -r repository/public', 'alice$ mv old repository/public'));
    await follow(page, 'A backup goes back');
  });

  it('A backup goes back, and nothing newer is left', async () => {
    const page = await begin();
    const more = [
      'dana$ echo 2 > second.txt',
      'alice$ tufa add repository ../dana/second.txt',
      'alice$ tufa publish repository',
    ];
    await page.run(console('alice$ cp -r repository backup', ...more));
    await page.run(refresh);
    await page.run(console('alice$ rm -r repository', 'alice$ mv backup repository'));
    await follow(page, 'A backup goes back, and nothing newer is left');
    // The same version of targets says something else now, to a client that has kept the other.
    await page.run(
      console(
        'dana$ echo 3 > third.txt',
        'alice$ tufa add repository ../dana/third.txt',
        'alice$ tufa publish repository',
      ),
    );
    await page.run(refresh);
    const get = 'tufa get http://127.0.0.1:8080/metadata third.txt --targets-url http://127.0.0.1:8080/targets';
    await page.run(
      console(`user$ ${get} --root root.json --store cache --to downloads`, 'verified third.txt, by targets'),
    );
  });

  it('An expired root', async () => {
    const page = await begin();
    page.now = inDays(366);
    await follow(page, 'An expired root');
  });

  it('An expired timestamp or snapshot', async () => {
    const page = await begin();
    page.now = inDays(10);
    await follow(page, 'An expired timestamp or snapshot');
    const { json } = await tufa(['status', page.path('alice', 'repository'), '--json'], { now: page.now });
    expect(json).toMatchObject({ accepted: true, warnings: [] });
  });

  it('Expired targets, or a delegated role', async () => {
    const page = await begin();
    page.now = inDays(200);
    const text = sections.get('An expired root') as string;
    const [event] = [text.slice(text.indexOf('```console\nalice$ tufa renew'))];
    const onlyRoot = stepsOf(event as string).filter(({ person }) => person !== 'dana');
    const lines = onlyRoot.map(({ person, command }) => `${person}$ ${command}`);
    const first = lines.map((line) =>
      line.replace('renew repository', 'renew repository root').replace(' ../dana/event.json', ''),
    );
    await page.run(console(...first));
    page.now = inDays(364.5);
    await page.run(console('alice$ tufa timestamp repository'));
    page.now = inDays(365.2);
    await follow(page, 'Expired targets, or a delegated role');
  });

  it('A lost key', async () => {
    const page = await begin();
    await follow(page, 'A lost key');
  });

  it('Too many root keys are lost', async () => {
    const page = await begin();
    await follow(page, 'Too many root keys are lost');
    expect(readFileSync(page.path('user', 'downloads/apps%2Fapp.txt'), 'utf8')).toBe('the first version\n');
    // Under the old address nobody with an old root takes the new one.
    const client = clientOf(
      folderRepository(page.path('alice', 'new-repository/public')),
      readFileSync(page.path('user', 'root.json')),
      memoryStore(),
      start,
    );
    await expect(client.refresh()).rejects.toMatchObject({ family: 'security' });
    // And who has not updated is refused once the old root has expired.
    page.now = inDays(366);
    await isRefused(page, 'ERR_TUF_EXPIRED');
  });

  it('A stolen key', async () => {
    const page = await begin();
    const stolen = await signer(page, 'targets-1.pem');
    await follow(page, 'A stolen key');
    // With the keys of the other two as well, the thief lists what he likes, and nobody believes it.
    const versions = published(page);
    const folder = page.path('alice', 'repository/public/metadata');
    const next = versions.snapshot + 1;
    const targets = await forge(readFileSync(join(folder, '3.targets.json')), (signed) => signed.set('version', 4), [
      stolen,
    ]);
    writeFileSync(join(folder, '4.targets.json'), targets);
    await forgeHead(page, next, { 'targets.json': [4, targets] });
    await isRefused(page, 'ERR_TUF_UNSIGNED');
  });

  it('A fast-forward attack', async () => {
    const page = await begin();
    const honest = page.path('alice', 'honest');
    cpSync(page.path('alice', 'repository/public'), honest, { recursive: true });
    await forgeHead(page, Number.MAX_SAFE_INTEGER, {});
    await page.run(refresh);
    // The thief wrote into what is served: the server gives the honest files again.
    rmSync(page.path('alice', 'repository/public'), { recursive: true });
    renameSync(honest, page.path('alice', 'repository/public'));
    await follow(page, 'A fast-forward attack');
    expect(published(page).timestamp).toBeLessThan(100);
    expect(existsSync(page.path('alice', 'repository/drafts/root.json'))).toBe(false);
  });

  /** A snapshot and a timestamp of a version, by the stolen keys of both. */
  async function forgeHead(
    page: Transcript,
    version: number,
    listed: Readonly<Record<string, readonly [version: number, bytes: Uint8Array]>>,
  ): Promise<void> {
    const folder = page.path('alice', 'repository/public/metadata');
    const entry = async (of: number, bytes: Uint8Array) =>
      jsonOf({
        version: of,
        length: bytes.length,
        hashes: { sha256: encodeHex(await nodeCrypto().digest('sha256', bytes)) },
      });
    const entries = await Promise.all(
      Object.entries(listed).map(async ([name, [of, bytes]]) => [name, await entry(of, bytes)] as const),
    );
    const change = (signed: Tree): void => {
      signed.set('version', version);
      for (const [name, each] of entries) inTree(signed, 'meta').set(name, each);
    };
    const newest = readFileSync(join(folder, `${published(page).snapshot}.snapshot.json`));
    const snapshot = await forge(newest, change, [await signer(page, 'snapshot-1.pem')]);
    writeFileSync(join(folder, `${version}.snapshot.json`), snapshot);
    const head = await entry(version, snapshot);
    const timestamp = await forge(
      readFileSync(join(folder, 'timestamp.json')),
      (signed) => inTree(signed.set('version', version) as Tree, 'meta').set('snapshot.json', head),
      [await signer(page, 'timestamp-1.pem')],
    );
    writeFileSync(join(folder, 'timestamp.json'), timestamp);
  }
});
