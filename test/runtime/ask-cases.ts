/** Online trust in each runtime: the client asks, and the server is the same handler that a worker would export. */
import { writeAnswerKeys } from '../../src/answer/answer-key-list.ts';
import { handlerOn } from '../../src/answer/handler.ts';
import { type AskingOptions, ask, asking } from '../../src/ask.ts';
import type { UpdateClient } from '../../src/client/client.ts';
import { isTufError } from '../../src/errors.ts';
import { TestRepository } from '../../src/testing/index.ts';
import { KeySource } from '../../src/testing/keys.ts';
import type { Case } from './cases.ts';
import type { Place } from './worker.ts';

const year = 365 * 86_400_000;

/** A repository with an answer server, and what makes clients that ask it. */
async function online({ Client, crypto }: Place) {
  const { signer } = await new KeySource('answers').next('answer');
  const targets = { a: 'version 1', 'tufa/answer-keys.json': writeAnswerKeys([signer.key]) };
  const repository = await TestRepository.create({ seed: 'asked', targets });
  const deny = (path: string): string | undefined => (path === 'b' ? 'taken back' : undefined);
  const handle = handlerOn(crypto(), {
    files: { read: async (path) => repository.published(path) },
    ...{ root: repository.root, signer, refreshMs: 0, now: repository.clock.now, deny },
  });
  const first: Response[] = [];
  const make = (options: Partial<AskingOptions> = {}, now = repository.clock.now, replays = false): UpdateClient => {
    const send: typeof fetch = async (input, init) => {
      const answer = await handle(new Request(input, init));
      if (first.length === 0) first.push(answer.clone());
      return replays ? (first[0] as Response).clone() : answer;
    };
    const given = { url: 'https://answers.test/', policy: 'require', graceMs: 0, fetch: send, ...options } as const;
    return new Client({ ...repository.clientOptions(), crypto: crypto(), now, asking: asking(given) });
  };
  return { repository, make };
}

const byName: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  'confirms a refresh, and refuses a release that is held back': async (place) => {
    const { repository, make } = await online(place);
    const client = make();
    await client.refresh();
    if ((await client.find('a')) === undefined) throw new TypeError('the target is not listed');
    const bytes = repository.published('metadata/timestamp.json') as Uint8Array;
    const thaw = repository.network.replace('timestamp.json', bytes);
    await repository.publish({ targets: { a: 'version 2' } });
    await refused(client.refresh(), 'ERR_TUF_FROZEN');
    thaw();
    await client.refresh();
  },
  'refuses an answer that was given before': async (place) => {
    const { make } = await online(place);
    await make().refresh();
    await refused(make({}, undefined, true).refresh(), 'ERR_TUF_ANSWER_MISMATCH');
  },
  'updates with a clock that is years off, and refuses without': async (place) => {
    const { repository, make } = await online(place);
    for (const years of [-10, 10]) {
      const now = (): Date => new Date(repository.clock.now().getTime() + years * year);
      await refused(make({}, now).refresh(), years > 0 ? 'ERR_TUF_EXPIRED' : 'ERR_TUF_ANSWER_TIME');
      await make({ clock: 'untrusted' }, now).refresh();
    }
  },
  'decides on each target': async (place) => {
    const { repository, make } = await online(place);
    await repository.publish({ targets: { b: 'bad' } });
    const found = (await ask(make(), ['a', 'b', 'c']))?.map(({ reason }) => reason ?? 'permitted');
    if (found?.join() !== 'permitted,denied,not-listed') throw new TypeError(`decided ${found}`);
  },
};

export function askCases(place: Place): Case[] {
  return Object.entries(byName).map(([name, run]) => ({ name: `ask: ${name}`, run: () => run(place) }));
}

async function refused(work: Promise<unknown>, code: string): Promise<void> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isTufError(thrown) || thrown.code !== code) throw thrown ?? new TypeError(`${code} was not thrown`);
}
