/**
 * UTF-8, strict in both directions. This and `base64.ts` are the one place in the pure layers that names something outside
 * ECMAScript: the codecs of the WHATWG, which are pure functions and exist on every runtime.
 *
 * @module
 */

declare const TextDecoder: new (
  label: string,
  options: { readonly fatal?: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of bytes that are known to be valid UTF-8. Throws `TypeError` otherwise. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The text of bytes, with U+FFFD for what is not UTF-8: to say where that is. */
export function decodeUtf8Lossily(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** The UTF-8 of well-formed text. Throws `TypeError` for a lone surrogate: it has no UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  if (!isWellFormed(text)) throw new TypeError('a lone surrogate');
  return encoder.encode(text);
}

/** Whether the text has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/**
 * Compares two texts by code point, which is the order of their UTF-8 bytes (and not that of UTF-16 units, which differs
 * where an astral character meets one from U+E000 to U+FFFF).
 */
export function compareCodePoints(a: string, b: string): number {
  const [x, y] = surrogate.test(a) || surrogate.test(b) ? [surrogatesLast(a), surrogatesLast(b)] : [a, b];
  return x < y ? -1 : x > y ? 1 : 0;
}

const surrogate = /[\ud800-\udfff]/;

/** Text whose UTF-16 units order as the code points of the given one do. */
function surrogatesLast(text: string): string {
  return text.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code < 0xe000 ? code + 0x2000 : code - 0x800);
  });
}
