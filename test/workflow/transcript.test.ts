import { describe, expect, it } from 'vitest';
import { TargetBuffer } from '../../src/client/buffer-sink.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { TufError } from '../../src/errors.ts';
import type { Question } from '../../src/workflow/question.ts';
import { type Exchange, recorded, replay } from '../../src/workflow/transcript.ts';
import {
  contextOf,
  type Established,
  makeScenario,
  runSession,
  type Scenario,
  scenarioNames,
  session,
} from './scenarios.ts';

/** The program of a scenario, for a replay: its sink is never written to. */
const programOf = ({ pinned, path, simulator }: Scenario) =>
  session(pinned, path, contextOf(simulator), new TargetBuffer(0, nodeCrypto(), () => {}));

async function recordedRun(scenario: Scenario) {
  const transcript: Exchange[] = [];
  const ended = await runSession(scenario, undefined, (program) => recorded(program, transcript));
  return { transcript, ...ended };
}

/** The bytes of a target go to a sink and are no answer. */
const withoutTarget = (established: Established | undefined) => ({ ...established, target: undefined });

describe('a transcript', () => {
  it.each(scenarioNames)('replays to the same result: %s', async (name) => {
    const scenario = await makeScenario(name);
    const { transcript, established } = await recordedRun(scenario);
    expect(established).toBeDefined();
    expect(withoutTarget(replay(programOf(scenario), transcript))).toEqual(withoutTarget(established));
    // And once more: a replay uses nothing up.
    expect(withoutTarget(replay(programOf(scenario), transcript))).toEqual(withoutTarget(established));
  });

  it('replays a failure of the world, and a refusal', async () => {
    const scenario = await makeScenario('warm, a release, roots kept');
    const failure = new TufError('ERR_TUF_TRANSPORT', 'x', { url: 'x' });
    scenario.simulator.serve('metadata/timestamp.json', { error: failure });
    const broken = await recordedRun(scenario);
    expect(broken.failure).toBe(failure);
    expect(() => replay(programOf(scenario), broken.transcript)).toThrow(failure);
    scenario.simulator.restore(scenario.older);
    scenario.simulator.serve('metadata/timestamp.json', Buffer.from('{}'));
    const refused = await recordedRun(scenario);
    expect(() => replay(programOf(scenario), refused.transcript)).toThrow(
      expect.objectContaining({ code: 'ERR_TUF_MALFORMED' }),
    );
  });

  it('is refused where the program asks for anything else', async () => {
    const scenario = await makeScenario('warm, a release, roots kept');
    const { transcript } = await recordedRun(scenario);
    for (const [i, exchange] of transcript.entries()) {
      const changed = changedQuestion(exchange.question);
      const other = transcript.with(i, { ...exchange, question: changed });
      expect(() => replay(programOf(scenario), other), `${i}`).toThrow(
        expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(`question ${i} is`) }),
      );
    }
    expect(() => replay(programOf(scenario), transcript.slice(0, -1))).toThrow(/goes on after the transcript/);
    expect(() => replay(programOf(scenario), [...transcript, ...transcript])).toThrow(/ends before question/);
    expect(() => replay(programOf(scenario), [])).toThrow(TypeError);
  });

  it('with another answer is another run', async () => {
    const scenario = await makeScenario('warm, a release, roots kept');
    const { transcript } = await recordedRun(scenario);
    let refused = 0;
    for (const [i, exchange] of transcript.entries()) {
      if (exchange.question.kind !== 'verify') continue;
      const lie = transcript.with(i, { ...exchange, answer: { value: false } });
      expect(() => replay(programOf(scenario), lie)).toThrow();
      refused += 1;
    }
    expect(refused).toBeGreaterThan(5);
  });
});

/** The question with one of its values changed by as little as can be. */
function changedQuestion(question: Question): Question {
  const members = Object.entries(question).filter(([name]) => name !== 'kind');
  const [name, value] = members[members.length - 1] ?? ['kind', 'read'];
  return { ...question, [name]: changed(value) } as Question;
}

function changed(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value} `;
  if (value instanceof Uint8Array) {
    const copy = value.slice();
    copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1;
    return copy;
  }
  if (Array.isArray(value)) return [...value, 'more'];
  return { ...(value as object), more: 1 };
}
