import { createHash } from 'node:crypto';
import type { Crypto } from '../client/ports.ts';
import type { PublicKey } from '../metadata/public-key.ts';

const entriesMax = 50_000;

/**
 * The same cryptography, which does not verify a second time what it has verified before: a run of the vectors meets the
 * same honest documents thousands of times.
 */
export function rememberedCrypto(crypto: Crypto): Crypto {
  const verdicts = new Map<string, ReturnType<Crypto['verify']>>();
  return {
    verify(key, message, signature) {
      const name = createHash('sha256')
        .update(`${keyText(key)} ${signature.length} `)
        .update(signature)
        .update(message)
        .digest('base64');
      if (verdicts.has(name)) return verdicts.get(name);
      const verdict = crypto.verify(key, message, signature);
      if (verdicts.size < entriesMax) verdicts.set(name, verdict);
      return verdict;
    },
    digest: (algorithm, bytes) => crypto.digest(algorithm, bytes),
  };
}

/** Everything that a verdict can depend on. */
function keyText(key: PublicKey): string {
  return JSON.stringify(key, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value));
}
