import type { PlainJson } from '../metadata/json.ts';
import type { RunResult, VectorResult } from './result.ts';

/**
 * The results for programs: `{ "client", "spec", "passed", "failed", "skipped", "results": [{ "id", "verdict", … }] }`. Texts
 * are as they are: whoever prints it escapes what cannot be seen.
 */
export function jsonReport({ client, spec, passed, failed, skipped, results }: RunResult): PlainJson {
  return { client, spec, passed, failed, skipped, results: results.map(resultJson) };
}

function resultJson({ id, verdict, section, level, attack, by, reason, failure, duration }: VectorResult): PlainJson {
  return {
    id,
    verdict,
    section,
    level,
    attack,
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
    ...(failure === undefined
      ? {}
      : {
          comment: failure.comment,
          effect: failure.effect,
          problems: failure.problems.map((problem) => ({ ...problem })),
          ...(failure.output === undefined ? {} : { output: failure.output }),
        }),
    duration,
  };
}
