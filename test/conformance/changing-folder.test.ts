import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { defaultVectorFolder, VectorFolder } from '../../src/conformance/vector-folder.ts';

const path = mkdtempSync(join(tmpdir(), 'tufa-changing-'));
afterEach(() => rmSync(path, { recursive: true, force: true }));

it('what a client changes among the vectors while it is asked is refused or without effect', async () => {
  const [id = ''] = (await VectorFolder.open(defaultVectorFolder())).entries.keys();
  for (const name of ['index.json', 'repository.json', `${id}.json`]) {
    cpSync(join(defaultVectorFolder(), name), join(path, name), { recursive: true });
  }
  const folder = await VectorFolder.open(path);
  for (const name of ['index.json', 'repository.json', `${id}.json`]) writeFileSync(join(path, name), '{}');
  expect(folder.entries.has(id)).toBe(true);
  expect((await folder.repository()).metadata.size).toBeGreaterThan(0);
  await expect(folder.read(id)).rejects.toMatchObject({ code: 'ERR_TUF_MALFORMED' });
});
