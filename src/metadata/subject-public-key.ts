/**
 * The key inside a SubjectPublicKeyInfo (RFC 5280, 4.1): what ECDSA, RSA and ML-DSA keys come in.
 *
 * @module
 */
import { encodeBase64 } from './base64.ts';
import { type DerElement, derTags, readDerSequence } from './der.ts';
import { parsePem } from './pem.ts';

/** The algorithms whose keys are read. */
export type KeyAlgorithm = 'P-256' | 'P-384' | 'rsa' | 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87';

/**
 * AlgorithmIdentifiers (RFC 3279, RFC 5480, RFC 9881) as the content of their SEQUENCE, base64. Other parameters make
 * another key.
 */
export const algorithmIdentifiers: Record<KeyAlgorithm, string> = {
  'P-256': 'BgcqhkjOPQIBBggqhkjOPQMBBw==', // id-ecPublicKey (1.2.840.10045.2.1), prime256v1 (1.2.840.10045.3.1.7)
  'P-384': 'BgcqhkjOPQIBBgUrgQQAIg==', // id-ecPublicKey, secp384r1 (1.3.132.0.34)
  rsa: 'BgkqhkiG9w0BAQEFAA==', // rsaEncryption (1.2.840.113549.1.1.1), NULL
  'ml-dsa-44': 'BglghkgBZQMEAxE=', // 2.16.840.1.101.3.4.3.17, without parameters
  'ml-dsa-65': 'BglghkgBZQMEAxI=', // 2.16.840.1.101.3.4.3.18
  'ml-dsa-87': 'BglghkgBZQMEAxM=', // 2.16.840.1.101.3.4.3.19
};

/** Three times the text of the longest key that is accepted. */
export const keyvalCharsMax = 16_384;

/** The key inside a PEM SubjectPublicKeyInfo of this algorithm, or a whole PEM RSAPublicKey (RFC 8017). */
export function subjectPublicKey(keyval: string, algorithm: KeyAlgorithm): Uint8Array | undefined {
  const pem = parsePem(keyval);
  if (pem?.label === 'RSA PUBLIC KEY' && algorithm === 'rsa') return pem.bytes;
  const elements = pem?.label === 'PUBLIC KEY' ? readDerSequence(pem.bytes) : undefined;
  const [identifier, key] = elements ?? [];
  if (elements?.length !== 2 || identifier?.tag !== derTags.sequence) return undefined;
  return encodeBase64(identifier.content) === algorithmIdentifiers[algorithm] ? wholeBytes(key) : undefined;
}

/** The bytes of a BIT STRING without unused bits. */
function wholeBytes(element: DerElement | undefined): Uint8Array | undefined {
  return element?.tag === derTags.bitString && element.content[0] === 0 ? element.content.subarray(1) : undefined;
}
