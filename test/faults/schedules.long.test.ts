/**
 * A thousand random courses of events: `TUFA_SEED=N` begins with another seed, and `TUFA_SCHEDULES=1` repeats one. The first
 * seed is fixed, so that a run that was green is green again.
 */
import { expect, it } from 'vitest';
import { runCourse } from './schedule.ts';

const first = Number(process.env['TUFA_SEED'] ?? 1);
const count = Number(process.env['TUFA_SCHEDULES'] ?? 1000);

it(`${count} schedules from seed ${first} on`, async () => {
  const refused = new Map<string, number>();
  let updates = 0;
  const run = async (seed: number): Promise<void> => {
    try {
      const course = await runCourse(seed, seed % 10 === 0);
      updates += course.updates;
      for (const code of course.refused) refused.set(code, (refused.get(code) ?? 0) + 1);
    } catch (error) {
      throw new Error(`again with: TUFA_SEED=${seed} TUFA_SCHEDULES=1`, { cause: error });
    }
  };
  // Several at a time, since most of what they do is wait.
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) await run(seed);
    }),
  );
  console.info(`${updates} updates; refused: ${JSON.stringify(Object.fromEntries(refused))}`);
  expect(updates).toBeGreaterThan(count);
});
