/**
 * A client as the runner sees it: it answers calls, and it keeps what it trusts in folders of its own. Adapters:
 * `in-process.ts` (tufa without a process), `line-protocol.ts` and `command-line.ts` (any program).
 *
 * @module
 */
import type { PlainJson } from '../metadata/json.ts';
import type { Scenario } from './scenario.ts';

/** The questions to one part of a client. */
export const callNames = [
  'canonical',
  'read',
  'keyid',
  'verify',
  'threshold',
  'date-time',
  'match',
  'bin',
  'url',
] as const;

/** The name of a question. */
export type CallName = (typeof callNames)[number];

/** A question: its name, and the members that the table of calls gives it. */
export interface CallRequest {
  readonly call: CallName;
  readonly [member: string]: PlainJson;
}

/** What a client answered: the members of its answer, or why there is none that counts. */
export type CallAnswer = { readonly answer: { readonly [member: string]: PlainJson } } | { readonly failure: string };

/** How a step ended. Text in it is the client's own: escape it before it is shown. */
export type StepOutcome =
  | {
      readonly result: 'accept' | 'reject';
      /** Where the client says it; not checked to be a reason of the vectors. */
      readonly reason?: string | undefined;
      /** What the client wrote, for a report; bounded. */
      readonly output?: string | undefined;
    }
  /** Neither: a crash, another exit code, a time limit. Fails the vector. */
  | { readonly failure: string; readonly output?: string | undefined };

/** One command to a client. */
export interface StepCommand {
  /** The targets to download after the refresh; `undefined` for a refresh alone. */
  readonly download: readonly string[] | undefined;
  /** The clock, `YYYY-MM-DDTHH:MM:SSZ`; the machine's own where it is `undefined`. */
  readonly time: string | undefined;
  /** `strict` is asked only of clients that know it. */
  readonly profile: 'default' | 'strict';
}

/** A file that a client holds: its path in the folder with `/`, and its bytes. */
export interface HeldFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a client holds after a step. Files whose names begin with a dot are left out. */
export interface Held {
  /** Files directly in the metadata folder whose names end in `.json`. */
  readonly metadata: readonly HeldFile[];
  /** Every file in the folder of targets. */
  readonly targets: readonly HeldFile[];
}

/** Where a trial's server is. */
export interface TrialPlace {
  readonly scenario: Scenario;
  /** With a slash at the end. */
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  /** Trials of one lane, which follow each other, have the same URLs and the same folders. */
  readonly lane?: string | undefined;
}

/** What a client had on its disk when a trial was saved: made and read by the same client under test. */
export interface SavedTrial {
  readonly root: Uint8Array;
  /** A copy of its folders. */
  readonly folder: string;
}

/** One client with folders of its own, for one sequence. */
export interface Trial {
  /** Gives the pinned root. */
  init(root: Uint8Array): Promise<StepOutcome>;
  /** Replaces a file of the metadata folder, or takes it away. */
  change(name: string, bytes: Uint8Array | null): Promise<void>;
  /** Replaces every target file with the bytes `was`, or takes it away. */
  changeTarget(was: Uint8Array, now: Uint8Array | null): Promise<void>;
  step(command: StepCommand): Promise<StepOutcome>;
  held(): Promise<Held>;
  /** Copies what the client has on its disk. `undefined`: it is too much, is no plain file, or lies where it may not. */
  save?(): Promise<SavedTrial | undefined>;
  /** Removes everything. Gives what the client did that no client may do: files elsewhere, processes left behind. */
  end(): Promise<readonly string[]>;
}

/** A client under test. */
export interface ClientUnderTest {
  /** Its name and version, as it says. Text of the client. */
  readonly name: string;
  /** The calls that it answers. */
  readonly calls: ReadonlySet<CallName>;
  /** The canonical forms and profiles that it knows. */
  readonly forms: ReadonlySet<string>;
  readonly profiles: ReadonlySet<string>;
  /** How sequences are run, or why they cannot be. */
  readonly sequences: { readonly by: 'in-process' | 'lines' | 'command-line' } | { readonly skipped: string };
  /** Why a step with a clock of its own cannot be run; `undefined` where it can. */
  readonly clockSkipped: string | undefined;
  /**
   * Bytes that what the client runs on may take of an answer while the client takes none of them. Default: 16 MiB, more than
   * the buffers of a socket.
   */
  readonly bufferedMax?: number;
  /** Asks. Never rejects for what the client does. */
  ask(request: CallRequest): Promise<CallAnswer>;
  /** Whether a trial can be saved, and another one of the same lane begin there. */
  readonly canContinue: boolean;
  begin(place: TrialPlace, from?: SavedTrial): Promise<Trial>;
  close(): Promise<void>;
}
