/**
 * As much of JSON Schema 2020-12 as the schemas of the vectors use. A keyword that is not known here is an error, so that
 * no rule of a schema is passed over in silence.
 */
import { readFileSync } from 'node:fs';

export type JsonSchema = { readonly [keyword: string]: unknown };

type Rule = (value: unknown, argument: never, schema: JsonSchema, root: JsonSchema) => boolean;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const types: Record<string, (value: unknown) => boolean> = {
  object: isRecord,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

/** Each rule holds for values of the types that it does not concern. */
const rules: Record<string, Rule> = {
  type: (value, name: string) => types[name]?.(value) ?? false,
  const: (value, expected: unknown) => value === expected,
  enum: (value, allowed: readonly unknown[]) => allowed.includes(value),
  pattern: (value, pattern: string) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minLength: (value, least: number) => typeof value !== 'string' || value.length >= least,
  maxLength: (value, most: number) => typeof value !== 'string' || value.length <= most,
  minimum: (value, least: number) => typeof value !== 'number' || value >= least,
  maximum: (value, most: number) => typeof value !== 'number' || value <= most,
  minItems: (value, least: number) => !Array.isArray(value) || value.length >= least,
  maxItems: (value, most: number) => !Array.isArray(value) || value.length <= most,
  items: (value, item: JsonSchema, _, root) => !Array.isArray(value) || value.every((each) => holds(each, item, root)),
  required: (value, names: readonly string[]) => !isRecord(value) || names.every((name) => Object.hasOwn(value, name)),
  properties: (value, properties: Record<string, JsonSchema>, _, root) =>
    !isRecord(value) ||
    Object.entries(properties).every(
      ([name, schema]) => !Object.hasOwn(value, name) || holds(value[name], schema, root),
    ),
  additionalProperties: (value, allowed: boolean | JsonSchema, schema, root) => {
    if (!isRecord(value)) return true;
    const known = Object.keys((schema['properties'] ?? {}) as object);
    const others = Object.keys(value).filter((name) => !known.includes(name));
    return others.every((name) => (typeof allowed === 'boolean' ? allowed : holds(value[name], allowed, root)));
  },
  oneOf: (value, schemas: readonly JsonSchema[], _, root) =>
    schemas.filter((schema) => holds(value, schema, root)).length === 1,
  $ref: (value, reference: string, _, root) => {
    const [file = '', place = ''] = reference.split('#');
    const within = file === '' ? root : schemaOf(file);
    return holds(value, resolve(place, within), within);
  },
};

const annotations = ['$schema', '$defs', 'title', 'contentEncoding', 'format'];

/** Whether the value meets the schema. `root` is the schema that local references refer to. */
export function holds(value: unknown, schema: JsonSchema, root: JsonSchema = schema): boolean {
  return Object.entries(schema).every(([keyword, argument]) => {
    if (annotations.includes(keyword)) return true;
    const rule = rules[keyword];
    if (rule === undefined) throw new TypeError(`the keyword ${keyword} is not known here`);
    return rule(value, argument as never, schema, root);
  });
}

const schemas = new Map<string, JsonSchema>();

/** A schema of the vectors by its file name. */
function schemaOf(file: string): JsonSchema {
  const path = new URL(`../../spec-vectors/schema/${file}`, import.meta.url);
  const schema = schemas.get(file) ?? (JSON.parse(readFileSync(path, 'utf8')) as JsonSchema);
  schemas.set(file, schema);
  return schema;
}

function resolve(place: string, root: JsonSchema): JsonSchema {
  const name = /^\/\$defs\/(\w+)$/.exec(place)?.[1] ?? '';
  const found = (root['$defs'] as Record<string, JsonSchema> | undefined)?.[name];
  if (found === undefined) throw new TypeError(`no definition ${place}`);
  return found;
}
