import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { at } from '../tools/project.mjs';
import { sectionsOf, Transcript } from './transcript.ts';

const base = newFolder();
const tufa = newShell();
const transcript = new Transcript(tufa, base.path, ['alice', 'app']);
const sections = sectionsOf('docs/use/self-updating-cli.md');
const section = (name: string): string => sections.get(name) as string;
const [program = '', updater = ''] = [...section('The tool').matchAll(/^```js\n(.*?)^```$/gms)].map(([, text]) => text);
const said = (name: string): string => /^```text\n(.*?)^```$/ms.exec(section(name))?.[1] as string;
const app = transcript.path('app');
const publicFolder = transcript.path('alice', 'repository/public');
let servers: StaticServer[] = [];

/** What a user has after an installation, or a look at another address. */
function install(address?: string): void {
  rmSync(join(app, 'data'), { recursive: true, force: true });
  const text =
    address === undefined ? transcript.addressed(updater) : updater.replaceAll('http://127.0.0.1:8080', address);
  writeFileSync(join(app, 'update.mjs'), text);
}

/** A minute later: nothing that is kept is young enough. */
async function greet(): Promise<{ stdout: string; stderr: string }> {
  const file = join(app, 'update.mjs');
  writeFileSync(file, readFileSync(file, 'utf8').replace('maxAgeMs: 60_000', 'maxAgeMs: 0'));
  return promisify(execFile)(process.execPath, [join(app, 'greet.mjs')]);
}

async function served(folder: string): Promise<string> {
  const server = await serveFolder(folder, 0);
  servers.push(server);
  return new URL(server.metadataUrl).origin;
}

describe('the page of a tool that updates itself', () => {
  beforeAll(async () => {
    mkdirSync(join(app, 'node_modules'));
    symlinkSync(at('.'), join(app, 'node_modules/tufa'));
    writeFileSync(transcript.path('alice', 'greet.mjs'), program);
    await transcript.run(section('The first release'));
    install();
  });

  afterAll(async () => {
    for (const server of servers) await server.close();
    servers = [];
    await transcript.close();
    base.remove();
  });

  it('installs a release, and the next one by itself', async () => {
    expect(await greet()).toEqual({ stdout: said('The first release'), stderr: '' });
    cpSync(publicFolder, `${base.path}/first`, { recursive: true });
    writeFileSync(transcript.path('alice', 'greet.mjs'), program.replace("'1.0.0'", "'2.0.0'"));
    await transcript.run(section('The second release'));
    expect(await greet()).toEqual({ stdout: said('The second release'), stderr: '' });
    expect(readFileSync(join(app, 'greet.mjs'), 'utf8')).toContain("'2.0.0'");
    expect(await greet()).toEqual({ stdout: said('The second release'), stderr: '' });
    expect(readdirSync(app).sort()).toEqual(
      ['data', 'floor.json', 'greet.mjs', 'node_modules', 'root.json', 'update.mjs', ...parts()].sort(),
    );
  });

  it.each<[string, string, () => Promise<void>]>([
    ['no network', 'cannot look for a new release', async () => install('http://127.0.0.1:9')],
    [
      'the server has other bytes than were signed',
      'ERR_TUF_HASH_MISMATCH',
      async () => {
        const forged = join(base.path, 'forged');
        cpSync(publicFolder, forged, { recursive: true });
        for (const name of readdirSync(join(forged, 'targets/2.0.0'))) {
          const file = join(forged, 'targets/2.0.0', name);
          writeFileSync(file, readFileSync(file, 'utf8').replace('hello', 'HELLO'));
        }
        writeFileSync(join(app, 'greet.mjs'), program);
        install(await served(forged));
      },
    ],
    [
      "the server gives the first release's metadata again",
      'ERR_TUF_ROLLBACK',
      async () => {
        install();
        await greet();
        writeFileSync(
          join(app, 'update.mjs'),
          updater.replaceAll('http://127.0.0.1:8080', await served(join(base.path, 'first'))),
        );
      },
    ],
    [
      'the same, to a user who has just installed it',
      'ERR_TUF_ROLLBACK',
      async () => {
        await tufa(['floor', transcript.path('alice', 'repository'), '--to', join(app, 'floor.json')]);
        install(await served(join(base.path, 'first')));
      },
    ],
    [
      'nobody renews the timestamp, or somebody holds it back',
      'ERR_TUF_EXPIRED',
      async () => {
        const late = join(base.path, 'late');
        cpSync(transcript.path('alice', 'repository'), late, { recursive: true });
        const now = new Date(Date.now() - 3 * 86_400_000);
        const renewed = await tufa(['timestamp', late], { now });
        expect(renewed.exitCode, renewed.stderr).toBe(0);
        install(await served(join(late, 'public')));
      },
    ],
  ])('goes on with what is installed: %s', async (row, says, happen) => {
    const line = section('What goes wrong')
      .split('\n')
      .find((each) => each.startsWith(`| ${row} |`));
    expect(line, row).toBeDefined();
    await happen();
    const before = readFileSync(join(app, 'greet.mjs'), 'utf8');
    const version = /version = '(.*)'/.exec(before)?.[1];
    const { stdout, stderr } = await greet();
    expect(stdout).toBe(`greet ${version}: hello\n`);
    expect(stderr).toContain(says);
    expect(stderr).toContain(`going on with ${version}`);
    expect(readFileSync(join(app, 'greet.mjs'), 'utf8')).toBe(before);
  });
});

/** The folder of parts, where a download made it. */
function parts(): string[] {
  return readdirSync(app).filter((name) => name === 'parts');
}
