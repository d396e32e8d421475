/**
 * What a guess at a passphrase costs, as scrypt (RFC 7914) counts it: 16 MiB of memory, five times over. In a file of its
 * own, since tests that make hundreds of keys put a smaller one in its place.
 */
export const scryptCost: { readonly N: number; readonly r: number; readonly p: number } = { N: 2 ** 14, r: 8, p: 5 };
