// @ts-check
/** BLAKE2b without a key (RFC 7693), for digests that Node does not make: written from the RFC, for the vectors alone. */

const mask = (1n << 64n) - 1n;
const initial = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];
const order = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
  '0123456789abcdef',
  'ea489fd61c02b753',
].map((digits) => [...digits].map((digit) => Number.parseInt(digit, 16)));
const mixed = ['048c', '159d', '26ae', '37bf', '05af', '16bc', '278d', '349e'].map((digits) =>
  [...digits].map((digit) => Number.parseInt(digit, 16)),
);

/** The two halves of mixing: which word of the block comes in, and how far the others are turned. */
const turns = /** @type {const} */ ([
  [0, 32n, 24n],
  [1, 16n, 63n],
]);

/** @param {Buffer} data @param {number} [size] of the digest, in bytes @returns {string} hex */
export function blake2b(data, size = 32) {
  const state = [...initial];
  state[0] = at(state, 0) ^ 0x01010000n ^ BigInt(size);
  for (let start = 0; start === 0 || start < data.length; start += 128) {
    const end = Math.min(start + 128, data.length);
    const block = Buffer.alloc(128);
    data.copy(block, 0, start, end);
    compress(state, block, BigInt(end), end === data.length);
  }
  const out = Buffer.alloc(64);
  for (const [index, word] of state.entries()) out.writeBigUInt64LE(word, index * 8);
  return out.subarray(0, size).toString('hex');
}

/** @param {bigint[]} state @param {Buffer} block @param {bigint} counted bytes up to here @param {boolean} isLast */
function compress(state, block, counted, isLast) {
  const v = [...state, ...initial];
  v[12] = at(v, 12) ^ counted;
  if (isLast) v[14] = at(v, 14) ^ mask;
  for (const round of order) {
    for (const [index, [a = 0, b = 0, c = 0, d = 0]] of mixed.entries()) {
      for (const [half, turnD, turnB] of turns) {
        v[a] = (at(v, a) + at(v, b) + block.readBigUInt64LE((round[index * 2 + half] ?? 0) * 8)) & mask;
        v[d] = turned(at(v, d) ^ at(v, a), turnD);
        v[c] = (at(v, c) + at(v, d)) & mask;
        v[b] = turned(at(v, b) ^ at(v, c), turnB);
      }
    }
  }
  state.forEach((word, index) => {
    state[index] = word ^ at(v, index) ^ at(v, index + 8);
  });
}

/** @param {bigint} word @param {bigint} by */
function turned(word, by) {
  return (word >> by) | ((word << (64n - by)) & mask);
}

/** @param {readonly bigint[]} words @param {number} index */
function at(words, index) {
  return /** @type {bigint} */ (words[index]);
}
