import { valuesOf } from '../../src/conformance/read-values.ts';
import type { DocumentHead, Signed } from '../../src/metadata/document.ts';
import { topLevelRoles } from '../../src/metadata/root.ts';

type Plain = Record<string, unknown>;

/** What was read of a document, in an order of its own: to compare with {@link expectedValues}. */
export function foundValues(document: Signed<DocumentHead>): Plain {
  return inOrder(valuesOf(document));
}

/** The values of a vector in the same order. Further roles of a root are legal and of no use: they are not kept. */
export function expectedValues(values: Plain): Plain {
  const plain = inOrder(values);
  if (plain['_type'] !== 'root') return plain;
  const isKept = ({ name }: Plain): boolean => (topLevelRoles as readonly unknown[]).includes(name);
  return { ...plain, roles: (plain['roles'] as Plain[]).filter(isKept) };
}

/**
 * Maps, which are lists here, by their names. The runner compares in a way of its own (`same-values.ts`): what one of the
 * two takes for equal, the other need not.
 */
function inOrder({ instant: _, ...values }: Plain): Plain {
  return walk(values) as Plain;
}

const identities = ['keyid', 'path', 'algorithm'];

function walk(value: unknown, name = '', parent = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => walk(item, '', name));
    if (name === 'roles' && parent !== 'delegations') return sorted(items as Plain[], 'name');
    const identity = identities.find((each) => typeof items[0] === 'object' && Object.hasOwn(items[0] as object, each));
    return identity === undefined ? items : sorted(items as Plain[], identity);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, item]) => [member, walk(item, member, name)]));
}

function sorted(items: Plain[], by: string): Plain[] {
  return [...items].sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1));
}
