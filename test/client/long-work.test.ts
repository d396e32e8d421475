/** A program that verifies for long leaves timers, sockets and the abort of its caller their turn. */
import { expect, it } from 'vitest';
import type { Crypto } from '../../src/client/ports.ts';
import { run, type World } from '../../src/client/run.ts';
import type { PublicKey } from '../../src/metadata/public-key.ts';
import { verify } from '../../src/trust/question.ts';
import type { Workflow } from '../../src/workflow/question.ts';

const key: PublicKey = { kind: 'ed25519', identity: 'ed25519:0', bytes: new Uint8Array(32) };

/** Verifies `message` without end; the crypto answers at once, as node:crypto does, and gives up at the hundredth. */
function verifications(message: Uint8Array, signal?: AbortSignal): Promise<never> {
  let count = 0;
  const crypto: Crypto = {
    verify() {
      count += 1;
      if (count === 100) throw new Error('verified a hundred times');
      return false;
    },
    digest: () => new Uint8Array(),
  };
  function* program(): Workflow<never> {
    for (;;) yield* verify(key, message, new Uint8Array(64));
  }
  return run(program(), { crypto, signal } as unknown as World);
}

it('an abort ends many verifications of a large document', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 0);
  await expect(verifications(new Uint8Array(8 * 1024 * 1024), controller.signal)).rejects.toThrow('enough');
});

it('an abort ends many verifications of a small document', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 0);
  await expect(verifications(new Uint8Array(1), controller.signal)).rejects.toThrow('enough');
});

it('a few verifications end without a turn of anybody else', async () => {
  let turned = false;
  setTimeout(() => {
    turned = true;
  }, 0);
  function* program(): Workflow<boolean> {
    let isTrue = false;
    for (let i = 0; i < 32; i += 1) isTrue = (yield* verify(key, new Uint8Array(1), new Uint8Array(64))) === true;
    return isTrue;
  }
  const crypto: Crypto = { verify: () => true, digest: () => new Uint8Array() };
  expect(await run(program(), { crypto } as unknown as World)).toBe(true);
  expect(turned).toBe(false);
});
