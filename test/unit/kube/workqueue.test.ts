import assert from 'node:assert/strict';
import { DefaultRateLimiter, WorkQueue } from '../../../src/kube/workqueue.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('WorkQueue', () => {
  let clock: VirtualClock;
  let queue: WorkQueue;
  beforeEach(() => {
    clock = new VirtualClock();
    queue = new WorkQueue({ name: 'test', clock });
  });

  it('hands keys out in order, each once', async () => {
    for (const key of ['a', 'b', 'a', 'c']) queue.add(key);
    assert.deepEqual(await Promise.all([queue.take(), queue.take(), queue.take()]), ['a', 'b', 'c']);
    assert.equal(queue.length, 0);
  });

  it('gives a waiting worker the next key', async () => {
    const taking = queue.take();
    queue.add('a');
    assert.equal(await taking, 'a');
  });

  it('keeps a key that is being worked on from other workers, and hands it out again afterwards', async () => {
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    assert.equal(queue.length, 0);
    queue.done('a');
    assert.equal(queue.length, 1);
    assert.equal(await queue.take(), 'a');
    queue.done('a');
    assert.equal(queue.length, 0);
  });

  it('adds a key after a while', async () => {
    queue.addAfter('a', 1000);
    await clock.advance(999);
    assert.equal(queue.length, 0);
    await clock.advance(1);
    assert.equal(queue.length, 1);
  });

  it('keeps the earliest of several delays, and adds once', async () => {
    queue.addAfter('a', 1000);
    queue.addAfter('a', 3000);
    queue.addAfter('a', 500);
    assert.equal(queue.waiting, 1);
    await clock.advance(500);
    assert.equal(await queue.take(), 'a');
    queue.done('a');
    await clock.advance(5000);
    assert.equal(queue.length, 0);
  });

  it('retries with growing delays until the key is forgotten', async () => {
    const delays: number[] = [];
    for (let failure = 0; failure < 4; failure += 1) {
      const started = clock.monotonic();
      queue.addRateLimited('a');
      while (queue.length === 0) await clock.advance(1);
      delays.push(clock.monotonic() - started);
      queue.done((await queue.take()) ?? '');
    }
    assert.deepEqual(delays, [5, 10, 20, 40]);
    assert.equal(queue.failures('a'), 4);
    queue.forget('a');
    assert.equal(queue.failures('a'), 0);
  });

  it('ends the wait of its workers when shut down, and takes in nothing more', async () => {
    const taking = queue.take();
    queue.addAfter('b', 10);
    queue.shutDown();
    queue.add('a');
    await clock.advance(100);
    assert.equal(await taking, undefined);
    assert.equal(await queue.take(), undefined);
    assert.equal(queue.length, 0);
  });

  it('is drained when the last taken key is done; what was not taken is dropped', async () => {
    queue.add('a');
    queue.add('b');
    await queue.take();
    let drained = false;
    const draining = queue.drain().then(() => void (drained = true));
    await clock.advance(1000);
    assert.equal(drained, false);
    assert.equal(await queue.take(), undefined);
    queue.done('a');
    await draining;
  });

  it('does not run a key again that changed while it was draining', async () => {
    queue.add('a');
    await queue.take();
    queue.add('a');
    const draining = queue.drain();
    queue.done('a');
    await draining;
    assert.equal(await queue.take(), undefined);
  });
});

describe('DefaultRateLimiter', () => {
  it('never makes a key wait for more than 1,000 s by itself', () => {
    const limiter = new DefaultRateLimiter(new VirtualClock());
    for (let failure = 0; failure < 50; failure += 1) limiter.when('a');
    assert.equal(limiter.when('a'), 1_000_000);
  });

  it('lets a hundred keys retry at once, then ten a second', () => {
    const limiter = new DefaultRateLimiter(new VirtualClock());
    const delays = Array.from({ length: 120 }, (_, index) => limiter.when(`key-${index}`));
    assert.deepEqual(
      [delays[0], delays[99], delays[100], delays[119]].map((ms) => Math.round(ms ?? 0)),
      [5, 5, 100, 2000],
    );
  });
});
