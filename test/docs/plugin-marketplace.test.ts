import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, newShell } from '../cli/harness.ts';
import { sectionsOf, Transcript } from './transcript.ts';

describe('the page of plugins by other people', () => {
  const base = newFolder();
  const transcript = new Transcript(newShell(), base.path, ['alice', 'ivo', 'mara', 'app']);
  const sections = sectionsOf('docs/use/plugin-marketplace.md');
  const section = (name: string): string => sections.get(name) as string;

  afterAll(async () => {
    await transcript.close();
    base.remove();
  });

  it('lets each author sign one plugin, and the app install it', async () => {
    await transcript.run(section('The marketplace, and who may sign what'));
    await transcript.run(section('An author publishes'));
    const app = transcript.path('app');
    const [, program = ''] = /^```js\n(.*?)^```$/ms.exec(section('The app installs a plugin')) ?? [];
    const file = join(app, 'install.mts');
    writeFileSync(file, transcript.addressed(program));
    process.chdir(app);
    const { install } = (await import(/* @vite-ignore */ file)) as { install(name: string): Promise<string> };
    const says = async (name: string): Promise<string> => {
      process.chdir(app);
      return install(name);
    };
    expect(section('The app installs a plugin')).toContain(`says \`${await says('clock')}\``);
    expect(readFileSync(join(app, 'installed-clock.js'), 'utf8')).toBe('clock 1\n');
    // Mara has signed nothing yet: her name is refused, and nobody else's file is taken for hers.
    expect(await says('chess')).toMatch(/^(there is no plugin chess|not installed: ERR_TUF_\w+)$/);
    expect(await says('../clock')).toBe('no plugin has such a name');
    await transcript.run(section('What nobody can do'));
    await transcript.run(section('An author goes'));
    expect(section('An author goes')).toContain(`says \`${await says('clock')}\``);
  });
});
