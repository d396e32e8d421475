import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, newShell } from '../cli/harness.ts';
import { at } from '../tools/project.mjs';
import { sectionsOf, Transcript } from './transcript.ts';

describe('the page of channels', () => {
  const page = 'docs/use/channels.md';
  const base = newFolder();
  const transcript = new Transcript(newShell(), base.path, ['alice', 'app']);

  afterAll(async () => {
    await transcript.close();
    base.remove();
  });

  it('sets a channel, hands it to a role of its own, and is followed by an application and by any TUF client', async () => {
    const releases = ['app-1.2.0.tgz', 'app-1.3.0.tgz'];
    for (const name of releases) writeFileSync(transcript.path('alice', name), `content of ${name}`);
    const sections = sectionsOf(page);
    const shown = [...sections].filter(([, text]) => text.includes('```console'));
    expect(shown.map(([heading]) => heading)).toEqual(['Set a channel', 'Who may set it', 'In an application']);
    const served: string[] = [];
    for (const [, text] of shown) await transcript.run(text, undefined, ({ command }) => served.push(command));
    expect(served).toContain('tufa serve repository --port 8080');
    expect(readFileSync(transcript.path('app', 'downloads/app-1.3.0.tgz'), 'utf8')).toBe('content of app-1.3.0.tgz');

    const [, program = ''] = /^```ts\n(.*?)^```$/ms.exec(sections.get('In an application') ?? '') ?? [];
    expect(program).toContain("client.channel('stable')");
    process.chdir(transcript.path('app'));
    const file = join(transcript.path('app'), 'update.mts');
    writeFileSync(file, transcript.addressed(program));
    await import(/* @vite-ignore */ file);
    expect(readFileSync(transcript.path('app', 'app.tgz'), 'utf8')).toBe('content of app-1.3.0.tgz');
  });

  it('shows the form as it is published', () => {
    const served = transcript.path('alice', 'repository/public/metadata');
    const [, form = ''] = /^```json\n(.*?)^```$/ms.exec(readFileSync(at(page), 'utf8')) ?? [];
    const choosers = [3, 2, 1].map((version) => join(served, `${version}.choosers.json`));
    const documents = choosers.flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(name, 'utf8'))];
      } catch {
        return []; // no such version
      }
    });
    expect(documents[0].signed.targets['channels/stable'].custom).toEqual(JSON.parse(form));
  });
});
