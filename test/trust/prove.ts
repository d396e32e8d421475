import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { Proof, TrustEvent, TrustQuestion } from '../../src/trust/question.ts';

const crypto = nodeCrypto();

/** Answers the questions of a proof with the platform's cryptography; `log` receives each of them in order. */
export function prove<T>(proof: Proof<T>, log: TrustQuestion[] = []): T {
  let step = proof.next();
  while (step.done !== true) {
    log.push(step.value);
    step = proof.next(answer(step.value));
  }
  return step.value;
}

function answer(question: TrustQuestion): unknown {
  switch (question.kind) {
    case 'verify':
      return crypto.verify(question.key, question.message, question.signature);
    case 'digest':
      return crypto.digest(question.algorithm, question.bytes);
    case 'report':
      return undefined;
  }
}

/** The events among questions. */
export function eventsIn(log: readonly TrustQuestion[]): TrustEvent[] {
  return log.flatMap((question) => (question.kind === 'report' ? [question.event] : []));
}
