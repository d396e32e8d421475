/**
 * The vectors of keyids and signatures against tufa, in process, on every backend.
 */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Crypto } from '../../src/client/ports.ts';
import { isTufError } from '../../src/errors.ts';
import type { DelegatedRole, Delegations } from '../../src/metadata/delegations.ts';
import { type DocumentHead, Signed } from '../../src/metadata/document.ts';
import { parseRoot, type TopLevelRole, topLevelRoles } from '../../src/metadata/root.ts';
import { parseSnapshot, parseTimestamp } from '../../src/metadata/snapshot.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { answer } from '../../src/repository/proof.ts';
import { checkThreshold } from '../../src/trust/arbitrary-software.ts';
import { type Authority, delegatedAuthority, topLevelAuthority } from '../../src/trust/authority.ts';
import { backends, verdict } from '../crypto/backends.ts';

interface About {
  readonly id: string;
  readonly rows: readonly string[];
}

interface KeyidVector extends About {
  readonly input: { readonly key: string };
  readonly expect: { readonly keyid: string };
}

interface ThresholdInput {
  readonly delegator: string;
  readonly role: string;
  readonly document: string;
}

interface Verdict {
  readonly result: 'accept' | 'reject';
  readonly reason?: string;
}

interface ThresholdVector extends About {
  readonly input: ThresholdInput;
  readonly expect: Verdict;
  readonly control?: { readonly input: ThresholdInput };
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

describe.each(backends)('threshold on %s', (name, crypto) => {
  const vectors = family<ThresholdVector>('threshold');

  it('[5.3.4a, 5.3.4b, 5.3.4c, 5.3.4d, 5.4.2, 5.5.3, 5.6.3, 4.2.1-c, 4.3-h, 4.3-i, A-02, A-04, A-05, A-06, A-07, A-08, A-22, A-36, A-45] every vector', async () => {
    const failed: string[] = [];
    const counted = { accept: 0, unsigned: 0, malformed: 0 };
    for (const { id, input, expect: expected, control } of vectors) {
      const wanted = (expected.reason ?? 'accept') as keyof typeof counted;
      const found = await judged(input, crypto);
      if (found !== wanted) failed.push(`${id}: ${found}`);
      counted[wanted] += 1;
      if (expected.result === 'accept') continue;
      const twin = control && (await judged(control.input, crypto));
      if (twin !== 'accept') failed.push(`${id}: its control is ${twin}`);
    }
    counts.push(`threshold on ${name}: ${JSON.stringify(counted)}, ${failed.length} failed`);
    expect(failed).toEqual([]);
    expect(Object.values(counted).every((count) => count > 40)).toBe(true);
  });
});

async function judged({ delegator, role, document }: ThresholdInput, crypto: Crypto): Promise<string> {
  try {
    const authority = authorityOf(new Uint8Array(Buffer.from(delegator)), role);
    const bytes = new Uint8Array(Buffer.from(document, 'base64'));
    await answer(checkThreshold(authority, documentOf(role, bytes)), crypto);
    return 'accept';
  } catch (error) {
    if (!isTufError(error)) return `not a refusal: ${String(error)}`;
    return error.code.replace('ERR_TUF_', '').replaceAll('_', '-').toLowerCase();
  }
}

function documentOf(role: string, bytes: Uint8Array): Signed<DocumentHead> {
  if (role === 'root') return parseRoot(bytes);
  if (role === 'timestamp') return parseTimestamp(bytes);
  return role === 'snapshot' ? parseSnapshot(bytes) : parseTargets(bytes, role);
}

function authorityOf(delegator: Uint8Array, role: string): Authority {
  const isTopLevel = (topLevelRoles as readonly string[]).includes(role);
  if (isTopLevel) return topLevelAuthority(parseRoot(delegator), role as TopLevelRole);
  const targets = parseTargets(delegator, 'targets');
  const { roles, succinct } = targets.signed.delegations as Delegations;
  const bin = succinct && ({ ...succinct, name: role } as unknown as DelegatedRole);
  return delegatedAuthority(targets, bin ?? (roles.find((each) => each.name === role) as DelegatedRole));
}

describe('keys.json', () => {
  interface TestKey {
    readonly name: string;
    readonly seed?: string;
    readonly private?: string;
    readonly keyid: string;
    readonly key: { readonly keyval: { readonly public: string } };
  }
  const { keys } = read<{ keys: TestKey[] }>('keys.json');

  it.each(keys)('has a secret of $name that belongs to its key', ({ seed, private: pem, keyid, key }) => {
    // PKCS#8 of an Ed25519 key (RFC 8410) is this and the seed.
    const der = Buffer.from(`302e020100300506032b657004220420${seed ?? ''}`, 'hex');
    const secret = createPrivateKey(pem ?? { key: der, format: 'der', type: 'pkcs8' });
    const own = createPublicKey(secret as never);
    const text =
      pem === undefined
        ? own.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex')
        : own.export({ type: 'spki', format: 'pem' });
    expect(text).toBe(key.keyval.public);
    const canonical = keyOf(JSON.stringify(key))?.canonical('olpc') as Uint8Array;
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(keyid);
  });
});

describe('the three families', () => {
  it('name every row of signatures, thresholds and keys that is known', () => {
    const rows = new Set(
      index.vectors.flatMap(({ id }) =>
        /^(keyid|signature|threshold)\//.test(id) ? read<About>(`${id}.json`).rows : [],
      ),
    );
    const numbered = (family: string, count: number, width = 1) =>
      Array.from({ length: count }, (_, i) => `${family}${String(i + 1).padStart(width, '0')}`);
    const known = [
      ...numbered('SIG-', 13, 2),
      ...numbered('GO-', 4),
      ...numbered('PY-', 4),
      ...['TH-1', 'TH-2', 'RS-1', 'RS-2', 'PHP-1', 'NT-1', 'SG-1', 'XC-1', 'GAP-15'],
      ...['J3', 'J14', 'J23', 'JF3', 'JF4', 'JF6', 'JF7', 'B8', 'B9', 'B10', 'LIB-3', 'LIB-4'],
      ...['A-02', 'A-03', 'A-04', 'A-05', 'A-06', 'A-07', 'A-08', 'A-22', 'A-53', 'A-54', 'A-55', 'A-65'],
    ];
    expect(known.filter((row) => !rows.has(row))).toEqual([]);
  });
});
