/**
 * What other parts of tufa do with a client that its users cannot: not part of the public interface, since a sink sees bytes
 * before they are verified, and a program all that a client trusts.
 *
 * @module
 */
import type { Workflow } from '../workflow/question.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import type { Asking } from './asking.ts';
import type { CallOptions, Target, UpdateClient } from './client.ts';
import type { TargetSink } from './ports.ts';

/** A program on a state that a client trusts. */
export type OnState<T> = (state: UpdateState, context: UpdateContext, asking: Asking | undefined) => Workflow<T>;

type Download = (target: Target, sink: TargetSink, options: CallOptions) => Promise<void>;

/** How each client downloads, and runs a program on its state; entered by its constructor. */
export const downloads: WeakMap<UpdateClient, Download> = new WeakMap();
export const searches: WeakMap<UpdateClient, <T>(program: OnState<T>, options: CallOptions) => Promise<T>> =
  new WeakMap();

/** Downloads into a sink. For `downloadToFile` and its like, which keep the bytes from everyone until this resolves. */
export function downloadInto(
  client: UpdateClient,
  target: Target,
  sink: TargetSink,
  options: CallOptions,
): Promise<void> {
  return known(downloads, client)(target, sink, options);
}

/** Runs a program on the state of a client, which refreshes first where it has none. For `ask` and its like. */
export function runOnState<T>(client: UpdateClient, program: OnState<T>, options: CallOptions): Promise<T> {
  return known(searches, client)(program, options);
}

function known<T>(map: WeakMap<UpdateClient, T>, client: UpdateClient): T {
  const entered = map.get(client);
  if (entered === undefined) throw new TypeError('client is a tufa Client');
  return entered;
}
