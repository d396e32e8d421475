import { canonicalJson } from '../metadata/canonical-json.ts';
import { type Json, type JsonObject, parseJson } from '../metadata/json.ts';

/** Whether two byte strings are equal. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/**
 * Whether two files are one document: their canonical `signed` parts are equal, and so are their signatures, in any order.
 * A client may write what it trusts anew, as long as it is the same. What cannot be read is the same only byte for byte.
 */
export function isSameDocument(a: Uint8Array, b: Uint8Array): boolean {
  if (isSameBytes(a, b)) return true;
  const [one, other] = [a, b].map(essence);
  return one !== undefined && one === other;
}

function essence(bytes: Uint8Array): string | undefined {
  try {
    const document = parseJson(bytes) as JsonObject;
    const signatures = document.get('signatures') as readonly JsonObject[];
    const signers = signatures.map((each) => text([each.get('keyid') as Json, each.get('sig') as Json]));
    return text([document.get('signed') as Json, signers.sort()]);
  } catch {
    return undefined; // no document
  }
}

function text(value: Json): string {
  return Buffer.from(canonicalJson(value)).toString('utf8');
}
