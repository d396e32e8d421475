/**
 * UTF-8, strict in both directions. The one place in the pure layers that names something outside ECMAScript: the text
 * codecs of the WHATWG, which are pure functions and exist on every runtime.
 *
 * @module
 */

declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of bytes that are known to be valid UTF-8. Throws `TypeError` otherwise. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The UTF-8 of well-formed text. Throws `TypeError` for a lone surrogate: it has no UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  if (!isWellFormed(text)) throw new TypeError('the text has a lone surrogate, which has no UTF-8');
  return encoder.encode(text);
}

/** Whether the text has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/**
 * The length of the valid multi-byte sequence that begins at `at`, or 0: overlong forms, surrogates, code points above
 * U+10FFFF and cut sequences are invalid (RFC 3629).
 */
export function utf8SequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  const second = bytes[at + 1] as number;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i += 1) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  return length;
}

/**
 * Compares two texts by code point, which is the order of their UTF-8 bytes (and not that of UTF-16 units, which differs
 * where an astral character meets one from U+E000 to U+FFFF).
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return surrogatesLast(x) - surrogatesLast(y);
  }
  return a.length - b.length;
}

function surrogatesLast(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
