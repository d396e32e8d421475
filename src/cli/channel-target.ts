import type { Target, UpdateClient } from '../client/client.ts';
import { TufError } from '../errors.ts';
import { channelPath, isChannelName } from '../metadata/channel.ts';
import { UsageError } from './failure.ts';

/** Throws `UsageError` for what no channel can be called. */
export function checkChannelName(name: string): void {
  if (isChannelName(name)) return;
  const hint = 'it is 1 to 64 of a-z, 0-9, ".", "_" and "-", with a letter or digit first and last';
  throw new UsageError(`no channel can be called ${JSON.stringify(name)}`, hint);
}

/**
 * What a channel names, where one is asked for: never the newest name, nor anything else, in its place (T33).
 *
 * @throws {@link TufError} `ERR_TUF_NOT_FOUND` where no trusted role lists the channel; what `client.channel` throws.
 */
export async function targetOfChannel(
  client: UpdateClient,
  name: string | undefined,
  signal: AbortSignal,
): Promise<Target[]> {
  if (name === undefined) return [];
  const target = await client.channel(name, { signal });
  if (target !== undefined) return [target];
  const hint = 'ask its publisher which channels there are; nothing was downloaded in its place';
  const message = `no trusted role lists the channel ${JSON.stringify(name)}`;
  throw new TufError('ERR_TUF_NOT_FOUND', message, { path: channelPath(name) }, { hint });
}
