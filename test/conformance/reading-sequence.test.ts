import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckedJson } from '../../src/conformance/checked-json.ts';
import { honestSequence, readHonestRepository, sequenceOfReading } from '../../src/conformance/reading-sequence.ts';
import { contentBytes, type Sequence } from '../../src/conformance/sequence.ts';
import { readVector, type Vector } from '../../src/conformance/vector.ts';
import { honestFile, realFolder } from './own-vectors.ts';

const parse = (name: string) => CheckedJson.parse(readFileSync(join(realFolder, name)), name);
const repository = readHonestRepository(parse('repository.json'));
const vector = (name: string): Vector => readVector(parse(`strict-reading/${name}.json`));
const now = '2026-06-01T00:00:00Z';

function sequenceOf(name: string, clock = now): Sequence | string {
  const each = vector(name);
  return sequenceOfReading(each, repository, vector(`${each.document?.role}-plain`).document?.reading, clock);
}

function stepOf(name: string, clock = now) {
  const sequence = sequenceOf(name, clock);
  if (typeof sequence === 'string') throw new Error(sequence);
  const [step] = sequence.steps;
  if (step === undefined || sequence.steps.length !== 1) throw new Error('not one step');
  const served = (path: string) => {
    const [answer] = step.serve.metadata.get(path) ?? [];
    return answer?.body && Buffer.from(contentBytes(answer.body));
  };
  return { ...step, served, root: sequence.root };
}

describe('a document that must be refused', () => {
  it.each([
    ['timestamp-type-null', 'timestamp.json', undefined, 'timestamp'],
    ['snapshot-type-null', '1.snapshot.json', 'snapshot.json', 'snapshot'],
    ['targets-type-null', '1.targets.json', 'targets.json', 'targets'],
    ['delegated-type-null', '1.packages.json', 'packages.json', 'packages'],
  ])('%s stands in for %s', (name, file, twin, role) => {
    const { served, expect: expected, download } = stepOf(name);
    const input = Buffer.from(vector(name).document?.bytes ?? []);
    expect(served(file)).toEqual(input);
    if (twin !== undefined) expect(served(twin)).toEqual(input);
    expect(served('2.root.json')).toEqual(honestFile('2.root.json'));
    expect(expected).toMatchObject({ result: 'reject', reasons: ['malformed'], trusted: new Map([[role, null]]) });
    expect(download).toEqual(role === 'packages' ? ['packages/apple.txt'] : undefined);
  });

  it('of root stands in for the second one, and the pinned one stays', () => {
    const { served, root, expect: expected } = stepOf('root-type-null');
    expect(served('2.root.json')).toEqual(Buffer.from(vector('root-type-null').document?.bytes ?? []));
    expect(served('1.root.json')).toEqual(honestFile('1.root.json'));
    expect(expected.trusted.get('root')).toEqual({ bytes: root });
  });
});

describe('a document that is read', () => {
  it('is asked of a whole client where an update goes by nothing that differs', () => {
    for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'delegated']) {
      const { expect: expected, served } = stepOf(`${role}-plain`);
      expect(expected.result).toBe('accept');
      const name = { delegated: 'packages' }[role] ?? role;
      const file = { root: '2.root.json', timestamp: 'timestamp.json' }[role] ?? `1.${name}.json`;
      expect(expected.trusted.get(name)).toEqual({ bytes: new Uint8Array(served(file) as Buffer) });
    }
  });

  it.each(['timestamp-version-largest', 'root-signatures-empty', 'root-role-threshold-above-keys'])(
    'is skipped where it does: %s',
    (name) => {
      expect(sequenceOf(name)).toMatch(/^a whole client may refuse/);
    },
  );

  it('is skipped where nobody knows the honest document', () => {
    expect(sequenceOfReading(vector('timestamp-plain'), repository, undefined, now)).toMatch(/^a whole client/);
  });
});

describe('the clock', () => {
  it.each([
    [now, undefined],
    ['2026-01-01T00:00:00Z', undefined],
    ['2025-12-31T23:59:59Z', repository.time],
    ['2030-06-01T00:00:00Z', repository.time],
    ['2044-01-01T00:00:00Z', repository.time],
  ])("at %s is the machine's own, or %s", (clock, time) => {
    expect(stepOf('timestamp-plain', clock).time).toBe(time);
    expect(honestSequence(repository, clock).steps[0]?.time).toBe(time);
  });
});

it('the honest repository is the control, with all of its roles and a target', () => {
  const [step] = honestSequence(repository, now).steps;
  expect(step?.expect).toMatchObject({ result: 'accept' });
  expect(step?.download).toEqual(['packages/apple.txt']);
  expect(Buffer.from(contentBytes(step?.expect.targets?.get('packages/apple.txt') as never)).toString()).toBe(
    'apple\n',
  );
});

it('refuses a repository of another version', () => {
  const text = JSON.stringify({ schema: 'repository/2' });
  expect(() => readHonestRepository(CheckedJson.parse(Buffer.from(text), 'repository.json'))).toThrow(/schema/);
});
