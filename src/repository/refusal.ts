import { TufError } from '../errors.ts';

/**
 * The error for what an operator must not publish, or cannot: about a role, whose name begins the message.
 *
 * @param problem one clause for people, without the role.
 * @param hint what to do next.
 */
export function refused(role: string, problem: string, hint: string): TufError<'ERR_TUF_REPOSITORY_REFUSED'> {
  return new TufError('ERR_TUF_REPOSITORY_REFUSED', `${role}: ${problem}`, { role }, { hint });
}
