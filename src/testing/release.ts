import type { TimeSpan } from './clock.ts';

/** A target file: its content, text as UTF-8, or the content with the publisher's own data. */
export type TestTarget =
  | Uint8Array
  | string
  | {
      readonly content: Uint8Array | string;
      /** Plain data; integers only. Without it, what was listed before stays. */
      readonly custom?: Readonly<Record<string, unknown>> | undefined;
    };

/** What changes in a targets role. */
export interface TestRoleChange {
  /** Added, or put in place of what is there, by path. */
  readonly targets?: Readonly<Record<string, TestTarget>> | undefined;
  /** Paths that are no longer listed. */
  readonly remove?: readonly string[] | undefined;
  /** Roles that it delegates to, by name, with what changes in them. */
  readonly delegations?: Readonly<Record<string, TestDelegation>> | undefined;
  /** Names of delegated roles that end. */
  readonly revoke?: readonly string[] | undefined;
}

/** A delegated role. Its first change says its paths. */
export interface TestDelegation extends TestRoleChange {
  /** Patterns of the paths that it is trusted with: `plugins/*`. What it was stays without it. */
  readonly paths?: readonly string[] | undefined;
  /** Whether later delegations are out of reach for its paths; false at first. */
  readonly terminating?: boolean | undefined;
}

/** What the operator publishes: changes of the top-level targets role, and of keys. */
export interface TestRelease extends TestRoleChange {
  /** Roles that get a new key in place of their old one: `root`, `timestamp`, a delegated role. */
  readonly rotate?: readonly string[] | undefined;
}

/** How long a new version of each role lasts; delegated roles as long as `targets`. */
export interface TestLifetimes {
  /** Default: 365 days. */
  readonly root?: TimeSpan | undefined;
  /** Default: 90 days. */
  readonly targets?: TimeSpan | undefined;
  /** Default: 7 days. */
  readonly snapshot?: TimeSpan | undefined;
  /** Default: one day. */
  readonly timestamp?: TimeSpan | undefined;
}

/** The versions that are published. */
export interface TestVersions {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
}
