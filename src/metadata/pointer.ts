import { unescaped } from './json-string.ts';

/**
 * The JSON pointer (RFC 6901) of the value at an offset of a JSON text, for an error message. Walks from the start, so it
 * costs nothing until something is wrong; everything before `offset` is taken as well-formed, as far as it is.
 */
export function pointerAt(text: string, offset: number): string {
  // A member that has no name yet is undefined; the empty name is a name.
  const path: (string | number | undefined)[] = [];
  let quote = -1;
  let name: string | undefined;
  const before = text.slice(0, offset);
  const mark = /["\\{}[\],:]/g;
  // Without match objects: there may be tens of millions of marks.
  while (mark.test(before)) {
    const index = mark.lastIndex - 1;
    const token = before[index];
    const last = path.length - 1;
    if (token === '\\') mark.lastIndex += 1;
    else if (token === '"') {
      if (quote >= 0) name = text.slice(quote, index + 1);
      quote = quote >= 0 ? -1 : index;
    } else if (quote >= 0) continue;
    else if (token === '{') path.push(undefined);
    else if (token === '[') path.push(0);
    else if (token === ':') path[last] = nameOf(name ?? '""');
    else if (token !== ',') path.pop();
    else path[last] = typeof path[last] === 'number' ? path[last] + 1 : undefined;
  }
  // An object whose member has no name yet is itself the place.
  if (path.at(-1) === undefined) path.pop();
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function nameOf(token: string): string {
  try {
    return unescaped(token);
  } catch {
    // In a document that was refused as a whole; the pointer only has to be readable.
    return token;
  }
}
