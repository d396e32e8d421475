/**
 * The bytes that signatures cover, in two named profiles. A repository has one profile; it is configured, never guessed,
 * and a file is never tried under both.
 *
 * - `olpc`: what every deployed repository signs. No blanks; names in the order of code points; only `"` and `\` are
 *   escaped, so a newline in a PEM key stands as a raw byte; nothing is normalised.
 * - `rfc8785`: JCS, by the `canonicalize` package.
 *
 * @spec A-01, A-03, A-60, 4.1-a
 * @module
 */
import canonicalize from 'canonicalize';
import { type Json, type JsonObject, plainJson } from './json.ts';
import { compareCodePoints, encodeUtf8 } from './utf8.ts';

/** The name of a canonical form. */
export type CanonicalForm = 'olpc' | 'rfc8785';

/** The canonical bytes of a value. */
export function canonicalJson(value: Json, form: CanonicalForm = 'olpc'): Uint8Array {
  if (form === 'rfc8785') return encodeUtf8(canonicalize(plainJson(value)) as string);
  const chunks = new Chunks();
  olpc(value, chunks);
  return chunks.join();
}

/** Text on its way to bytes: flushed every few kilobytes, since long ropes of strings are bound by the collector. */
class Chunks {
  #text = '';
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > 16384) this.#flush();
  }

  join(): Uint8Array {
    this.#flush();
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #flush(): void {
    const part = encodeUtf8(this.#text);
    this.#parts.push(part);
    this.#length += part.length;
    this.#text = '';
  }
}

function olpc(value: Json, chunks: Chunks): void {
  if (typeof value === 'string') chunks.add(quoted(value));
  else if (value === null || typeof value !== 'object') chunks.add(String(value));
  else if (Array.isArray(value)) {
    chunks.add('[');
    for (const [i, item] of (value as readonly Json[]).entries()) {
      if (i > 0) chunks.add(',');
      olpc(item, chunks);
    }
    chunks.add(']');
  } else {
    const object = value as JsonObject;
    let separator = '{';
    for (const name of [...object.keys()].sort(compareCodePoints)) {
      chunks.add(`${separator}${quoted(name)}:`);
      olpc(object.get(name) as Json, chunks);
      separator = ',';
    }
    chunks.add(object.size === 0 ? '{}' : '}');
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
