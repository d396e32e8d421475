/**
 * Every served file replaced in turn by hostile bytes: a typed refusal or the very same trust, nothing unverified is kept,
 * and the next honest run succeeds on what is left.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { mutated } from '../metadata/json-texts.ts';
import { type Ended, makeScenario, runSession, type Scenario, storeOf } from './scenarios.ts';

const counts = { refused: 0, harmless: 0 };
afterAll(() => process.stderr.write(`hostile files: ${counts.refused} refused, ${counts.harmless} of no effect\n`));

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Bytes that are no metadata, or metadata that nobody should read. */
const hostile: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(0),
  'an empty object': bytes('{}'),
  null: bytes('null'),
  'an empty array': bytes('[]'),
  'empty parts': bytes('{"signatures":[],"signed":{}}'),
  'parts that are null': bytes('{"signatures":null,"signed":null}'),
  'parts that are numbers': bytes('{"signatures":1,"signed":2}'),
  'a string': bytes('"timestamp"'),
  '10^5 brackets': bytes('['.repeat(100_000)),
  '10^5 braces': bytes('{"a":'.repeat(100_000)),
  '10^5 brackets in signed': bytes(`{"signatures":[],"signed":${'['.repeat(100_000)}`),
  'a million digits': bytes(`{"signatures":[],"signed":{"version":${'1'.repeat(1_000_000)}}}`),
  'a huge exponent': bytes('{"signatures":[],"signed":{"version":1e999999999}}'),
  'not UTF-8': Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d),
  'UTF-16': new Uint8Array(Buffer.from('\ufeff{"signed":{}}', 'utf16le')),
  'NUL bytes': new Uint8Array(1000),
  HTML: bytes('<!DOCTYPE html><html><body>404 not found</body></html>'),
  'members of the prototype': bytes(
    '{"__proto__":{"signed":{}},"constructor":1,"signatures":[],"signed":{"__proto__":1}}',
  ),
  'many signatures': bytes(
    `{"signatures":[${Array.from({ length: 2000 }, (_, i) => `{"keyid":"${i}","sig":"00"}`)}],"signed":{}}`,
  ),
};

/** What a run may leave: each file as it was, or as the honest run leaves it; for root.json, also a root on the way. */
function expectNothingKept(scenario: Scenario, ended: Ended, honest: Ended, said: string): void {
  const roots = [...scenario.simulator.served].filter(([path]) => /\d\.root\.json$/.test(path));
  for (const [file, content] of ended.store.files) {
    if (file === 'update-state') continue;
    const onTheWay = file === 'root.json' ? [scenario.pinned, ...roots.map(([, answer]) => answer)] : [];
    const known = [scenario.files.get(file), honest.store.files.get(file), ...onTheWay];
    const isKnown = known.some((each) => each instanceof Uint8Array && Buffer.compare(each, content) === 0);
    expect(isKnown || ended.failure === undefined, `${said}: ${file} is kept`).toBe(true);
  }
}

async function tryHostile(
  scenario: Scenario,
  honest: Ended,
  path: string,
  replaced: Uint8Array,
  said: string,
): Promise<void> {
  const { simulator } = scenario;
  const saved = simulator.save();
  simulator.serve(path, replaced);
  const ended = await runSession(scenario);
  simulator.restore(saved);
  expectNothingKept(scenario, ended, honest, said);
  if (ended.failure === undefined) {
    counts.harmless += 1;
    expect(ended.established, said).toEqual(honest.established);
  } else {
    counts.refused += 1;
    expect(ended.failure, said).toBeInstanceOf(TufError);
    expect((ended.failure as TufError).family, said).not.toBe('unavailable');
    expect((ended.failure as TufError).hint, said).toBeTruthy();
  }
  const next = await runSession(scenario, storeOf(ended.store.files));
  expect(next.failure, said).toBeUndefined();
  expect(next.established, said).toEqual(honest.established);
}

async function prepared(name: string) {
  const scenario = await makeScenario(name);
  scenario.simulator.requests.length = 0;
  const honest = await runSession(scenario);
  const served = scenario.simulator.save();
  // Requests for the root after the last one get nothing; here they would.
  const paths = [...new Set(scenario.simulator.requests)];
  return { scenario, honest, served, paths };
}

describe.each(['warm, a release, roots kept', 'cold, hashes listed, not canonical', 'root rotated twice'])(
  'a hostile file: %s',
  (name) => {
    it('[5-a, A-46, A-56] of any kind is refused with a type', async () => {
      const { scenario, honest, paths } = await prepared(name);
      expect(paths.length).toBeGreaterThan(5);
      for (const path of paths) {
        for (const [kind, content] of Object.entries(hostile)) {
          await tryHostile(scenario, honest, path, content, `${path} is ${kind}`);
        }
      }
    });

    it('[5-a, A-23, A-56] that is another valid file is refused with a type', async () => {
      const { scenario, honest, served, paths } = await prepared(name);
      for (const path of paths) {
        for (const [other, content] of served) {
          if (other !== path && content instanceof Uint8Array)
            await tryHostile(scenario, honest, path, content, `${path} is ${other}`);
        }
      }
    });

    it('[5-a, A-56] that is cut at any byte is refused with a type', async () => {
      const { scenario, honest, served, paths } = await prepared(name);
      for (const path of paths) {
        const content = served.get(path);
        if (!(content instanceof Uint8Array)) continue;
        for (let length = 0; length < content.length; length += 1 + Math.floor(content.length / 9)) {
          await tryHostile(scenario, honest, path, content.slice(0, length), `${path} cut at ${length}`);
        }
      }
    });
  },
);

describe('a changed file', () => {
  it('[5-a, 4-a, A-56] is refused with a type, or means the same', async () => {
    const { scenario, honest, served, paths } = await prepared('root rotated twice');
    const files = paths.filter((path) => served.get(path) instanceof Uint8Array);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.nat(), async (path, seed) => {
        const content = mutated(served.get(path) as Uint8Array, seed);
        await tryHostile(scenario, honest, path, content, `${path}, seed ${seed}`);
      }),
      { numRuns: 300 },
    );
  });
});
