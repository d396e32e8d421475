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

  it('leaves every client what it needs when it was pruning, and the next one removes the rest', async () => {
    expect(await points.prune(9, 4)).toBeGreaterThan(8);
  });

  it('leaves nothing or a whole repository when it was taking one over', async () => {
    expect(await points.import(19, 4)).toBeGreaterThan(20);
  });

  it('[T26] leaves one whole state at the remote when it was publishing by git, and the next one finishes', async () => {
    expect(await points.publishByGit(37, 9)).toBeGreaterThan(60);
  });
});
