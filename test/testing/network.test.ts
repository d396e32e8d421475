import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { Client } from '../../src/index.node.ts';
import { TestNetwork, TestRepository } from '../../src/testing/index.ts';

const content = 'x'.repeat(1000);
let repository: TestRepository;

beforeEach(async () => {
  repository = await TestRepository.create({ seed: 'network', targets: { 'dir/app.tgz': content } });
});

async function install(client: Client, path = 'dir/app.tgz'): Promise<string> {
  const target = await client.find(path);
  if (target === undefined) throw new TypeError(`${path} is not listed`);
  return new TextDecoder().decode(await client.download(target));
}

async function failure(work: Promise<unknown>): Promise<TufError> {
  const error = await work.then(
    () => 'nothing was thrown',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TufError)) expect.unreachable(String(error));
  return error;
}

describe('a network that fails', () => {
  const faults: readonly (readonly [name: string, begin: (network: TestNetwork) => void, code: string])[] = [
    ['is offline', (network) => network.offline(), 'ERR_TUF_TRANSPORT'],
    ['has no connection for the timestamp', (network) => network.fail('timestamp.json'), 'ERR_TUF_TRANSPORT'],
    ['answers 503', (network) => network.fail('*', { status: 503 }), 'ERR_TUF_TRANSPORT'],
    ['loses the snapshot', (network) => network.fail('snapshot.json', { status: 404 }), 'ERR_TUF_TRANSPORT'],
    ['breaks off', (network) => network.drop('timestamp.json'), 'ERR_TUF_TRANSPORT'],
    ['breaks off before the body', (network) => network.drop('targets.json', { bytes: 0 }), 'ERR_TUF_TRANSPORT'],
    ['never answers', (network) => network.stall('root.json'), 'ERR_TUF_TRANSPORT'],
    ['stalls in the body', (network) => network.stall('snapshot.json', { bytes: 20 }), 'ERR_TUF_TRANSPORT'],
    ['ends the timestamp early', (network) => network.truncate('timestamp.json'), 'ERR_TUF_MALFORMED'],
    ['ends the snapshot early', (network) => network.truncate('snapshot.json'), 'ERR_TUF_LENGTH_MISMATCH'],
    ['states a wrong length', (network) => network.misstateLength('timestamp.json'), 'ERR_TUF_TRANSPORT'],
    ['does not end', (network) => network.endless('timestamp.json'), 'ERR_TUF_TOO_LONG'],
    ['ends a target early', (network) => network.truncate('targets/dir/app.tgz'), 'ERR_TUF_LENGTH_MISMATCH'],
    ['breaks a target off', (network) => network.drop('targets/dir/app.tgz', { bytes: 999 }), 'ERR_TUF_TRANSPORT'],
    [
      'has another target',
      (network) => network.replace('targets/dir/app.tgz', 'y'.repeat(1000)),
      'ERR_TUF_HASH_MISMATCH',
    ],
    [
      'says more than it may',
      (network) => network.replace('targets.json', '{}', { status: 200 }),
      'ERR_TUF_LENGTH_MISMATCH',
    ],
    ['is intercepted', (network) => network.intercept(() => undefined), 'ERR_TUF_TRANSPORT'],
  ];

  it.each(faults)('%s: the client says so, and works once it is restored', async (_, begin, code) => {
    begin(repository.network);
    const client = new Client(repository.clientOptions());
    expect((await failure(install(client))).code).toBe(code);
    repository.network.restore();
    expect(await install(client)).toBe(content);
  });

  it('comes back', async () => {
    const client = new Client(repository.clientOptions());
    repository.network.offline();
    await failure(client.refresh());
    repository.network.online();
    await client.refresh();
  });

  it('fails as many times as it is told, and an end ends one fault alone', async () => {
    const { network } = repository;
    const client = new Client(repository.clientOptions());
    network.fail('timestamp.json', { status: 503, times: 2 });
    const end = network.fail('snapshot.json', { status: 500 });
    expect((await failure(client.refresh())).evidence).toMatchObject({ status: 503 });
    expect((await failure(client.refresh())).evidence).toMatchObject({ status: 503 });
    expect((await failure(client.refresh())).evidence).toMatchObject({ status: 500 });
    end();
    await client.refresh();
    expect(network.requests.filter(({ file }) => file === 'timestamp.json')).toHaveLength(4);
  });

  it("is met by the client's own retries, where it is given fetch", async () => {
    const { network } = repository;
    const options = { ...repository.clientOptions(), transport: undefined, fetch: network.fetch };
    network.fail('timestamp.json', { status: 503, times: 2, retryAfter: '0' });
    expect(await install(new Client(options))).toBe(content);
    network.fail('timestamp.json', { status: 503, retryAfter: '3600' });
    expect((await failure(new Client(options).refresh())).evidence).toMatchObject({ retryAfterMs: 3_600_000 });
  });

  it('is slow, and nothing is lost: a download reports its progress', async () => {
    repository.network.slow('targets/dir/app.tgz', { bytes: 300 });
    const client = new Client(repository.clientOptions());
    const target = (await client.find('dir/app.tgz')) as NonNullable<Awaited<ReturnType<Client['find']>>>;
    const progress: number[] = [];
    await client.download(target, { onProgress: (bytes) => progress.push(bytes) });
    expect(progress.filter((bytes) => bytes > 0)).toEqual([300, 600, 900, 1000]);
  });

  it.each([undefined, 10])('is stalled until the application aborts (%s bytes)', async (bytes) => {
    const { network } = repository;
    network.stall('timestamp.json', bytes === undefined ? {} : { bytes });
    const client = new Client(repository.clientOptions({ idleTimeoutMs: Number.POSITIVE_INFINITY }));
    const asked = network.nextRequest('timestamp.json');
    const abort = new AbortController();
    const refreshed = client.refresh({ signal: abort.signal });
    await asked;
    abort.abort('enough');
    await expect(refreshed).rejects.toBe('enough');
    network.restore();
    await client.refresh();
  });

  it('refuses faults that are none', () => {
    const { network } = repository;
    expect(() => network.fail('*', { status: 99 })).toThrow(TypeError);
    expect(() => network.fail('*', { status: 600 })).toThrow(TypeError);
    expect(() => network.fail('*', { times: 0 })).toThrow(TypeError);
    expect(() => network.slow('*', { bytes: 0 })).toThrow(TypeError);
  });
});

describe('the fetch of a network', () => {
  const base = 'https://updates.test';

  it('says what was asked for, by name and version', async () => {
    await install(new Client(repository.clientOptions()));
    expect(repository.network.requests.map(({ file, version }) => [file, version])).toEqual([
      ['root.json', 2],
      ['timestamp.json', undefined],
      ['snapshot.json', 2],
      ['targets.json', 2],
      ['targets/dir/app.tgz', undefined],
    ]);
  });

  it('answers as a server does', async () => {
    const { fetch } = repository.network;
    const answer = await fetch(`${base}/metadata/timestamp.json?x=1`);
    expect([answer.status, answer.ok, answer.url]).toEqual([200, true, `${base}/metadata/timestamp.json?x=1`]);
    const bytes = await answer.arrayBuffer();
    expect(answer.headers.get('content-length')).toBe(String(bytes.byteLength));
    expect((await fetch(new URL(`${base}/metadata/9.root.json`))).status).toBe(404);
    expect((await fetch(new Request(`${base}/elsewhere`))).status).toBe(404);
    expect((await fetch(`${base}/%zz`)).status).toBe(404);
    expect((await fetch(new Request(`${base}/metadata/timestamp.json`, { method: 'POST' }))).status).toBe(405);
    expect((await fetch(`${base}/metadata/timestamp.json`, { method: 'put' })).status).toBe(405);
  });

  it('knows no other server', async () => {
    await expect(repository.network.fetch('https://updates.test.example/metadata/timestamp.json')).rejects.toThrow(
      TypeError,
    );
    await expect(repository.network.fetch('http://updates.test/metadata/timestamp.json')).rejects.toThrow(TypeError);
    expect(repository.network.requests).toEqual([]);
  });

  it('gives each caller bytes of its own', async () => {
    const { fetch } = repository.network;
    const read = async (): Promise<Uint8Array> => {
      const reader = (await fetch(`${base}/metadata/timestamp.json`)).body?.getReader();
      return (await reader?.read())?.value as Uint8Array;
    };
    const before = new Uint8Array(await read());
    (await read()).fill(0);
    expect(await read()).toEqual(before);
    await new Client(repository.clientOptions()).refresh();
  });

  it('gives a slow answer piece by piece, with turns of the event loop between them', async () => {
    repository.network.slow('root.json', { bytes: 500 });
    const reader = (await repository.network.fetch(`${base}/metadata/1.root.json`)).body?.getReader();
    const order: string[] = [];
    setTimeout(() => order.push('turn'));
    const piece = await reader?.read();
    order.push(`${piece?.value?.length} bytes`);
    expect(order).toEqual(['turn', '500 bytes']);
  });

  it('lets go of a signal once all is read, or nobody wants it', async () => {
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    await (await repository.network.fetch(`${base}/metadata/1.root.json`, { signal })).text();
    await (await repository.network.fetch(`${base}/metadata/1.root.json`, { signal })).body?.cancel();
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([2, 2]);
  });

  it('obeys a signal before and in the answer', async () => {
    const { fetch, ...network } = repository.network;
    expect(network.requests).toEqual([]);
    await expect(fetch(`${base}/x`, { signal: AbortSignal.abort('before') })).rejects.toBe('before');
    const abort = new AbortController();
    repository.network.endless('*');
    const answer = await fetch(new Request(`${base}/metadata/timestamp.json`, { signal: abort.signal }));
    const reader = answer.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    abort.abort();
    await expect(reader?.read()).rejects.toThrow('abort');
  });

  it('serves any files', async () => {
    const network = new TestNetwork('http://here', (path) => (path === 'a b' ? new Uint8Array([1]) : undefined));
    expect(await (await network.fetch('http://here/a%20b')).arrayBuffer()).toEqual(new Uint8Array([1]).buffer);
    network.fail('a b', { status: 204 });
    expect((await network.fetch('http://here/a%20b')).status).toBe(204);
  });
});
