/**
 * Compares what a client did with what is expected of it: the four observables of a step, and the answer to a call. Pure.
 *
 * @module
 */
import type { PlainJson } from '../metadata/json.ts';
import { topLevelRoles } from '../metadata/root.ts';
import type { ExpectedAnswer } from './call-case.ts';
import type { CallAnswer, Held, HeldFile, StepOutcome } from './client-under-test.ts';
import { isSameBytes, isSameDocument } from './same-document.ts';
import { comparable } from './same-values.ts';
import type { SeenRequest } from './scenario.ts';
import { contentBytes, type FileContent, type Sequence, type Step, type StepExpectation } from './sequence.ts';

/** One difference. Texts hold what the client said and what was served: escape them before they are shown. */
export interface Problem {
  readonly what: 'answer' | 'client' | 'control' | 'reason' | 'requests' | 'result' | 'taken' | 'targets' | 'trusted';
  /** `step 2`, a form or a profile; empty where there is one question only. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
}

/** Everything that is known of a step when it has ended. */
export interface ObservedStep {
  readonly outcome: StepOutcome;
  /** What the client held before, and holds now. */
  readonly before: Held;
  readonly held: Held;
  readonly requests: readonly SeenRequest[];
  /** Whether there were more requests than are noted. */
  readonly overrun: boolean;
}

/**
 * What is wrong with a step; empty where nothing is.
 *
 * @param takenMax bytes that the connection may hold beyond what a client may take of an endless answer.
 */
export function judgeStep(
  sequence: Sequence,
  step: Step,
  where: string,
  observed: ObservedStep,
  takenMax: number,
): Problem[] {
  const { expect } = step;
  return [
    ...judgeOutcome(expect, observed.outcome),
    ...judgeTrusted(sequence, expect, observed.held),
    ...judgeTargets(expect, observed),
    ...judgeRequests(expect, observed),
    ...judgeTaken(observed.requests, takenMax),
  ]
    .slice(0, problemsMax)
    .map((problem) => shortened({ ...problem, where }));
}

/** Problems of one step: a client may write thousands of files. */
const problemsMax = 100;
/** Characters of what a report shows of one text: a client may answer with megabytes, and fail each vector. */
const shownMax = 8192;

function shortened({ expected, found, ...rest }: Problem): Problem {
  return { ...rest, expected: cut(expected), found: cut(found) };
}

function cut(text: string): string {
  return text.length > shownMax ? `${text.slice(0, shownMax)}… (${text.length} characters)` : text;
}

type Unplaced = Omit<Problem, 'where'>;

function judgeOutcome(expect: StepExpectation, outcome: StepOutcome): Unplaced[] {
  const reasons = expect.reasons.length === 0 ? '' : ` (${expect.reasons.join(' or ')})`;
  const expected = expect.result === 'accept' ? 'accepted' : `refused${reasons}`;
  if ('failure' in outcome) return [{ what: 'client', expected, found: outcome.failure }];
  const { result, reason } = outcome;
  const found = result === 'accept' ? 'accepted' : `refused${reason === undefined ? '' : ` (${reason})`}`;
  if (result !== expect.result) return [{ what: 'result', expected, found }];
  const isOther = reason !== undefined && reasons !== '' && !(expect.reasons as readonly string[]).includes(reason);
  return result === 'reject' && isOther ? [{ what: 'reason', expected, found }] : [];
}

function judgeTrusted(sequence: Sequence, { trusted, exact }: StepExpectation, held: Held): Unplaced[] {
  return [...trusted].flatMap(([role, content]) => {
    const expected = content && contentBytes(content);
    const isTop = (topLevelRoles as readonly string[]).includes(role);
    const found = isTop
      ? held.metadata.filter(({ name }) => name === `${role}.json`)
      : filesOfRole(sequence, role, content, held, exact);
    const isSame = ({ bytes }: HeldFile): boolean =>
      expected !== null && (exact ? isSameBytes(bytes, expected) : isSameDocument(bytes, expected));
    if (expected === null ? found.length === 0 : found.length === 1 && found.every(isSame)) return [];
    const describe = (bytes: Uint8Array): string => `${role}: ${summary(sequence, bytes)}`;
    return [
      {
        what: 'trusted' as const,
        expected: expected === null ? `${role}: none` : describe(expected),
        found: found.length === 0 ? `${role}: none` : found.map(({ bytes }) => describe(bytes)).join('; '),
      },
    ];
  });
}

/**
 * The files that a client holds of a delegated role. Each client has names of its own for them, so they are known by what
 * is in them: the file that is expected, or any that was ever served for the role.
 */
function filesOfRole(
  sequence: Sequence,
  role: string,
  expected: FileContent | null,
  held: Held,
  exact: boolean,
): HeldFile[] {
  const others = sequence.steps
    .flatMap(({ serve }) => [...serve.metadata])
    .filter(([path]) => isFileOf(path, role))
    .flatMap(([, answers]) => (answers ?? []).flatMap(({ body }) => (body === undefined ? [] : [body])));
  const known = [...new Set([...(expected === null ? [] : [expected]), ...others])].map(contentBytes);
  const isTop = ({ name }: HeldFile): boolean => topLevelRoles.some((top) => name === `${top}.json`);
  const isSame = exact ? isSameBytes : isSameDocument;
  return held.metadata.filter((file) => !isTop(file) && known.some((bytes) => isSame(file.bytes, bytes)));
}

function isFileOf(path: string, role: string): boolean {
  let name = path;
  try {
    name = decodeURIComponent(path);
  } catch {
    // A broken escape stands for itself.
  }
  return name === `${role}.json` || (name.endsWith(`.${role}.json`) && /^\d+\.$/.test(name.slice(0, -role.length - 5)));
}

/** What a vector calls these bytes, or how they begin. */
function summary({ files }: Sequence, bytes: Uint8Array): string {
  for (const [name, content] of files) {
    const length = 'bytes' in content ? content.bytes.length : content.count;
    if (length === bytes.length && isSameBytes(contentBytes(content), bytes)) return name;
  }
  const text = Buffer.from(bytes.subarray(0, 200)).toString('utf8');
  return `${bytes.length} bytes, no file of the vector, that begin with ${text}`;
}

/**
 * Names are the client's own, so files are known by their bytes: each expected one is there, nothing else is new or other
 * than before, and what is gone was replaced.
 */
function judgeTargets({ targets }: StepExpectation, { before, held }: ObservedStep): Unplaced[] {
  if (targets === undefined) return [];
  const wanted = [...targets].flatMap(([path, content]) =>
    content === null ? [] : [{ path, bytes: contentBytes(content) }],
  );
  const isIn = (files: readonly HeldFile[]) => (file: HeldFile) =>
    files.some(({ name, bytes }) => name === file.name && isSameBytes(bytes, file.bytes));
  const written = held.targets.filter((file) => !isIn(before.targets)(file));
  const gone = before.targets.filter((file) => !isIn(held.targets)(file));
  const unexpected = written.filter(({ bytes }) => !wanted.some((each) => isSameBytes(each.bytes, bytes)));
  const problems: Unplaced[] = [];
  for (const { path, bytes } of wanted) {
    if (held.targets.some((file) => isSameBytes(file.bytes, bytes))) continue;
    problems.push({ what: 'targets', expected: `${path}: ${bytes.length} bytes`, found: 'no file with these bytes' });
  }
  for (const { name, bytes } of unexpected) {
    problems.push({ what: 'targets', expected: 'no other file', found: `${name}: ${bytes.length} bytes` });
  }
  for (const { name } of gone.slice(written.length)) {
    problems.push({ what: 'targets', expected: `${name} as before`, found: 'changed or gone' });
  }
  return problems;
}

function judgeRequests({ requests: expected }: StepExpectation, { requests, overrun }: ObservedStep): Unplaced[] {
  const found = collapse(requests);
  if (overrun) {
    return [
      { what: 'requests', expected: expected?.join(', ') ?? 'an end', found: `more than ${requests.length} requests` },
    ];
  }
  if (expected === undefined || (expected.length === found.length && expected.every((path, i) => path === found[i]))) {
    return [];
  }
  return [{ what: 'requests', expected: listed(expected), found: listed(found) }];
}

function listed(paths: readonly string[]): string {
  return paths.length === 0 ? 'none' : paths.join(', ');
}

/** The requests without repetitions of one whose answer was a fault. */
function collapse(requests: readonly SeenRequest[]): string[] {
  return requests
    .filter(({ path }, i) => {
      const before = requests[i - 1];
      return before === undefined || before.path !== path || !before.fault;
    })
    .map(({ path }) => path);
}

function judgeTaken(requests: readonly SeenRequest[], takenMax: number): Unplaced[] {
  return requests
    .filter(({ most, taken }) => most !== undefined && taken > most + takenMax)
    .map(({ path, most, taken }) => ({
      what: 'taken',
      expected: `at most ${most} bytes of ${path}`,
      found: `${taken} bytes and more`,
    }));
}

/** What is wrong with the answer to a call; empty where nothing is. */
export function judgeAnswer(expected: ExpectedAnswer, answered: CallAnswer, where: string): Problem[] {
  const problem = (what: Problem['what'], is: string, found: string): Problem =>
    shortened({ what, where, expected: is, found });
  const wanted = expected.rejected === undefined ? 'accepted' : `refused (${expected.rejected.join(' or ')})`;
  if ('failure' in answered) return [problem('client', wanted, answered.failure)];
  const { answer } = answered;
  const isRejected = answer['result'] === 'reject';
  const reason = typeof answer['reason'] === 'string' ? answer['reason'] : undefined;
  if (expected.rejected !== undefined) {
    if (!isRejected) return [problem('result', wanted, textOf(answer))];
    const isOther = reason !== undefined && expected.rejected.length > 0 && !expected.rejected.includes(reason);
    return isOther ? [problem('reason', wanted, `refused (${reason})`)] : [];
  }
  if (isRejected) return [problem('result', textOf(expected.members), `refused (${reason ?? 'no reason given'})`)];
  const compared = { ...expected.ifSaid, ...expected.members };
  return Object.entries(compared).flatMap(([name, value]) => {
    const said = answer[name];
    if (said === undefined && !Object.hasOwn(expected.members, name)) return [];
    const [is, found] = [comparable(name, value, said), comparable(name, said ?? null, value)];
    return is === found
      ? []
      : [problem('answer', `${name} ${is}`, said === undefined ? 'nothing' : `${name} ${found}`)];
  });
}

function textOf(answer: { readonly [name: string]: PlainJson }): string {
  return JSON.stringify(answer);
}
