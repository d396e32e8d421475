/**
 * The cryptography of the commands: node:crypto, and ML-DSA where `@noble/post-quantum` is installed beside tufa.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { withMlDsa } from '../crypto/ml-dsa.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import { StepBudget } from '../repository/delegation-reach.ts';
import type { ReachContext } from '../repository/target-reach.ts';

/**
 * For who operates or audits: a signature that cannot be judged for want of the package ends the command with
 * `ERR_TUF_ALGORITHM`, which says what to install. To pass it over would report what was not looked at.
 */
export function operatorCrypto(): Crypto {
  return withMlDsa(nodeCrypto());
}

/** Steps of comparing: some seconds, since a repository that was taken over is somebody else's. */
const stepsMax = 100_000_000;

/** What comparing delegations needs, with a bound of its own. */
export function operatorReach(): ReachContext {
  return { crypto: operatorCrypto(), budget: new StepBudget(stepsMax) };
}

/**
 * For who updates: a key that nothing here verifies counts for nothing, and the others may do without it.
 *
 * @param warn told once what is missing.
 */
export function clientCrypto(warn: (text: string) => void): Crypto {
  const { verify, digest } = operatorCrypto();
  let isTold = false;
  const missing = (error: unknown): undefined => {
    if (!isTufError(error) || error.code !== 'ERR_TUF_ALGORITHM') throw error;
    if (!isTold) warn(`a signature was not counted: ${error.message}; ${error.hint}`);
    isTold = true;
  };
  return {
    verify: (key, message, signature) =>
      key.kind === 'ml-dsa'
        ? Promise.resolve(verify(key, message, signature)).catch(missing)
        : verify(key, message, signature),
    digest,
  };
}
