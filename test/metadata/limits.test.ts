import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { defaultLimits, limitsWith } from '../../src/metadata/limits.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { parseTimestamp } from '../../src/metadata/snapshot.ts';
import { Simulator } from '../simulator/simulator.ts';

describe('limits', () => {
  it('[A-51, A-68] have a name and a default each: bytes and counts are never one option', () => {
    expect(defaultLimits).toEqual({
      rootBytes: 524_288,
      timestampBytes: 65_536,
      snapshotBytes: 8_388_608,
      targetsBytes: 33_554_432,
      rootRotations: 256,
      delegatedRoles: 32,
      depth: 64,
      keyidsPerRole: 1024,
      targetBytes: 2_147_483_648,
    });
    expect(Object.isFrozen(defaultLimits)).toBe(true);
  });

  it('[A-68] are each replaced alone; an unknown name or a value that is none is the caller’s mistake', () => {
    expect(limitsWith({ rootRotations: 2 })).toEqual({ ...defaultLimits, rootRotations: 2 });
    expect(limitsWith({ rootBytes: Number.MAX_SAFE_INTEGER }).rootBytes).toBe(Number.MAX_SAFE_INTEGER);
    expect(Object.isFrozen(limitsWith())).toBe(true);
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5', null, undefined]) {
      expect(() => limitsWith({ rootBytes: value as number })).toThrow(TypeError);
    }
    for (const name of ['rootByte', '__proto__', 'constructor', 'toString']) {
      expect(() => limitsWith(JSON.parse(`{"${name}":1}`))).toThrow(TypeError);
    }
  });

  it('[A-46, A-68] of depth never lead to the end of the stack', () => {
    expect(() => limitsWith({ depth: 1001 })).toThrow(TypeError);
    const limits = limitsWith({ depth: 1000 });
    const nested = (levels: number): Uint8Array =>
      Buffer.from(`{"signatures":[],"signed":{"x":${'['.repeat(levels)}${']'.repeat(levels)}}}`);
    for (const [levels, problem] of [
      [998, /the member "_type" is missing/],
      [999, /nested deeper than 1000/],
      [100_000, /nested deeper than 1000/],
    ] as const) {
      expect(() => parseRoot(nested(levels), { limits })).toThrow(problem);
    }
  });

  it('[A-68] of the reader name themselves in the error', () => {
    const simulator = new Simulator();
    const root = simulator.bytes('metadata/1.root.json');
    const refusal = (limits: object): unknown => {
      try {
        parseRoot(root, { limits: limitsWith(limits) });
      } catch (error) {
        return error instanceof TufError ? error.evidence : error;
      }
      return undefined;
    };
    expect(refusal({ keyidsPerRole: 1 })).toBeUndefined();
    expect(refusal({ keyidsPerRole: 0 })).toMatchObject({ role: 'root', limit: 0, option: 'keyidsPerRole' });
    expect(refusal({ depth: 4 })).toMatchObject({ role: 'root', limit: 4, option: 'depth' });
  });

  it('[A-68] of depth holds inside values that are built when they are asked for', () => {
    const simulator = new Simulator();
    simulator.timestamp['x'] = [[[[[[[[1]]]]]]]];
    simulator.publishTimestamp();
    const bytes = simulator.bytes('metadata/timestamp.json');
    expect(
      parseTimestamp(bytes, { limits: limitsWith({ depth: 10 }) })
        .signedJson()
        .get('x'),
    ).toBeDefined();
    expect(() => parseTimestamp(bytes, { limits: limitsWith({ depth: 9 }) })).toThrow(TufError);
  });
});
