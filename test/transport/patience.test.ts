import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patienceFor } from '../../src/transport/patience.ts';

/** Waits, each with the bytes that ended it. */
const waits = fc.array(fc.tuple(fc.nat(20_000), fc.nat(100_000)), { maxLength: 50 });

describe('patience', () => {
  it('allows gaps of many seconds on a healthy link, however large the file', () => {
    const patience = patienceFor({})();
    for (let i = 0; i < 3000; i++) {
      expect(patience.left()).toBeGreaterThanOrEqual(29_000);
      patience.spent(20_000, 65_536);
    }
  });

  it('[T3] ends a drip of one byte a second after the first half minute', () => {
    const patience = patienceFor({})();
    let seconds = 0;
    while (patience.left() >= 1000) {
      patience.spent(1000, 1);
      seconds++;
      expect(seconds).toBeLessThan(60);
    }
    expect(patience.error('https://h/x', 0).message).toBe(
      `https://h/x: too slow: ${seconds} bytes in ${seconds}000 ms`,
    );
  });

  it('[T3] is never more than idleTimeoutMs, and bounds every request of bytesMax', () => {
    fc.assert(
      fc.property(
        waits,
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (all, idle, rate) => {
          const patience = patienceFor({ idleTimeoutMs: idle, bytesPerSecondMin: rate })();
          let waited = 0;
          let received = 0;
          for (const [ms, bytes] of all) {
            const left = patience.left();
            expect(left).toBeGreaterThanOrEqual(0);
            expect(left).toBeLessThanOrEqual(idle);
            if (ms > left) break;
            patience.spent(ms, bytes);
            waited += ms;
            received += bytes;
          }
          expect(waited).toBeLessThanOrEqual(idle + (received * 1000) / rate + 20_000);
        },
      ),
    );
  });

  it('keeps to the total, whatever comes', () => {
    fc.assert(
      fc.property(waits, fc.integer({ min: 1, max: 100_000 }), (all, total) => {
        const patience = patienceFor({ totalTimeoutMs: total })();
        let waited = 0;
        for (const [ms, bytes] of all) {
          const left = patience.left();
          expect(waited + left).toBeLessThanOrEqual(total);
          if (ms > left) break;
          patience.spent(ms, bytes);
          waited += ms;
        }
      }),
    );
  });

  it('can be switched off, and still suits the timers of every runtime', () => {
    const none = { idleTimeoutMs: Infinity, bytesPerSecondMin: 0, totalTimeoutMs: Infinity };
    expect(patienceFor(none)().left()).toBe(2 ** 31 - 1);
    expect(patienceFor({ bytesPerSecondMin: 0 })().left()).toBe(30_000);
  });

  it('gives each request its own', () => {
    const make = patienceFor({ totalTimeoutMs: 1000 });
    make().spent(900, 0);
    expect(make().left()).toBe(1000);
  });
});
