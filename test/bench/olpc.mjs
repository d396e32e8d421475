/**
 * The OLPC canonical form of a JSON value, for the benchmark's repositories only. Knows nothing of tufa, so that what is
 * measured was not also written by it. Strings, integers, booleans, null, arrays and plain objects; keys are ASCII.
 */
export function olpc(value) {
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (Array.isArray(value)) return `[${value.map(olpc).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${olpc(key)}:${olpc(value[key])}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError('not an integer');
  return String(value);
}
