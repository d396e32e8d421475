import { type Reader, readMembers, readPositive, readStrings } from './members.ts';
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

/** Readers of the members that every role entry has. */
export function roleKeysReaders(keyidsMax: number): {
  readonly keyids: Reader<readonly string[]>;
  readonly threshold: Reader<number>;
} {
  return {
    keyids: (scanner) => {
      const keyids = readStrings(scanner);
      if (new Set(keyids).size < keyids.length) scanner.fail('a keyid is listed twice', scanner.valueAt);
      if (keyids.length > keyidsMax) {
        const met = { limit: keyidsMax, option: 'keyidsPerRole' };
        scanner.fail(`a role lists more than ${keyidsMax} keyids`, scanner.valueAt, undefined, met);
      }
      return keyids;
    },
    threshold: readPositive,
  };
}

/** Reads `{ keyids, threshold }`. */
export function readRoleKeys(scanner: Scanner, keyidsMax: number): RoleKeys {
  return readMembers(scanner, roleKeysReaders(keyidsMax));
}
