import { textOf } from './json-string.ts';

/**
 * The JSON pointer (RFC 6901) of the value at a byte offset, for an error message. Walks from the start, so it costs
 * nothing until something is wrong; everything before `offset` is taken as well-formed.
 */
export function pointerAt(bytes: Uint8Array, offset: number): string {
  // A member that has no name yet is undefined; the empty name is a name.
  const path: (string | number | undefined)[] = [];
  let pending: string | undefined;
  let i = 0;
  while (i < offset && i < bytes.length) {
    const byte = bytes[i] as number;
    if (byte === 0x22) {
      const stop = stringEnd(bytes, i + 1);
      if (stop >= offset) break;
      pending = lossyText(bytes, i + 1, stop);
      i = stop;
    } else if (byte === 0x3a) {
      path[path.length - 1] = pending;
    } else if (byte === 0x7b) {
      path.push(undefined);
    } else if (byte === 0x5b) {
      path.push(0);
    } else if (byte === 0x7d || byte === 0x5d) {
      path.pop();
    } else if (byte === 0x2c) {
      const last = path[path.length - 1];
      path[path.length - 1] = typeof last === 'number' ? last + 1 : undefined;
    }
    i += 1;
  }
  // An object whose member has no name yet is itself the place.
  if (path[path.length - 1] === undefined) path.pop();
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function stringEnd(bytes: Uint8Array, from: number): number {
  let i = from;
  while (i < bytes.length && bytes[i] !== 0x22) i += bytes[i] === 0x5c ? 2 : 1;
  return i;
}

function lossyText(bytes: Uint8Array, start: number, stop: number): string {
  try {
    return textOf(bytes, start, stop, true);
  } catch {
    // Not UTF-8: the reader has refused it or will; the pointer only has to be readable.
    return String.fromCharCode(...bytes.subarray(start, Math.min(stop, start + 64)));
  }
}
