/** The answer server: what it refuses, how it batches, and that it says nothing of what a client would refuse. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { questionType } from '../../src/ask/form.ts';
import { nonceBytes, writeQuestion } from '../../src/ask/question.ts';
import { Online } from './online.ts';

const digestOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

const questionFor = ({ repository }: Online, targets?: readonly string[], version = 1): Uint8Array =>
  writeQuestion({
    nonce: globalThis.crypto.getRandomValues(new Uint8Array(nonceBytes)),
    root: { version, sha256: digestOf(repository.root) },
    targets,
  });

const post = (body: BodyInit | null, type = questionType): Request =>
  new Request('http://localhost/', { method: 'POST', body, headers: { 'content-type': type } });

const text = (bytes: Uint8Array, change: (text: string) => string = (same) => same): string =>
  change(Buffer.from(bytes).toString());

describe('an answer server refuses', () => {
  const refused: Record<string, [status: number, request: (online: Online) => Request]> = {
    'what is no POST': [405, () => new Request('http://localhost/')],
    'another type': [415, (online) => post(text(questionFor(online)), 'application/json')],
    'an empty body': [400, () => post('')],
    'what is no JSON': [400, () => post('<!doctype html>')],
    'a name that stands twice': [
      400,
      (online) => post(text(questionFor(online), (each) => each.replace('{', '{"version":1,'))),
    ],
    'a member that nobody knows': [
      400,
      (online) => post(text(questionFor(online), (each) => each.replace('{', '{"more":1,'))),
    ],
    'another version of the form': [
      400,
      (online) => post(text(questionFor(online), (each) => each.replace('"version":1', '"version":2'))),
    ],
    'a short nonce': [
      400,
      (online) => post(text(questionFor(online), (each) => each.replace(/"nonce":"../, '"nonce":"'))),
    ],
    'no targets': [400, (online) => post(text(questionFor(online, ['a']), (each) => each.replace('["a"]', '[]')))],
    'a target twice': [
      400,
      (online) => post(text(questionFor(online, ['a']), (each) => each.replace('"a"', '"a","a"'))),
    ],
    'too many targets': [
      400,
      (online) =>
        post(
          text(
            questionFor(
              online,
              Array.from({ length: 257 }, (_, i) => `t${i}`),
            ),
          ),
        ),
    ],
    'a path that is too long': [400, (online) => post(text(questionFor(online, ['x'.repeat(4097)])))],
    'a body that is too long': [413, () => post('x'.repeat(70_000))],
    'a body without end': [
      413,
      () =>
        new Request('http://localhost/', {
          method: 'POST',
          body: new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(8192)) }),
          headers: { 'content-type': questionType },
          duplex: 'half',
        } as RequestInit),
    ],
    'the root of another repository': [
      404,
      (online) => post(text(questionFor(online), (each) => each.replace(/"sha256":"../, '"sha256":"00'))),
    ],
    'a root that it does not know': [404, (online) => post(text(questionFor(online, undefined, 9)))],
  };

  it.each(Object.entries(refused))('%s', async (_, [status, request]) => {
    const online = await Online.open();
    const response = await online.handle(request(online));
    expect([response.status, online.errors]).toEqual([status, []]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('whoever is not let in, with a time to come back', async () => {
    const online = await Online.open({ admit: () => false });
    const response = await online.handle(post(text(questionFor(online))));
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
  });

  it('more questions at a time than it takes, and takes the next ones', async () => {
    const online = await Online.open({ inFlightMax: 2 });
    const ask = (): Promise<Response> => online.handle(post(text(questionFor(online))));
    const statuses = (await Promise.all([ask(), ask(), ask(), ask()])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 503, 503]);
    expect((await ask()).status).toBe(200);
  });

  it('nobody for the sake of those who send slowly', async () => {
    const online = await Online.open({ inFlightMax: 1 });
    const slow = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    const init = {
      method: 'POST',
      body: slow,
      headers: { 'content-type': questionType },
      duplex: 'half',
    } as RequestInit;
    void online.handle(new Request('http://localhost/', init));
    expect((await online.handle(post(text(questionFor(online))))).status).toBe(200);
  });

  it('to answer from what a client would refuse, and tells its operator why', async () => {
    const online = await Online.open();
    online.repository.clock.advance({ days: 3 });
    expect((await online.handle(post(text(questionFor(online))))).status).toBe(503);
    expect(online.errors).toMatchObject([{ code: 'ERR_TUF_EXPIRED' }]);
  });

  it('to answer with a key that is not listed', async () => {
    const online = await Online.open();
    await online.repository.publish({ remove: ['tufa/answer-keys.json'] });
    expect((await online.handle(post(text(questionFor(online))))).status).toBe(503);
    expect(online.errors).toMatchObject([{ code: 'ERR_TUF_ANSWER_KEY' }]);
  });
});

describe('an answer server', () => {
  it('answers a batch by one signature', async () => {
    let signatures = 0;
    const online = await Online.open({}, undefined, () => {
      signatures += 1;
    });
    await online.handle(post(text(questionFor(online))));
    const before = signatures;
    const questions = Array.from({ length: 50 }, () => questionFor(online, ['app.txt']));
    const answers = await Promise.all(questions.map((each) => online.handle(post(text(each)))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(signatures - before).toBeLessThan(5);
    const sizes = await Promise.all(
      answers.map(async (each) => {
        const { envelope } = (await each.json()) as { envelope: { payload: string } };
        return JSON.parse(Buffer.from(envelope.payload, 'base64').toString()).tree.size as number;
      }),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(10);
  });

  it('lets pages of any origin ask', async () => {
    const online = await Online.open();
    const preflight = await online.handle(new Request('http://localhost/', { method: 'OPTIONS' }));
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'content-type']);
    const response = await online.handle(post(text(questionFor(online))));
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('answers whoever pinned an earlier root of its chain', async () => {
    const online = await Online.open();
    const client = online.client();
    await online.repository.publish({ rotate: ['root', 'timestamp'] });
    expect(await client.refresh()).toMatchObject({ root: 2 });
  });
});
