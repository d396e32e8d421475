/** The vectors of bundles, as any other reader of them runs them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifyOn } from '../../src/bundle/verify.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { isTufError } from '../../src/errors.ts';
import { at } from '../tools/project.mjs';

interface Vector {
  readonly id: string;
  readonly bundle: string;
  readonly verdict: string;
}

const file = JSON.parse(readFileSync(at('spec-vectors/bundles.json'), 'utf8'));
const vectors: Vector[] = file.vectors;
const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64'));

async function judge({ bundle }: Vector): Promise<string> {
  const options = { root: bytes(file.root), now: () => new Date(file.time) };
  try {
    await verifyOn(new Blob([bytes(bundle)]), options, nodeCrypto());
    return 'accepted';
  } catch (error) {
    if (!isTufError(error)) return String(error);
    const [, own] = /^ERR_TUF_BUNDLE_(\w+)$/.exec(error.code) ?? [];
    return own?.toLowerCase() ?? (error.family === 'security' || error.family === 'format' ? 'untrusted' : error.code);
  }
}

describe('bundles', () => {
  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s', async (_, vector) => {
    expect(await judge(vector)).toBe(vector.verdict);
  });
});
