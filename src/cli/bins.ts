import { type Command, Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { binNumber, type SuccinctRoles } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import type { Targets } from '../metadata/targets.ts';
import { type Binning, binBitsMax, putIntoBins } from '../repository/bins.ts';
import type { Draft } from '../repository/draft.ts';
import { roleNameWarnings } from '../repository/names.ts';
import { refused } from '../repository/refusal.ts';
import { type BinsSpec, checkBins } from '../repository/targets-draft.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { later, parseDuration } from './duration.ts';
import { currentOf } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { type HeldKey, type KeyOptions, keyOptions, keysFor, numberOf, rememberKeys } from './role-keys.ts';
import { dropUnlisted, readTargetsDrafts, stageDrafts } from './staging.ts';
import { openWorkspace, readWorkspace, type Workspace } from './workspace.ts';
import { binsLifetime, lifetimeOf } from './workspace-config.ts';

interface BinsOptions extends GlobalOptions, KeyOptions {
  readonly from: string;
  readonly bits?: string;
  readonly prefix?: string;
  readonly expires?: string;
  readonly remove?: boolean;
}

/** As many targets in a bin, at most, where the number of bins is left to us. */
const targetsPerBin = 64;

export function binsCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<BinsOptions>(
    parent,
    {
      usage: 'bins <dir>',
      summary: 'stage that the targets of a role go to hash bins (TAP 15), to other ones, or back',
      options: [
        new Option('--from <role>', 'the role whose targets they are').default('targets'),
        new Option(
          '--bits <n>',
          `2^n bins, at most ${binBitsMax}; without, so that a bin has up to ${targetsPerBin} targets`,
        ),
        new Option('--prefix <name>', 'what their names begin with; without, as before, or bin (ROLE-bin)'),
        ...keyOptions(),
        new Option('--expires <duration>', 'for how long they are signed; without, as targets is'),
        new Option('--remove', 'take the targets back into the role').conflicts(['bits', 'prefix', 'key', 'keys']),
      ],
      examples: ['bins repository --bits 10', 'bins repository --from packages --key ssh-agent:SHA256:…'],
      action: bins,
    },
    io,
    outcome,
  );
}

async function bins(session: Session, options: BinsOptions, [dir]: readonly string[]): Promise<number> {
  if (options.expires !== undefined) parseDuration(options.expires);
  const workspace = await openWorkspace(dir as string);
  const { binning, spec, held } = await workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const published = await readWorkspace(workspace);
    const expires = later(session.now(), lifetimeOf(workspace.config, options.from));
    const delegator = await currentOf(workspace, options.from, published, expires);
    const drafts = await readTargetsDrafts(workspace, published);
    const documents = new Map<string, Signed<Targets> | Draft<Targets>>(published?.targets);
    for (const [role, draft] of drafts) documents.set(role, draft);
    const plan = await planOf(session, workspace, options, delegator, documents);
    const span =
      options.expires === undefined
        ? lifetimeOf(workspace.config, binsLifetime(plan.spec?.namePrefix ?? ''))
        : parseDuration(options.expires);
    const listedVersion = (role: string): number | undefined => published?.snapshot.signed.meta.version(`${role}.json`);
    const current = { delegator, roles: documents, listedVersion };
    const made = await putIntoBins(
      current,
      plan.spec,
      { role: expires, bins: later(session.now(), span) },
      nodeCrypto(),
    );
    if (plan.spec !== undefined) {
      const lifetime = { role: binsLifetime(plan.spec.namePrefix), expires: options.expires };
      await rememberKeys(workspace.folder, plan.held, lifetime);
    }
    // What they had has moved, and nobody delegates to them then.
    const former = delegator.signed.delegations?.succinct;
    const givenUp = [...drafts.keys()].filter((role) => {
      const isFormer = former !== undefined && binNumber(former, role) !== undefined;
      return isFormer && (plan.spec === undefined || binNumber(plan.spec, role) === undefined);
    });
    if (made.drafts.length > 0) await stageDrafts(workspace, made.drafts, givenUp);
    await dropUnlisted(workspace, (await readTargetsDrafts(workspace, published)).values());
    return { binning: made, ...plan };
  }, session.signal);
  report(session, dir as string, options.from, binning, spec, held);
  return 0;
}

interface Plan {
  readonly spec: BinsSpec | undefined;
  /** The keys of the bins that are new to them. */
  readonly held: readonly HeldKey[];
}

async function planOf(
  session: Session,
  workspace: Workspace,
  options: BinsOptions,
  delegator: Signed<Targets> | Draft<Targets>,
  documents: ReadonlyMap<string, Signed<Targets> | Draft<Targets>>,
): Promise<Plan> {
  const { delegations, targets } = delegator.signed;
  const former = delegations?.succinct;
  if (options.remove === true) {
    if (former === undefined)
      throw refused(options.from, 'it has no bins', `see its delegations with: tufa key list ${workspace.folder}`);
    return { spec: undefined, held: [] };
  }
  const namePrefix =
    options.prefix ?? former?.namePrefix ?? (options.from === 'targets' ? 'bin' : `${options.from}-bin`);
  for (const warning of roleNameWarnings(namePrefix)) session.voice.warn(`${namePrefix}: ${warning}`);
  const bitLength =
    options.bits === undefined ? bitsFor(targets.size + sizeOf(former, documents)) : numberOf('--bits', options.bits);
  if (bitLength > binBitsMax) throw new UsageError(`--bits ${bitLength}: at most ${binBitsMax} are made`);
  checkBins(delegator.role, delegations?.roles.length ?? 0, { bitLength, namePrefix });
  const keeps = former !== undefined && options.key === undefined && options.keys === undefined;
  if (keeps) {
    if (options.threshold === undefined) return { spec: { bitLength, namePrefix }, held: [] };
    throw new UsageError('--threshold goes with --key or --keys');
  }
  const held = await keysFor(session, workspace.folder, namePrefix, options);
  const threshold = numberOf('--threshold', options.threshold ?? '1');
  return { spec: { bitLength, namePrefix, signers: { keys: held.map(({ key }) => key), threshold } }, held };
}

function sizeOf(
  former: SuccinctRoles | undefined,
  documents: ReadonlyMap<string, { readonly signed: Targets }>,
): number {
  if (former === undefined) return 0;
  return [...documents].reduce((sum, [role, { signed }]) => {
    return binNumber(former, role) === undefined ? sum : sum + signed.targets.size;
  }, 0);
}

function bitsFor(targets: number): number {
  return Math.min(binBitsMax, Math.max(1, Math.ceil(Math.log2(targets / targetsPerBin))));
}

function report(
  { voice }: Session,
  dir: string,
  from: string,
  { drafts, targets, unreachable }: Binning,
  spec: BinsSpec | undefined,
  held: readonly HeldKey[],
): void {
  for (const { role, path } of unreachable)
    voice.warn(`${role}: no client found ${path} there; it is listed no longer`);
  if (drafts.length === 0) voice.say('nothing changed');
  else {
    const files = `${targets} ${targets === 1 ? 'target' : 'targets'}`;
    const what =
      spec === undefined
        ? `staged ${files} back in ${from}`
        : `staged ${files} of ${from} in ${2 ** spec.bitLength} bins named ${spec.namePrefix}-…`;
    voice.say(`${what}; make it visible with: tufa publish ${dir}`);
  }
  voice.result({
    role: from,
    bins: spec === undefined ? null : { bitLength: spec.bitLength, namePrefix: spec.namePrefix },
    targets,
    staged: drafts.length,
    keys: held.map(({ key: { keyid }, uri }) => ({ keyid, uri })),
    unreachable,
  });
}
