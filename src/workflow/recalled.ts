import { TufError } from '../errors.ts';
import { read, report, type UpdateEvent, type Workflow } from './question.ts';

/**
 * What a local file is worth: what `verify` makes of its bytes, or `undefined` where there are none or where they are
 * refused. Nothing local ends an update by being damaged or out of date.
 *
 * @param lost the event that a refusal is worth, if any.
 */
export function* recalled<T>(
  name: string,
  bytesMax: number,
  verify: (bytes: Uint8Array) => Workflow<T>,
  lost?: (cause: TufError) => UpdateEvent | undefined,
): Workflow<T | undefined> {
  const bytes = yield* read(name, bytesMax);
  if (bytes === undefined) return undefined;
  try {
    return yield* verify(bytes);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const event = lost?.(error);
    if (event !== undefined) yield* report(event);
    return undefined;
  }
}

/** What a program gives, or `undefined` where it ends with an error that `isExpected`. */
export function* unless<T>(isExpected: (error: unknown) => boolean, program: Workflow<T>): Workflow<T | undefined> {
  try {
    return yield* program;
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw error;
  }
}

/** A program that asks nothing: for bytes that are only read. */
// biome-ignore lint/correctness/useYield: it asks nothing, as it says
export function* only<T>(read: () => T): Workflow<T> {
  return read();
}

/** The event for a local file that is damaged or foreign. */
export function ignored(name: string): (cause: unknown) => UpdateEvent {
  return (cause) => ({ type: 'local-file-ignored', name, cause });
}

/** The event for a local file that can no longer guard against rollback. */
export function baselineLost(role: string): (cause: unknown) => UpdateEvent {
  return (cause) => ({ type: 'baseline-lost', role, cause });
}

/** A refusal by format or trust, as against a world that did not answer. */
export function isRefusal(error: unknown): error is TufError {
  return error instanceof TufError && (error.family === 'format' || error.family === 'security');
}
