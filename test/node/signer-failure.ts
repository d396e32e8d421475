import { expect } from 'vitest';
import { isTufError, type TufError } from '../../src/errors.ts';

/** The error of a signer that is not to be used: it names the signer, and says what to do. */
export async function failure(promise: Promise<unknown>): Promise<TufError> {
  const error = await promise.then(
    () => expect.fail('it was accepted'),
    (reason: unknown) => reason,
  );
  if (!isTufError(error)) throw error;
  expect(error.code).toBe('ERR_TUF_SIGNER');
  expect(error.hint).toBeTypeOf('string');
  expect(error.evidence).toHaveProperty('uri');
  return error;
}
