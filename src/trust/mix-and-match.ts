import { raiseLimit, TufError, tryAnotherMirror } from '../errors.ts';
import { type Hashes, knownDigests } from '../metadata/file-meta.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { MetaFile } from '../metadata/snapshot.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { digest, type Proof } from './question.ts';

/**
 * Refuses the bytes of a metadata file that are not those listed: before they are parsed, and before any signature.
 *
 * @throws {@link TufError} `ERR_TUF_TOO_LONG`, `ERR_TUF_LENGTH_MISMATCH`, `ERR_TUF_HASH_MISMATCH`.
 * @spec 4.4-b, 4.4-f, 5.5.2, 5.6.2, A-11, A-12, A-13
 */
export function* checkListedBytes(role: string, bytes: Uint8Array, listed: MetaFile): Proof<void> {
  if (listed.length !== undefined) checkLength({ role }, bytes.length, listed.length);
  if (listed.hashes === undefined) return;
  const found = new Map<HashAlgorithm, Uint8Array>();
  for (const { algorithm } of knownDigests(listed.hashes)) found.set(algorithm, yield* digest(algorithm, bytes));
  checkDigests({ role }, listed.hashes, found);
}

/**
 * Refuses a target file whose length or digests are not those listed.
 *
 * @param found the digest of the received file for each known algorithm that is listed.
 * @throws {@link TufError} `ERR_TUF_TOO_LONG`, `ERR_TUF_LENGTH_MISMATCH`, `ERR_TUF_HASH_MISMATCH`.
 * @spec 5.7.1, 5.7.3a, 5.7.3b, A-12, A-44
 */
export function checkTargetFile(
  target: TargetFile,
  length: number,
  found: ReadonlyMap<HashAlgorithm, Uint8Array>,
): void {
  checkLength({ path: target.path }, length, target.length);
  checkDigests({ path: target.path }, target.hashes, found);
}

type Subject = { readonly role: string } | { readonly path: string };

function checkLength(subject: Subject, length: number, expected: number): void {
  if (length === expected) return;
  if (length > expected) throw tooLong(subject, expected);
  throw new TufError(
    'ERR_TUF_LENGTH_MISMATCH',
    `${nameOf(subject)}: ${length} bytes were served, ${expected} are listed`,
    { ...subject, expected, length },
    { hint: tryAnotherMirror },
  );
}

/** The error for more bytes than are listed or allowed. `option` names the limit, where it is one. */
export function tooLong(subject: Subject, limit: number, option?: string): TufError {
  return new TufError(
    'ERR_TUF_TOO_LONG',
    `${nameOf(subject)}: more than ${limit} bytes were served`,
    { ...subject, limit, option },
    { hint: option === undefined ? tryAnotherMirror : raiseLimit(option) },
  );
}

function checkDigests(subject: Subject, listed: Hashes, found: ReadonlyMap<HashAlgorithm, Uint8Array>): void {
  const known = knownDigests(listed);
  if (known.length === 0) {
    throw new TufError('ERR_TUF_HASH_MISMATCH', `${nameOf(subject)}: no digest that counts is listed`, subject, {
      hint: 'the publisher has to list sha256, sha384, sha512 or blake2b-256',
    });
  }
  for (const { algorithm, digest: expected } of known) {
    const actual = found.get(algorithm);
    if (actual !== undefined && equalBytes(actual, expected)) continue;
    const evidence = {
      ...subject,
      algorithm,
      expected: encodeHex(expected),
      found: actual === undefined ? undefined : encodeHex(actual),
    };
    const problem = `${nameOf(subject)}: the ${algorithm} digest is wrong`;
    throw new TufError('ERR_TUF_HASH_MISMATCH', problem, evidence, { hint: tryAnotherMirror });
  }
}

function nameOf(subject: Subject): string {
  return 'role' in subject ? subject.role : `target ${JSON.stringify(subject.path)}`;
}

/** Whether two byte strings are equal. Digests are public, so time does not matter. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // A call for each byte would take several times as long, and a snapshot may have megabytes.
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
