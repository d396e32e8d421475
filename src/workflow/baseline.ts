import type { DocumentHead, Signed } from '../metadata/document.ts';
import { parseSnapshot, parseTimestamp } from '../metadata/snapshot.ts';
import type { Workflow } from './question.ts';
import { only, recalled } from './recalled.ts';
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
  const { timestampBytes, snapshotBytes } = context.limits;
  const held = (name: string, bytesMax: number, parse: typeof parseTimestamp | typeof parseSnapshot) =>
    recalled(name, bytesMax, (bytes) => only<Signed<DocumentHead>>(() => parse(bytes, context)));
  const timestamp = yield* held(timestampName, timestampBytes, parseTimestamp);
  const snapshot = yield* held(snapshotName, snapshotBytes, parseSnapshot);
  return [
    ...(timestamp ? [{ role: 'timestamp', document: timestamp } as const] : []),
    ...(snapshot ? [{ role: 'snapshot', document: snapshot } as const] : []),
  ];
}
