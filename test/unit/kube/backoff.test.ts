import assert from 'node:assert/strict';
import { Backoff, reflectorBackoff, TokenBucket } from '../../../src/kube/backoff.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('Backoff', () => {
  it('doubles up to its maximum', () => {
    const backoff = new Backoff(reflectorBackoff, new VirtualClock(), () => 0);
    const delays = Array.from({ length: 8 }, () => backoff.next());
    assert.deepEqual(delays, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('adds at most its jitter', () => {
    const backoff = new Backoff(reflectorBackoff, new VirtualClock(), () => 0.5);
    assert.equal(backoff.next(), 1200);
  });

  it('starts over after two minutes without a failure, not counting the delay itself', async () => {
    const clock = new VirtualClock();
    const backoff = new Backoff(reflectorBackoff, clock, () => 0);
    for (let i = 0; i < 7; i += 1) backoff.next();
    await clock.advance(30_000 + 120_000);
    assert.equal(backoff.next(), 30_000);
    await clock.advance(30_000 + 120_001);
    assert.equal(backoff.next(), 800);
  });
});

describe('TokenBucket', () => {
  it('gives a burst, then what has refilled', async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket(10, 3, clock);
    const take = (): boolean[] => Array.from({ length: 4 }, () => bucket.tryTake());
    assert.deepEqual(take(), [true, true, true, false]);
    await clock.advance(200);
    assert.deepEqual(take(), [true, true, false, false]);
    await clock.advance(60_000);
    assert.deepEqual(take(), [true, true, true, false]);
  });

  it('tells those who reserve for how long to wait', () => {
    const bucket = new TokenBucket(10, 2, new VirtualClock());
    assert.deepEqual(
      Array.from({ length: 4 }, () => Math.round(bucket.reserve())),
      [0, 0, 100, 200],
    );
  });
});

describe('the system clock', () => {
  it('sleeps no longer than its signal allows, and rejects with its reason', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(sleeping, reason);
    await assert.rejects(systemClock.sleep(1, stop.signal), reason);
  });

  it('does not take a very long sleep for a very short one', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(2 ** 40, stop.signal);
    const first = await Promise.race([
      sleeping.catch(() => 'rejected'),
      systemClock.sleep(20).then(() => 'still asleep'),
    ]);
    stop.abort(new Error('enough'));
    assert.equal(first, 'still asleep');
  });
});
