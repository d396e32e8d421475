/**
 * Exclusive work between all tabs and workers of an origin, by Web Locks. The browser frees the lock of a tab that is
 * closed or crashes.
 *
 * @module
 */
import { TufError } from '../errors.ts';

/** As much of Web Locks as is used; not every runtime declares it. */
interface Locks {
  request<T>(name: string, options: { signal?: AbortSignal }, work: () => Promise<T>): Promise<T>;
}

/**
 * Runs `work` while nobody else of the origin holds the lock of that name.
 *
 * @throws {@link TufError} `ERR_TUF_STORE` where the runtime has no Web Locks; what the work throws; `signal.reason`.
 */
export async function withWebLock<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const locks = (globalThis.navigator as { locks?: Locks } | undefined)?.locks;
  if (locks === undefined) {
    throw new TufError(
      'ERR_TUF_STORE',
      `store: cannot lock ${name}: this runtime has no Web Locks`,
      { path: name, operation: 'lock' },
      { hint: 'serve the page over https, or use keyValueStore() with a lock of the runtime' },
    );
  }
  return locks.request(name, signal === undefined ? {} : { signal }, work);
}
