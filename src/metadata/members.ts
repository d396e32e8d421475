import type { Scanner } from './scanner.ts';

/**
 * Reads one object: each named member by its reader, all others checked and passed over (unrecognised members are legal
 * everywhere, and stay in the bytes). Refuses the object when a required member is absent.
 *
 * @spec 4-a, 4-b, A-32
 */
export function readMembers(
  scanner: Scanner,
  required: readonly string[],
  readers: { readonly [name: string]: () => void },
): void {
  const missing = new Set(required);
  scanner.enterObject();
  while (scanner.nextName()) {
    const name = scanner.text();
    missing.delete(name);
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) scanner.skip();
    else read();
  }
  for (const name of missing) scanner.fail(`the member ${JSON.stringify(name)} is missing`, scanner.at - 1, name);
}

/** Reads an array of strings without repetitions. */
export function readNames(scanner: Scanner, what: string): string[] {
  const names = new Set<string>();
  scanner.enterArray();
  while (scanner.nextItem()) {
    scanner.string();
    const name = scanner.text();
    if (names.has(name)) scanner.fail(`${what} is listed twice`, scanner.valueAt);
    names.add(name);
  }
  return [...names];
}

/** Reads an array of strings. */
export function readStrings(scanner: Scanner): string[] {
  const strings: string[] = [];
  scanner.enterArray();
  while (scanner.nextItem()) {
    scanner.string();
    strings.push(scanner.text());
  }
  return strings;
}
