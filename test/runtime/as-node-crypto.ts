/** Stands for `node-crypto.ts` in a bundle for other runtimes. */
export { webCrypto as nodeCrypto } from '../../src/crypto/web-crypto.ts';
