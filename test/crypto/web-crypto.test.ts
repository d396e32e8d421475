import { afterEach, describe, expect, it, vi } from 'vitest';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import { testKeys } from './backends.ts';

const message = Buffer.from('what is signed');
const keys = testKeys();
const ed25519 = keys[0] as (typeof keys)[number];
const { subtle } = globalThis.crypto;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('WebCrypto', () => {
  it('imports a key once, for all its signatures', async () => {
    const importKey = vi.spyOn(subtle, 'importKey');
    const crypto = webCrypto();
    for (const { key, sign } of keys) {
      for (let round = 0; round < 3; round++) expect(await crypto.verify(key, message, sign(message))).toBe(true);
    }
    expect(importKey).toHaveBeenCalledTimes(keys.length);
  });

  it('[A-65] falls back where the engine does not take an Ed25519 key, which it tries once', async () => {
    const real = subtle.importKey.bind(subtle);
    const importKey = vi
      .spyOn(subtle, 'importKey')
      .mockImplementation(((...args: Parameters<typeof real>) =>
        args[2] === 'Ed25519'
          ? Promise.reject(new DOMException('unknown algorithm', 'NotSupportedError'))
          : real(...args)) as typeof real);
    const verify = vi.spyOn(subtle, 'verify');
    const crypto = webCrypto();
    for (let round = 0; round < 3; round++) {
      expect(await crypto.verify(ed25519.key, message, ed25519.sign(message))).toBe(true);
      expect(await crypto.verify(ed25519.key, Buffer.from('another'), ed25519.sign(message))).toBe(false);
    }
    expect(importKey).toHaveBeenCalledTimes(1);
    expect(verify).not.toHaveBeenCalled();
  });

  it('never asks the engine about Ed25519 where noble is asked for', async () => {
    const importKey = vi.spyOn(subtle, 'importKey');
    expect(await webCrypto({ ed25519: 'noble' }).verify(ed25519.key, message, ed25519.sign(message))).toBe(true);
    expect(importKey).not.toHaveBeenCalled();
  });

  it('[A-55] never gives the engine a malformed signature', async () => {
    const verify = vi.spyOn(subtle, 'verify');
    const crypto = webCrypto();
    for (const { key } of keys) {
      for (const length of [0, 1, 64, 255]) {
        expect(await crypto.verify(key, message, new Uint8Array(length))).toBe(false);
      }
    }
    expect(verify).not.toHaveBeenCalled();
  });

  it('takes an exception of the engine for a false signature', async () => {
    vi.spyOn(subtle, 'verify').mockRejectedValue(new DOMException('broken', 'OperationError'));
    const crypto = webCrypto();
    for (const { key, sign } of keys) expect(await crypto.verify(key, message, sign(message))).toBe(false);
  });

  it('takes messages and signatures in shared memory', async () => {
    const shared = (bytes: Uint8Array): Uint8Array => {
      const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
      copy.set(bytes);
      return copy;
    };
    const crypto = webCrypto();
    for (const { key, sign } of keys) {
      expect(await crypto.verify(key, shared(message), shared(sign(message)))).toBe(true);
    }
  });
});
