/** Programs whose lines are JSON, and not what the protocol says: none of them ends the run. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LinePool } from '../../src/conformance/line-protocol.ts';
import { newClients } from './clients.ts';

const clients = newClients();
afterAll(() => clients.remove());

/** A client that says `hello`, and for each line runs `answer`, in which `request` is the question. */
function talking(name: string, hello: object, answer = ''): string[] {
  return clients.node(
    name,
    `import { createInterface } from 'node:readline';
    const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
    say(${JSON.stringify(hello)});
    for await (const line of createInterface({ input: process.stdin })) { const request = JSON.parse(line); ${answer} }`,
  );
}

const hello = {
  protocol: 'tufa-vectors/1',
  client: 'test 1',
  calls: ['match'],
  forms: ['olpc'],
  profiles: ['default'],
};

async function open(name: string, said: object, answer?: string): Promise<LinePool> {
  const pool = await LinePool.open(talking(name, said, answer), { timeoutMs: 60_000 });
  if (typeof pool === 'string') throw new Error(pool);
  return pool;
}

describe('a client', () => {
  it.each([
    ['an object', '{"message":"no"}', { message: 'no' }],
    ['a list', '["no"]', ['no']],
    ['null', 'null', null],
  ])('whose error is %s has failed', async (name, text, error) => {
    const pool = await open(name.replace(' ', '-'), hello, `say({ id: request.id, error: ${JSON.stringify(error)} });`);
    expect(await pool.ask({ call: 'match' })).toMatchObject({ failure: `error: ${text}` });
    await pool.close();
  });

  it('whose answer has an id that is no number has failed, and little of it is shown', async () => {
    const pool = await open('id', hello, `say({ id: { long: 'x'.repeat(10000) } });`);
    const { failure } = (await pool.ask({ call: 'match' })) as { failure: string };
    expect(failure).toMatch(/^an answer to \{"long":"x+ and not to 1$/);
    expect(failure.length).toBeLessThan(200);
    await pool.close();
  });

  it('may name itself and what it can by any JSON', async () => {
    const pool = await open('names', {
      ...hello,
      client: { name: 'x' },
      calls: [{}, 'match'],
      forms: [null],
      profiles: {},
    });
    expect(pool.announced).toMatchObject({
      client: '{"name":"x"}',
      calls: new Set(['match']),
      forms: new Set(['null']),
    });
    await pool.close();
  });

  it('of another protocol is told so, whatever it is', async () => {
    await expect(LinePool.open(talking('protocol', { ...hello, protocol: { name: 'x' } }), {})).rejects.toMatchObject({
      code: 'ERR_TUF_MALFORMED',
      evidence: { pointer: '/protocol' },
    });
  });

  it('that answers before it is asked has failed', async () => {
    const [go, done] = [join(clients.path, 'go'), join(clients.path, 'done')];
    const early = `
      say({ id: request.id, matches: true });
      const { existsSync, writeFileSync, writeSync } = await import('node:fs');
      while (!existsSync(${JSON.stringify(go)})) await new Promise((resolve) => setTimeout(resolve, 5));
      writeSync(1, JSON.stringify({ id: request.id + 1, matches: true }) + '\\n');
      writeFileSync(${JSON.stringify(done)}, '');`;
    const pool = await open('early', hello, early);
    expect(await pool.ask({ call: 'match' })).toEqual({ answer: { matches: true } });
    writeFileSync(go, '');
    // The line is in the pipe once the file is there, and is read in the next turns.
    while (!existsSync(done)) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await pool.ask({ call: 'match' })).toMatchObject({ failure: 'a line that nobody asked for' });
    await pool.close();
  });
});
