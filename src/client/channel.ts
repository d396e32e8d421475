import { TufError } from '../errors.ts';
import { readChannel } from '../metadata/channel.ts';
import { type PlainJson, plainJson } from '../metadata/json.ts';
import { findTarget, type Search } from '../workflow/find-target.ts';
import type { Workflow } from '../workflow/question.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';

/**
 * What a channel names, and who vouches for it: both searches are on one immutable state and at one time.
 *
 * @param path the target path of the channel.
 * @throws {@link TufError} `ERR_TUF_MALFORMED` for a channel of another shape, or one that leads to another channel;
 * `ERR_TUF_NOT_FOUND` where no trusted role lists what it names: never another target in its place; and those of `findTarget`.
 * @spec T33
 */
export function* followChannel(state: UpdateState, path: string, context: UpdateContext): Workflow<Search> {
  const pointer = yield* findTarget(state, path, context);
  if (pointer.target === undefined || pointer.role === undefined) return pointer;
  const { custom } = pointer.target;
  const plain = custom && (plainJson(custom) as { [name: string]: PlainJson });
  const named = readChannel(path, plain, pointer.role);
  const search = yield* findTarget(state, named, context);
  if (search.target === undefined) throw namesNothing(path, named);
  return { ...search, vouchers: [...new Set([...search.vouchers, ...pointer.vouchers])] };
}

function namesNothing(path: string, named: string): TufError<'ERR_TUF_NOT_FOUND'> {
  return new TufError(
    'ERR_TUF_NOT_FOUND',
    `${JSON.stringify(path)} names the target ${JSON.stringify(named)}, which no trusted role lists`,
    { path: named },
    { hint: 'keep what is installed; its publisher has to set the channel anew, or list the target again' },
  );
}
