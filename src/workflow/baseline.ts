import { TufError } from '../errors.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { parseSnapshot, parseTimestamp } from '../metadata/snapshot.ts';
import { read, type Workflow } from './question.ts';
import type { UpdateContext } from './state.ts';

export const timestampName = 'timestamp.json';
export const snapshotName = 'snapshot.json';

/** A file that is held from an earlier update and guards against rollback. */
export interface Held {
  readonly role: 'timestamp' | 'snapshot';
  readonly document: Signed<DocumentHead>;
}

/** What is held, as far as it can be read; nobody has verified it. That a file cannot is reported where it is missed. */
export function* readBaseline(context: UpdateContext): Workflow<Held[]> {
  const held: Held[] = [];
  const { timestampBytes, snapshotBytes } = context.limits;
  const timestamp = yield* read(timestampName, timestampBytes);
  const snapshot = yield* read(snapshotName, snapshotBytes);
  const add = (role: Held['role'], parse: () => Signed<DocumentHead>): void => {
    try {
      held.push({ role, document: parse() });
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  };
  if (timestamp !== undefined) add('timestamp', () => parseTimestamp(timestamp, context));
  if (snapshot !== undefined) add('snapshot', () => parseSnapshot(snapshot, context));
  return held;
}

/** A refusal by format or trust, as against a world that did not answer. */
export function isRefusal(error: unknown): error is TufError {
  return error instanceof TufError && (error.family === 'format' || error.family === 'security');
}
