import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answerCall } from '../../src/conformance/answer-call.ts';
import type { CallRequest } from '../../src/conformance/client-under-test.ts';
import { honestFile } from './own-vectors.ts';

const ask = (request: Record<string, unknown>) => answerCall(request as CallRequest);
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const malformed = { result: 'reject', reason: 'malformed' };

const root = JSON.parse(honestFile('1.root.json').toString());
const [[keyid, key]] = Object.entries(root.signed.keys) as [[string, unknown]];
const { sig } = root.signatures.find((each: { keyid: string }) => each.keyid === keyid);

/** The signed part as it stands in the file, in code point order: names of this document are ASCII. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

describe('the answer to', () => {
  it('canonical, in each form', async () => {
    const input = base64('{"b" : "\\n", "a": 1}');
    expect(await ask({ call: 'canonical', form: 'olpc', input })).toEqual({
      result: 'accept',
      canonical: base64('{"a":1,"b":"\n"}'),
    });
    expect(await ask({ call: 'canonical', form: 'rfc8785', input })).toMatchObject({
      canonical: base64('{"a":1,"b":"\\n"}'),
    });
    expect(await ask({ call: 'canonical', form: 'olpc', input: base64('{"a":1.5}') })).toEqual(malformed);
  });

  it('read, under each profile', async () => {
    const input = base64(honestFile('timestamp.json'));
    const { signed } = JSON.parse(honestFile('timestamp.json').toString());
    expect(await ask({ call: 'read', role: 'timestamp', profile: 'strict', input })).toEqual({
      result: 'accept',
      values: {
        _type: 'timestamp',
        spec_version: '1.0.34',
        version: 1,
        expires: signed.expires,
        instant: { seconds: Date.parse(signed.expires) / 1000, nanoseconds: 0 },
        meta: [{ path: 'snapshot.json', version: 1 }],
      },
      canonical: base64(canonical(signed)),
    });
    const offset = base64(
      JSON.stringify({ signatures: [], signed: { ...signed, expires: '2030-01-01T00:00:00.5-06:00' } }),
    );
    expect(await ask({ call: 'read', role: 'timestamp', profile: 'strict', input: offset })).toEqual(malformed);
    expect(await ask({ call: 'read', role: 'timestamp', profile: 'default', input: offset })).toMatchObject({
      values: { instant: { seconds: 1893477600, nanoseconds: 500_000_000 } },
    });
    expect(await ask({ call: 'read', role: 'snapshot', profile: 'default', input })).toEqual({
      result: 'reject',
      reason: 'wrong-type',
    });
    const delegated = base64(honestFile('1.packages.json'));
    expect(await ask({ call: 'read', role: 'delegated', profile: 'default', input: delegated })).toMatchObject({
      values: { _type: 'targets', targets: [{ path: 'packages/apple.txt', length: 6 }] },
    });
  });

  it('keyid', async () => {
    expect(await ask({ call: 'keyid', key: JSON.stringify(key) })).toEqual({ keyid });
    expect(await ask({ call: 'keyid', key: '{"keytype":1}' })).toEqual(malformed);
    expect(await ask({ call: 'keyid', key: '{},"x":{}' })).toEqual(malformed);
  });

  it('verify: yes or no, whatever the key is', async () => {
    const message = base64(canonical(root.signed));
    const verify = (more: Record<string, unknown>) =>
      ask({ call: 'verify', key: JSON.stringify(key), message, sig, ...more });
    expect(await verify({})).toEqual({ verified: true });
    const no = { verified: false };
    expect(await verify({ message: base64('another') })).toEqual(no);
    expect(await verify({ sig: '' })).toEqual(no);
    expect(await verify({ sig: 'no hex' })).toEqual(no);
    expect(await verify({ key: '{"keytype":"ed25519"}' })).toEqual(no);
    expect(await verify({ key: 'no JSON' })).toEqual(no);
    expect(await verify({ key: '{"keytype":"x","scheme":"x","keyval":{}}' })).toEqual(no);
    expect(await verify({ key: '{"keytype":"x","scheme":"x","keyval":{"public":"00"}}' })).toEqual(no);
  });

  it('threshold, of a top-level role and of a delegated one', async () => {
    const ofRoot = { call: 'threshold', delegator: honestFile('1.root.json').toString() };
    const ofTargets = { call: 'threshold', delegator: honestFile('1.targets.json').toString() };
    const document = (name: string) => base64(honestFile(name));
    const accept = { result: 'accept' };
    expect(await ask({ ...ofRoot, role: 'snapshot', document: document('1.snapshot.json') })).toEqual(accept);
    expect(await ask({ ...ofRoot, role: 'root', document: document('2.root.json') })).toEqual(accept);
    expect(await ask({ ...ofTargets, role: 'packages', document: document('1.packages.json') })).toEqual(accept);
    expect(await ask({ ...ofRoot, role: 'targets', document: document('1.packages.json') })).toEqual({
      result: 'reject',
      reason: 'unsigned',
    });
    expect(await ask({ ...ofRoot, role: 'targets', document: base64('{}') })).toEqual(malformed);
    expect(await ask({ ...ofRoot, delegator: '{}', role: 'targets', document: base64('{}') })).toEqual(malformed);
    await expect(ask({ ...ofTargets, role: 'nobody', document: document('1.packages.json') })).rejects.toThrow(
      TypeError,
    );
  });

  it('date-time', async () => {
    const read = (text: string, profile: string) => ask({ call: 'date-time', text, profile });
    expect(await read('"1970-01-01T00:00:00Z"', 'strict')).toEqual({ result: 'accept', seconds: 0, nanoseconds: 0 });
    expect(await read('"1969-12-31T23:59:59.000000001Z"', 'default')).toEqual({
      result: 'accept',
      seconds: -1,
      nanoseconds: 1,
    });
    for (const text of ['"soon"', '0', 'null', '["1970-01-01T00:00:00Z"]', '"1970-01-01T00:00:00Z', '']) {
      expect(await read(text, 'default'), text).toEqual(malformed);
    }
  });

  it('match', async () => {
    expect(await ask({ call: 'match', pattern: 'a/*', path: 'a/b' })).toEqual({ matched: true });
    expect(await ask({ call: 'match', pattern: 'a/*', path: 'a/b/c' })).toEqual({ matched: false });
  });

  it('bin', async () => {
    const path = 'a/b';
    const digest = createHash('sha256').update(path).digest('hex');
    const bin = (more: Record<string, unknown>) => ask({ call: 'bin', path, ...more });
    expect(await bin({ bit_length: 8, name_prefix: 'bin' })).toEqual({ name: `bin-${digest.slice(0, 2)}` });
    expect(await bin({ path_hash_prefixes: ['x', digest.slice(0, 5)] })).toEqual({ matched: true });
    expect(await bin({ path_hash_prefixes: ['x', ''] })).toEqual({ matched: true });
    expect(await bin({ path_hash_prefixes: [digest.toUpperCase()] })).toEqual({ matched: false });
    expect(await bin({ path_hash_prefixes: [] })).toEqual({ matched: false });
  });

  it('url', async () => {
    expect(await ask({ call: 'url', path: 'a/b c', digest: '00' })).toEqual({ url: 'a/00.b%20c' });
    expect(await ask({ call: 'url', path: 'a/b' })).toEqual({ url: 'a/b' });
    expect(await ask({ call: 'url', path: '../b' })).toEqual(malformed);
    expect(await ask({ call: 'url', role: '../x', version: 2 })).toEqual({ url: '2...%2Fx.json' });
    expect(await ask({ call: 'url', role: 'timestamp' })).toEqual({ url: 'timestamp.json' });
  });

  it('what lacks a member is a mistake of whoever asks', async () => {
    for (const call of ['canonical', 'read', 'keyid', 'verify', 'threshold', 'date-time', 'match', 'bin', 'url']) {
      await expect(ask({ call }), call).rejects.toThrow(TypeError);
    }
  });
});
