/**
 * Every limit on what comes from outside, with its default. Bytes are counted after any transport decoding.
 * Each is an option of the client; an error that meets a limit names the option.
 */
export interface Limits {
  /** Bytes of one root document (W of spec 5.3.3). */
  readonly rootBytes: number;
  /** Bytes of timestamp.json (X of 5.4.1). */
  readonly timestampBytes: number;
  /** Bytes of a snapshot whose length the timestamp does not list (Y of 5.5.1). */
  readonly snapshotBytes: number;
  /** Bytes of a targets document whose length the snapshot does not list (Z of 5.6.1). */
  readonly targetsBytes: number;
  /** Root versions followed in one update (Y of 5.3.3); the next update goes on. */
  readonly rootRotations: number;
  /** Delegated roles visited in one search, besides the top-level targets (5.6.7.1). */
  readonly delegatedRoles: number;
  /** Nesting of JSON arrays and objects. */
  readonly depth: number;
  /** Keyids that one role may list: bounds the signatures that are verified for one document. */
  readonly keyidsPerRole: number;
  /** Bytes of one target file that is downloaded into memory. */
  readonly targetBytes: number;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** The defaults of every limit. */
export const defaultLimits: Limits = Object.freeze({
  rootBytes: 512 * kibibyte,
  timestampBytes: 64 * kibibyte,
  snapshotBytes: 8 * mebibyte,
  targetsBytes: 32 * mebibyte,
  rootRotations: 256,
  delegatedRoles: 32,
  depth: 64,
  keyidsPerRole: 1024,
  targetBytes: 2048 * mebibyte,
});

/** Deepest nesting that can be asked for: values are read by recursion, which no engine's stack must end. */
const depthMax = 1000;

/** The defaults with some of them replaced. Throws `TypeError` for an unknown name, or a value that is no integer from 0. */
export function limitsWith(changes: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(changes)) {
    const most = name === 'depth' ? depthMax : Number.MAX_SAFE_INTEGER;
    if (!Object.hasOwn(defaultLimits, name) || !Number.isInteger(value) || value < 0 || value > most) {
      throw new TypeError(`the limit ${name} cannot be ${value}`);
    }
  }
  return Object.freeze({ ...defaultLimits, ...changes });
}
