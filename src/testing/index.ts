/**
 * For tests of what is built on tufa: the contract of a place to publish to, as checks that any test runner can run, and
 * such a place in memory. Nothing here depends on a test runner.
 *
 * @module
 */
export { type BackendUnderTest, backendContract, type ContractCheck } from './backend-contract.ts';
export { BrokenContract } from './contract-proof.ts';
export { memoryBackend } from './memory-backend.ts';
