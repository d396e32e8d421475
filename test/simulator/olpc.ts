/** OLPC canonical JSON, written apart from the sources that it tests. */
export function olpc(value: unknown): Uint8Array {
  return Buffer.from(text(value), 'utf8');
}

function text(value: unknown): string {
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${names.map((name) => `${text(name)}:${text((value as Record<string, unknown>)[name])}`).join(',')}}`;
  }
  return String(value);
}
