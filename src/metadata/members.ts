import { type Instant, parseDateTime } from './date-time.ts';
import type { Scanner } from './scanner.ts';

/** Passes over one value and gives what it says. */
export type Reader<T> = (scanner: Scanner) => T;

/** What is read: the value of each member, by its name; those in `O` may be absent. */
export type Read<R extends Readers, O extends keyof R> = {
  readonly [K in Exclude<keyof R, O>]: ReturnType<R[K]>;
} & { readonly [K in O]?: ReturnType<R[K]> };

/** The readers of an object's members, by their names. */
export type Readers = { readonly [name: string]: Reader<unknown> };

/**
 * Reads one object: each named member by its reader, all others checked and passed over (unrecognised members are legal
 * everywhere, and stay in the bytes). Refuses the object when a member is absent that is not `optional`.
 *
 * @spec 4-a, 4-b, A-32
 */
export function readMembers<R extends Readers, O extends keyof R & string = never>(
  scanner: Scanner,
  readers: R,
  ...optional: readonly O[]
): NoInfer<Read<R, O>> {
  const values: Record<string, unknown> = {};
  scanner.object((name) => {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) scanner.skip();
    else values[name] = read(scanner);
  });
  for (const name of Object.keys(readers)) {
    if (!Object.hasOwn(values, name) && !(optional as readonly string[]).includes(name)) {
      scanner.fail(`the member ${JSON.stringify(name)} is missing`, scanner.at - 1, name);
    }
  }
  return values as Read<R, O>;
}

export const readString: Reader<string> = (scanner) => scanner.string();

export const readBoolean: Reader<boolean> = (scanner) => scanner.boolean();

/** A date-time; under the strict profile in the one form of the specification. */
export function readTime(scanner: Scanner, strict = false): { readonly text: string; readonly instant: Instant } {
  const text = scanner.string();
  const instant = parseDateTime(text, strict);
  return instant ? { text, instant } : scanner.fail('expected a time like 2030-01-01T00:00:00Z', scanner.valueAt);
}

/** A version or a threshold. */
export const readPositive: Reader<number> = (scanner) => scanner.integer(1);

/** A number of bytes. */
export const readLength: Reader<number> = (scanner) => scanner.integer(0);

/** An array of strings. */
export const readStrings: Reader<string[]> = (scanner) => {
  const strings: string[] = [];
  scanner.array(() => strings.push(scanner.string()));
  return strings;
};
