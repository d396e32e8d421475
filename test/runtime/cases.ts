/** What is tried in each runtime beside the vectors. No test framework: a case that throws has failed. */
import { isTufError } from '../../src/errors.ts';
import { attacks, storeContract, TestRepository } from '../../src/testing/index.ts';
import { askCases } from './ask-cases.ts';
import { bundleCases } from './bundle-cases.ts';
import { clientCases } from './client-cases.ts';
import type { Place } from './worker.ts';

/** One case. */
export interface Case {
  readonly name: string;
  run(): Promise<void>;
}

/** The cases of a place, with the runner at an origin. */
export function cases(place: Place, origin: string): Case[] {
  return [
    ...storeCases(place),
    ...clientCases(place, origin),
    ...attackCases(place),
    ...askCases(place),
    ...bundleCases(place),
  ];
}

/** The repository that applications test with, and its attackers, against the client of this runtime. */
function attackCases({ Client, crypto }: Place): Case[] {
  return attacks.map(({ name, refusedBy }) => ({
    name: `testing: ${name}`,
    async run() {
      const repository = await TestRepository.create({ seed: name, targets: { a: 'version 1' } });
      const client = new Client({ ...repository.clientOptions(), crypto: crypto() });
      const install = async (): Promise<string> => {
        await client.refresh();
        const target = await client.find('a');
        if (target === undefined) throw new TypeError('the target is not listed');
        return new TextDecoder().decode(await client.download(target));
      };
      const first = await install();
      await repository.publish({ targets: { a: 'version 2' } });
      const attack = await repository.attack(name);
      const thrown = await install().catch((error: unknown) => error);
      if (!isTufError(thrown) || !refusedBy.includes(thrown.code)) throw thrown;
      await attack.recover();
      const last = await install();
      if (first !== 'version 1' || last !== 'version 2') throw new TypeError(`installed ${first}, then ${last}`);
    },
  }));
}

function storeCases({ stores }: Place): Case[] {
  let opened = 0;
  return Object.entries(stores).flatMap(([title, open]) =>
    storeContract(() => {
      opened += 1;
      const id = `${Date.now()}-${opened}`;
      const store = open(id);
      return { store, other: title === 'memory' ? undefined : open(id), end: () => store.clear() };
    }).map(({ name, run }) => ({ name: `${title}: ${name}`, run })),
  );
}
