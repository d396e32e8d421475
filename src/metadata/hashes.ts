/**
 * The digests that count. Others may be listed beside them and are ignored; md5 and sha1 are others.
 * In the order in which a target's URL prefix is chosen.
 */
export const hashAlgorithms = ['sha512', 'sha384', 'sha256', 'blake2b-256'] as const;

export type HashAlgorithm = (typeof hashAlgorithms)[number];

/** Whether a listed name is one of {@link hashAlgorithms}. */
export function isHashAlgorithm(name: string): name is HashAlgorithm {
  return (hashAlgorithms as readonly string[]).includes(name);
}
