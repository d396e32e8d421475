import { TufError } from '../errors.ts';

/** An `ERR_TUF_STORE` about a file in the storage of an origin. */
export function storageError(operation: string, path: string, cause: unknown): TufError<'ERR_TUF_STORE'> {
  const hint = isNamed(cause, 'QuotaExceededError')
    ? 'free space in the storage of this site; what was there before is kept'
    : 'see that this window may store data: some private ones may not';
  return new TufError('ERR_TUF_STORE', `cannot ${operation} ${path}`, { path, operation }, { cause, hint });
}

/** Whether a `DOMException` or error has one of these names. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return names.includes((error as { name?: string } | undefined)?.name ?? '');
}
