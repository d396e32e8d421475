/**
 * Every attack of `tufa/testing`, and with it the answer key in the attacker's hands: his answers call whatever he serves the
 * current state. They take away and never add. What a thief of the key can do beyond is to a client that was told to believe no
 * clock but his.
 */
import { describe, expect, it } from 'vitest';
import { handlerOn } from '../../src/answer/handler.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { Client } from '../../src/index.node.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { attacks } from '../../src/testing/attacks.ts';
import { Online } from './online.ts';

type Outcome = { readonly content: string } | { readonly refused: string };

async function install(client: Client): Promise<Outcome> {
  try {
    await client.refresh();
    const target = await client.find('app.txt');
    return { content: target === undefined ? '' : Buffer.from(await client.download(target)).toString() };
  } catch (error) {
    return { refused: String((error as { code?: unknown }).code) };
  }
}

/** Clients that have seen the honest release, by what they ask; and what makes the attacker answer them. */
async function setUp() {
  const online = await Online.open();
  const { repository, signer } = online;
  const prepared = async (options?: Parameters<Online['client']>[0]): Promise<() => Client> => {
    const store = memoryStore();
    const more = { store, ...(options === undefined ? { asking: undefined } : {}) };
    expect(await install(online.client(options, more))).toEqual({ content: 'release 1' });
    return () => online.client(options, more);
  };
  const clients = {
    off: await prepared(),
    prefer: await prepared({ policy: 'prefer' }),
  };
  const required = await prepared({ policy: 'require' });
  const timeless = await prepared({ policy: 'require', clock: 'untrusted' });
  let time = repository.clock.now();
  /** From here on the attacker answers, at the time that suits him, from what he serves. */
  const steal = (): void => {
    const read = async (path: string): Promise<Uint8Array | undefined> => {
      const response = await repository.network.fetch(`https://updates.test/${path}`);
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    };
    const forged = handlerOn(nodeCrypto(), {
      ...{ files: { read }, root: repository.root, signer, refreshMs: 0, now: () => time, onError: () => {} },
    });
    online.tamper = (_, request) => forged(request);
  };
  const say = (date: Date): void => {
    time = date;
  };
  return { online, clients: { ...clients, required, timeless }, steal, say };
}

/** From bytes that do not end, no answer is made. */
const endless = ['endless-data', 'endless-target', 'slow-retrieval'];

describe('with the answer key, an attacker gets no further', () => {
  it.each(attacks.filter(({ name }) => !endless.includes(name)).map(({ name }) => name))('by %s', async (name) => {
    const { online, clients, steal, say } = await setUp();
    await online.repository.publish({ targets: { 'app.txt': 'release 2' } });
    await online.repository.attack(name);
    // Without asking.
    const alone = await install(clients.off());
    steal();
    say(online.repository.clock.now());
    for (const which of ['prefer', 'required'] as const) {
      const outcome = await install(clients[which]());
      const isNarrower = 'refused' in outcome;
      expect(
        isNarrower || JSON.stringify(outcome) === JSON.stringify(alone),
        `${which}: ${JSON.stringify(outcome)}`,
      ).toBe(true);
    }
  });
});

describe('with the answer key, and a client that believes no other clock', () => {
  it('revives what expired after the best known time, and nothing before it', async () => {
    const { online, clients, steal, say } = await setUp();
    const { clock } = online.repository;
    const known = clock.now();
    clock.advance({ days: 3 });
    // By its own clock a client refuses what has expired; the thief's time is believed.
    expect(await install(clients.off())).toEqual({ refused: 'ERR_TUF_EXPIRED' });
    steal();
    say(new Date(known.getTime() + 60_000));
    expect(await install(clients.timeless())).toEqual({ content: 'release 1' });
    say(new Date(known.getTime() - 60_000));
    expect(await install(clients.timeless())).toEqual({ refused: 'ERR_TUF_ANSWER_TIME' });
  });

  it('locks it out until the key is replaced', async () => {
    const { online, clients, steal, say } = await setUp();
    const { repository } = online;
    steal();
    // As far ahead as anything holds.
    say(new Date(repository.clock.now().getTime() + 20 * 3_600_000));
    await install(clients.timeless());
    online.tamper = (send, request) => send(request);
    expect(await install(clients.timeless())).toEqual({ refused: 'ERR_TUF_ANSWER_TIME' });
    await online.replaceKey();
    expect(await install(clients.timeless())).toEqual({ content: 'release 1' });
  });
});

describe('without an answer', () => {
  it('whoever requires one is denied, and nobody is given anything else', async () => {
    const { online, clients } = await setUp();
    await online.repository.publish({ targets: { 'app.txt': 'release 2' } });
    online.tamper = async () => new Response('', { status: 503 });
    expect(await install(clients.required())).toEqual({ refused: 'ERR_TUF_ANSWER_MISSING' });
    expect(await install(clients.timeless())).toEqual({ refused: 'ERR_TUF_ANSWER_MISSING' });
    expect(await install(clients.prefer())).toEqual({ content: 'release 2' });
  });
});

describe('with honest answers, whoever asks is shown no other state than the published one', () => {
  const stolen = attacks.filter((each) => each.stolen.length > 0).map(({ name }) => name);

  it.each(stolen)('by %s', async (name) => {
    const { online, clients } = await setUp();
    await online.repository.publish({ targets: { 'app.txt': 'release 2' } });
    await online.repository.attack(name);
    const outcome = await install(clients.required());
    expect('refused' in outcome || outcome.content === 'release 2', JSON.stringify(outcome)).toBe(true);
  });

  it('such as the one before, by whoever holds the timestamp key', async () => {
    const { online, clients } = await setUp();
    online.freeze();
    await online.repository.publish({ targets: { 'app.txt': 'release 2' } });
    expect(await install(clients.off())).toEqual({ content: 'release 1' });
    expect(await install(clients.required())).toEqual({ refused: 'ERR_TUF_FROZEN' });
  });
});
