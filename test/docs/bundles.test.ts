import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, newShell } from '../cli/harness.ts';
import { sectionsOf, Transcript } from './transcript.ts';

describe('the page of bundles', () => {
  const base = newFolder();
  const transcript = new Transcript(newShell(), base.path, ['alice', 'app']);

  afterAll(async () => {
    await transcript.close();
    base.remove();
  });

  it('makes one, verifies it, carries a repository, and does so in a program', async () => {
    writeFileSync(transcript.path('alice', 'app-1.2.0.tgz'), 'release 1.2.0');
    const sections = sectionsOf('docs/use/bundles.md');
    const shown = [...sections].filter(([, text]) => text.includes('```console'));
    expect(shown.map(([heading]) => heading)).toEqual(['Make one', 'Verify it', 'Carry a whole repository']);
    for (const [, text] of shown) await transcript.run(text);
    expect(readFileSync(transcript.path('app', 'app-1.2.0.tgz'), 'utf8')).toBe('release 1.2.0');

    const [, program = ''] = /^```ts\n(.*?)^```$/ms.exec(sections.get('In a program') ?? '') ?? [];
    expect(program).toContain('verifyBundle');
    process.chdir(transcript.path('app'));
    const file = join(transcript.path('app'), 'verify.mts');
    writeFileSync(file, program);
    await import(/* @vite-ignore */ file);
    expect(readFileSync(transcript.path('app', 'app.tgz'), 'utf8')).toBe('release 1.2.0');
  });
});
