/**
 * Online trust for clients: what is permitted right now, as an answer to a challenge. An answer only takes away; see
 * docs/design/online-trust.md. Static hosting stays enough without it.
 *
 * @module
 */
import { answerType, isPath, pathBytesMax, questionType, targetsMax } from './ask/form.ts';
import { askPermission, denied, type Permission } from './ask/permit.ts';
import { type Asking, type AskingOptions, askingOn } from './client/asking.ts';
import { runOnState } from './client/behind.ts';
import type { CallOptions, UpdateClient } from './client/client.ts';
import { TufError } from './errors.ts';
import { isWellFormed } from './metadata/utf8.ts';
import { questionSender } from './transport/post-question.ts';

export type { Permission } from './ask/permit.ts';
export type { Asking, AskingOptions } from './client/asking.ts';

/**
 * For one client, as its option `asking`: every refresh is confirmed by an answer, and under `require` nothing is found or
 * downloaded once its lifetime is over.
 *
 * @throws TypeError for options that are not as {@link AskingOptions} says.
 */
export function asking(options: AskingOptions): Asking {
  const types = { question: questionType, answer: answerType };
  const send = questionSender(options.url, types, options.fetch);
  return askingOn(options, { send, monotonic: () => performance.now() });
}

/** What {@link ask} refreshes before it gives up on an answer of a newer state. */
const attemptsMax = 3;

/**
 * Refreshes, and asks what is permitted now of some targets. The server learns which. Permitted is what a search of the
 * trusted roles finds *and* the answer permits, with the same length and digests.
 *
 * @param client one that was made with `asking`.
 * @param paths 1 to 256, each once, of at most 4,096 bytes.
 * @returns one for each path, in order; `undefined` where there is no answer and the policy is `prefer`.
 * @throws {@link TufError} those of a confirmed refresh and of `find`.
 */
export async function ask(
  client: UpdateClient,
  paths: readonly string[],
  options: CallOptions = {},
): Promise<readonly Permission[] | undefined> {
  const own = checkedPaths(paths);
  for (let attempt = 1; ; attempt++) {
    await client.refresh(options);
    const permissions = await runOnState(
      client,
      (state, context, online) => askPermission(state, own, context, settingsOf(online)),
      options,
    );
    if (permissions !== 'newer') return permissions;
    if (attempt === attemptsMax) throw restless();
  }
}

/**
 * The same for one target that has to be permitted. Without an answer, which `prefer` allows, nothing is thrown.
 *
 * @throws {@link TufError} `ERR_TUF_DENIED` where it is not.
 */
export async function requirePermission(client: UpdateClient, path: string, options: CallOptions = {}): Promise<void> {
  const [permission] = (await ask(client, [path], options)) ?? [];
  if (permission !== undefined && !permission.permitted) throw denied(permission);
}

function checkedPaths(paths: readonly string[]): readonly string[] {
  const own = [...paths];
  const areKnown = own.every((path) => typeof path === 'string' && isWellFormed(path) && isPath(path));
  if (areKnown && own.length > 0 && own.length <= targetsMax && new Set(own).size === own.length) return own;
  throw new TypeError(`paths are 1 to ${targetsMax} texts, each once and of at most ${pathBytesMax} bytes`);
}

function settingsOf(online: Asking | undefined): Asking['settings'] {
  if (online === undefined) throw new TypeError('the client was made without the option asking');
  return online.settings;
}

function restless(): TufError<'ERR_TUF_ANSWER_MISSING'> {
  return new TufError(
    'ERR_TUF_ANSWER_MISSING',
    'answer: a newer release came with each question',
    { url: undefined },
    { hint: 'try again' },
  );
}
