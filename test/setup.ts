/**
 * Before each file of tests: keys are encrypted with a passphrase that is cheap to guess. Hundreds are made and opened, and
 * what a real one costs is the matter of `test/node/private-key.test.ts` alone. Commands that run as processes of their own
 * are built from the sources as they are.
 */
import { vi } from 'vitest';

vi.mock('../src/node/scrypt-cost.ts', () => ({ scryptCost: { N: 16, r: 8, p: 1 } }));
