/**
 * JSON values as trees, for what is read whole (`custom`, a document to edit) and for what is written. Objects are
 * `Map`s, so that `__proto__`, `constructor`, `1` and `10` are ordinary names and keep their written order.
 *
 * @module
 */
import { defaultLimits } from './limits.ts';
import { Scanner } from './scanner.ts';
import { isWellFormed } from './utf8.ts';

/** A JSON value. Numbers are integers in ±(2^53 − 1); text is well-formed. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object in its written order. */
export type JsonObject = ReadonlyMap<string, Json>;

/** A JSON value as plain data: objects have no prototype, so every name is an ordinary one. */
export type PlainJson = null | boolean | number | string | PlainJson[] | { [name: string]: PlainJson };

export interface ParseJsonOptions {
  /** What errors name. */
  readonly role?: string | undefined;
  /** Deepest nesting; 64 by default. */
  readonly depth?: number | undefined;
}

/**
 * Reads one JSON text strictly: UTF-8 without BOM, no duplicate names, no lone surrogates, integers in ±(2^53 − 1) only.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED` with pointer and offset.
 * @spec
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions = {}): Json {
  const scanner = new Scanner(bytes, { role: options.role, depth: options.depth ?? defaultLimits.depth });
  const value = readJson(scanner);
  scanner.finish();
  return value;
}

/** The value that comes next in a scanner, as a tree. */
export function readJson(scanner: Scanner): Json {
  switch (scanner.peek()) {
    case '{': {
      const object = new Map<string, Json>();
      scanner.object((name) => object.set(name, readJson(scanner)));
      return object;
    }
    case '[': {
      const items: Json[] = [];
      scanner.array(() => items.push(readJson(scanner)));
      return items;
    }
    case '"':
      return scanner.string();
    default:
      return scanner.scalar();
  }
}

/** The value as plain data. */
export function plainJson(value: Json): PlainJson {
  if (value instanceof Map) {
    const plain = Object.create(null) as { [name: string]: PlainJson };
    for (const [name, member] of value as JsonObject) plain[name] = plainJson(member);
    return plain;
  }
  return Array.isArray(value) ? value.map(plainJson) : (value as null | boolean | number | string);
}

/**
 * Plain data as a tree, for writing. Own enumerable members only, in their order.
 *
 * @throws TypeError for what metadata cannot hold: fractions, numbers beyond 2^53 − 1, minus zero, `undefined`, functions,
 * lone surrogates, cycles and nesting beyond 64.
 * @spec A-66
 */
export function jsonOf(value: unknown, depth = 0): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (!isWellFormed(value)) throw new TypeError('a string has a lone surrogate');
    return value;
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new TypeError(`${value} is no integer in the range that metadata can hold`);
    }
    return value;
  }
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} is no JSON value`);
  if (depth >= defaultLimits.depth) throw new TypeError(`the value is nested deeper than ${defaultLimits.depth}`);
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth + 1));
  const members = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  return new Map(members.map(([name, member]) => [jsonOf(String(name)) as string, jsonOf(member, depth + 1)]));
}
