import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillPoints, killPoints } from './kill-points.ts';

let points: KillPoints;
beforeAll(async () => {
  points = await killPoints();
});
afterAll(() => points.remove());

describe('a command that is killed at any change of the disk', () => {
  it('[T26] leaves one whole state when it was publishing, and the next one finishes', async () => {
    expect(await points.publish(1)).toBeGreaterThan(50);
  });

  it('leaves what was staged before when it was adding', async () => {
    expect(await points.add(1)).toBeGreaterThan(5);
  });

  it('leaves all or nothing staged when it was putting targets into bins', async () => {
    expect(await points.bins(1)).toBeGreaterThan(20);
  });

  it('leaves nothing or a whole repository when it was making one', async () => {
    expect(await points.init(1)).toBeGreaterThan(50);
  });

  it('leaves every client what it needs when it was pruning, and the next one removes the rest', async () => {
    expect(await points.prune(1)).toBeGreaterThan(8);
  });

  it('leaves nothing or a whole repository when it was taking one over', async () => {
    expect(await points.import(1)).toBeGreaterThan(20);
  });

  it('[T26] leaves one whole state at the remote when it was publishing by git, and the next one finishes', async () => {
    expect(await points.publishByGit(1)).toBeGreaterThan(60);
  });
});
