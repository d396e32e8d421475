/**
 * Hexadecimal text, as keys, signatures and digests are written (spec 4.2.1, 4.2.2, 4.5).
 *
 * @module
 */

/**
 * The bytes of hex text of either case, or `undefined` for an odd length or any other character. Digests and signatures
 * are compared as bytes, so case never decides. The empty text is no bytes.
 */
// @spec A-13
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    const value = nibble(text.charCodeAt(2 * index)) * 16 + nibble(text.charCodeAt(2 * index + 1));
    if (Number.isNaN(value)) return undefined;
    bytes[index] = value;
  }
  return bytes;
}

/** Lower-case hex, two digits a byte. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += digits.charAt(byte >> 4) + digits.charAt(byte & 15);
  return text;
}

const digits = '0123456789abcdef';

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : Number.NaN;
}
