import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { RateLimit } from '../../../../src/adapters/progress/rate-limit.ts';

describe('the rate limit', () => {
  it('lets a burst through, then one request per regained token', () => {
    let now = 0;
    const limit = new RateLimit({ burst: 3, perSecond: 2, monotonic: () => now });
    const take = (): boolean => limit.take('a');
    assert.deepEqual([take(), take(), take(), take()], [true, true, true, false]);
    now += 499;
    assert.equal(take(), false);
    now += 1;
    assert.deepEqual([take(), take()], [true, false]);
  });

  it('gives every key its own', () => {
    const limit = new RateLimit({ burst: 1, perSecond: 1, monotonic: () => 0 });
    assert.deepEqual([limit.take('a'), limit.take('b'), limit.take('a')], [true, true, false]);
  });

  it('never lets more through than burst and time allow, whatever the pauses', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(pauses, (waits) => {
        let now = 0;
        const limit = new RateLimit({ burst: 5, perSecond: 2, monotonic: () => now });
        let passed = 0;
        for (const wait of waits) {
          now += wait;
          if (limit.take('a')) passed += 1;
        }
        return passed <= 5 + (now / 1000) * 2;
      }),
    );
  });
});
