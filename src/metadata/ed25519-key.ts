import { isStrictPoint } from './edwards25519.ts';
import { decodeHex, encodeHex } from './hex.ts';
import type { PublicKey, UnusableKey } from './public-key.ts';

/**
 * Reads a key object whose keytype is `ed25519`, the kind that almost every repository uses: see `parsePublicKey`.
 *
 * @spec
 */
// @spec A-04: the two points of one x have secrets that are each other's negatives, so the sign is no part of identity.
export function parseEd25519(keytype: string, scheme: string, keyval: string): PublicKey | UnusableKey {
  if (keytype !== 'ed25519' || scheme !== 'ed25519') return unusable('its keytype and scheme are not supported');
  const bytes = keyval.length === 64 ? decodeHex(keyval) : undefined;
  if (bytes === undefined) return unusable('it is not 64 hex digits');
  if (!isStrictPoint(bytes)) return unusable('its point is not canonical, or of small order');
  const unsigned = bytes.slice();
  unsigned[31] = (unsigned[31] as number) & 0x7f;
  return { kind: 'ed25519', identity: `ed25519:${encodeHex(unsigned)}`, bytes };
}

function unusable(reason: string): UnusableKey {
  return { kind: 'unusable', reason };
}
