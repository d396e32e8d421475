import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, newShell } from '../cli/harness.ts';
import { at } from '../tools/project.mjs';
import { Transcript } from './transcript.ts';

const page = 'docs/use/offline.md';

describe('the page of floors, offline modes and mirrors', () => {
  const base = newFolder();
  const transcript = new Transcript(newShell(), base.path, ['alice', 'app']);

  afterAll(async () => {
    await transcript.close();
    base.remove();
  });

  it('does what it prints', async () => {
    writeFileSync(transcript.path('alice', 'app.txt'), 'the app');
    const text = readFileSync(at(page), 'utf8');
    await transcript.run(text);
    expect(readFileSync(transcript.path('app', 'downloads/app.txt'), 'utf8')).toBe('the app');
    const [, program = ''] = /^```ts\n(.*?)^```$/ms.exec(text) ?? [];
    const file = transcript.path('app', 'mirrors.mts');
    process.chdir(transcript.path('app'));
    writeFileSync(file, transcript.addressed(`${program}\nexport { timestamp };\n`));
    expect(await import(/* @vite-ignore */ file)).toMatchObject({ timestamp: 3 });
  });

  it('is linked, as its neighbours are', () => {
    const door = readFileSync(at('docs/use/README.md'), 'utf8');
    for (const [, link = ''] of door.matchAll(/\]\(([^)#]+)\)/g))
      expect(existsSync(at('docs/use', link)), link).toBe(true);
    expect(door).toContain('(offline.md)');
  });
});
