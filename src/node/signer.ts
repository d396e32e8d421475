/**
 * Signatures by a private key in the memory of this process.
 *
 * @module
 */
import { constants, createPublicKey, KeyObject, sign, verify } from 'node:crypto';
import { TufError } from '../errors.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import { keyOf, type PublicKeyObject } from '../metadata/public-key-writer.ts';
import { MlDsaPrivateKey } from './ml-dsa.ts';
import type { PrivateKey } from './private-key.ts';
import { publicKeyOf, type RsaHash, tufKeys } from './signer-public-key.ts';

export interface KeySignerOptions {
  /** The digest of an RSA key's scheme, `sha256` by default. Ed25519 and ECDSA keys have but one. */
  readonly rsaHash?: RsaHash | undefined;
  /** What errors call the source of the key, `file:PATH` for one. */
  readonly uri?: string | undefined;
}

/**
 * The `Signer` of `tufa/repository` over a private key: Ed25519, ECDSA on P-256 or P-384, RSA of 2048 to 16384 bits, and
 * ML-DSA (TAP 21, hedged). ECDSA signatures are DER, PSS salts as long as the digest.
 *
 * The constructor throws `ERR_TUF_SIGNER` for every other key, and for one whose public half is not that of its secret.
 */
// @spec A-55 A-54 A-03
export class KeySigner {
  readonly key: PublicKeyObject;
  readonly #uri: string | undefined;
  readonly #hash: string | null;
  readonly #isSlow: boolean;
  readonly #input: Parameters<typeof sign>[2] & object;
  readonly #mlDsa: MlDsaPrivateKey | undefined;

  constructor(privateKey: PrivateKey, options: KeySignerOptions = {}) {
    const { rsaHash = 'sha256', uri } = options;
    this.#uri = uri;
    this.#isSlow = false;
    this.#hash = null;
    if (privateKey instanceof MlDsaPrivateKey) {
      // Both halves are made of one seed: nothing is left to check.
      this.#mlDsa = privateKey;
      this.#input = {} as never;
      this.key = keyOf(privateKey.publicKey);
      return;
    }
    if (!(privateKey instanceof KeyObject) || privateKey.type !== 'private') {
      throw new TypeError('a signer is made of a private KeyObject or an MlDsaPrivateKey');
    }
    const publicKey = ownPublicKey(privateKey, rsaHash, uri);
    this.key = keyOf(publicKey);
    this.#hash = publicKey.kind === 'ed25519' ? null : publicKey.hash;
    this.#isSlow = publicKey.kind === 'rsa-pss';
    this.#input =
      publicKey.kind === 'rsa-pss'
        ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : { key: privateKey, dsaEncoding: 'der' };
    this.#checkHalves(createPublicKey(privateKey as never));
  }

  /** Signs the whole message. Rejects with `ERR_TUF_SIGNER`. */
  async sign(message: Uint8Array): Promise<Uint8Array> {
    if (!(message instanceof Uint8Array)) throw new TypeError('a message is a Uint8Array');
    try {
      if (this.#mlDsa !== undefined) return this.#mlDsa.sign(message);
      // RSA takes milliseconds and has a thread of its own; the others are done sooner than a thread is reached.
      return new Uint8Array(this.#isSlow ? await this.#signOnThread(message) : sign(this.#hash, message, this.#input));
    } catch (cause) {
      const hint = 'the key is readable and yet this Node cannot sign with it; see the cause';
      throw new TufError(
        'ERR_TUF_SIGNER',
        `${this.#uri ?? 'the key'} does not sign`,
        { uri: this.#uri },
        { cause, hint },
      );
    }
  }

  #signOnThread(message: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      sign(this.#hash ?? undefined, message, this.#input, (error, signature) =>
        error ? reject(error) : resolve(signature),
      );
    });
  }

  /** Files of EC keys carry both halves, and nothing ties them together but this. */
  #checkHalves(publicKey: KeyObject): void {
    const probe = Buffer.from('tufa: do the two halves of this key belong together?');
    const halves = { ...this.#input, key: publicKey };
    if (verify(this.#hash, probe, halves, sign(this.#hash, probe, this.#input))) return;
    const hint = 'the key is damaged: take it from its backup';
    throw unusable(this.#uri, 'has a public half that is not that of its secret', hint);
  }
}

/** The keys that a `KeyObject` of every Node can hold. */
type NodeKey = Exclude<PublicKey, { kind: 'ml-dsa' }>;

function ownPublicKey(privateKey: KeyObject, rsaHash: RsaHash, uri: string | undefined): NodeKey {
  const parsed = publicKeyOf(createPublicKey(privateKey as never), rsaHash);
  if (parsed !== undefined && parsed.kind !== 'unusable' && parsed.kind !== 'ml-dsa') return parsed;
  const found = [privateKey.asymmetricKeyType, privateKey.asymmetricKeyDetails?.namedCurve];
  const kind = found.filter((part) => part !== undefined).join(' ');
  const reason = parsed?.kind !== 'unusable' ? '' : `: ${parsed.reason}`;
  throw unusable(uri, `is a key that TUF does not use (${kind})${reason}`, tufKeys);
}

function unusable(uri: string | undefined, what: string, hint: string): TufError<'ERR_TUF_SIGNER'> {
  return new TufError('ERR_TUF_SIGNER', `${uri ?? 'the key'} ${what}`, { uri }, { hint });
}
