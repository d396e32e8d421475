import type { Crypto } from '../client/ports.ts';
import type { Instant } from '../metadata/date-time.ts';
import { parsePublicKey } from '../metadata/public-key.ts';
import type { Proof } from '../trust/question.ts';

/**
 * Runs a check of the trusted core, whose questions `crypto` answers. What it reports is for clients and auditors, and is
 * passed over here.
 */
export async function answer<T>(proof: Proof<T>, crypto: Crypto): Promise<T> {
  let step = proof.next();
  while (step.done !== true) {
    const question = step.value;
    if (question.kind === 'public-key') step = proof.next(question.key.publicKey(parsePublicKey));
    else if (question.kind === 'verify') {
      step = proof.next(await crypto.verify(question.key, question.message, question.signature));
    } else if (question.kind === 'digest') step = proof.next(await crypto.digest(question.algorithm, question.bytes));
    else step = proof.next();
  }
  return step.value;
}

/** Before every date of a document: an operator edits what has expired, and every other check holds. */
export const beforeAllExpiry: Instant = { milliseconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 };

/** The instant of a date. */
export function instantOf(date: Date): Instant {
  return { milliseconds: date.getTime(), nanoseconds: 0 };
}
