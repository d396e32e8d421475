/** tufa's client on the repository that @tufjs/repo-mock makes for the tests of others. */
import { initializeTUFRepo, type Target, tufHandlers } from '@tufjs/repo-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { Client, type ClientOptions, memoryStore } from '../../src/index.node.ts';
import { fetchTransport } from '../../src/transport/fetch.ts';
import { type Loopback, serveLoopback } from './loopback.ts';

let served: Loopback | undefined;

afterEach(async () => {
  await served?.close();
  served = undefined;
});

async function clientOf(targets: Target[], options: Partial<ClientOptions> = {}): Promise<Client> {
  const handlers = new Map(tufHandlers(initializeTUFRepo(targets), {}).map(({ path, fn }) => [path.slice(1), fn]));
  const read = (path: string): Uint8Array | undefined => {
    const answer = handlers.get(path)?.();
    return answer?.statusCode === 200 ? Buffer.from(answer.response) : undefined;
  };
  served = await serveLoopback(read);
  const { url } = served;
  const root = read('metadata/1.root.json') ?? new Uint8Array();
  const urls = { metadataUrl: `${url}/metadata`, targetsUrl: `${url}/targets` };
  return new Client({ root, store: memoryStore(), ...urls, ...options });
}

describe('a client of @tufjs/repo-mock', () => {
  it.each([
    ['node:http', {}],
    ['fetch', { transport: fetchTransport({ fetch: globalThis.fetch }) }],
  ])('[A-02][A-09] finds and downloads, by %s', async (_transport, options) => {
    const content = Buffer.from([0, 1, 2, 253, 254, 255]);
    const client = await clientOf(
      [
        { name: 'app.bin', content },
        { name: 'other', content: 'other' },
      ],
      options,
    );
    const mismatched: string[] = [];
    client.on('keyid-mismatch', ({ keyid }) => mismatched.push(keyid));
    expect(await client.refresh()).toMatchObject({ changed: true, root: 1, targets: 1 });
    expect(await client.refresh()).toMatchObject({ changed: false });
    const target = await client.find('app.bin');
    expect(target).toMatchObject({ length: content.length, role: 'targets' });
    expect(Buffer.from(await client.download(target as NonNullable<typeof target>))).toEqual(content);
    expect(await client.find('nope')).toBeUndefined();
    // Its keyid is a digest of something else, and its dates have milliseconds.
    expect(new Set(mismatched).size).toBe(1);
  });

  it('[A-02] is refused by the strict profile', async () => {
    const client = await clientOf([{ name: 'a', content: 'a' }], { profile: 'strict' });
    await expect(client.refresh()).rejects.toMatchObject({ family: 'format' });
  });

  it('[5.6.2] refuses lengths in UTF-16 units where files are in bytes', async () => {
    const named = await clientOf([{ name: 'é', content: 'a' }]);
    await expect(named.refresh()).rejects.toMatchObject({ family: 'security' });
    await served?.close();
    const filled = await clientOf([{ name: 'hello', content: 'héllo' }]);
    const target = await filled.find('hello');
    expect(target?.length).toBe(5);
    await expect(filled.download(target as NonNullable<typeof target>)).rejects.toMatchObject({
      code: 'ERR_TUF_TOO_LONG',
    });
  });
});
