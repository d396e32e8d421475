/**
 * Base64, strict in both directions, by the codecs of the WHATWG.
 *
 * @module
 */

declare const atob: (text: string) => string;
declare const btoa: (units: string) => string;

/**
 * The bytes of standard base64 with padding, or `undefined` for any other text: white space, another alphabet, missing
 * padding and stray bits after the last byte are refused, since the bytes would be written otherwise.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    const units = atob(text);
    return btoa(units) === text ? Uint8Array.from(units, (unit) => unit.charCodeAt(0)) : undefined;
  } catch {
    // What no decoder takes.
    return undefined;
  }
}

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
