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
  if (text.length % 2 !== 0 || !isHex(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Whether text is hex digits of either case and nothing else. */
export function isHex(text: string): boolean {
  return !/[^0-9a-f]/i.test(text);
}

/** Lower-case hex, two digits a byte. */
export function encodeHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
