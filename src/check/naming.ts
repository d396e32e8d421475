/**
 * Names that clients and servers read differently: what the operator's library refuses or warns of when it writes, found
 * in what others wrote.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import type { DelegatedRole } from '../metadata/delegations.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import {
  checkPathHashPrefix,
  checkPathPattern,
  checkRoleName,
  checkTargetPath,
  roleNameWarnings,
  targetPathWarnings,
} from '../repository/names.ts';
import type { CheckContext } from './context.ts';
import { type About, counted, some } from './finding.ts';
import type { RoleNode } from './graph.ts';
import type { LooseJson } from './lenient-json.ts';
import { lenientJson } from './lenient-json.ts';
import { objectOf, type TargetsView } from './view.ts';

/** Longer documents are not read a second time for what their delegations lack. */
const rereadBytesMax = 8 * 1024 * 1024;

/** All names of one targets role. @spec */
export function checkNaming(context: CheckContext, { role, examined }: RoleNode): void {
  const view = examined?.view;
  if (examined === undefined || view === undefined) return;
  const about: About = { role, file: examined.file };
  checkTargetNames(context, about, view);
  const { delegations } = view;
  if (delegations === undefined) return;
  for (const delegated of delegations.roles) {
    sayRoleName(context, about, delegated.name);
    checkReach(context, about, delegated);
  }
  if (delegations.succinct !== undefined) sayRoleName(context, about, `${delegations.succinct.namePrefix}-0`);
  if (examined.bytes.length <= rereadBytesMax) checkTerminating(context, about, lenientJson(examined.bytes));
}

function sayRoleName({ findings }: CheckContext, about: About, name: string): void {
  const refusal = problemOf(() => checkRoleName(name), `the role name ${JSON.stringify(name)} `);
  const problems = refusal === undefined ? roleNameWarnings(name) : [refusal];
  if (/^\d+$/.test(name)) problems.push('clients that keep roles in plain objects change their order (tuf-js 5)');
  if (isInherited(name)) problems.push('clients that keep roles in plain objects misread it (tuf-js 5)');
  for (const problem of problems) findings.add('role-name-risky', about, `the role name ${name}: ${problem}`);
}

function checkReach({ findings }: CheckContext, about: About, delegated: DelegatedRole): void {
  const { name, paths, pathHashPrefixes } = delegated;
  if ((paths ?? pathHashPrefixes ?? []).length === 0) {
    findings.add('delegation-empty', about, `${name} is trusted with no path`);
  }
  for (const pattern of paths ?? []) {
    const problem = problemOf(() => checkPathPattern(name, pattern), `${name}: `);
    if (problem !== undefined) findings.add('pattern-risky', about, `of ${name}: ${problem}`);
  }
  for (const prefix of pathHashPrefixes ?? []) {
    const problem = problemOf(() => checkPathHashPrefix(name, prefix), `${name}: `);
    if (problem !== undefined) findings.add('hash-prefix-risky', about, `of ${name}: ${problem}`);
  }
}

/** One finding for all paths with one problem. */
function checkTargetNames({ findings }: CheckContext, about: About, { targets }: TargetsView): void {
  const byProblem = new Map<string, { count: number; readonly paths: string[] }>();
  const note = (problem: string, path: string): void => {
    const found = byProblem.get(problem) ?? { count: 0, paths: [] };
    found.count += 1;
    if (found.paths.length < 5) found.paths.push(path);
    byProblem.set(problem, found);
  };
  const unknown: string[] = [];
  const unusual: string[] = [];
  for (const path of targets.paths()) {
    const { hashes } = targets.get(path) ?? { hashes: new Map<string, string>() };
    const known = knownDigests(hashes);
    if (known.length === 0) unknown.push(path);
    else if (!hashes.has('sha256')) unusual.push(path);
    const digests = known.map(({ algorithm }) => hashes.get(algorithm) as string);
    const refusal = problemOf(() => checkTargetPath(path, digests), `the target path ${JSON.stringify(path)} `);
    for (const problem of refusal === undefined ? targetPathWarnings(path) : [refusal]) note(problem, path);
  }
  for (const [problem, { count, paths }] of byProblem) {
    findings.add('target-path-risky', { ...about, path: paths[0] }, `${some(paths, count)}: ${problem}`);
  }
  const say = (code: 'target-hashes-unknown' | 'target-hash-risky', paths: readonly string[]): void => {
    if (paths.length === 0) return;
    findings.add(code, { ...about, path: paths[0] }, `${counted(paths.length, 'target')}: ${some(paths)}`);
  };
  say('target-hashes-unknown', unknown);
  say('target-hash-risky', unusual);
}

/** absent is false, but not for everybody. */
function checkTerminating({ findings }: CheckContext, about: About, document: LooseJson | undefined): void {
  const signed = objectOf(objectOf(document).get('signed'));
  const roles = objectOf(signed.get('delegations')).get('roles');
  const lacking = (Array.isArray(roles) ? roles : [])
    .map((role) => objectOf(role))
    .filter((role) => role.size > 0 && !role.has('terminating'))
    .map((role) => String(role.get('name')));
  if (lacking.length > 0) findings.add('terminating-missing', about, some(lacking));
}

function isInherited(name: string): boolean {
  return ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'].includes(name);
}

/** What a rule of the library says, without the name that the caller puts before it. */
function problemOf(rule: () => void, prefix: string): string | undefined {
  try {
    rule();
    return undefined;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  }
}
