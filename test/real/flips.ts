import { TufError } from '../../src/errors.ts';
import { FlipOracle } from './flip-oracle.ts';
import { type RealRepository, runOn, type Trusts } from './real-repository.ts';
import type { Steps } from './steps.ts';

/** What came of the flips in one file. */
export interface FlipCounts {
  readonly file: string;
  bytes: number;
  flips: number;
  /** Refused, as the oracle demands. */
  refused: number;
  /** Without effect on anything that is trusted, and accepted to the same trust. */
  harmless: number;
  /** Without effect, and refused all the same: reading is strict. */
  strict: number;
  /** Everything else, in words. */
  readonly wrong: string[];
}

export interface FlipOptions {
  /** Every so many bytes. */
  readonly stride: number;
  /** Which bits of a byte are flipped, each alone. */
  readonly bitsOf: (offset: number) => readonly number[];
}

/** Of the flips that are accepted, one in so many is run from the first root to every target, too. */
const wholeRunEvery = 64;

/** Flips bits of one file and runs a client on each result, from the step that reads it. */
export async function flipFile(steps: Steps, path: string, { stride, bitsOf }: FlipOptions): Promise<FlipCounts> {
  const { repository } = steps;
  const original = repository.files.get(path) as Uint8Array;
  const counts: FlipCounts = { file: path, bytes: 0, flips: 0, refused: 0, harmless: 0, strict: 0, wrong: [] };
  const oracle = new FlipOracle(repository, path);
  const targets = targetsFor(repository, path);
  for (let offset = 0; offset < original.length; offset += stride) {
    counts.bytes += 1;
    for (const bit of bitsOf(offset)) {
      const flipped = original.slice();
      flipped[offset] = (flipped[offset] as number) ^ (1 << bit);
      counts.flips += 1;
      const { trusts, failure } = await steps.run(path, flipped, targets);
      const must = oracle.mustBeRefused(flipped);
      const said = `byte ${offset}, bit ${bit}`;
      if (trusts === undefined) {
        if (!isTyped(failure)) counts.wrong.push(`${said}: ${String(failure)}`);
        else if (must) counts.refused += 1;
        else counts.strict += 1;
        continue;
      }
      counts.harmless += 1;
      if (must) counts.wrong.push(`${said}: accepted`);
      if (!isWithin(trusts, steps.honestRoots.get(path) ?? steps.honest)) counts.wrong.push(`${said}: other trust`);
      if (counts.harmless % wholeRunEvery !== 1) continue;
      const whole = await runOn(repository, { replaced: new Map([[path, flipped]]) });
      if (!isWithin(whole.trusts ?? { failure: String(whole.failure) }, steps.honest)) {
        counts.wrong.push(`${said}: other trust at the end of a whole run`);
      }
    }
  }
  return counts;
}

const isWithin = (trusts: Trusts, honest: Trusts): boolean =>
  Object.entries(trusts).every(([name, text]) => honest[name] === text);

/** A refusal by format or security: nothing else is wrong with this world. */
function isTyped(failure: unknown): boolean {
  return failure instanceof TufError && (failure.family === 'format' || failure.family === 'security');
}

/** The target itself where it is flipped; else one of the top level and one of the delegated role. */
function targetsFor(repository: RealRepository, path: string): string[] {
  const own = path.replace(/^targets\//, '').replace(/[0-9a-f]{64}\./, '');
  if (path.startsWith('targets/')) return [own];
  const other = repository.targets.find((target) => target !== repository.delegated.path) as string;
  return [other, repository.delegated.path];
}

/** A line for each file, and the sum. */
export function flipTable(title: string, all: readonly FlipCounts[]): string {
  const columns = ['bytes', 'flips', 'refused', 'harmless', 'strict'] as const;
  const row = (name: string, values: readonly (string | number)[]): string =>
    `${name.padEnd(64)}${values.map((value) => String(value).padStart(10)).join('')}`;
  const sum = (name: (typeof columns)[number]): number => all.reduce((total, counts) => total + counts[name], 0);
  return [
    row(title, [...columns, 'wrong']),
    ...all.map((each) => row(shortened(each.file), [...columns.map((name) => each[name]), each.wrong.length])),
    row('all', [...columns.map(sum), all.reduce((total, { wrong }) => total + wrong.length, 0)]),
    '',
  ].join('\n');
}

const shortened = (file: string): string => file.replace(/([0-9a-f]{8})[0-9a-f]{56}\./, '$1….');
