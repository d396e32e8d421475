/**
 * Channels, a convention of tufa: the target `channels/NAME` names the target that is the release to take. Everything else of
 * it is TUF: whoever may sign that path says what is the latest.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import type { PlainJson } from './json.ts';

/** What the target paths of channels begin with. */
export const channelPrefix = 'channels/';

/** The member of `custom` that makes a target a channel. */
export const channelMember = 'tufa-channel';

/** Most UTF-16 units of a path that a channel names. */
export const channelTargetMax = 4096;

/**
 * Whether a text can name a channel: 1 to 64 lower-case letters, digits, dots, underscores and hyphens, with a letter or digit
 * first and last. One part of a path, which `channels/*` matches, and the same file on every file system.
 */
export function isChannelName(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/.test(name);
}

/** The target path of a channel. Throws `TypeError` for what names none. */
export function channelPath(name: string): string {
  if (!isChannelName(name)) throw new TypeError('the name of a channel is of a-z, 0-9, ".", "_" and "-", at most 64');
  return `${channelPrefix}${name}`;
}

/** The channel that a target path is of, or `undefined`. */
export function channelOf(path: string): string | undefined {
  const name = path.startsWith(channelPrefix) ? path.slice(channelPrefix.length) : undefined;
  return isChannelName(name) ? name : undefined;
}

/**
 * The target path that a channel names. `custom` is to have `{ "tufa-channel": { "target": PATH } }`, and nothing else in the
 * inner object: a member that is not known could change what the channel says. A channel never leads to `channels/…`.
 *
 * @param custom of the target, as plain data without prototype.
 * @param role the role that lists it, for the error.
 * @throws {@link TufError} `ERR_TUF_MALFORMED` with the pointer of what is no channel.
 */
export function readChannel(
  path: string,
  custom: { readonly [name: string]: PlainJson } | undefined,
  role: string,
): string {
  const where = ['signed', 'targets', path, 'custom', channelMember];
  const fail = (problem: string, ...inner: readonly string[]): never => {
    const names = [...where, ...inner].map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    const message = `${role}: the target ${JSON.stringify(path)} is no channel: ${problem}`;
    const hint = 'its publisher has to set the channel again; a newer client may know this form';
    throw new TufError('ERR_TUF_MALFORMED', message, { role, pointer: names.join('') }, { hint });
  };
  const channel = custom?.[channelMember];
  if (channel === undefined) return fail(`custom has no ${channelMember}`);
  if (channel === null || typeof channel !== 'object' || Array.isArray(channel)) return fail('expected an object');
  const other = Object.keys(channel).find((name) => name !== 'target');
  if (other !== undefined) return fail(`the member ${JSON.stringify(other.slice(0, 64))} is unknown`, other);
  const { target } = channel;
  if (typeof target !== 'string' || target === '') return fail('expected the path of a target', 'target');
  if (target.length > channelTargetMax) return fail(`the path is longer than ${channelTargetMax}`, 'target');
  if (target.startsWith(channelPrefix)) return fail(`it leads to ${channelPrefix}…`, 'target');
  return target;
}
