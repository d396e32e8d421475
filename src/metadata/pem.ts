/**
 * PEM (RFC 7468): the text form of keys.
 *
 * @module
 */

import { decodeBase64, encodeBase64 } from './base64.ts';

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
