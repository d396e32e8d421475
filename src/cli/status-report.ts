/**
 * What `tufa status` knows: what clients would see of a repository at a time, until when, what is about to end, who still
 * has to sign, and for each problem the command that comes next.
 *
 * @module
 */

import { isTufError, type TufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { TopLevelRole } from '../metadata/root.ts';
import { Draft } from '../repository/draft.ts';
import { needsOf, type SignatureNeed } from '../repository/needs.ts';
import { delegatedAuthorities, type Published, topLevelAuthorities } from '../repository/published.ts';
import { memoryStore } from '../store/memory.ts';
import type { Authority } from '../trust/authority.ts';
import { commandLine } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { later, type Span } from './duration.ts';
import { wasInterrupted } from './journal.ts';
import { previewTransport, previewUrls } from './preview-transport.ts';
import { checkRoles } from './role-names.ts';
import type { SignerWorld } from './signers.ts';
import { canSign, eventSteps, keysAtHand, type StagedWarning } from './staged-outlook.ts';
import { type StagedStatus, stagedStatus } from './status-staged.ts';
import { readPinnedRoot, readWorkspace, type Workspace } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

/** A published role at a time. Times are RFC 3339 in UTC. */
export interface RoleStatus {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  readonly expired: boolean;
  /** From when on its end is warned of. */
  readonly warnsFrom: string;
  readonly threshold: number;
  readonly keys: number;
  /** Of each authority over it: who has signed the published version. */
  readonly needs: readonly SignatureNeed[];
}

/** Something to be done, with the commands that do it. */
export interface StatusWarning {
  /** Stable, for programs. */
  readonly code: 'expired' | 'expires-soon' | 'interrupted' | 'unreadable-drafts' | StagedWarning['code'];
  readonly role: string | null;
  readonly text: string;
  readonly next: readonly string[];
}

/** Why a client refuses what is published. */
interface StatusError {
  readonly code: string;
  readonly message: string;
  /** What else to do than to type a command. */
  readonly hint: string | null;
  /** Commands. */
  readonly next: readonly string[];
}

export interface Status {
  /** Whether a client would accept what is published at this time. */
  readonly accepted: boolean;
  readonly at: string;
  /** The first expiry of a published role; `null` where nothing is accepted. */
  readonly acceptedUntil: string | null;
  readonly error: StatusError | null;
  readonly roles: readonly RoleStatus[];
  readonly staged: readonly StagedStatus[];
  readonly interrupted: boolean;
  readonly warnings: readonly StatusWarning[];
}

export interface StatusOptions {
  readonly at: Date;
  /** How long before its end a role is warned of, in place of the last quarter of its lifetime. */
  readonly warnBefore?: ReadonlyMap<string, Span> | undefined;
  /** Where the keys are looked for. */
  readonly world?: SignerWorld | undefined;
}

/**
 * Looks at a repository's folder and changes nothing.
 *
 * @throws {@link TufError} `ERR_TUF_STORE` for what cannot be read.
 * @spec OP-5, OP-6
 */
export async function statusOf(workspace: Workspace, { at, warnBefore, world = {} }: StatusOptions): Promise<Status> {
  const { folder } = workspace;
  const interrupted = await wasInterrupted(workspace);
  const { published, error } = await judge(workspace, at);
  const roles = published === undefined ? [] : await rolesOf(workspace, published, at, warnBefore);
  const drafts = await stagedStatus(workspace, published, { at, world });
  if (warnBefore !== undefined && published !== undefined) {
    checkRoles(warnBefore.keys(), { before: published, drafts: drafts.drafts });
  }
  const held = await keysAtHand(workspace, world);
  const steps = (role: string): Steps => stepsFor(role, published, drafts.staged, { folder, held });
  const ended = roles.filter((role) => role.expired);
  const ends = ended.map((role) => expiredRole(role, folder, ended, steps));
  const refusal =
    ends[0] === undefined ? error : { ...ends[0], code: 'ERR_TUF_EXPIRED', message: ends[0].text, hint: null };
  const cut = { code: 'interrupted' as const, role: null, text: 'a publication was interrupted' };
  return {
    accepted: refusal === undefined,
    at: timeText(at),
    acceptedUntil: refusal === undefined ? (firstEnd(roles)?.expires ?? null) : null,
    error: refusal === undefined ? null : errorOf(refusal),
    roles,
    staged: drafts.staged,
    interrupted,
    warnings: [
      ...ends.slice(1),
      ...(interrupted ? [{ ...cut, next: [commandLine('publish', folder)] }] : []),
      ...endingSoon(roles, folder, at, steps),
      ...drafts.warnings,
    ],
  };
}

function errorOf({ code, message, hint, next }: StatusError): StatusError {
  return { code, message, hint, next };
}

/** Of the roles that have not expired, the one that ends first. */
export function firstEnd(roles: readonly RoleStatus[]): RoleStatus | undefined {
  return roles.reduce<RoleStatus | undefined>((first, role) => {
    return first === undefined || Date.parse(role.expires) < Date.parse(first.expires) ? role : first;
  }, undefined);
}

/** Asks a client, and reads what is there as far as it can be believed. */
async function judge(workspace: Workspace, at: Date): Promise<{ published?: Published; error?: StatusError }> {
  const { folder } = workspace;
  try {
    const published = await readWorkspace(workspace);
    const root = await readPinnedRoot(folder);
    if (published === undefined || root === undefined) {
      const next = [commandLine('publish', folder)];
      return { error: { code: 'ERR_TUF_NOT_FOUND', message: 'nothing is published', hint: null, next } };
    }
    try {
      const transport = previewTransport(workspace.backend);
      await new Client({
        root,
        store: memoryStore(),
        crypto: operatorCrypto(),
        transport,
        now: () => at,
        ...previewUrls,
      }).refresh();
      return { published };
    } catch (error) {
      if (!isTufError(error)) throw error;
      return { published, error: refusedBy(error, folder) };
    }
  } catch (error) {
    if (!isTufError(error) || error.family === 'unavailable') throw error;
    return { error: refusedBy(error, folder) };
  }
}

/** What a client says to its user is not what an operator has to hear. */
function refusedBy({ code, family, message, hint }: TufError, folder: string): StatusError {
  const isOurs = family === 'operator' && hint !== undefined;
  const backup = `bring back what was served, from a backup of ${folder}/public that is up to date`;
  return { code, message, hint: isOurs ? hint : backup, next: [] };
}

async function rolesOf(
  { config }: Workspace,
  { root, timestamp, snapshot, targets }: Published,
  at: Date,
  warnBefore: StatusOptions['warnBefore'],
): Promise<RoleStatus[]> {
  const documents = [root, timestamp, snapshot, ...targets.values()] as readonly Signed<DocumentHead>[];
  const topLevel: ReadonlySet<string> = new Set(Object.keys(root.signed.roles));
  const found: RoleStatus[] = [];
  for (const document of documents) {
    const { role, signed } = document;
    const authorities = authoritiesOf(role, { root, targets });
    const end = signed.expiresAt.milliseconds;
    const warns = warnBefore?.get(role) ?? warnBefore?.get(topLevel.has(role) ? role : 'targets');
    found.push({
      role,
      version: signed.version,
      expires: signed.expires,
      expired: end <= at.getTime(),
      warnsFrom: timeText(new Date(end - warningSpan(at, lifetimeOf(config, role), warns))),
      threshold: authorities[0]?.threshold ?? 0,
      keys: authorities[0]?.keyids.length ?? 0,
      needs: await needsOf(new Draft(document), authorities, operatorCrypto()),
    });
  }
  return found;
}

function authoritiesOf(role: string, { root, targets }: Pick<Published, 'root' | 'targets'>): readonly Authority[] {
  return Object.hasOwn(root.signed.roles, role)
    ? topLevelAuthorities(role as TopLevelRole, root.signed, undefined)
    : delegatedAuthorities(role, targets.values());
}

/** How a role gets a later date. */
interface Steps {
  readonly next: readonly string[];
  /** What publishing does by itself for root and targets, where they have expired and their keys are at hand. */
  readonly isAutomatic: boolean;
}

/**
 * How a role that is not made by publishing gets a later date: its draft goes on where one is staged; otherwise it is renewed,
 * by the keys at hand or in an event.
 */
function stepsFor(
  role: string,
  published: Published | undefined,
  staged: readonly StagedStatus[],
  { folder, held }: { readonly folder: string; readonly held: ReadonlySet<string> },
): Steps {
  const draft = staged.find((each) => each.role === role);
  if (draft !== undefined) return { next: draft.next, isAutomatic: false };
  const isOurs = published !== undefined && authoritiesOf(role, published).every((each) => canSign(each, held));
  const publish = commandLine('publish', folder);
  const next = [commandLine('renew', folder, role), ...(isOurs ? [] : eventSteps(folder)), publish];
  return { next, isAutomatic: isOurs && (role === 'root' || role === 'targets') };
}

/** Milliseconds before the end: the last quarter of a lifetime, unless it was said. */
function warningSpan(at: Date, lifetime: Span, said: Span | undefined): number {
  const milliseconds = (span: Span): number => later(at, span).getTime() - at.getTime();
  return said === undefined ? milliseconds(lifetime) / 4 : milliseconds(said);
}

function expiredRole(
  { role, expires }: RoleStatus,
  folder: string,
  ended: readonly RoleStatus[],
  steps: (role: string) => Steps,
): StatusWarning {
  const text = `${role} expired at ${expires}`;
  if (isDerived(role)) {
    // A new timestamp helps nobody while root or targets are refused; publishing renews all four.
    const isAlone = ended.every((each) => isDerived(each.role));
    return { code: 'expired', role, text, next: [commandLine(isAlone ? 'timestamp' : 'publish', folder)] };
  }
  const { next, isAutomatic } = steps(role);
  return { code: 'expired', role, text, next: isAutomatic ? [commandLine('publish', folder)] : next };
}

function endingSoon(
  roles: readonly RoleStatus[],
  folder: string,
  at: Date,
  steps: (role: string) => Steps,
): StatusWarning[] {
  const soon = roles.filter(({ expired, warnsFrom }) => !expired && Date.parse(warnsFrom) <= at.getTime());
  return soon.map(({ role, expires }) => ({
    code: 'expires-soon',
    role,
    text: `${role} expires soon, at ${expires}`,
    next: isDerived(role) ? [commandLine('timestamp', folder)] : steps(role).next,
  }));
}

/** Roles that are made from the others, by keys that are online. */
function isDerived(role: string): boolean {
  return role === 'timestamp' || role === 'snapshot';
}

function timeText(date: Date): string {
  return date.toISOString().replace(/\.000Z$/, 'Z');
}
