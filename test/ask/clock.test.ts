/** Time: what an answer says it is, how long it says something, and what is remembered of it. */
import { describe, expect, it } from 'vitest';
import { writeAnswerKeys } from '../../src/answer/answer-key-list.ts';
import { handlerOn } from '../../src/answer/handler.ts';
import { askingOn } from '../../src/client/asking.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Client } from '../../src/index.node.ts';
import { generateKey, KeySigner } from '../../src/node/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { TestRepository } from '../../src/testing/repository.ts';
import { Online } from './online.ts';

const noClock = { now: () => new Date('1980-01-01T00:00:00Z') };
const untrusted = { clock: 'untrusted' } as const;

/** A store that tells what is in it. */
function openStore() {
  const store = memoryStore();
  const written: string[] = [];
  const text = async (name: string): Promise<string> => Buffer.from((await store.read(name, 10_000)) ?? []).toString();
  const watched: typeof store = {
    read: (name, bytesMax) => store.read(name, bytesMax),
    remove: (name) => store.remove(name),
    clear: () => store.clear(),
    exclusive: (work, signal) => store.exclusive(work, signal),
    write: (name, bytes, refetchable) => {
      written.push(name);
      return store.write(name, bytes, refetchable);
    },
  };
  return { store: watched, written, text };
}

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: { code?: unknown }) => error.code ?? error,
  );

describe('without a clock', () => {
  it('keeps nothing before all is checked at the time of the answer', async () => {
    const online = await Online.open();
    const { store, written } = openStore();
    const client = online.client(untrusted, { ...noClock, store });
    online.tamper = async () => new Response('{}');
    expect(await code(client.refresh())).toBe('ERR_TUF_ANSWER_MALFORMED');
    expect(written).toEqual([]);
    online.tamper = async (send, request) => {
      expect(written).toEqual([]);
      return send(request);
    };
    await client.refresh();
    expect(written.at(-1)).toBe('answered-time');
    // In the order of an update: cut short, it leaves what an update leaves that is.
    expect(written.lastIndexOf('update-state')).toBeGreaterThan(written.indexOf('targets.json'));
    expect(written.indexOf('root.json')).toBe(0);
    expect(new Set(written)).toEqual(
      new Set([
        ...['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'],
        ...['update-state', 'answer-keys', 'answered-time'],
      ]),
    );
  });

  it('remembers the time with the list of keys that vouched for it, and no time of its own', async () => {
    const online = await Online.open();
    const { store, text } = openStore();
    await online.client(untrusted, { ...noClock, store }).refresh();
    expect(await text('update-state')).toBe('{"format":1,"root":1}\n');
    expect(JSON.parse(await text('answered-time'))).toMatchObject({ time: '2030-01-01T00:00:00Z' });
  });

  it('believes no time before the best that it knows, until the list of keys is another', async () => {
    let hours = 5;
    const online = await Online.open({ now: () => new Date(Date.UTC(2030, 0, 1, hours)) });
    const { store } = openStore();
    const client = (): Client => online.client(untrusted, { ...noClock, store });
    await client().refresh();
    hours = 2;
    expect(await code(client().refresh())).toBe('ERR_TUF_ANSWER_TIME');
    const another = new KeySigner(await generateKey('ed25519'));
    const list = writeAnswerKeys([another.key, online.signer.key]);
    await online.repository.publish({ targets: { 'tufa/answer-keys.json': list } });
    await client().refresh();
    hours = 1;
    expect(await code(client().refresh())).toBe('ERR_TUF_ANSWER_TIME');
  });

  it('believes no time before the floor', async () => {
    const online = await Online.open();
    const floor = { root: 1, timestamp: 1, snapshot: 1, time: '2030-01-01T12:00:00Z' };
    expect(await code(online.client(untrusted, { ...noClock, floor }).refresh())).toBe('ERR_TUF_ANSWER_TIME');
  });

  it('is locked out by no time that a clock once had', async () => {
    const online = await Online.open();
    const { store } = openStore();
    online.repository.clock.advance({ hours: 12 });
    await online.client({}, { store }).refresh();
    online.repository.clock.advance({ hours: -6 } as never);
    await online.client(untrusted, { ...noClock, store, profile: 'strict' }).refresh();
  });

  it('refuses what has expired at the time of the answer, whoever signs it', async () => {
    let days = 0;
    const now = (): Date => new Date(Date.UTC(2030, 0, 1 + days));
    // It looks at what is published once, and goes on signing: so would a thief of its key.
    const online = await Online.open({ now, refreshMs: Number.MAX_SAFE_INTEGER });
    const { store, written } = openStore();
    await online.client(untrusted, { ...noClock, store }).refresh();
    const before = written.length;
    days = 3;
    expect(await code(online.client(untrusted, { ...noClock, store }).refresh())).toBe('ERR_TUF_EXPIRED');
    expect(written.slice(before)).toEqual([]);
  });
});

describe('the lifetime of an answer', () => {
  /** A client whose monotonic clock is in the hands of the test. */
  async function timed(policy: 'prefer' | 'require', clock: 'trusted' | 'untrusted' = 'trusted') {
    const online = await Online.open({ lifetime: 30 });
    let ms = 1_000_000;
    let tookMs = 0;
    const asking = askingOn(
      { url: 'https://answers.test/', policy, clock },
      {
        monotonic: () => ms,
        send: async ({ body }) => {
          const sentMs = ms;
          const request = new Request('https://answers.test/', {
            method: 'POST',
            body: new Uint8Array(body),
            headers: { 'content-type': 'application/vnd.tufa.question.v1+json' },
          });
          const bytes = new Uint8Array(await (await online.handle(request)).arrayBuffer());
          ms += tookMs;
          return { outcome: 'answered', bytes, sentMs, roundTripMs: tookMs };
        },
      },
    );
    const client = new Client({ ...online.repository.clientOptions(), asking });
    return {
      online,
      client,
      advance: (more: number) => {
        ms += more;
      },
      takes: (each: number) => {
        tookMs = each;
      },
    };
  }

  it('ends on the monotonic clock, whatever the other one says', async () => {
    const { client, advance } = await timed('require');
    await client.refresh();
    advance(29_000);
    const target = await client.find('app.txt');
    expect(target).toBeDefined();
    advance(2_000);
    expect(await code(client.find('app.txt'))).toBe('ERR_TUF_ANSWER_EXPIRED');
    expect(await code(client.download(target as never))).toBe('ERR_TUF_ANSWER_EXPIRED');
    await client.refresh();
    expect(await client.find('app.txt')).toBeDefined();
  });

  it('ends on a trusted clock, too: a machine may have slept', async () => {
    const { client, online } = await timed('require');
    await client.refresh();
    online.repository.clock.advance({ minutes: 5 });
    expect(await code(client.find('app.txt'))).toBe('ERR_TUF_ANSWER_EXPIRED');
  });

  it('is nothing to a client that prefers an answer: it goes by its own clock again', async () => {
    const { client, advance } = await timed('prefer');
    await client.refresh();
    advance(60_000);
    expect(await client.find('app.txt')).toBeDefined();
  });

  it('begins when the question is sent', async () => {
    const { client, takes } = await timed('require');
    takes(11_000);
    expect(await code(client.refresh())).toBe('ERR_TUF_ANSWER_EXPIRED');
    takes(9_000);
    await client.refresh();
  });

  it('is what a clock goes by that nobody trusts', async () => {
    const { client, advance } = await timed('require', 'untrusted');
    const before = await client.refresh();
    advance(10_000);
    expect(await client.find('app.txt')).toBeDefined();
    expect(before.checkedAt).toEqual(new Date('2030-01-01T00:00:00Z'));
  });
});

describe('a client that requires an answer', () => {
  it('takes nothing that is kept for current', async () => {
    const online = await Online.open();
    const { store } = openStore();
    await online.client({}, { store }).refresh();
    for (const offline of ['strict', 'allow-expired'] as const) {
      expect(await code(online.client({}, { store }).refresh({ offline }))).toBe('ERR_TUF_ANSWER_MISSING');
    }
    const asked = online.questions.length;
    expect(await online.client({}, { store }).refresh({ offline: { maxAgeMs: 60_000 } })).toMatchObject({
      from: 'server',
    });
    expect(online.questions.length).toBe(asked + 1);
  });

  it('refuses an older state', async () => {
    const online = await Online.open();
    const { repository, signer } = online;
    const stale = new Map(repository.publishedPaths().map((path) => [path, repository.published(path)] as const));
    const behind = handlerOn(nodeCrypto(), {
      files: { read: async (path) => stale.get(path) },
      root: repository.root,
      signer,
      now: repository.clock.now,
    });
    await repository.publish({ targets: { 'app.txt': 'release 2' } });
    online.tamper = (_, request) => behind(request);
    expect(await code(online.client().refresh())).toBe('ERR_TUF_ANSWER_STALE');
    expect(await code(online.client({ policy: 'prefer' }).refresh())).toBe('ERR_TUF_ANSWER_STALE');
  });

  it('refuses another state of the same versions, with both digests', async () => {
    const online = await Online.open();
    const list = writeAnswerKeys([online.signer.key]);
    const targets = { 'app.txt': 'release 1', 'other.txt': 'other', 'tufa/answer-keys.json': list };
    // The same keys have signed two histories.
    const other = await TestRepository.create({ seed: 7, targets });
    await other.publish({ targets: { 'app.txt': 'release 2' } });
    await online.repository.publish({ targets: { 'app.txt': 'release two' } });
    const forked = handlerOn(nodeCrypto(), {
      files: { read: async (path) => other.published(path) },
      root: other.root,
      signer: online.signer,
      now: other.clock.now,
    });
    online.tamper = (_, request) => forked(request);
    const error = await online
      .client()
      .refresh()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_TUF_FORK', evidence: { role: 'timestamp', version: 3 } });
    const { held, answered } = (error as { evidence: { held: string; answered: string } }).evidence;
    expect([held, answered].every((each) => /^[0-9a-f]{64}$/.test(each)) && held !== answered).toBe(true);
  });
});
