/**
 * For tests of what is built on tufa: a repository in memory with its clock, its network and its attackers, for applications
 * that update; a store that fails; the contracts of a store and of a place to publish to, as checks that any test runner can
 * run, and such a place in memory. Nothing here depends on a test runner or on a runtime.
 *
 * @module
 */
export type { Answer } from './answer.ts';
export type { Attack, AttackName, MountedAttack } from './attack.ts';
export { attacks } from './attacks.ts';
export { type BackendUnderTest, backendContract, type ContractCheck } from './backend-contract.ts';
export { TestClock, type TimeSpan } from './clock.ts';
export { BrokenContract } from './contract-proof.ts';
export { type FailingStore, failingStore, type StoreFaults } from './failing-store.ts';
export { memoryBackend } from './memory-backend.ts';
export { type EndFault, type FaultOptions, TestNetwork, type TestRequest } from './network.ts';
export type {
  TestDelegation,
  TestLifetimes,
  TestRelease,
  TestRoleChange,
  TestTarget,
  TestVersions,
} from './release.ts';
export { type TestClientOptions, TestRepository, type TestRepositoryOptions } from './repository.ts';
export { type StoreUnderTest, storeContract } from './store-contract.ts';
