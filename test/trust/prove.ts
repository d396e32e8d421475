import { createHash } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { HashAlgorithm } from '../../src/metadata/hashes.ts';
import { parsePublicKey } from '../../src/metadata/public-key.ts';
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
    case 'public-key':
      return question.key.publicKey(parsePublicKey);
    case 'verify':
      return crypto.verify(question.key, question.message, question.signature);
    case 'digest':
      return digestOf(question.algorithm, question.bytes);
    case 'report':
      return undefined;
  }
}

/** A digest, computed apart from the sources. */
export function digestOf(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array {
  if (algorithm === 'blake2b-256') return blake2b(bytes, { dkLen: 32 });
  return new Uint8Array(createHash(algorithm).update(bytes).digest());
}

/** The events among questions. */
export function eventsIn(log: readonly TrustQuestion[]): TrustEvent[] {
  return log.flatMap((question) => (question.kind === 'report' ? [question.event] : []));
}
