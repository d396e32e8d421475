import type { TufErrorCode } from '../errors.ts';
import type { TopLevelRole } from '../metadata/root.ts';
import type { TestClock } from './clock.ts';
import type { KeySource } from './keys.ts';
import type { EndFault, TestNetwork } from './network.ts';
import type { TestPublisher } from './publisher.ts';

/** What there is to know of an attack before it is mounted. */
export interface Attack {
  readonly name: AttackName;
  /** In tufa's list of attacks, docs/audit/attacks.md. */
  readonly id: string;
  /** What the attacker does, in a line. */
  readonly story: string;
  /** The codes of which a client refuses it with one. */
  readonly refusedBy: readonly TufErrorCode[];
  /** The call that is refused: of a client `refresh`, or `download` of any target with bytes. */
  readonly refusedAt: 'refresh' | 'download';
  /** Whether only a client notices it that has updated from this repository before, and kept its store. */
  readonly needsBaseline: boolean;
  /** Roles whose keys the attacker has. */
  readonly stolen: readonly TopLevelRole[];
  /**
   * Whether people have to be told at once: somebody changes files, holds keys, or keeps updates back. What is false looks
   * like a bad network: trying later is enough, until it lasts.
   */
  readonly isAlarming: boolean;
}

/** The names of the attacks. */
export type AttackName =
  | 'arbitrary-software'
  | 'wrong-keys'
  | 'wrong-root-keys'
  | 'endless-data'
  | 'endless-target'
  | 'slow-retrieval'
  | 'freeze'
  | 'rollback'
  | 'mix-and-match'
  | 'fast-forward'
  | 'stolen-timestamp-key'
  | 'stolen-online-keys'
  | 'stolen-online-keys-rollback'
  | 'stolen-targets-key'
  | 'captive-portal';

/** An attack that goes on. */
export interface MountedAttack extends Attack {
  /** The attacker leaves: the operator's files are served again. */
  end(): void;
  /**
   * The attacker leaves, and the operator answers: a release, with new keys for the roles whose keys were stolen. Every
   * correct client updates again.
   */
  recover(): Promise<void>;
}

/** What an attacker has. */
export interface AttackStage {
  readonly publisher: TestPublisher;
  readonly network: TestNetwork;
  readonly clock: TestClock;
  /** For a key of his own. */
  readonly keys: KeySource;
}

/** An attack with what mounts it, and gives what ends it. */
export interface AttackPlan extends Attack {
  readonly mount: (stage: AttackStage) => Promise<EndFault>;
}
