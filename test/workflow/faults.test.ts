/**
 * A fault at every question of a run: whatever fails and whenever, the failure comes out as it is, the next honest run
 * succeeds on what is left, and what protects against rollback is never lost without a word.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import type { Question, UpdateEvent, Workflow } from '../../src/workflow/question.ts';
import { type Exchange, recorded } from '../../src/workflow/transcript.ts';
import type { OpenStore } from '../simulator/harness.ts';
import { day } from '../simulator/simulator.ts';
import {
  type Ended,
  type Established,
  makeScenario,
  runSession,
  type Scenario,
  scenarioNames,
  storeOf,
} from './scenarios.ts';

const kinds: Record<string, number> = {};
afterAll(() => {
  const text = Object.entries(kinds).map(([kind, count]) => `${kind} ${count}`);
  process.stderr.write(`faults injected: ${text.join(', ')}\n`);
});

type When = 'instead of the answer' | 'after the answer' | 'aborted';

/** The same program, whose question number `at` fails. `asked` counts the questions that came after the failure. */
function* failing(
  program: Workflow<Established>,
  at: number,
  when: When,
  log: { failure: unknown; after: number },
): Workflow<Established> {
  let step = program.next();
  for (let i = 0; step.done !== true; i += 1) {
    if (i > at) log.after += 1;
    if (i !== at) {
      let answer: unknown;
      try {
        answer = yield step.value;
      } catch (error) {
        step = program.throw(error);
        continue;
      }
      step = program.next(answer);
      continue;
    }
    log.failure = failureOf(step.value, when);
    if (when === 'after the answer') yield step.value;
    step = program.throw(log.failure);
  }
  return step.value;
}

function failureOf(question: Question, when: When): unknown {
  if (when === 'aborted') return new DOMException('stopped by its user', 'AbortError');
  if (question.kind === 'fetch' || question.kind === 'download') {
    return new TufError('ERR_TUF_TRANSPORT', 'the network is gone', { url: question.path });
  }
  return new TufError('ERR_TUF_STORE', 'the disk is gone', { path: '', operation: question.kind });
}

/** A question that changes the store may fail before or after it has done so. */
const changes = (kind: Question['kind']): boolean => ['write', 'remove', 'clear'].includes(kind);

interface Interrupted extends Ended {
  readonly injected: unknown;
  readonly questionsAfter: number;
}

async function interrupted(scenario: Scenario, at: number, when: When): Promise<Interrupted> {
  const log: Parameters<typeof failing>[3] = { failure: undefined, after: 0 };
  const ended = await runSession(scenario, undefined, (program) => failing(program, at, when, log));
  return { ...ended, injected: log.failure, questionsAfter: log.after };
}

/** What says that a baseline against rollback is gone. */
const isNotice = ({ type }: UpdateEvent): boolean =>
  type === 'baseline-lost' || type === 'fast-forward-recovery' || type === 're-rooted';

const noticeText = (event: UpdateEvent): string => `${event.type} ${'role' in event ? event.role : ''}`;

/** The version that a file says, also where it is damaged elsewhere: members are in order, so its own comes last. */
const versionIn = (files: ReadonlyMap<string, Uint8Array>, role: string): number => {
  const text = Buffer.from(files.get(`${role}.json`) ?? '').toString();
  return Number([...text.matchAll(/"version":\s*(\d+)/g)].pop()?.[1] ?? 0);
};

/** After an interruption, an attacker serves what was served before: refused, or the lost baseline is reported. */
async function expectNoSilentRollback(scenario: Scenario, from: Interrupted, said: string): Promise<void> {
  const { simulator, older, files } = scenario;
  const now = simulator.save();
  const held = (role: string): number => Math.max(versionIn(files, role), versionIn(from.store.files, role));
  const before = { timestamp: held('timestamp'), snapshot: held('snapshot') };
  // The roots stay: an attacker cannot take back a rotation that the client has seen, but may withhold a newer one.
  for (const roots of ['current', 'withheld']) {
    simulator.restore(new Map([...(roots === 'current' ? now : []), ...older]));
    const rolled = await runSession(scenario, storeOf(from.store.files));
    simulator.restore(now);
    if (rolled.established === undefined) {
      expect(rolled.failure, said).toBeInstanceOf(TufError);
      continue;
    }
    for (const role of ['timestamp', 'snapshot'] as const) {
      if (rolled.established.versions[role] >= before[role]) continue;
      const notices = [...from.events, ...rolled.events].filter(isNotice);
      const reported = notices.some((event) => event.type !== 'baseline-lost' || event.role === role);
      expect(reported, `${said}: ${role} rolled back in silence, roots ${roots}`).toBe(true);
    }
  }
}

describe.each(scenarioNames)('a fault at every question: %s', (name) => {
  it.each<When>(['instead of the answer', 'after the answer', 'aborted'])(
    '[5-a, A-56] %s: it comes out as it is, and the next run goes on',
    async (when) => {
      const scenario = await makeScenario(name);
      const transcript: Exchange[] = [];
      const undisturbed = await runSession(scenario, undefined, (program) => recorded(program, transcript));
      expect(undisturbed.established?.target).toMatch(/ content$/);
      // What follows depends on what is left, which few of the questions change.
      const leftBefore = new Set<string>();
      for (const [at, { question }] of transcript.entries()) {
        if (when === 'after the answer' && !changes(question.kind)) continue;
        const from = await interrupted(scenario, at, when);
        const said = `${when}, question ${at}, ${question.kind}`;
        kinds[question.kind] = (kinds[question.kind] ?? 0) + 1;
        expect([from.failure, from.questionsAfter], said).toEqual([from.injected, 0]);
        const left = JSON.stringify([from.store.dump(), from.events.some(isNotice)]);
        if (leftBefore.has(left)) continue;
        leftBefore.add(left);
        expectKnownFiles(scenario, from.store, undisturbed.store, said);
        await expectNoSilentRollback(scenario, from, said);
        const next = await runSession(scenario, from.store);
        expect(next.failure, said).toBeUndefined();
        expect(next.established, said).toEqual(undisturbed.established);
        // An interruption alone costs no baseline: nothing is given up that an undisturbed run would have kept.
        const given = [...from.events, ...next.events].filter(isNotice).map(noticeText);
        expect(undisturbed.events.filter(isNotice).map(noticeText), said).toEqual(expect.arrayContaining(given));
      }
      expect([transcript.length > 15, leftBefore.size > 0]).toEqual([true, true]);
    },
  );
});

/** Wherever a run stops, each file is as it was, or as the undisturbed client holds it; a root may be one on the way. */
function expectKnownFiles(scenario: Scenario, left: OpenStore, whole: OpenStore, said: string): void {
  for (const [file, bytes] of left.files) {
    if (file === 'update-state') continue;
    const known = [scenario.files.get(file), whole.files.get(file)];
    const isKnown = known.some((each) => each !== undefined && Buffer.compare(each, bytes) === 0);
    expect(isKnown || (file === 'root.json' && isServed(scenario, bytes)), `${said}: ${file}`).toBe(true);
  }
}

const isServed = ({ simulator, pinned }: Scenario, bytes: Uint8Array): boolean =>
  [pinned, ...simulator.served.values()].some(
    (answer) => answer instanceof Uint8Array && Buffer.compare(answer, bytes) === 0,
  );

describe('an update that ends early', () => {
  it('[A-62, 5.3.10, 5.3.11] at an expired root forgets nothing yet, and recovers when the root is renewed', async () => {
    const scenario = await makeScenario('recovery from a fast-forward');
    const { simulator } = scenario;
    simulator.time += 31 * day;
    const { failure, events, store } = await runSession(scenario);
    expect(failure).toMatchObject({ code: 'ERR_TUF_EXPIRED', evidence: { role: 'root', version: 3 } });
    expect(events.filter(isNotice)).toEqual([]);
    for (const file of ['timestamp.json', 'snapshot.json'])
      expect(store.files.get(file)).toEqual(scenario.files.get(file));
    expect(versionIn(store.files, 'root')).toBe(3);
    for (const document of [simulator.root, simulator.targets, simulator.snapshot, simulator.timestamp]) {
      document.expires = simulator.at(30);
    }
    for (const document of simulator.delegated.values()) {
      document.expires = simulator.at(30);
      document.version += 1;
    }
    simulator.publishRoot();
    simulator.publishDelegated();
    simulator.publishTargets();
    const next = await runSession(scenario, store);
    expect(next.events.map(({ type }) => type)).toContain('fast-forward-recovery');
    expect(next.established?.versions.timestamp).toBeLessThan(1e9);
  });
});
