/**
 * The test vectors against any client: read them, run them, and report. Node only.
 *
 * ```ts
 * import { commandClient, defaultVectorFolder, runVectors, VectorFolder } from 'tufa/conformance';
 *
 * const folder = await VectorFolder.open(defaultVectorFolder());
 * const client = await commandClient(['python3', 'client.py']);
 * try {
 *   const { passed, failed, skipped } = await runVectors({ folder, client });
 *   console.log(passed, failed, skipped);
 * } finally {
 *   await client.close();
 * }
 * ```
 *
 * @module
 */
export { type AnswerMembers, answerCall } from './answer-call.ts';
export type { CallCase, ExpectedAnswer } from './call-case.ts';
export {
  type CallAnswer,
  type CallName,
  type CallRequest,
  type ClientUnderTest,
  callNames,
  type Held,
  type HeldFile,
  type SavedTrial,
  type StepCommand,
  type StepOutcome,
  type Trial,
  type TrialPlace,
} from './client-under-test.ts';
export { type CommandClientOptions, commandClient } from './command-client.ts';
export type { Bounds } from './confined-process.ts';
export { ExpectedDisagreements, findExpectedDisagreements } from './expected-disagreements.ts';
export { inProcessClient } from './in-process.ts';
export { judgeAnswer, judgeStep, type ObservedStep, type Problem } from './judge.ts';
export type { HonestRepository } from './reading-sequence.ts';
export { htmlReport } from './report-html.ts';
export { jsonReport } from './report-json.ts';
export { junitReport } from './report-junit.ts';
export { terminalReport } from './report-terminal.ts';
export type { Failure, RunResult, Tally, VectorResult, Verdict } from './result.ts';
export { type Progress, type RunOptions, runVectors } from './run.ts';
export type { Scenario, SeenRequest } from './scenario.ts';
export {
  type BreakingPoint,
  type FileContent,
  type Reason,
  reasons,
  type Sequence,
  type ServeChange,
  type ServedAnswer,
  type Step,
  type StepExpectation,
  type TargetChange,
} from './sequence.ts';
export type { Level, ReadDocument, Reading, Vector, VectorHead } from './vector.ts';
export { defaultVectorFolder, type IndexEntry, VectorFolder } from './vector-folder.ts';
