import { createHash, createPublicKey, verify } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { readEcdsaSignature } from '../../src/crypto/ecdsa.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { HashAlgorithm } from '../../src/metadata/hashes.ts';
import { parsePublicKey } from '../../src/metadata/public-key.ts';
import { spkiOf } from '../../src/metadata/public-key-writer.ts';
import type { Proof, TrustEvent, TrustQuestion, VerifyQuestion } from '../../src/trust/question.ts';

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
      return verified(question);
    case 'digest':
      return digestOf(question.algorithm, question.bytes);
    case 'report':
      return undefined;
  }
}

/** At once, as a synchronous proof needs it: node:crypto's adapter loads its reader of ECDSA signatures when it needs it. */
export function verified({ key, message, signature }: Omit<VerifyQuestion, 'kind'>): unknown {
  if (key.kind !== 'ecdsa') return crypto.verify(key, message, signature);
  const both = readEcdsaSignature(signature, key.curve);
  const object = createPublicKey({ key: Buffer.from(spkiOf(key)), format: 'der', type: 'spki' });
  return both !== undefined && verify(key.hash, message, { key: object, dsaEncoding: 'ieee-p1363' }, both);
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
