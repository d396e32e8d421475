/**
 * Everything in one file: bundles hold the whole chain from a stated root on, and if wanted the files, and are verified without a network and
 * without a store. See docs/design/bundle.md.
 *
 * @module
 */
import { webCrypto } from '../crypto/web-crypto.ts';
import { type CreateBundleOptions, createOn } from './create.ts';
import type { BundleSource } from './entries.ts';
import { type VerifiedBundle, type VerifyBundleOptions, verifyOn } from './verify.ts';

export type { CreateBundleOptions } from './create.ts';
export type { BundleSource } from './entries.ts';
export type { BundleHead } from './head.ts';
export type { BundledTarget, BundleLink, VerifiedBundle, VerifyBundleOptions } from './verify.ts';

/**
 * Verifies a bundle: a `Blob`, a `File` of an input, or what `fs.openAsBlob` gives. Asks no network, whatever is in it; nothing is
 * stored of a bundle that is refused.
 *
 * @throws {@link TufError} the codes of bundles, `ERR_TUF_TOO_OLD`, and those of a refresh and a search.
 */
export function verifyBundle(source: BundleSource, options: VerifyBundleOptions): Promise<VerifiedBundle> {
  return verifyOn(source, options, options.crypto ?? webCrypto());
}

/**
 * Makes a bundle of what is served somewhere, verified first. What comes is to be written to a new file, and to be thrown away where
 * this throws.
 *
 * @throws {@link TufError} those of a refresh, of a search and of a download.
 */
export function createBundle(options: CreateBundleOptions): AsyncGenerator<Uint8Array> {
  return createOn(options, options.crypto ?? webCrypto());
}
