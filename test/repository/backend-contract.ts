import { describe, it } from 'vitest';
import { type BackendUnderTest, backendContract } from '../../src/testing/index.ts';

/** The contract of `Backend` in `src/repository/ports.ts`. A backend's test is one call of this. */
export function describeBackend(title: string, open: () => BackendUnderTest | Promise<BackendUnderTest>): void {
  describe(`${title} keeps the contract of a backend:`, () => {
    for (const { name, run } of backendContract(open)) it(name, run);
  });
}
