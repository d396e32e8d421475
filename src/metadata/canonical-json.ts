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

/** How a form writes a string with its quotes. Numbers are integers, and the same in both. */
export const quoted: Record<CanonicalForm, (text: string) => string> = {
  olpc: (text) => `"${text.replace(/["\\]/g, '\\$&')}"`,
  // RFC 8785 took the escapes of `JSON.stringify` over.
  rfc8785: (text) => JSON.stringify(text),
};

/** The canonical bytes of a value, for what is written. What is read goes by `canonicalBytes`, which builds no tree. */
export function canonicalJson(value: Json, form: CanonicalForm = 'olpc'): Uint8Array {
  return encodeUtf8(written(value, form));
}

function written(value: Json, form: CanonicalForm): string {
  if (typeof value === 'string') return quoted[form](value);
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => written(item, form)).join()}]`;
  const object = value as JsonObject;
  // Without a comparison, sorting is by UTF-16 units.
  const names = [...object.keys()].sort(form === 'olpc' ? compareCodePoints : undefined);
  return `{${names.map((name) => `${quoted[form](name)}:${written(object.get(name) as Json, form)}`).join()}}`;
}
