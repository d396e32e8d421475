import { type CanonicalForm, canonicalJson } from '../metadata/canonical-json.ts';
import type { Json, JsonObject } from '../metadata/json.ts';
import { compareCodePoints, encodeUtf8 } from '../metadata/utf8.ts';

/**
 * The bytes of a value as tufa writes it to a file: compact, names in the order of the canonical form. They are the
 * canonical form itself, so that readers verify in place, unless a string holds a control character (the newlines of a PEM
 * key): OLPC leaves it raw, which is no JSON, so it is escaped here.
 *
 * @spec 4.1-a, A-01
 */
export function wireJson(value: Json, form: CanonicalForm): Uint8Array {
  return form === 'rfc8785' ? canonicalJson(value, form) : encodeUtf8(compact(value));
}

function compact(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(compact).join(',')}]`;
  const object = value as JsonObject;
  const names = [...object.keys()].sort(compareCodePoints);
  return `{${names.map((name) => `${JSON.stringify(name)}:${compact(object.get(name) as Json)}`).join(',')}}`;
}

/** `{ signatures, signed }` with the bytes of `signed` as they stand, and the other members of an envelope after them. */
export function wireEnvelope(
  signatures: Json,
  signed: Uint8Array,
  others: JsonObject,
  form: CanonicalForm,
): Uint8Array {
  const parts = [encodeUtf8('{"signatures":'), wireJson(signatures, form), encodeUtf8(',"signed":'), signed];
  for (const [name, value] of others) parts.push(encodeUtf8(`,${JSON.stringify(name)}:`), wireJson(value, form));
  parts.push(encodeUtf8('}'));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
