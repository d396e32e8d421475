import { type Hashes, readHashes } from '../metadata/file-meta.ts';
import { readLength, readString } from '../metadata/members.ts';
import type { Scanner } from '../metadata/scanner.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { readAnswered, readConstant, readFormat, readList, readOnly, readPath, targetsMax } from './form.ts';

/** What an answer says of one target. `text` is for people: foreign text, to be escaped wherever it is shown. */
export type Decision =
  | { readonly path: string; readonly permitted: true; readonly length: number; readonly hashes: Hashes }
  | {
      readonly path: string;
      readonly permitted: false;
      /** `not-listed`: no role lists it now. `denied`: it is listed, and the operator takes it back. */
      readonly reason: 'not-listed' | 'denied';
      readonly text?: string | undefined;
    };

/** UTF-16 units of a decision's text. */
export const decisionTextMax = 1024;

/** The bytes of decisions; none at all where no target was asked for. */
export function writeDecisions(decisions: readonly Decision[] | undefined): Uint8Array {
  if (decisions === undefined) return new Uint8Array(0);
  const targets = decisions.map((decision) => {
    if (!decision.permitted) return decision;
    return { ...decision, hashes: Object.fromEntries(decision.hashes) };
  });
  return encodeUtf8(JSON.stringify({ _type: 'tufa-decisions', version: 1, targets }));
}

/**
 * Reads decisions, each path's own, in the order of the question.
 *
 * @throws {@link TufError} `ERR_TUF_ANSWER_MALFORMED`, also where they are not on what was asked for.
 */
export function readDecisions(bytes: Uint8Array, asked: readonly string[]): readonly Decision[] {
  return readAnswered(bytes, 'decisions', (scanner) => {
    const { targets } = readOnly(scanner, {
      _type: readConstant('tufa-decisions'),
      version: readFormat,
      targets: () => readList(scanner, targetsMax, readDecision),
    });
    const isOn = targets.length === asked.length && targets.every(({ path }, i) => path === asked[i]);
    return isOn ? targets : scanner.fail('expected a decision on each target that was asked for', scanner.at - 1);
  });
}

function readDecision(scanner: Scanner): Decision {
  const { path, permitted, length, hashes, reason, text } = readOnly(
    scanner,
    {
      path: readPath,
      permitted: (each) => each.boolean(),
      length: readLength,
      hashes: readHashes,
      reason: readString,
      text: readText,
    },
    ...(['length', 'hashes', 'reason', 'text'] as const),
  );
  if (permitted && length !== undefined && hashes !== undefined && reason === undefined && text === undefined)
    return { path, permitted, length, hashes };
  if (!permitted && length === undefined && hashes === undefined && (reason === 'not-listed' || reason === 'denied'))
    return { path, permitted, reason, ...(text === undefined ? {} : { text }) };
  return scanner.fail('expected length and hashes of what is permitted, or a reason', scanner.at - 1);
}

function readText(scanner: Scanner): string {
  const text = scanner.string();
  return text.length <= decisionTextMax ? text : scanner.fail(`a text longer than ${decisionTextMax}`, scanner.valueAt);
}
