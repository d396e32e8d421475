/**
 * Outside vectors, where they are at hand: the folder `signature-vectors` of the outside data, in their upstream shape.
 * The classes they test are also covered by the tests beside this one, which need nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { derInteger, derSequence } from '../../src/metadata/der-writer.ts';
import { outsideData } from '../real/outside-data.ts';
import { backends, verdict } from './backends.ts';

interface Test {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface Group {
  readonly publicKey: { readonly pk?: string };
  readonly publicKeyPem: string;
  readonly sha?: string;
  readonly mgfSha?: string;
  readonly sLen?: number;
  readonly tests: readonly Test[];
}

const { path: folder, absent } = outsideData('signature-vectors');
if (absent !== undefined) process.stderr.write(`skipped: ${absent}\n`);

const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8'));
const groupsOf = (file: string): readonly Group[] => (read(file) as { testGroups: Group[] }).testGroups;
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const scheme = (sha = ''): string => `rsassa-pss-${sha.toLowerCase().replace('-', '')}`;

/** The cases of a file, by what a backend makes of them against what the file says. */
async function run(
  file: string,
  form: (group: Group) => readonly [string, string, string],
  crypto: (typeof backends)[number][1],
  signatureOf: (test: Test) => Uint8Array = ({ sig }) => bytesOf(sig),
): Promise<{ accepted: number[]; mismatches: number[]; count: number }> {
  const accepted: number[] = [];
  const mismatches: number[] = [];
  let count = 0;
  for (const group of groupsOf(file)) {
    for (const test of group.tests) {
      const found = await verdict(crypto, form(group), bytesOf(test.msg), signatureOf(test));
      if (found) accepted.push(test.tcId);
      if (found !== (test.result === 'valid')) mismatches.push(test.tcId);
      count++;
    }
  }
  return { accepted, mismatches, count };
}

describe.skipIf(absent !== undefined).each(backends)('outside vectors on %s', (_, crypto) => {
  it('[A-65] [LIB-3] Ed25519: the 12 cases of speccheck', async () => {
    const cases = read('speccheck_cases') as { message: string; pub_key: string; signature: string }[];
    const verdicts: boolean[] = [];
    for (const { message, pub_key, signature } of cases) {
      verdicts.push(await verdict(crypto, ['ed25519', 'ed25519', pub_key], bytesOf(message), bytesOf(signature)));
    }
    expect(verdicts.flatMap((accepted, index) => (accepted ? [index] : []))).toEqual([3]);
    expect(verdicts).toHaveLength(12);
  });

  it('[A-65] Ed25519: no exception', async () => {
    const found = await run('ed25519_test', ({ publicKey }) => ['ed25519', 'ed25519', publicKey.pk ?? ''], crypto);
    expect(found).toMatchObject({ mismatches: [], count: 151 });
  });

  it('[A-55] ECDSA P-256 in DER: no exception', async () => {
    const form = ({ publicKeyPem }: Group) => ['ecdsa', 'ecdsa-sha2-nistp256', publicKeyPem] as const;
    const found = await run('ecdsa_secp256r1_sha256_test', form, crypto);
    expect(found).toMatchObject({ mismatches: [], count: 484 });
  });

  it('[A-55] [LIB-4] ECDSA P-256 with r and s side by side: none as it stands, all as DER', async () => {
    const file = 'ecdsa_secp256r1_sha256_p1363_test';
    const form = ({ publicKeyPem }: Group) => ['ecdsa', 'ecdsa-sha2-nistp256', publicKeyPem] as const;
    expect(await run(file, form, crypto)).toMatchObject({ accepted: [], count: 262 });
    const asDer = ({ sig }: Test): Uint8Array => {
      const bytes = bytesOf(sig);
      // Other lengths have no halves: they go as they are.
      if (bytes.length !== 64) return bytes;
      return derSequence(derInteger(bytes.subarray(0, 32)), derInteger(bytes.subarray(32)));
    };
    expect(await run(file, form, crypto, asDer)).toMatchObject({ mismatches: [], count: 262 });
  });

  it.each([
    ['rsa_pss_2048_sha256_mgf1_32_test', 72],
    ['rsa_pss_4096_sha256_mgf1_32_test', 72],
  ])('[A-55] %s: the longest salt is the one listed exception', async (file, exception) => {
    const form = ({ publicKeyPem }: Group) => ['rsa', 'rsassa-pss-sha256', publicKeyPem] as const;
    expect(await run(file, form, crypto)).toMatchObject({ mismatches: [exception], count: 108 });
  });

  it('[A-55] rsa_pss_2048_sha256_mgf1_0_test: only the salts of 32 and 222 bytes are accepted', async () => {
    const form = ({ publicKeyPem }: Group) => ['rsa', 'rsassa-pss-sha256', publicKeyPem] as const;
    const found = await run('rsa_pss_2048_sha256_mgf1_0_test', form, crypto);
    expect(found).toMatchObject({ accepted: [69, 70], count: 103 });
  });

  it('[A-55] rsa_pss_misc_test: one hash function throughout, and a salt as long as its digest', async () => {
    const form = ({ publicKeyPem, sha }: Group) => ['rsa', scheme(sha), publicKeyPem] as const;
    const expected = groupsOf('rsa_pss_misc_test').flatMap(({ sha, mgfSha, sLen, tests }) => {
      const isOurs = sha === mgfSha && ['SHA-256/32', 'SHA-384/48', 'SHA-512/64'].includes(`${sha}/${sLen}`);
      return isOurs ? tests.map(({ tcId }) => tcId) : [];
    });
    expect(expected).toHaveLength(3);
    expect(await run('rsa_pss_misc_test', form, crypto)).toMatchObject({ accepted: expected, count: 150 });
  });
});
