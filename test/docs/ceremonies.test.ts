import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { clientOf } from '../repository/fixture.ts';
import { at } from '../tools/project.mjs';

const page = readFileSync(at('docs/operate/ceremonies.md'), 'utf8');
const sections = page.split(/^## /m).slice(1);

/** The commands of a section, with who runs them. */
function commandsOf(section: string): { person: string; command: string }[] {
  return [...section.matchAll(/^(\w+)\$ (tufa .*)$/gm)].map(([, person = '', command = '']) => ({ person, command }));
}

describe('the page of ceremonies', () => {
  const tufa = newShell();
  const base = newFolder();
  const before = process.cwd();
  const folderOf = (person: string) => join(base.path, person);
  const pathOf = (person: string, name: string) => join(folderOf(person), name);
  const root = () => JSON.parse(readFileSync(pathOf('alice', 'repository/root.json'), 'utf8')).signed;
  let firstRoot: Uint8Array;
  const store = memoryStore();
  const client = () => clientOf(folderRepository(pathOf('alice', 'repository/public')), firstRoot, store, new Date());

  beforeAll(() => {
    for (const person of ['alice', 'bob', 'carol']) mkdirSync(folderOf(person));
  });
  afterAll(() => {
    process.chdir(before);
    base.remove();
  });

  /** What goes from hand to hand. */
  const give = (from: string, name: string, to: string, as = name): void =>
    copyFileSync(pathOf(from, name), pathOf(to, as));

  /** Runs a section as it is printed, each line in the folder of who runs it; `then` carries files between them. */
  async function run(
    number: number,
    values: () => Readonly<Record<string, string>> = () => ({}),
    then: (person: string, command: string) => void = () => {},
  ): Promise<void> {
    const section = sections.find((each) => each.startsWith(`${number}. `)) as string;
    const commands = commandsOf(section);
    expect(commands.length).toBeGreaterThan(0);
    for (const { person, command } of commands) {
      const [typed = '', to] = command.split(' > ');
      const filled = typed.replace(/\$(\w+)/g, (_, name: string) => values()[name] as string);
      process.chdir(folderOf(person));
      const ran = await tufa(filled.split(' ').slice(1));
      expect(ran.exitCode, `${command}: ${ran.stderr}`).toBe(0);
      if (to !== undefined) writeFileSync(to, ran.stdout);
      then(person, typed);
    }
  }

  it('takes three people from their first keys to a published repository', async () => {
    await run(1);
    for (const person of ['bob', 'carol']) give(person, `${person}.json`, 'alice');
    await run(
      2,
      () => ({ INITIAL_KEYID: root().roles.root.keyids[0].slice(0, 12) }),
      (_, command) => {
        if (command.startsWith('tufa init')) firstRoot = readFileSync(pathOf('alice', 'repository/root.json'));
      },
    );
    await client().refresh();
    for (const person of ['bob', 'carol']) {
      give('alice', 'event.json', person);
      give('alice', 'repository/root.json', person, 'root.json');
    }
    await run(3);
    for (const person of ['bob', 'carol']) give(person, 'event.json', 'alice', `event-${person}.json`);
    await run(4);
    expect(root()).toMatchObject({ version: 2, roles: { root: { threshold: 2 } } });
    expect(root().roles.root.keyids.map((keyid: string) => root().keys[keyid]['x-tufa-owner'])).toEqual([
      'Alice',
      'Bob',
      'Carol',
    ]);
    await client().refresh();
  });

  it('and through a rotation, after which clients with the first root go on', async () => {
    give('alice', 'repository/root.json', 'bob', 'root.json');
    await run(
      5,
      () => ({ BOB_KEYID: root().roles.root.keyids[1] }),
      (person, command) => {
        if (person === 'bob' && command.startsWith('tufa key export')) give('bob', 'bob-2.json', 'alice');
        if (person === 'alice' && command.includes('--to event.json')) give('alice', 'event.json', 'bob');
        if (person === 'bob' && command.startsWith('tufa sign')) give('bob', 'event.json', 'alice', 'event-bob.json');
      },
    );
    expect(root().version).toBe(3);
    await client().refresh();
  });

  it('names no command that tufa does not have', async () => {
    for (const [, name = ''] of page.matchAll(/`tufa (\w+)/g)) {
      expect((await tufa([name, '--help'])).exitCode, name).toBe(0);
    }
  });
});
