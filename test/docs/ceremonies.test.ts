import { copyFileSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { newFolder, newShell } from '../cli/harness.ts';
import { clientOf } from '../repository/fixture.ts';
import { at } from '../tools/project.mjs';
import { sectionsOf, Transcript } from './transcript.ts';

const page = readFileSync(at('docs/operate/ceremonies.md'), 'utf8');
const sections = [...sectionsOf('docs/operate/ceremonies.md').values()];

describe('the page of ceremonies', () => {
  const tufa = newShell();
  const base = newFolder();
  const transcript = new Transcript(tufa, base.path, ['alice', 'bob', 'carol']);
  const pathOf = (person: string, name: string) => transcript.path(person, name);
  const root = () => JSON.parse(readFileSync(pathOf('alice', 'repository/root.json'), 'utf8')).signed;
  let firstRoot: Uint8Array;
  const store = memoryStore();
  const client = () => clientOf(folderRepository(pathOf('alice', 'repository/public')), firstRoot, store, new Date());

  afterAll(async () => {
    await transcript.close();
    base.remove();
  });

  /** What goes from hand to hand. */
  const give = (from: string, name: string, to: string, as = name): void =>
    copyFileSync(pathOf(from, name), pathOf(to, as));

  /** Runs a section as it is printed; `then` carries files between people. */
  async function run(
    number: number,
    values: () => Readonly<Record<string, string>> = () => ({}),
    then: (person: string, command: string) => void = () => {},
  ): Promise<void> {
    const section = sections.find((each) => each.startsWith(`${number}. `)) as string;
    await transcript.run(
      section,
      (name) => values()[name] as string,
      ({ person, command }) => then(person, command),
    );
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
