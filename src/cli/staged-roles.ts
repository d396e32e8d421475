/**
 * The targets roles of a folder as they will be published: drafts in place of what is published, read when they are asked for.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { channelPath, channelPrefix } from '../metadata/channel.ts';
import { binNumber } from '../metadata/delegations.ts';
import type { Targets } from '../metadata/targets.ts';
import { channelsOf, type ListedChannel } from '../repository/channel.ts';
import { patternsOverlap } from '../repository/delegation-reach.ts';
import type { Draft } from '../repository/draft.ts';
import type { Published } from '../repository/published.ts';
import { type RoleLookup, roleThatClientsFind } from '../repository/target-reach.ts';
import { commandLine, option, place } from './command-line.ts';
import { operatorReach } from './crypto.ts';
import { readTargetsDrafts } from './staging.ts';
import { readMore, type Workspace } from './workspace.ts';

export class StagedRoles implements RoleLookup {
  readonly #workspace: Workspace;
  readonly #drafts: ReadonlyMap<string, Draft<Targets>>;
  #published: Published | undefined;

  private constructor(
    workspace: Workspace,
    published: Published | undefined,
    drafts: ReadonlyMap<string, Draft<Targets>>,
  ) {
    this.#workspace = workspace;
    this.#published = published;
    this.#drafts = drafts;
  }

  static async of(workspace: Workspace, published: Published | undefined): Promise<StagedRoles> {
    return new StagedRoles(workspace, published, await readTargetsDrafts(workspace, published));
  }

  async get(role: string): Promise<Targets | undefined> {
    if (!this.#drafts.has(role) && this.#published?.unread.has(role)) await this.#read(new Set([role]));
    return this.#drafts.get(role)?.signed ?? this.#published?.targets.get(role)?.signed;
  }

  /** The roles that have been read. Every role that delegates is among them. */
  *known(): Generator<readonly [role: string, signed: Targets]> {
    for (const [role, { signed }] of this.#published?.targets ?? []) if (!this.#drafts.has(role)) yield [role, signed];
    for (const [role, { signed }] of this.#drafts) yield [role, signed];
  }

  /**
   * The channels of all roles that are known, and of those that are trusted with `channels/…` by patterns. Roles that are
   * trusted by digests, and bins, are thousands: they are not read for it.
   */
  async channels(): Promise<ListedChannel[]> {
    const { budget } = operatorReach();
    const wanted = new Set<string>();
    for (const [, { delegations }] of this.known()) {
      for (const { name, paths } of delegations?.roles ?? []) {
        if (paths?.some((pattern) => patternsOverlap(pattern, `${channelPrefix}*`, budget))) wanted.add(name);
      }
    }
    await this.#read(wanted);
    return [...this.known()].flatMap(([role, signed]) => [...channelsOf(role, signed)]);
  }

  /** Whether clients take a target from a role, or from one of its bins. */
  async isFoundAt(path: string, role: string): Promise<boolean> {
    const found = await roleThatClientsFind(path, this, operatorReach());
    return found !== undefined && (found === role || (await this.owner(path)) === role);
  }

  /** The role that clients take a target from; the one that delegates to the bins where it is a bin. */
  async owner(path: string): Promise<string | undefined> {
    const found = await roleThatClientsFind(path, this, operatorReach());
    if (found === undefined) return undefined;
    for (const [role, { delegations }] of this.known()) {
      if (delegations?.succinct !== undefined && binNumber(delegations.succinct, found) !== undefined) return role;
    }
    return found;
  }

  async #read(roles: ReadonlySet<string>): Promise<void> {
    this.#published = this.#published && (await readMore(this.#workspace, this.#published, roles));
  }
}

/**
 * Refuses to remove targets that channels name: those who follow them would find nothing.
 *
 * @param paths those that are to be removed from the role, or from its bins.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED`.
 */
export async function checkUnnamed(
  workspace: Workspace,
  published: Published | undefined,
  role: string,
  paths: readonly string[],
): Promise<void> {
  const roles = await StagedRoles.of(workspace, published);
  for (const { name, role: own, target } of await roles.channels()) {
    if (target === undefined || !paths.includes(target) || !(await roles.isFoundAt(target, role))) continue;
    const path = channelPath(name);
    if (paths.includes(path) && (own === role || (await roles.isFoundAt(path, role)))) continue;
    const { folder } = workspace;
    const other = commandLine(
      'channel',
      folder,
      name,
      place('PATH'),
      ...(own === 'targets' ? [] : [option('role', own)]),
    );
    const hint = `let it name another target first: ${other}; or end it: ${commandLine('channel', folder, name, option('remove'))}`;
    const message = `the channel ${JSON.stringify(name)} names the target ${JSON.stringify(target)}`;
    throw new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { role: own, path: target }, { hint });
  }
}
