import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillPoints, killPoints } from './kill-points.ts';

let points: KillPoints;
beforeAll(async () => {
  points = await killPoints();
});
afterAll(() => points.remove());

describe('a command that is killed', () => {
  it('[T26] leaves one whole state when it was publishing, and the next one finishes', async () => {
    expect(await points.publish(23, 5)).toBeGreaterThan(50);
  });

  it('leaves what was staged before when it was adding', async () => {
    expect(await points.add(9, 3)).toBeGreaterThan(5);
  });

  it('leaves all or nothing staged when it was putting targets into bins', async () => {
    expect(await points.bins(19, 4)).toBeGreaterThan(20);
  });
});
