import { type AnyTufError, isTufError } from '../errors.ts';

/** The reason of an error as the vectors name it: `ERR_TUF_HASH_MISMATCH` is `hash-mismatch`. */
export function reasonOf(error: AnyTufError): string {
  return error.code
    .replace(/^ERR_TUF_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

/** What became of an attempt: a refusal with its reason, where it failed for something that tufa foresees. */
export function refusalOf(error: unknown): { readonly result: 'reject'; readonly reason: string } {
  if (isTufError(error)) return { result: 'reject', reason: reasonOf(error) };
  throw error;
}
