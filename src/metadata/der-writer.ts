/**
 * A writer of DER (ITU-T X.690), for keys and key files. Kept apart from the reader so that a client does not carry it.
 *
 * @module
 */
import { derTags } from './der.ts';
import { decodeHex } from './hex.ts';

/** An element of `tag` whose content is the concatenation of `parts`. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = [tag, ...lengthOctets(length)];
  const element = new Uint8Array(header.length + length);
  element.set(header);
  let offset = header.length;
  for (const part of parts) {
    element.set(part, offset);
    offset += part.length;
  }
  return element;
}

/** A SEQUENCE of whole elements. */
export function derSequence(...elements: readonly Uint8Array[]): Uint8Array {
  return der(derTags.sequence, ...elements);
}

/** An INTEGER from a big-endian magnitude; leading zeros are dropped or added as the encoding asks. */
export function derInteger(magnitude: Uint8Array): Uint8Array {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Uint8Array.of(0) : magnitude.subarray(start);
  return der(derTags.integer, Uint8Array.of(...((digits[0] as number) >= 0x80 ? [0] : [])), digits);
}

/** An OBJECT IDENTIFIER from the hex of its content octets. */
export function derObjectIdentifier(contentHex: string): Uint8Array {
  const content = decodeHex(contentHex);
  if (!content?.length) throw new TypeError('an object identifier is given as the hex of its content octets');
  return der(0x06, content);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 + octets.length, ...octets];
}
