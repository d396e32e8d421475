/** The repositories that every writer writes, and what a client has to find in each. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The plans as a file, for writers in other languages. */
export const plansFile = fileURLToPath(new URL('plans.json', import.meta.url));

/**
 * Each: `name`; `consistentSnapshot`; `roles`, the keys and threshold of each top-level role, a key named by its kind and
 * a label; `delegations`; `succinct`, hash bins; `unknownFields`, whether every object has members that no specification
 * knows; `releases`.
 *
 * A release has `roots`, changes of the roles, one root version each; `files`, by role, all that a role lists, where it
 * changes; `absent`, paths that a client must not find, from then on. Files of `@succinct` belong to the bin of their path.
 */
export const plans = JSON.parse(readFileSync(plansFile, 'utf8'));

/** @returns {{ files: Map<string, string>, absent: string[] }} path to text of what can be found in a release */
export function releaseOf(plan, number) {
  const releases = plan.releases.slice(0, number);
  const listed = Object.assign({}, ...releases.map(({ files }) => files));
  const never = new Set(releases.flatMap(({ absent }) => absent));
  const files = new Map();
  for (const role of Object.values(listed)) {
    for (const [path, { text }] of Object.entries(role)) if (!never.has(path)) files.set(path, text);
  }
  return { files, absent: releases.at(-1).absent };
}
