/**
 * What peers do not do, as found by running them: each with whose rule it is. A row that no longer holds is a failure, so
 * that the list stays true.
 */

const noP384 = 'it has no keys of P-384';
const wrongPrefix = 'it puts the digest before the whole path, not before its last part (5.7.3)';

const rows = [
  {
    client: 'tuf-js 5',
    plans: ['ecdsa-p384'],
    checks: ['trusts release 1'],
    reason: 'it verifies P-384 with SHA-256; tuf-js 6 does with SHA-384',
  },
  {
    client: 'go-tuf',
    plans: ['path-hash-prefixes'],
    checks: ['downloads release 1', 'downloads release 2'],
    reason: 'it compares prefixes with base64 of the digest, not with hex (4.5, A-49)',
  },
  { client: 'tough', plans: ['ecdsa-p384'], checks: ['trusts release 1'], reason: noP384 },
  {
    client: 'tough',
    writers: ['library'],
    plans: ['delegations'],
    checks: ['trusts release 1'],
    reason: 'it refuses a repository where a role lists a target that it is not trusted with (A-61)',
  },
  {
    client: 'tough',
    plans: ['plain', 'path-hash-prefixes'],
    checks: ['downloads release 1', 'downloads release 2'],
    reason: wrongPrefix,
  },
  {
    client: 'tough',
    writers: ['command'],
    plans: ['delegations'],
    checks: ['downloads release 1', 'downloads release 2'],
    reason: wrongPrefix,
  },
  {
    client: 'tough',
    plans: ['rotation'],
    checks: ['refuses to go back'],
    reason: 'it begins with the pinned root every time, whatever root it has trusted since (5.3.1)',
  },
];

/** The differences of one client on one repository, for `exercise`. */
export function differencesOf(client, writer, plan) {
  return rows
    .filter((row) => client.startsWith(row.client) && row.plans.includes(plan))
    .filter((row) => row.writers === undefined || row.writers.includes(writer))
    .flatMap(({ checks, reason }) => checks.map((check) => ({ check, reason })));
}
