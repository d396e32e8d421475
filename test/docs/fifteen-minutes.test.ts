import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { forge } from '../../src/cli/start-forge.ts';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { readKeyFile } from '../../src/node/key-file.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { clientOf } from '../repository/fixture.ts';
import { sectionsOf, Transcript } from './transcript.ts';

const sections = sectionsOf('docs/operate/fifteen-minutes.md');

describe('the page of fifteen minutes', () => {
  const base = newFolder();
  const page = new Transcript(newShell(), base.path, ['alice', 'bob', 'carol', 'dana', 'user']);
  const root = () => JSON.parse(readFileSync(page.path('alice', 'repository/root.json'), 'utf8')).signed;
  const owners = () => root().roles.root.keyids.map((keyid: string) => root().keys[keyid]['x-tufa-owner']);
  afterAll(async () => {
    await page.close();
    base.remove();
  });

  it.each([...sections.keys()])('%s', async (heading) => {
    await page.run(sections.get(heading) as string);
    // What each section promises.
    const number = Number(heading[0]);
    if (number === 2)
      expect([root().version, root().roles.root.threshold, owners()]).toEqual([2, 2, ['Alice', 'Bob', 'Carol']]);
    if (number === 5) expect([root().version, owners()]).toEqual([3, ['Alice', 'Carol', 'Bob']]);
    if (number === 6) await expectThiefIsRefused();
    if (number === 7) expect([root().version, owners()]).toEqual([5, ['Alice', 'Bob', 'Carol']]);
  });

  it('lasts as many sections as are numbered', () => {
    expect([...sections.keys()].map((heading) => Number(heading[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  async function expectThiefIsRefused(): Promise<void> {
    const dir = page.path('alice', 'stolen-public');
    cpSync(page.path('alice', 'repository/public'), dir, { recursive: true });
    const key = page.path('alice', 'repository/keys/timestamp-1.pem');
    const stolen = new KeySigner(await readKeyFile(key, { passphrase: 'of the test' }));
    const path = `${dir}/metadata/timestamp.json`;
    writeFileSync(path, await forge(readFileSync(path), (signed) => signed.set('version', 99), [stolen]));
    const pinned = readFileSync(page.path('user', 'root.json'));
    const client = clientOf(folderRepository(dir), pinned, memoryStore(), new Date());
    await expect(client.refresh()).rejects.toMatchObject({ code: 'ERR_TUF_UNSIGNED', evidence: { role: 'timestamp' } });
  }
});
