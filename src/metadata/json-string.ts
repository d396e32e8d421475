import { decodeUtf8 } from './utf8.ts';

/** The text between two offsets inside a string's quotes, which a scanner has passed over. */
export function textOf(bytes: Uint8Array, start: number, stop: number, escaped: boolean): string {
  if (escaped) return unescaped(decodeUtf8(bytes.subarray(start, stop)));
  if (stop - start <= 24) {
    let text = '';
    let i = start;
    for (; i < stop && (bytes[i] as number) < 0x80; i += 1) text += String.fromCharCode(bytes[i] as number);
    if (i === stop) return text;
  }
  return decodeUtf8(bytes.subarray(start, stop));
}

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** The length of the escape that begins at `at`, a surrogate pair being one; 0 where it is none or a lone surrogate. */
export function escapeLength(bytes: Uint8Array, at: number, end: number): number {
  // A pair is the longest escape; all of them are ASCII.
  const text = String.fromCharCode(...bytes.subarray(at, Math.min(at + 12, end)));
  return anEscape.exec(text)?.[0].length ?? 0;
}

const anEscape =
  /^\\(?:["\\/bfnrt]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})/;
