/** Faults of a web server, planted in a real one on this machine that is clean without them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ask, type CheckCode, type CheckReport, Site } from '../../src/check/index.ts';
import { TufError } from '../../src/errors.ts';
import { httpAsker } from '../../src/node/http-asker.ts';
import { check, codesOf, type Planted, publish } from './planted.ts';

/** What a server answers, before a fault changes it. */
interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

type Fault = (answer: Answer, file: string, request: IncomingMessage) => void;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function goodAnswer(planted: Planted, file: string): Answer {
  const body = planted.files.get(file);
  const cors = { 'access-control-allow-origin': '*' };
  if (body === undefined) {
    return { status: 404, headers: { ...cors, 'cache-control': 'no-store' }, body: Buffer.from('404\n') };
  }
  const lasts = file.endsWith('/timestamp.json') ? 'no-cache' : 'public, max-age=31536000, immutable';
  return { status: 200, headers: { ...cors, 'cache-control': lasts }, body };
}

async function serve(planted: Planted, fault: Fault = () => {}): Promise<string> {
  return listen((request, response) => {
    const file = decodeURIComponent((request.url as string).slice(1).replace(/\?.*/, ''));
    const answer = goodAnswer(planted, file);
    fault(answer, file, request);
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
}

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function checkServed(fault?: Fault, plant?: Parameters<typeof publish>[0]): Promise<CheckReport> {
  const planted = publish(plant);
  const base = await serve(planted, fault);
  return check(planted, { place: siteAt(base, httpAsker()) });
}

const siteAt = (base: string, ask: Ask): Site =>
  new Site({ metadataUrl: `${base}/metadata`, targetsUrl: `${base}/targets/` }, ask);

const timestamp = 'metadata/timestamp.json';
const redirect = (answer: Answer, location: string): void => {
  Object.assign(answer, { status: 302, body: new Uint8Array() });
  answer.headers['location'] = location;
};

const faults: readonly (readonly [readonly [CheckCode, ...CheckCode[]], string, Fault])[] = [
  [
    ['next-root-answered', 'missing-answered'],
    'a page for whatever is not there',
    (answer) => {
      if (answer.status !== 404) return;
      Object.assign(answer, { status: 200, body: Buffer.from('<!doctype html>') });
      answer.headers['content-type'] = 'text/html';
    },
  ],
  [
    ['missing-answered'],
    'a page for targets that are not there',
    (answer, file) => {
      if (answer.status === 404 && file.startsWith('targets/')) answer.status = 200;
    },
  ],
  [
    ['missing-status'],
    '403',
    (answer) => {
      if (answer.status === 404) answer.status = 403;
    },
  ],
  [
    ['missing-status', 'file-unreadable'],
    '500 for the next root',
    (answer, file) => {
      if (file === 'metadata/2.root.json') answer.status = 500;
    },
  ],
  [
    ['missing-cached'],
    'for an hour',
    (answer) => {
      if (answer.status === 404) answer.headers['cache-control'] = 'max-age=3600';
    },
  ],
  [
    ['missing-cached'],
    'by a cache that has had it for long',
    (answer) => {
      if (answer.status === 404) Object.assign(answer.headers, { 'cache-control': 'max-age=60', age: '86400' });
    },
  ],
  [
    ['timestamp-cached'],
    'for a day',
    (answer, file) => {
      if (file === timestamp) answer.headers['cache-control'] = 'public, max-age=86400';
    },
  ],
  [
    ['timestamp-cached'],
    'for a day in shared caches',
    (answer, file) => {
      if (file === timestamp) answer.headers['cache-control'] = 'max-age=0, s-maxage=86400';
    },
  ],
  [
    ['timestamp-cached'],
    'by a cache that has had it for long, for those who let it answer',
    (answer, file, { headers }) => {
      if (file === timestamp && headers['cache-control'] === undefined) answer.headers['age'] = '7200';
    },
  ],
  [
    ['timestamp-cached'],
    'by Expires',
    (answer, file) => {
      if (file !== timestamp) return;
      delete answer.headers['cache-control'];
      answer.headers['expires'] = new Date(Date.now() + 86_400_000).toUTCString();
    },
  ],
  [
    ['timestamp-cache-unsaid'],
    'no word',
    (answer, file) => {
      if (file === timestamp) delete answer.headers['cache-control'];
    },
  ],
  [
    ['immutable-cache-short'],
    'ten minutes for all',
    (answer) => {
      answer.headers['cache-control'] = 'max-age=600';
    },
  ],
  [
    ['cors-missing', 'cors-missing-on-404'],
    'none at all',
    (answer) => {
      delete answer.headers['access-control-allow-origin'];
    },
  ],
  [
    ['cors-missing'],
    'for one other origin only',
    (answer) => {
      if (answer.status === 200) answer.headers['access-control-allow-origin'] = 'https://app.example';
    },
  ],
  [
    ['cors-missing-on-404'],
    'not with errors, as nginx leaves it out',
    (answer) => {
      if (answer.status === 404) delete answer.headers['access-control-allow-origin'];
    },
  ],
  [
    ['encoding-unasked', 'file-unreadable'],
    'a target that is taken for its compressed form',
    (answer, file) => {
      if (file.startsWith('targets/') && answer.status === 200) answer.headers['content-encoding'] = 'gzip';
    },
  ],
  [
    ['encoding-offered'],
    'gzip where it is asked for',
    (answer, _file, request) => {
      if (answer.status !== 200 || !/gzip/.test(request.headers['accept-encoding'] ?? '')) return;
      answer.body = gzipSync(answer.body);
      answer.headers['content-encoding'] = 'gzip';
    },
  ],
  [
    ['range-wrong'],
    'the length of another file',
    (answer, _file, request) => {
      if (request.headers.range === undefined) return;
      Object.assign(answer, { status: 206, body: answer.body.subarray(0, 2) });
      answer.headers['content-range'] = 'bytes 0-1/99';
    },
  ],
  [
    ['range-wrong'],
    'the whole file as a part',
    (answer, _file, request) => {
      if (request.headers.range === undefined) return;
      answer.status = 206;
      answer.headers['content-range'] = `bytes 0-${answer.body.length - 1}/${answer.body.length}`;
    },
  ],
  [
    ['redirected'],
    'to another place of the same server',
    (answer, file, { url }) => {
      if (file.startsWith('targets/') && answer.status === 200 && !url?.includes('?')) redirect(answer, `${url}?again`);
    },
  ],
  [
    ['redirect-refused', 'file-unreadable'],
    'to another server',
    (answer, file) => {
      if (file.startsWith('targets/') && answer.status === 200) redirect(answer, `https://mirror.example/${file}`);
    },
  ],
  [
    ['redirect-refused'],
    'to a page for what is not there',
    (answer, file) => {
      if (answer.status === 404 && file.startsWith('targets/')) redirect(answer, 'https://www.example/sorry');
    },
  ],
  [
    ['redirect-refused', 'file-unreadable'],
    'in a circle',
    (answer, file, { url }) => {
      if (file.startsWith('targets/') && answer.status === 200) redirect(answer, url as string);
    },
  ],
  [
    ['file-unreadable'],
    '503',
    (answer, file) => {
      if (file.startsWith('targets/') && answer.status === 200) answer.status = 503;
    },
  ],
];

describe('a check of a web server', () => {
  it('finds nothing where nothing is wrong', async () => {
    const report = await checkServed();
    expect(report.findings).toEqual([]);
    expect(report.read).toMatchObject({ roots: 1, documents: 4, targetFiles: 1 });
  });

  it('finds nothing where ranges are right', async () => {
    const report = await checkServed((answer, _file, request) => {
      if (request.headers.range === undefined) return;
      answer.headers['content-range'] = `bytes 0-1/${answer.body.length}`;
      Object.assign(answer, { status: 206, body: answer.body.subarray(0, 2) });
    });
    expect(report.findings).toEqual([]);
  });

  it.each(faults)('[T36] finds %s: %s', async (codes, _what, fault) => {
    const report = await checkServed(fault);
    expect(codesOf(report)).toEqual([...codes].sort());
  });

  it('finds the faults of targets too that stand behind a missing file', async () => {
    const planted = publish();
    const base = await serve(planted, (answer, file) => {
      if (file.startsWith('targets/')) Object.assign(answer, { status: 404 });
    });
    const report = await check(planted, { place: siteAt(base, httpAsker()) });
    expect(codesOf(report)).toEqual(['target-missing']);
  });

  it('finds no-https and url-refused, by answers that no server gives here', async () => {
    const planted = publish();
    const ask: Ask = async (url, { sink }) => {
      const file = decodeURIComponent(url.replace('http://repository.example/', ''));
      if (/no-such/.test(file)) throw new TufError('ERR_TUF_TRANSPORT', `${file}: no complete answer`, { url });
      const { status, headers, body } = goodAnswer(planted, file);
      if (status === 200) sink(body);
      return { status, headers, tooLong: false };
    };
    const report = await check(planted, { place: siteAt('http://repository.example', ask) });
    expect(codesOf(report)).toEqual(['no-https', 'url-refused']);
  });

  it('says a server that is not there as what cannot be read', async () => {
    const base = await serve(publish());
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    const report = await check(publish(), { place: siteAt(base, httpAsker()) });
    expect(codesOf(report)).toEqual(['file-unreadable', 'url-refused']);
  });

  it('asks no more once the time is over', async () => {
    const planted = publish();
    const base = await serve(planted);
    const asker = httpAsker();
    const asked: string[] = [];
    // Only the look at how the server answers asks without it.
    const ask: Ask = async (url, request) => {
      if (request.headers['cache-control'] === undefined) asked.push(url);
      return asker(url, request);
    };
    const report = await check(planted, { place: siteAt(base, ask), isOver: () => asked.length > 0 });
    expect(asked).toEqual([`${base}/metadata/timestamp.json`]);
    expect(codesOf(report)).toEqual(['check-incomplete']);
  });

  it('keeps tokens out of what it says', async () => {
    const planted = publish();
    const base = await serve(planted, (answer) => redirect(answer, 'https://mirror.example/'));
    const site = new Site(
      { metadataUrl: `${base}/metadata?token=secret`, targetsUrl: `${base}/targets?token=secret` },
      httpAsker(),
    );
    const report = await check(planted, { place: site });
    expect(codesOf(report)).toContain('redirect-refused');
    expect(JSON.stringify(report)).not.toContain('secret');
  });
});

describe('the asker', () => {
  it('ends a body that is longer than is asked for, and one that breaks off', async () => {
    const planted = publish();
    const base = await serve(planted, (answer, file) => {
      if (file === 'short') Object.assign(answer, { status: 200, headers: { 'content-length': '99' } });
      if (file === 'long') Object.assign(answer, { status: 200, body: Buffer.alloc(1_000_000) });
    });
    const ask = httpAsker({ idleTimeoutMs: 300 });
    let received = 0;
    const sink = (chunk: Uint8Array): void => {
      received += chunk.length;
    };
    const answer = await ask(`${base}/long`, { headers: {}, bytesMax: 1000, sink });
    expect(answer.tooLong).toBe(true);
    expect(received).toBeLessThanOrEqual(1000);
    await expect(ask(`${base}/short`, { headers: {}, bytesMax: 1000, sink })).rejects.toMatchObject({
      code: 'ERR_TUF_TRANSPORT',
    });
  });

  it.each([200, 404])('closes what pours on without end, at status %i', async (status) => {
    let closed: () => void = () => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const base = await listen((_request, response) => {
      response.on('close', closed);
      response.on('drain', pour);
      response.writeHead(status);
      function pour(): void {
        while (response.write(Buffer.alloc(16_384)));
      }
      pour();
    });
    const answer = await httpAsker()(`${base}/x`, { headers: {}, bytesMax: 1000, sink: () => {} });
    expect(answer).toMatchObject({ status, tooLong: status === 200 });
    await isClosed;
  });

  it('ends a request with the time that is left for all', async () => {
    const base = await listen((_request, response) => {
      response.writeHead(404).write('.');
    });
    const ask = httpAsker({ timeLeftMs: () => 100 });
    await expect(ask(`${base}/x`, { headers: {}, bytesMax: 1, sink: () => {} })).rejects.toThrow('takes too long');
  });

  it('throws the reason of an abort', async () => {
    const base = await serve(publish());
    const abort = new AbortController();
    abort.abort(new TypeError('enough'));
    const ask = httpAsker({ signal: abort.signal });
    await expect(ask(`${base}/x`, { headers: {}, bytesMax: 1, sink: () => {} })).rejects.toThrow('enough');
  });
});
