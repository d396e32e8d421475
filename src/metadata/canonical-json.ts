/**
 * The bytes that signatures cover, in two named profiles. A repository has one profile; it is configured, never guessed,
 * and a file is never tried under both.
 *
 * - `olpc`: what every deployed repository signs. No blanks; names in the order of code points; only `"` and `\` are
 *   escaped, so a newline in a PEM key stands as a raw byte; nothing is normalised.
 * - `rfc8785`: JCS.
 *
 * @spec A-01, A-03, A-60, 4.1-a
 * @module
 */
import type { Json, JsonObject } from './json.ts';
import { compareCodePoints, encodeUtf8 } from './utf8.ts';

/** The name of a canonical form. */
export type CanonicalForm = 'olpc' | 'rfc8785';

/** How a form orders names, and writes a string with its quotes. Numbers are integers, and the same in both. */
interface Rules {
  readonly compare: ((a: string, b: string) => number) | undefined;
  quoted(text: string): string;
}

const rules: Record<CanonicalForm, Rules> = {
  olpc: { compare: compareCodePoints, quoted: (text) => `"${text.replace(/["\\]/g, '\\$&')}"` },
  // Without a comparison, sorting is by UTF-16 units; `JSON.stringify` escapes as RFC 8785 took over from it.
  rfc8785: { compare: undefined, quoted: JSON.stringify },
};

/** The canonical bytes of a value. */
export function canonicalJson(value: Json, form: CanonicalForm = 'olpc'): Uint8Array {
  return encodeUtf8(written(value, rules[form]));
}

function written(value: Json, form: Rules): string {
  if (typeof value === 'string') return form.quoted(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => written(item, form)).join()}]`;
  const object = value as JsonObject;
  const names = [...object.keys()].sort(form.compare);
  return `{${names.map((name) => `${form.quoted(name)}:${written(object.get(name) as Json, form)}`).join()}}`;
}
