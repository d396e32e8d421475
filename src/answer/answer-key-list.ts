import { canonicalJson } from '../metadata/canonical-json.ts';
import { jsonOf } from '../metadata/json.ts';
import type { PublicKeyObject } from '../metadata/public-key-writer.ts';

/**
 * The content of `tufa/answer-keys.json`, to be listed by the top-level targets role: the keys that may answer, whole.
 *
 * @param keys 1 to 16, none of them a key of any role.
 */
export function writeAnswerKeys(keys: readonly PublicKeyObject[]): Uint8Array {
  if (keys.length < 1 || keys.length > 16) throw new TypeError('1 to 16 keys may answer');
  return canonicalJson(jsonOf({ _type: 'tufa-answer-keys', version: 1, keys }));
}
