import { type Command, Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { Root } from '../metadata/root.ts';
import type { Draft } from '../repository/draft.ts';
import { delegatedAuthorities, type Published, topLevelAuthorities } from '../repository/published.ts';
import { type MissingSignatures, signDraft } from '../repository/signing.ts';
import { memoryStore } from '../store/memory.ts';
import { addCommand, type GlobalOptions, type Outcome } from './command.ts';
import { later, parseDate } from './duration.ts';
import { failureOf } from './failure.ts';
import type { Io } from './io.ts';
import { wasInterrupted } from './journal.ts';
import { previewTransport, previewUrls } from './preview-transport.ts';
import { readDraft, readTargetsDrafts } from './staging.ts';
import { openWorkspace, readPinnedRoot, readWorkspace, type Workspace } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

interface RoleStatus {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  readonly expired: boolean;
  readonly threshold: number;
  readonly keys: number;
}

interface Status {
  /** Whether a client would accept what is published at this time. */
  readonly accepted: boolean;
  readonly at: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly roles: readonly RoleStatus[];
  readonly staged: readonly {
    readonly role: string;
    readonly version: number;
    readonly missing: readonly MissingSignatures[];
  }[];
  readonly interrupted: boolean;
  readonly warnings: readonly string[];
}

export function statusCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<{ readonly at?: Date } & GlobalOptions>(
    parent,
    {
      usage: 'status <dir>',
      summary: 'versions, expiries and missing signatures; exit 1 where a client would refuse what is published',
      options: [new Option('--at <date>', 'as it will be then').argParser(parseDate)],
      examples: ['status repository', 'status repository --at 2030-01-31'],
      action: async (session, options, [dir]) => {
        const status = await statusOf(await openWorkspace(dir as string), options.at ?? session.now());
        session.voice.result(status, linesOf(status));
        for (const warning of status.warnings) session.voice.warn(warning);
        if (status.error !== null) session.voice.say(`a client would refuse it: ${status.error.message}`);
        return status.accepted ? 0 : 1;
      },
    },
    io,
    outcome,
  );
}

async function statusOf(workspace: Workspace, at: Date): Promise<Status> {
  const interrupted = await wasInterrupted(workspace);
  const { published, error } = await judge(workspace, at);
  const roles = published === undefined ? [] : rolesOf(published, at);
  const staged = await stagedOf(workspace, published);
  const expired = roles.find((role) => role.expired);
  const refusal =
    error ?? (expired && { code: 'ERR_TUF_EXPIRED', message: `${expired.role}: expired at ${expired.expires}` });
  return {
    accepted: refusal === undefined,
    at: at.toISOString(),
    error: refusal ?? null,
    roles,
    staged,
    interrupted,
    warnings: warningsOf(workspace, roles, at, interrupted),
  };
}

/** Asks a client, and reads what is there as far as it can be believed. */
async function judge(
  workspace: Workspace,
  at: Date,
): Promise<{ published?: Published; error?: { code: string; message: string } }> {
  try {
    const published = await readWorkspace(workspace);
    const root = await readPinnedRoot(workspace.folder);
    if (published === undefined || root === undefined)
      return { error: { code: 'ERR_TUF_NOT_FOUND', message: 'nothing is published' } };
    try {
      const transport = previewTransport(workspace.backend);
      await new Client({ root, store: memoryStore(), transport, now: () => at, ...previewUrls }).refresh();
      return { published };
    } catch (error) {
      if (!isTufError(error)) throw error;
      return { published, error: failureOf(error).document.error };
    }
  } catch (error) {
    if (!isTufError(error) || error.family === 'unavailable') throw error;
    return { error: failureOf(error).document.error };
  }
}

function rolesOf(published: Published, at: Date): RoleStatus[] {
  const { root, targets } = published;
  const describe = (document: Signed<DocumentHead>, threshold: number, keys: number): RoleStatus => {
    const { version, expires, expiresAt } = document.signed;
    return { role: document.role, version, expires, expired: expiresAt.milliseconds <= at.getTime(), threshold, keys };
  };
  const top = (['root', 'timestamp', 'snapshot'] as const).map((role) => published[role] as Signed<DocumentHead>);
  return [...top, ...targets.values()].map((document) => {
    const listed =
      document.role in root.signed.roles
        ? root.signed.roles[document.role as keyof Root['roles']]
        : delegatedAuthorities(document.role, targets.values())[0];
    return describe(document, listed?.threshold ?? 0, listed?.keyids.length ?? 0);
  });
}

async function stagedOf(workspace: Workspace, published: Published | undefined): Promise<Status['staged']> {
  const root = await readDraft<Root>(workspace, 'root');
  const drafts = await readTargetsDrafts(workspace, published);
  const delegators = [...(published?.targets.values() ?? []), ...drafts.values()];
  const nextRoot = root?.signed ?? published?.root.signed;
  const all: Draft[] = [...(root === undefined ? [] : [root as Draft]), ...(drafts.values() as Iterable<Draft>)];
  const found = [];
  for (const draft of all) {
    const { role } = draft;
    const authorities =
      nextRoot !== undefined && (role === 'root' || role === 'targets')
        ? topLevelAuthorities(role, nextRoot, published?.root.signed)
        : delegatedAuthorities(role, delegators);
    const signing = await signDraft(draft, [], authorities, nodeCrypto());
    found.push({ role, version: draft.signed.version, missing: signing.complete ? [] : signing.missing });
  }
  return found;
}

/** @spec OP-5, OP-6 */
function warningsOf(
  { config, folder }: Workspace,
  roles: readonly RoleStatus[],
  at: Date,
  interrupted: boolean,
): string[] {
  const warnings = interrupted ? [`a publication was interrupted: finish it with tufa publish ${folder}`] : [];
  for (const { role, expires, expired } of roles) {
    const whole = later(at, lifetimeOf(config, role)).getTime() - at.getTime();
    const left = Date.parse(expires) - at.getTime();
    if (!expired && left < whole / 4) warnings.push(`${role} expires soon, at ${expires}`);
  }
  return warnings;
}

function linesOf(status: Status): string[] {
  const roles = status.roles.map(({ role, version, expires, expired, threshold, keys }) => {
    return `${role}: version ${version}, ${expired ? 'expired' : 'expires'} ${expires}, ${threshold} of ${keys} keys`;
  });
  const staged = status.staged.map(({ role, version, missing }) => {
    const lacks = missing.map(({ threshold, validKeyids }) => `${validKeyids.length} of ${threshold} signatures`);
    return `staged: ${role} version ${version}, ${lacks.length === 0 ? 'signed' : lacks.join(', ')}`;
  });
  return [...roles, ...staged];
}
