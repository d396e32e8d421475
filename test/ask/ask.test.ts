/** What is permitted right now: a client, an answer server, and those who stand between them. */
import { describe, expect, it } from 'vitest';
import { writeAnswerKeys } from '../../src/answer/answer-key-list.ts';
import { answerType } from '../../src/ask/form.ts';
import { ask } from '../../src/ask.ts';
import { Online, type Tamper } from './online.ts';

const refusal = async (work: Promise<unknown>): Promise<{ code: string; evidence: Record<string, unknown> }> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error('nothing was refused');
  return error as never;
};

describe('a refresh that requires an answer', () => {
  it('is confirmed, and costs one request more than one that does not', async () => {
    const online = await Online.open();
    const client = online.client();
    await client.refresh();
    expect(await client.find('app.txt')).toMatchObject({ path: 'app.txt' });
    const before = online.repository.network.requests.length;
    const answered: unknown[] = [];
    client.on('answered', (event) => answered.push(event));
    await client.refresh();
    expect(online.repository.network.requests.slice(before).map(({ file }) => file)).toEqual([
      'root.json',
      'timestamp.json',
    ]);
    expect(online.questions).toHaveLength(2);
    expect(answered).toMatchObject([{ lifetime: 30 }]);
    expect(online.errors).toEqual([]);
    expect(await client.refresh()).toMatchObject({ assurance: 'online-signed' });
    expect(await online.client({}, { asking: undefined }).refresh()).toMatchObject({ assurance: 'offline-chain' });
  });

  it('catches a freeze with a valid timestamp in one request', async () => {
    const online = await Online.open();
    const client = online.client();
    await client.refresh();
    const thaw = online.freeze();
    await online.repository.publish({ targets: { 'app.txt': 'release 2' } });
    const asked = online.questions.length;
    const { code, evidence } = await refusal(client.refresh());
    expect(code).toBe('ERR_TUF_FROZEN');
    expect(evidence).toMatchObject({ role: 'timestamp' });
    expect(online.questions.length - asked).toBeLessThanOrEqual(2);
    thaw();
    expect(await client.refresh()).toMatchObject(online.repository.versions);
  });

  it('waits for a release that a slow host has not got yet', async () => {
    const online = await Online.open();
    const client = online.client({ graceMs: 20_000 });
    await client.refresh();
    const thaw = online.freeze();
    await online.repository.publish({ targets: { 'app.txt': 'release 2' } });
    online.tamper = (send, request) => {
      if (online.questions.length === 3) thaw();
      return send(request);
    };
    expect(await client.refresh()).toMatchObject(online.repository.versions);
  });
});

const tampers: Record<string, { tamper: (online: Online) => Tamper; code: string }> = {
  'no connection': {
    tamper: () => () => Promise.reject(new TypeError('fetch failed')),
    code: 'ERR_TUF_ANSWER_MISSING',
  },
  'a server error': { tamper: () => async () => new Response('', { status: 500 }), code: 'ERR_TUF_ANSWER_MISSING' },
  'a page': {
    tamper: () => async () => new Response('<!doctype html>', { headers: { 'content-type': answerType } }),
    code: 'ERR_TUF_ANSWER_MALFORMED',
  },
  nothing: { tamper: () => async () => new Response(''), code: 'ERR_TUF_ANSWER_MALFORMED' },
  'an answer without end': {
    tamper: () => async () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })),
    code: 'ERR_TUF_ANSWER_MISSING',
  },
  'an answer that was given before': {
    tamper: () => {
      const first: Response[] = [];
      return async (send, request) => {
        if (first.length === 0) first.push(await send(request));
        return (first[0] as Response).clone();
      };
    },
    code: 'ERR_TUF_ANSWER_MISMATCH',
  },
  'the answer to another nonce': {
    tamper: () => async (send, request) => {
      const question = JSON.parse(await request.text());
      return send(
        new Request(request, { body: JSON.stringify({ ...question, nonce: 'A'.repeat(43) }), method: 'POST' }),
      );
    },
    code: 'ERR_TUF_ANSWER_MISMATCH',
  },
  'the answer to another query': {
    tamper: () => async (send, request) => {
      const question = JSON.parse(await request.text());
      return send(
        new Request(request, { body: JSON.stringify({ ...question, targets: ['app.txt'] }), method: 'POST' }),
      );
    },
    code: 'ERR_TUF_ANSWER_MISMATCH',
  },
};

describe('an answer is refused', () => {
  it.each(Object.entries(tampers))('that is %s', async (name, { tamper, code }) => {
    const online = await Online.open();
    const client = online.client();
    const tampering = tamper(online);
    online.tamper = tampering;
    if (name === 'an answer that was given before') await client.refresh();
    expect((await refusal(client.refresh())).code).toBe(code);
  });

  it('of which any byte is changed', async () => {
    const online = await Online.open();
    const client = online.client();
    await client.refresh();
    let at = 0;
    let length = Number.POSITIVE_INFINITY;
    const seen = new Map<string, number>();
    online.tamper = async (send, request) => {
      const bytes = new Uint8Array(await (await send(request)).arrayBuffer());
      length = bytes.length;
      const text = Buffer.from(bytes).toString();
      const keyid = text.indexOf('"keyid":"') + '"keyid":"'.length;
      // A keyid is a label: every listed key is tried, whatever it says.
      if (at >= keyid && at < keyid + 64) at = keyid + 64;
      bytes[at] = (bytes[at] as number) ^ 1;
      return new Response(bytes);
    };
    for (; at < length; at += 7) {
      const { code } = await refusal(client.refresh());
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(
      expect.arrayContaining(['ERR_TUF_ANSWER_MALFORMED', 'ERR_TUF_ANSWER_UNSIGNED']),
    );
    expect([...seen.keys()].every((code) => code.startsWith('ERR_TUF_ANSWER_'))).toBe(true);
  });

  it('by a key that nobody lists', async () => {
    const [online, other] = [await Online.open(), await Online.open()];
    const client = online.client();
    online.tamper = async (_, request) => other.handle(request);
    // Both have the same root, so the other server answers, by its own key.
    expect((await refusal(client.refresh())).code).toBe('ERR_TUF_ANSWER_UNSIGNED');
  });

  it('by the key of a role', async () => {
    const online = await Online.open({}, (signer) => writeAnswerKeys([signer.key]));
    const { repository } = online;
    const root = JSON.parse(Buffer.from(repository.root).toString()).signed;
    const [key] = Object.values(root.keys) as [Parameters<typeof writeAnswerKeys>[0][0]];
    await repository.publish({ targets: { 'tufa/answer-keys.json': writeAnswerKeys([online.signer.key, key]) } });
    expect((await refusal(online.client().refresh())).code).toBe('ERR_TUF_ANSWER_KEY');
  });

  it('where none is authorised', async () => {
    const online = await Online.open();
    await online.repository.publish({ remove: ['tufa/answer-keys.json'] } as never);
    expect((await refusal(online.client().refresh())).code).toBe('ERR_TUF_ANSWER_KEY');
  });

  it('from the future or the past of a trusted clock', async () => {
    for (const minutes of [-10, 10]) {
      const online = await Online.open();
      const now = (): Date => new Date(online.repository.clock.now().getTime() + minutes * 60_000);
      expect((await refusal(online.client({}, { now }).refresh())).code).toBe('ERR_TUF_ANSWER_TIME');
    }
  });
});

describe('a client that prefers an answer', () => {
  it('goes on without one, and says so', async () => {
    const online = await Online.open();
    const client = online.client({ policy: 'prefer' });
    online.tamper = async () => new Response('', { status: 404 });
    const events: string[] = [];
    client.on('answer-missing', ({ type }) => events.push(type));
    expect(await client.refresh()).toMatchObject(online.repository.versions);
    expect(events).toEqual(['answer-missing']);
  });

  it('refuses a false one', async () => {
    const online = await Online.open();
    online.tamper = async () => new Response('{}');
    const { code } = await refusal(online.client({ policy: 'prefer' }).refresh());
    expect(code).toBe('ERR_TUF_ANSWER_MALFORMED');
  });
});

describe('a client without a clock', () => {
  it.each([-10, 10])('is updated safely with a clock %i years off, and refused without', async (years) => {
    const online = await Online.open();
    const now = (): Date => new Date(online.repository.clock.now().getTime() + years * 365 * 86_400_000);
    const { code } = await refusal(online.client({}, { now }).refresh());
    expect(code).toBe(years > 0 ? 'ERR_TUF_EXPIRED' : 'ERR_TUF_ANSWER_TIME');
    const client = online.client({ clock: 'untrusted' }, { now });
    const refreshed = await client.refresh();
    expect(refreshed).toMatchObject(online.repository.versions);
    expect(refreshed.checkedAt?.getTime()).toBeCloseTo(online.repository.clock.now().getTime(), -4);
    const target = await client.find('app.txt');
    expect(target && Buffer.from(await client.download(target)).toString()).toBe('release 1');
  });

  it('refuses what has expired at the time of the answer', async () => {
    const online = await Online.open();
    const now = (): Date => new Date(0);
    const client = online.client({ clock: 'untrusted' }, { now });
    await client.refresh();
    online.repository.clock.advance({ days: 400 });
    const { code } = await refusal(client.refresh());
    // The server, too, finds nothing that it could answer from.
    expect(code).toBe('ERR_TUF_ANSWER_MISSING');
  });
});

describe('a question on targets', () => {
  it('is decided for each', async () => {
    const deny = (path: string): string | undefined => (path === 'other.txt' ? 'taken back' : undefined);
    const online = await Online.open({ deny });
    expect(await ask(online.client(), ['app.txt', 'other.txt', 'nothing.txt'])).toEqual([
      { path: 'app.txt', permitted: true, reason: undefined, text: undefined },
      { path: 'other.txt', permitted: false, reason: 'denied', text: 'taken back' },
      { path: 'nothing.txt', permitted: false, reason: 'not-listed', text: undefined },
    ]);
  });
});
