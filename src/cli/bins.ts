import { type Command, Option } from 'commander';
import { binNumber, type SuccinctRoles } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import type { Targets } from '../metadata/targets.ts';
import { type Binning, binBitsMax, putIntoBins } from '../repository/bins.ts';
import type { Draft } from '../repository/draft.ts';
import type { Proposal } from '../repository/event.ts';
import { roleNameWarnings } from '../repository/names.ts';
import { refused } from '../repository/refusal.ts';
import { type BinsSpec, checkBins } from '../repository/targets-draft.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { commandLine } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { later, parseDuration, type Span } from './duration.ts';
import { currentOf } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { plural } from './plural.ts';
import { readDrafts } from './proposal.ts';
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
      json: ['role', 'bins', 'targets', 'staged', 'keys', 'unreachable', 'next'],
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
  const done = await workspace.drafts.exclusive(() => stageBins(session, workspace, options), session.signal);
  return report(session, workspace, options.from, done);
}

/** What was staged, and all that is staged after it. */
interface StagedBins extends Plan {
  readonly binning: Binning;
  readonly proposal: Proposal;
}

/** Needs the lock of the folder. */
async function stageBins(session: Session, workspace: Workspace, options: BinsOptions): Promise<StagedBins> {
  await checkNoJournal(workspace);
  const published = await readWorkspace(workspace);
  const expires = later(session.now(), lifetimeOf(workspace.config, options.from));
  const delegator = await currentOf(workspace, options.from, published, expires);
  const drafts = await readTargetsDrafts(workspace, published);
  const roles = new Map<string, Document>(published?.targets);
  for (const [role, draft] of drafts) roles.set(role, draft);
  const plan = await planOf(session, workspace, options, delegator, roles);
  const listedVersion = (role: string): number | undefined => published?.snapshot.signed.meta.version(`${role}.json`);
  const dates = { role: expires, bins: later(session.now(), binsSpan(workspace, options, plan)) };
  const binning = await putIntoBins({ delegator, roles, listedVersion }, plan.spec, dates, operatorCrypto());
  if (plan.spec !== undefined) {
    const lifetime = { role: binsLifetime(plan.spec.namePrefix), expires: options.expires };
    await rememberKeys(workspace.folder, plan.held, lifetime);
  }
  const givenUp = formerBins(drafts.keys(), delegator, plan);
  if (binning.drafts.length > 0) await stageDrafts(workspace, binning.drafts, givenUp);
  const staged = await readDrafts(workspace, published);
  await dropUnlisted(workspace, staged.targets?.values() ?? []);
  return { ...plan, binning, proposal: { before: published, drafts: staged } };
}

/** For how long the bins are signed. */
function binsSpan({ config }: Workspace, { expires }: BinsOptions, { spec }: Plan): Span {
  return expires === undefined ? lifetimeOf(config, binsLifetime(spec?.namePrefix ?? '')) : parseDuration(expires);
}

/** Of roles those whose targets have moved, and that nobody delegates to then. */
function formerBins(roles: Iterable<string>, { signed }: Document, { spec }: Plan): string[] {
  const former = signed.delegations?.succinct;
  return [...roles].filter((role) => {
    const isFormer = former !== undefined && binNumber(former, role) !== undefined;
    return isFormer && (spec === undefined || binNumber(spec, role) === undefined);
  });
}

/** A targets document as it is: staged, or published. */
type Document = Signed<Targets> | Draft<Targets>;

interface Plan {
  readonly spec: BinsSpec | undefined;
  /** The keys of the bins that are new to them. */
  readonly held: readonly HeldKey[];
}

/** Which bins there are to be, and whose keys sign them. New keys are made here. */
async function planOf(
  session: Session,
  workspace: Workspace,
  options: BinsOptions,
  delegator: Document,
  roles: ReadonlyMap<string, Document>,
): Promise<Plan> {
  const { delegations, targets } = delegator.signed;
  const former = delegations?.succinct;
  if (options.remove === true) {
    if (former === undefined)
      throw refused(
        options.from,
        'it has no bins',
        `see what it delegates to with: ${commandLine('key list', workspace.folder)}`,
      );
    return { spec: undefined, held: [] };
  }
  const namePrefix =
    options.prefix ?? former?.namePrefix ?? (options.from === 'targets' ? 'bin' : `${options.from}-bin`);
  for (const warning of roleNameWarnings(namePrefix)) session.voice.warn(`${namePrefix}: ${warning}`);
  const bitLength =
    options.bits === undefined ? bitsFor(targets.size + sizeOf(former, roles)) : numberOf('--bits', options.bits);
  if (bitLength > binBitsMax)
    throw new UsageError(`--bits ${bitLength}: at most ${binBitsMax} are made`, `give --bits 1 to ${binBitsMax}`);
  const spec = { bitLength, namePrefix };
  checkBins(delegator.role, delegations?.roles.length ?? 0, spec);
  if (former !== undefined && options.key === undefined && options.keys === undefined) {
    if (options.threshold === undefined) return { spec, held: [] };
    throw new UsageError(
      '--threshold goes with --key or --keys: the bins keep theirs otherwise',
      'give --keys N, or --key URI',
    );
  }
  const held = await keysFor(session, workspace.folder, namePrefix, options);
  const threshold = numberOf('--threshold', options.threshold ?? '1');
  return { spec: { ...spec, signers: { keys: held.map(({ key }) => key), threshold } }, held };
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

async function report(
  session: Session,
  workspace: Workspace,
  from: string,
  { binning, spec, held, proposal }: StagedBins,
): Promise<number> {
  const { voice } = session;
  const { drafts, targets, unreachable } = binning;
  for (const { role, path } of unreachable)
    voice.warn(`${role}: no client found ${path} there; it is listed no longer`);
  if (drafts.length === 0) voice.say('nothing changed');
  else if (spec === undefined) voice.say(`staged ${plural(targets, 'target')} back in ${from}`);
  else {
    const where = `${2 ** spec.bitLength} bins named ${spec.namePrefix}-…`;
    voice.say(`staged ${plural(targets, 'target')} of ${from} in ${where}`);
  }
  const next = sayNext(voice, await lookAhead(proposal, workspace, session));
  voice.result({
    role: from,
    bins: spec === undefined ? null : { bitLength: spec.bitLength, namePrefix: spec.namePrefix },
    targets,
    staged: drafts.length,
    keys: held.map(({ key: { keyid }, uri }) => ({ keyid, uri })),
    unreachable,
    next,
  });
  return 0;
}
