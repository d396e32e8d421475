/**
 * PEM (RFC 7468): the text form of keys.
 *
 * @module
 */

/** The label and the bytes of one PEM block. */
export interface Pem {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/**
 * The one block that `text` is, or `undefined`. White space around the block, blank lines, CRLF, any line width and a
 * missing last newline are fine. Text before or after it, headers, a second block, another alphabet, missing padding and
 * stray bits after the last byte are not.
 */
export function parsePem(text: string): Pem | undefined {
  const lines = text.trim().split(/\r?\n/);
  const label = /^-----BEGIN ([A-Z0-9 ]+)-----$/.exec(lines[0] as string)?.[1];
  if (label === undefined || lines.at(-1) !== `-----END ${label}-----`) return undefined;
  const bytes = decodeBase64(lines.slice(1, -1).join(''));
  return bytes && { label, bytes };
}

/** A PEM block with lines of 64 characters and a newline at its end. */
export function formatPem(label: string, bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const symbols = text.replace(/={1,2}$/, '');
  const bytes = new Uint8Array(Math.floor((symbols.length * 3) / 4));
  let window = 0;
  for (let index = 0, written = 0; index < symbols.length; index++) {
    const sextet = alphabet.indexOf(symbols.charAt(index));
    if (sextet < 0) return undefined;
    window = ((window << 6) | sextet) & 0xffff;
    // Bits in the window that no byte has taken yet: 6, 4, 2, 0 in turn.
    const left = 6 - 2 * (index % 4);
    if (left < 6) bytes[written++] = window >> left;
  }
  const stray = (symbols.length * 6) % 8;
  return window & ((1 << stray) - 1) ? undefined : bytes;
}

function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(index, index + 3);
    const group = (a << 16) | (b << 8) | c;
    for (let shift = 18; shift >= 0; shift -= 6) text += alphabet.charAt((group >> shift) & 63);
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return text.slice(0, text.length - missing) + '='.repeat(missing);
}
