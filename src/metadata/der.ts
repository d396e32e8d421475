/**
 * A strict reader of DER (ITU-T X.690): what keys and ECDSA signatures need of it, and nothing more. One value has one
 * encoding, so a second spelling of a key or a signature is refused rather than guessed at.
 *
 * @module
 */

/** The tags that keys and signatures use. */
export const derTags = { integer: 0x02, bitString: 0x03, sequence: 0x30 } as const;

/** One element: its tag, and a view of its content. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/**
 * The elements of which `bytes` are the concatenation, or `undefined` where they are not exactly that. Lengths are
 * definite, minimal, and below 2^16, and there are at most 16 elements: no key of this project has more.
 */
export function readDer(bytes: Uint8Array): DerElement[] | undefined {
  const elements: DerElement[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const tag = bytes[offset] as number;
    const first = bytes[offset + 1] ?? 0xff;
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (lengthBytes > 2) return undefined;
    const start = offset + 2 + lengthBytes;
    let length = first;
    if (first >= 0x80) {
      length = 0;
      for (const byte of bytes.subarray(offset + 2, start)) length = length * 256 + byte;
      if (length < (lengthBytes === 1 ? 0x80 : 0x100)) return undefined;
    }
    offset = start + length;
    if (offset > bytes.length) return undefined;
    if (elements.length >= 16) return undefined;
    elements.push({ tag, content: bytes.subarray(start, offset) });
  }
  return elements;
}

/** The elements inside the one SEQUENCE that `bytes` are, or `undefined`. */
export function readDerSequence(bytes: Uint8Array): DerElement[] | undefined {
  const elements = readDer(bytes);
  const only = elements?.[0];
  return elements?.length === 1 && only?.tag === derTags.sequence ? readDer(only.content) : undefined;
}

/** The magnitude of an INTEGER above zero, big-endian without leading zeros; `undefined` for every other element. */
export function positiveInteger(element: DerElement | undefined): Uint8Array | undefined {
  if (element?.tag !== derTags.integer) return undefined;
  const [first, second] = element.content;
  if (first === undefined || first >= 0x80) return undefined;
  if (first > 0) return element.content;
  return second !== undefined && second >= 0x80 ? element.content.subarray(1) : undefined;
}
