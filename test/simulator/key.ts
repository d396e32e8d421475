import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { olpc } from './olpc.ts';

/** A signing key of the simulator: Ed25519 from a fixed seed, so that every run makes the same bytes. */
export class SimKey {
  readonly keyid: string;
  readonly key: Record<string, unknown>;
  readonly #privateKey: KeyObject;

  constructor(name: string, keyid?: string) {
    const seed = createHash('sha256').update(`simulator key ${name}`).digest();
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    this.#privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#privateKey).export({ format: 'der', type: 'spki' });
    this.key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: spki.subarray(-32).toString('hex') } };
    this.keyid = keyid ?? createHash('sha256').update(olpc(this.key)).digest('hex');
  }

  sign(message: Uint8Array): string {
    return sign(null, message, this.#privateKey).toString('hex');
  }
}
