import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { PublicKey } from '../../src/metadata/public-key.ts';
import { testKeys } from './backends.ts';

const message = Buffer.from('what is signed');
const keys = testKeys();

afterEach(() => {
  vi.restoreAllMocks();
});

describe('node:crypto', () => {
  it('answers at once, but for ECDSA, whose reader is loaded when it is needed', async () => {
    const crypto = nodeCrypto();
    for (const { key, sign } of keys) {
      const [right, wrong] = [message, Buffer.from('another')].map((each) => crypto.verify(key, each, sign(message)));
      expect([right, wrong].map((verdict) => verdict instanceof Promise)).toEqual(Array(2).fill(key.kind === 'ecdsa'));
      expect([await right, await wrong]).toEqual([true, false]);
    }
    expect(crypto.digest('sha256', message)).toBeInstanceOf(Uint8Array);
  });

  it('makes a key object once, for all signatures of a key', async () => {
    const createPublicKey = vi.spyOn(process.getBuiltinModule('node:crypto'), 'createPublicKey');
    const crypto = nodeCrypto();
    for (const { key, sign } of keys) {
      const signature = sign(message);
      createPublicKey.mockClear();
      for (let round = 0; round < 3; round++) expect(await crypto.verify(key, message, signature)).toBe(true);
      expect(createPublicKey).toHaveBeenCalledTimes(1);
    }
  });

  it('takes an exception of the engine for a false signature', async () => {
    const offCurve: PublicKey = {
      kind: 'ecdsa',
      identity: 'p256:',
      curve: 'P-256',
      hash: 'sha256',
      point: new Uint8Array(65),
    };
    const [, p256] = keys;
    expect(await nodeCrypto().verify(offCurve, message, p256?.sign(message) as Uint8Array)).toBe(false);
  });

  it.each([
    ['', 'false'],
    ["nodeCrypto().digest('sha256', new Uint8Array());", 'true'],
  ])('is not loaded by an import, but by its first use: %s', (use, expected) => {
    const isLoaded = "console.log(process.moduleLoadList.includes('NativeModule crypto'));";
    const { outputFiles } = buildSync({
      stdin: {
        contents: `import { nodeCrypto } from './node-crypto.ts'; globalThis.kept = nodeCrypto; ${use} ${isLoaded}`,
        resolveDir: fileURLToPath(new URL('../../src/crypto', import.meta.url)),
      },
      bundle: true,
      format: 'cjs',
      platform: 'node',
      write: false,
      logLevel: 'silent',
    });
    const found = spawnSync(process.execPath, ['-'], { input: outputFiles[0]?.text ?? '', encoding: 'utf8' });
    expect(found.stdout.trim()).toBe(expected);
  });
});
