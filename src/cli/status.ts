import { type Command, Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { Root } from '../metadata/root.ts';
import { type SignatureNeed, signatureNeeds } from '../repository/needs.ts';
import type { KeyName } from '../repository/owner.ts';
import { delegatedAuthorities, type Published } from '../repository/published.ts';
import type { MissingSignatures } from '../repository/signing.ts';
import { memoryStore } from '../store/memory.ts';
import { addCommand, type GlobalOptions, type Outcome } from './command.ts';
import { later, parseDate } from './duration.ts';
import { failureOf } from './failure.ts';
import type { Io } from './io.ts';
import { wasInterrupted } from './journal.ts';
import { previewTransport, previewUrls } from './preview-transport.ts';
import { isEmpty, readDrafts } from './proposal.ts';
import { needWords } from './review-words.ts';
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
    /** Of each authority that has a say in it. */
    readonly needs: readonly SignatureNeed[];
    /** Signatures that stand in the draft and are false. */
    readonly falseKeyids: readonly string[];
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
  const proposal = { before: published, drafts: await readDrafts(workspace, published) };
  if (isEmpty(proposal)) return [];
  const found = await signatureNeeds(proposal, nodeCrypto());
  return found.map(({ draft, needs, falseKeyids }) => ({
    role: draft.role,
    version: draft.signed.version,
    missing: needs.filter(({ more }) => more > 0).map(missingOf),
    needs,
    falseKeyids,
  }));
}

function missingOf({ role, delegator, threshold, signed, missing }: SignatureNeed): MissingSignatures {
  const keyids = (names: readonly KeyName[]): string[] => names.map(({ keyid }) => keyid);
  return { role, delegator, threshold, validKeyids: keyids(signed), missingKeyids: keyids(missing) };
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
  const staged = status.staged.flatMap(({ role, version, needs }) => [
    `staged: ${role} version ${version}, ${needs.every(({ more }) => more === 0) ? 'signed' : 'signatures are missing'}`,
    ...needs.filter(({ more }) => more > 0).map((need) => `  ${needWords(need)}`),
  ]);
  return [...roles, ...staged];
}
