import { type DocumentHead, parseSigned, type Reading, type ReadOptions, readSigned, type Signed } from './document.ts';
import { type Key, readKeys } from './key.ts';
import { readBoolean, readMembers } from './members.ts';
import { type RoleKeys, readRoleKeys } from './role.ts';
import type { Scanner } from './scanner.ts';

/** The roles that root delegates to by name. */
export const topLevelRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const;

export type TopLevelRole = (typeof topLevelRoles)[number];

/** Section 4.3. Roles besides the four are passed over. */
export interface Root extends DocumentHead {
  readonly type: 'root';
  /** Absent is false. */
  readonly consistentSnapshot: boolean;
  readonly keys: ReadonlyMap<string, Key>;
  readonly roles: Readonly<Record<TopLevelRole, RoleKeys>>;
}

/**
 * Reads a root document. Keeps `bytes`: hand over a copy if anyone else can write to them.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`, `ERR_TUF_WRONG_TYPE`, `ERR_TUF_SPEC_VERSION`.
 * @spec 4.3-a, 4.3-c, 4.3-d, 4.3-f, A-29, A-30
 */
export function parseRoot(bytes: Uint8Array, options: ReadOptions = {}): Signed<Root> {
  return parseSigned(bytes, 'root', 'root', options, readRoot);
}

function readRoot(reading: Reading): Root {
  const readRole = (scanner: Scanner): RoleKeys => readRoleKeys(scanner, reading.limits.keyidsPerRole);
  const readers = { root: readRole, targets: readRole, snapshot: readRole, timestamp: readRole };
  const { consistent_snapshot: consistentSnapshot = false, ...root } = readSigned(
    reading,
    { consistent_snapshot: readBoolean, keys: readKeys, roles: (scanner) => readMembers(scanner, readers) },
    'consistent_snapshot',
  );
  return { ...root, type: 'root', consistentSnapshot };
}
