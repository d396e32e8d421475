/**
 * The compromise matrix: that its model says what PEP 480 says, that no cell is missing, and that the vectors, read
 * without the model, agree with it and with each other.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  allSets,
  freezeEndsAt,
  type Goal,
  goals,
  type Held,
  listing,
  matrixId,
  type Role,
  reach,
  roles,
  succeeds,
} from '../../spec-vectors/generate/matrix-model.mjs';

const folder = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));

interface Step {
  readonly time?: string;
  readonly expect: {
    readonly result: 'accept' | 'reject';
    readonly reason?: string;
    readonly trusted: Readonly<Record<string, string | null>>;
    readonly targets?: Readonly<Record<string, string | null>>;
  };
}

interface Vector {
  readonly id: string;
  readonly level: string;
  readonly comment: string;
  readonly sequence: {
    readonly files: Readonly<Record<string, { readonly text: string }>>;
    readonly steps: readonly Step[];
  };
}

const sets: readonly Held[] = allSets();
const vectors = new Map(
  goals.flatMap((goal) =>
    sets.map((held) => {
      const id = matrixId(goal, held);
      return [id, JSON.parse(readFileSync(`${folder}${id}.json`, 'utf8')) as Vector] as const;
    }),
  ),
);
const vectorOf = (goal: Goal, held: Held): Vector => vectors.get(matrixId(goal, held)) as Vector;

/** The text of a file of a vector; what the client lacks has none. */
const textOf = ({ sequence }: Vector, name: string | null | undefined): string =>
  sequence.files[name ?? '']?.text ?? '';

/** What the steps in which the attacker answers leave in the folder of targets, by project, in the order of the files. */
function written(vector: Vector): string[] {
  const [, attack] = vector.sequence.steps;
  return Object.values(attack?.expect.targets ?? {}).map((name) => textOf(vector, name));
}

/** The projects whose files are the attacker's afterwards. */
const replaced = (vector: Vector): string[] =>
  written(vector).flatMap((text) => (text.includes(' evil!') ? [text.split(' ')[0] as string] : []));

const signedOf = (vector: Vector, role: string, step: Step | undefined): { expires: string; targets: unknown } =>
  (JSON.parse(textOf(vector, step?.expect.trusted[role])) as { signed: { expires: string; targets: unknown } }).signed;

/** Until when, at least, the client took the first release for the current one. Nothing, where its timestamp ends that. */
function frozenUntil(vector: Vector): string {
  const [honest, ...later] = vector.sequence.steps;
  const content = (step: Step | undefined): string => JSON.stringify(signedOf(vector, 'targets', step).targets);
  const expired = signedOf(vector, 'timestamp', honest).expires;
  // The last step is the operator's answer; an attacker with root leaves him none.
  const attacks = isOfRoot(vector) ? later : later.slice(0, -1);
  const frozen = attacks.filter(
    (step) => step.expect.result === 'accept' && (step.time ?? '') >= expired && content(step) === content(honest),
  );
  return frozen.at(-1)?.time ?? '';
}

const isOfRoot = ({ id }: Vector): boolean => /-root(-|$)/.test(id);

/** Whether the vector says that the attack succeeds, by what the client is left with. */
function isSuccess(goal: Goal, vector: Vector): boolean {
  if (goal === 'malicious-update') return replaced(vector).length > 0;
  if (goal === 'freeze') return frozenUntil(vector) !== '';
  const releases = new Set(written(vector).map((text) => text.split(' ')[1]));
  return releases.size > 1;
}

const page = readFileSync(new URL('../../docs/concepts/threat-model.md', import.meta.url), 'utf8');

/** A row of PEP 480's table 1: sets of which any will do, and whether each attack is possible. */
type Row = readonly [any: readonly Held[], update: boolean, freeze: boolean, inconsistency: boolean];

const online: Held = ['snapshot', 'timestamp'];
const table: Readonly<Record<string, Row>> = {
  timestamp: [[['timestamp']], false, true, false],
  snapshot: [[['snapshot']], false, false, false],
  'timestamp and snapshot': [[online], false, true, true],
  'any role that lists targets': [listing.map((role) => [role]), false, false, false],
  'timestamp, snapshot and a project': [[['project', ...online]], true, true, true],
  'timestamp, snapshot and recently-claimed or unclaimed': [
    [
      ['recently-claimed', ...online],
      ['unclaimed', ...online],
    ],
    true,
    true,
    true,
  ],
  'timestamp, snapshot and targets or claimed': [
    [
      ['targets', ...online],
      ['claimed', ...online],
    ],
    true,
    true,
    true,
  ],
  root: [[['root']], true, true, true],
};

describe('the model', () => {
  it.each(Object.entries(table))('[T11, T12, T13, T14, T15] says what table 1 of PEP 480 says of %s', (_, row) => {
    const [any, ...possible] = row;
    for (const held of any) expect(goals.map((goal) => succeeds(goal, held))).toEqual(possible);
  });

  it('[D1, D3] keeps the projects of claimed out of reach of the roles behind it', () => {
    expect(reach(['recently-claimed', ...online])).toEqual(['berry', 'lemon']);
    expect(reach(['unclaimed', ...online])).toEqual(['lemon']);
    expect(reach(['project', ...online])).toEqual(['apple']);
    for (const role of ['targets', 'claimed'] as const) expect(reach([role, ...online])).toHaveLength(3);
  });

  it('ends a freeze at the earliest expiry that the attacker cannot put off', () => {
    expect(freezeEndsAt([])).toBe('timestamp');
    expect(freezeEndsAt(['timestamp'])).toBe('snapshot');
    expect(freezeEndsAt(['targets', 'timestamp'])).toBe('snapshot');
    expect(freezeEndsAt(['snapshot', 'timestamp'])).toBe('targets');
    expect(freezeEndsAt(['targets', 'snapshot', 'timestamp'])).toBe('root');
    expect(freezeEndsAt(['root'])).toBeUndefined();
  });
});

describe('the vectors of the matrix', () => {
  it('are one for each of 256 sets and three goals', () => {
    expect(new Set(sets.map((held) => held.join(' '))).size).toBe(256);
    expect(vectors.size).toBe(768);
    expect([...vectors].filter(([id, vector]) => vector.id !== id)).toEqual([]);
    expect([...vectors.keys()].filter((id) => !existsSync(`${folder}${id}.json`))).toEqual([]);
  });

  it.each(goals)('[T11, T12, T13, T14, T15] of %s say by their outcome what the model says', (goal) => {
    for (const held of sets) {
      const vector = vectorOf(goal, held);
      const isExpected = succeeds(goal, held);
      expect(isSuccess(goal, vector), vector.id).toBe(isExpected);
      expect(vector.level, vector.id).toBe(isExpected ? 'decision' : 'MUST');
      expect(vector.comment.includes('A limit of TUF'), vector.id).toBe(isExpected);
      if (goal === 'malicious-update') expect(replaced(vector), vector.id).toEqual(reach(held));
    }
  });

  it('succeed as often as the page of the threat model says', () => {
    const counts = goals.map((goal) => sets.filter((held) => isSuccess(goal, vectorOf(goal, held))).length);
    expect(page).toContain(`| **of 256 sets** | ${counts.map((count) => `**${count}**`).join(' | ')} |`);
  });

  it('[T6, T11] of a freeze end in an expiry, unless root is lost', () => {
    for (const held of sets) {
      const { id, sequence } = vectorOf('freeze', held);
      const reasons = sequence.steps.flatMap(({ expect: { reason } }) => reason ?? []);
      expect(reasons.includes('expired'), id).toBe(!held.includes('root'));
    }
  });

  it('begin with an honest release, and end with one wherever an operator can still answer', () => {
    for (const vector of vectors.values()) {
      const { id, sequence } = vector;
      const [first, last] = [sequence.steps[0], sequence.steps.at(-1)];
      expect([first?.expect.result, last?.expect.result], id).toEqual(['accept', 'accept']);
      if (isOfRoot(vector)) continue;
      expect(sequence.steps.length, id).toBeGreaterThan(2);
      const installed = Object.values(last?.expect.targets ?? {}).map((name) => textOf(vector, name));
      expect(
        installed.filter((text) => !/^[a-z]+ [12]\.0\.0\n$/.test(text)),
        id,
      ).toEqual([]);
    }
  });

  it.each(goals)('of %s never take from an attacker what fewer keys gave him', (goal) => {
    for (const held of sets) {
      const fewer = vectorOf(goal, held);
      for (const role of roles.filter((each) => !held.includes(each))) {
        const more = vectorOf(goal, withRole(held, role));
        if (isSuccess(goal, fewer)) expect(isSuccess(goal, more), more.id).toBe(true);
        expect(replaced(more), more.id).toEqual(expect.arrayContaining(replaced(fewer)));
        if (goal === 'freeze') expect(frozenUntil(more) >= frozenUntil(fewer), more.id).toBe(true);
      }
    }
  });
});

describe('the page of the threat model', () => {
  it('names vectors and files that there are', () => {
    const index = JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as { vectors: { id: string }[] };
    const named = [...page.matchAll(/`([a-z-]+\/[a-z0-9*-]+)`/g)].map(([, id]) => id as string);
    const patterns = named.map((id) => new RegExp(`^${id.replaceAll('*', '.*')}$`));
    expect(named.filter((_, place) => !index.vectors.some(({ id }) => patterns[place]?.test(id)))).toEqual([]);
    const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => path as string);
    const there = (path: string): boolean =>
      existsSync(new URL(path, new URL('../../docs/concepts/', import.meta.url)));
    expect(links.filter((path) => !there(path))).toEqual([]);
    expect([named.length > 20, links.length > 20]).toEqual([true, true]);
  });
});

/** The set with one role more, in the order of all roles. */
function withRole(held: Held, role: Role): Held {
  return roles.filter((each) => each === role || held.includes(each));
}
