import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildCommand, newFolder } from '../cli/harness.ts';
import { at } from '../tools/project.mjs';
import { stepsOf } from './transcript.ts';

/** A port that was free just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('the page of fifteen minutes runs in a real shell with the built command', async () => {
  const base = newFolder();
  try {
    const dist = join(base.path, 'dist/cli');
    mkdirSync(dist, { recursive: true });
    const main = await buildCommand('main', dist);
    const port = await freePort();
    const lines = ['set -eu', `tufa() { ${process.execPath} ${main} "$@"; }`];
    for (const person of ['alice', 'bob', 'carol', 'dana', 'user']) mkdirSync(join(base.path, person));
    for (const { person, command } of stepsOf(readFileSync(at('docs/operate/fifteen-minutes.md'), 'utf8'))) {
      lines.push(`cd ${join(base.path, person)}`);
      const typed = command.replaceAll('8080', String(port));
      if (!command.startsWith('tufa serve')) lines.push(typed);
      else {
        // The process itself, so that it ends with the shell.
        lines.push(`${typed.replace('tufa', `${process.execPath} ${main}`)} > /dev/null 2>&1 & server=$!`);
        lines.push(`trap 'kill $server' EXIT`);
        lines.push(`until (: < /dev/tcp/127.0.0.1/${port}) 2> /dev/null; do sleep 0.1; done`);
      }
    }
    const env = { PATH: process.env['PATH'] ?? '', TUFA_PASSPHRASE: 'a passphrase of your own' };
    const said = execFileSync('bash', ['-c', lines.join('\n')], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(said).toContain('the first version\n');
    expect(said).toMatch(/accepted until .* when timestamp expires/);
  } finally {
    base.remove();
  }
});
