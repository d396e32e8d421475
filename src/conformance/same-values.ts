import type { PlainJson } from '../metadata/json.ts';
import { topLevelRoles } from '../metadata/root.ts';

type Plain = { readonly [name: string]: PlainJson };

/**
 * A member of an answer as text that is equal for equal answers. In `values`, maps are lists whose order does not count,
 * and an `instant` counts where both sides give it; further roles of a root are legal and of no use, so a client need not
 * keep them. `verifies` is a set.
 */
export function comparable(name: string, value: PlainJson, other: PlainJson | undefined): string {
  if (name === 'values' && isPlain(value)) return JSON.stringify(normalValues(value, isPlain(other) ? other : {}));
  if (name === 'verifies' && Array.isArray(value)) return JSON.stringify([...value].sort());
  return JSON.stringify(ordered(value));
}

function isPlain(value: PlainJson | undefined): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function normalValues(values: Plain, other: Plain): PlainJson {
  const { instant, ...rest } = values;
  const compared = instant === undefined || other['instant'] === undefined ? rest : values;
  const roles = compared['roles'];
  if (compared['_type'] !== 'root' || !Array.isArray(roles)) return ordered(normal(compared));
  const kept = roles.filter((role) => isPlain(role) && (topLevelRoles as readonly unknown[]).includes(role['name']));
  return ordered({ ...(normal(compared) as object), roles: sorted(kept, 'name') });
}

const identities = ['keyid', 'path', 'algorithm'] as const;

/** Lists of entries that each have an identity are put in its order; other lists keep theirs. */
function normal(value: PlainJson): PlainJson {
  if (Array.isArray(value)) {
    const items = value.map(normal);
    const [first] = items;
    const identity = identities.find((each) => isPlain(first) && Object.hasOwn(first, each));
    return identity === undefined ? items : sorted(items, identity);
  }
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, normal(member)]));
}

function sorted(items: readonly PlainJson[], by: string): PlainJson[] {
  const key = (item: PlainJson): string => String(isPlain(item) ? item[by] : '');
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The same value with members in one order. */
function ordered(value: PlainJson): PlainJson {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isPlain(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
}
