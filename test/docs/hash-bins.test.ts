import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { sectionsOf, Transcript } from './transcript.ts';

describe('the page of hash bins', () => {
  const base = newFolder();
  const transcript = new Transcript(newShell(), base.path, ['alice']);
  const store = memoryStore();
  const names = Array.from({ length: 20 }, (_, i) => `app-${i}.tgz`);

  afterAll(async () => {
    await transcript.close();
    base.remove();
  });

  it('puts targets into bins and out of them, and one client reads all of it', async () => {
    const files = transcript.path('alice', 'files');
    mkdirSync(files);
    for (const name of names) writeFileSync(join(files, name), name);
    writeFileSync(transcript.path('alice', 'new.txt'), 'new\n');
    for (const section of sectionsOf('docs/operate/hash-bins.md').values()) {
      await transcript.run(section);
      const backend = folderRepository(transcript.path('alice', 'repository/public'));
      const root = (await backend.metadata.read('1.root.json', 10_000)) as Uint8Array;
      await readAll(clientOf(backend, root, store, new Date()), names);
    }
  });
});
