/**
 * The vectors of keyids and signatures against tufa, in process, on every backend.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Signed } from '../../src/metadata/document.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { backends, verdict } from '../crypto/backends.ts';

interface About {
  readonly id: string;
  readonly rows: readonly string[];
}

interface KeyidVector extends About {
  readonly input: { readonly key: string };
  readonly expect: { readonly keyid: string };
}

interface SignatureInput {
  readonly key: string;
  readonly message: string;
  readonly sig: string;
}

interface SignatureVector extends About {
  readonly input: SignatureInput;
  readonly expect: { readonly verified: boolean };
  readonly control?: string | { readonly input: SignatureInput };
}

const folder = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));
const read = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
const index = read<{ vectors: { id: string }[] }>('index.json');
const family = <T>(name: string): T[] =>
  index.vectors.filter(({ id }) => id.startsWith(`${name}/`)).map(({ id }) => read<T>(`${id}.json`));

const counts: string[] = [];
afterAll(() => process.stderr.write(`${counts.join('\n')}\n`));

/** A root that lists the key, and nothing of which is signed: what reads the key is the reader of clients. */
function rootWith(key: string): Uint8Array {
  const role = '{"keyids":["k"],"threshold":1}';
  const roles = `{"root":${role},"snapshot":${role},"targets":${role},"timestamp":${role}}`;
  const head = '"_type":"root","expires":"2050-01-01T00:00:00Z","spec_version":"1.0.34","version":1';
  return Buffer.from(`{"signatures":[],"signed":{${head},"keys":{"k":${key}},"roles":${roles}}}`);
}

const keyOf = (text: string) => parseRoot(rootWith(text)).signed.keys.get('k');

describe('keyid', () => {
  const vectors = family<KeyidVector>('keyid');

  it('[4.2.1-b, 4.3-g, A-02, A-03] every vector', () => {
    const failed = vectors.filter(({ input, expect: { keyid } }) => {
      const canonical = keyOf(input.key)?.canonical('olpc') as Uint8Array;
      return createHash('sha256').update(canonical).digest('hex') !== keyid;
    });
    counts.push(`keyid: ${vectors.length} vectors, ${failed.length} failed`);
    expect(failed.map(({ id }) => id)).toEqual([]);
    expect(vectors.length).toBeGreaterThan(20);
  });
});

describe.each(backends)('signature on %s', (name, crypto) => {
  const vectors = family<SignatureVector>('signature');

  async function verified({ key: text, message, sig }: SignatureInput): Promise<boolean> {
    const key = keyOf(text);
    const signature = Signed.signatureBytes({ keyid: 'k', sig });
    if (key?.public === undefined || signature === undefined) return false;
    const names = [key.keytype, key.scheme, key.public] as const;
    return verdict(crypto, names, new Uint8Array(Buffer.from(message, 'base64')), signature);
  }

  it('[4.2.1-d, 4.2.2-a, 4.2.2-b, 4.2.2-c, 4.2.2-d, 4.2.2-e, 4.2.2-f, A-53, A-54, A-55, A-65] every vector', async () => {
    const failed: string[] = [];
    let [accepted, refused] = [0, 0];
    for (const { id, input, expect: expected, control } of vectors) {
      if ((await verified(input)) !== expected.verified) failed.push(`${id} is not ${expected.verified}`);
      if (expected.verified) accepted += 1;
      else {
        refused += 1;
        const twin = typeof control === 'string' ? read<SignatureVector>(`${control}.json`) : control;
        if (twin === undefined || !(await verified(twin.input))) failed.push(`${id}: its control`);
      }
    }
    counts.push(`signature on ${name}: ${accepted} true, ${refused} false, ${failed.length} failed`);
    expect(failed).toEqual([]);
    expect([accepted > 50, refused > 200]).toEqual([true, true]);
  });
});
