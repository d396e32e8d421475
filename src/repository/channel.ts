/**
 * Channels: targets `channels/NAME` that name the release to take (see `metadata/channel.ts`). Whoever cannot read `custom`
 * downloads the target, whose file is the path in a line.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import {
  channelMember,
  channelOf,
  channelPath,
  channelPrefix,
  channelTargetMax,
  isChannelName,
  readChannel,
} from '../metadata/channel.ts';
import type { Signed } from '../metadata/document.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type PlainJson, plainJson } from '../metadata/json.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { StepBudget } from './delegation-reach.ts';
import type { Draft, EditOptions } from './draft.ts';
import { type ReachContext, type RoleLookup, roleThatClientsFind } from './target-reach.ts';
import { editTargets, type TargetEntry } from './targets-draft.ts';

/** What the search for one target may take: patterns may be anybody's. */
const searchStepsMax = 100_000_000;

/** A channel as the target that it is. */
export interface ChannelFile {
  /** `channels/NAME` */
  readonly path: string;
  /** What is served: the path that the channel names, and a line feed. */
  readonly content: Uint8Array;
  readonly entry: TargetEntry;
}

/** A channel as a role lists it. */
export interface ListedChannel {
  readonly name: string;
  readonly role: string;
  /** The path that it names; `undefined` where it is not of the form of a channel. */
  readonly target: string | undefined;
}

/**
 * Lets a channel name a target, in the next version of a role: `undefined` for a draft where it does already. The file of the
 * channel has to be published with it. What else stood in `custom` of the channel goes.
 *
 * @param name 1 to 64 of a-z, 0-9, ".", "_" and "-", with a letter or digit first and last.
 * @param target the path of a target that clients find with the roles as they will be published.
 * @param repository all targets roles by name, drafts in place of what is published; `hashes` are those that are listed,
 * `sha256` without them.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for such a name or path, `ERR_TUF_NOT_FOUND` for a target that clients
 * would not find.
 * @spec 5.6.7, T33
 */
export async function setChannel(
  current: Signed<Targets> | Draft<Targets>,
  name: string,
  target: string,
  repository: {
    readonly roles: RoleLookup;
    readonly crypto: Pick<Crypto, 'digest'>;
    readonly hashes?: readonly HashAlgorithm[] | undefined;
  },
  options: EditOptions = {},
): Promise<{ readonly draft: Draft<Targets> | undefined; readonly file: ChannelFile }> {
  const roles = { get: (role: string) => (role === current.role ? current.signed : repository.roles.get(role)) };
  const { crypto, hashes = ['sha256'] } = repository;
  await checkChannelTarget(name, target, roles, { crypto, budget: new StepBudget(searchStepsMax) });
  const file = await channelFile(name, target, hashes, crypto);
  return { draft: editTargets(current, (targets) => targets.put(file.path, file.entry), options), file };
}

/**
 * Refuses a channel that no client could follow. Gives the role that clients find the target at.
 *
 * @throws {@link TufError} as {@link setChannel}.
 */
export async function checkChannelTarget(
  name: string,
  target: string,
  roles: RoleLookup,
  reach: ReachContext,
): Promise<string> {
  const refuse = (path: string, problem: string, hint: string): never => {
    throw new TufError('ERR_TUF_REPOSITORY_REFUSED', problem, { path }, { hint });
  };
  const shown = JSON.stringify(name);
  if (!isChannelName(name)) {
    const hint =
      'use 1 to 64 lower-case letters, digits, hyphens, underscores and dots, with a letter or digit at both ends';
    refuse(`${channelPrefix}${name}`, `no channel can be called ${shown}`, hint);
  }
  if (target.startsWith(channelPrefix)) {
    refuse(
      target,
      `the channel ${shown} would lead to ${channelPrefix}…`,
      'name the release itself: clients follow once',
    );
  }
  if (target.length > channelTargetMax) {
    refuse(
      target,
      `the channel ${shown} would name a path longer than ${channelTargetMax}`,
      'give the target a shorter path',
    );
  }
  if (/[\r\n]/.test(target)) {
    refuse(target, `the channel ${shown} would name a path that is no line`, 'give the target a path of one line');
  }
  const found = await roleThatClientsFind(target, roles, reach);
  if (found !== undefined) return found;
  const path = JSON.stringify(target);
  if (reach.budget.isSpent) {
    refuse(target, `there are too many delegations to find the target ${path}`, 'delegate with fewer patterns');
  }
  const message = `the channel ${shown} would name the target ${path}, which no client finds`;
  const hint = 'add the target first, to a role that is trusted with its path';
  throw new TufError('ERR_TUF_NOT_FOUND', message, { path: target }, { hint });
}

/** What is to be listed and served of a channel. Throws `TypeError` for what names none. */
export async function channelFile(
  name: string,
  target: string,
  hashes: readonly HashAlgorithm[],
  crypto: Pick<Crypto, 'digest'>,
): Promise<ChannelFile> {
  const content = encodeUtf8(`${target}\n`);
  const digests = new Map<HashAlgorithm, string>();
  for (const algorithm of hashes) digests.set(algorithm, encodeHex(await crypto.digest(algorithm, content)));
  const custom = { [channelMember]: { target } };
  return { path: channelPath(name), content, entry: { length: content.length, hashes: digests, custom } };
}

/** The channels of a role, in the order in which it lists them: targets `channels/NAME` that say that they are one. */
export function* channelsOf(
  role: string,
  {
    targets,
  }: { readonly targets: { paths(): Iterable<string>; get(path: string): Pick<TargetFile, 'custom'> | undefined } },
): Generator<ListedChannel> {
  for (const path of targets.paths()) {
    const name = channelOf(path);
    const custom = name === undefined ? undefined : targets.get(path)?.custom;
    if (name === undefined || custom?.has(channelMember) !== true) continue;
    yield { name, role, target: targetOf(path, plainJson(custom) as { [name: string]: PlainJson }, role) };
  }
}

function targetOf(path: string, custom: { readonly [name: string]: PlainJson }, role: string): string | undefined {
  try {
    return readChannel(path, custom, role);
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return undefined; // of another form: told by its absence
  }
}
