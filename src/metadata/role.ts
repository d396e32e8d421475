import { TufError } from '../errors.ts';
import { readMembers, readNames } from './members.ts';
import type { Scanner } from './scanner.ts';

/**
 * Which keys a role is trusted by, and how many of them must sign.
 *
 * @spec 4.3-i, 4.5-f, A-06, A-08, A-22
 */
export interface RoleKeys {
  /** Unique, in written order. An id that the delegator's key map lacks is skipped. */
  readonly keyids: readonly string[];
  /** At least 1. */
  readonly threshold: number;
}

/** Readers of the members that every role entry has, and what they have read. */
export function roleKeysReaders(
  scanner: Scanner,
  keyidsMax: number,
): { readonly readers: { readonly keyids: () => void; readonly threshold: () => void }; roleKeys(): RoleKeys } {
  let keyids: readonly string[] = [];
  let threshold = 0;
  return {
    readers: {
      keyids: () => {
        keyids = readNames(scanner, 'a keyid');
        if (keyids.length > keyidsMax) tooManyKeyids(scanner, keyidsMax);
      },
      threshold: () => {
        threshold = scanner.integer(1);
      },
    },
    roleKeys: () => ({ keyids, threshold }),
  };
}

/** Reads `{ keyids, threshold }`. */
export function readRoleKeys(scanner: Scanner, keyidsMax: number): RoleKeys {
  const { readers, roleKeys } = roleKeysReaders(scanner, keyidsMax);
  readMembers(scanner, ['keyids', 'threshold'], readers);
  return roleKeys();
}

function tooManyKeyids(scanner: Scanner, limit: number): never {
  throw new TufError(
    'ERR_TUF_MALFORMED',
    `${scanner.role ?? 'document'}: a role lists more than ${limit} keyids (byte ${scanner.valueAt})`,
    { role: scanner.role, offset: scanner.valueAt, limit, option: 'keyidsPerRole' },
    { hint: 'the limit is the option "keyidsPerRole"' },
  );
}
