import assert from 'node:assert/strict';
import { quietWindow } from '../../../../../src/domain/student/autoscale/quiet-window.ts';
import type { Tick } from '../../../../../src/domain/student/autoscale/tick.ts';
import { aTick, histogramOf } from './builders.ts';

const many = (count: number, seconds: number): number[] => Array.from({ length: count }, () => seconds);

/** Two looks, at each 20 requests of 100 tokens that get 50 back. */
function busy(change: Partial<Tick> = {}): Tick[] {
  const look = (at: number, more: Partial<Tick> = {}): Tick =>
    aTick(at, {
      running: 4,
      runningSquares: 16,
      succeeded: 20,
      promptTokens: 2_000,
      generatedTokens: 1_000,
      firstToken: histogramOf(many(20, 0.05)),
      interToken: histogramOf(many(980, 0.01)),
      ...more,
    });
  return [look(15_000), look(30_000, change)];
}

describe('a window that measures the hardware', () => {
  it('has the means of all requests, and their load', () => {
    const window = quietWindow(busy());
    assert.ok(window);
    const { firstTokenSeconds, interTokenSeconds = 0, ...rest } = window;
    assert.deepEqual(rest, { at: 30_000, requests: 40, inputTokens: 100, outputTokens: 50, concurrency: 4 });
    assert.ok(Math.abs(firstTokenSeconds - 0.05) < 1e-9 && Math.abs(interTokenSeconds - 0.01) < 1e-9);
  });

  it('sees as many in flight as a request does: idle looks do not count', () => {
    assert.equal(quietWindow([...busy(), aTick(45_000), aTick(60_000)])?.concurrency, 4);
  });

  it('has at least the request itself in flight', () => {
    const alone = busy({ running: 0, runningSquares: 0 }).map((tick) => ({ ...tick, running: 0, runningSquares: 0 }));
    assert.equal(quietWindow(alone)?.concurrency, 1);
  });

  const not: Record<string, Partial<Tick>> = {
    'requests wait': { waiting: 1 },
    'requests waited at the look before': { waitingGrowth: -1 },
    'requests fail': { failed: 1 },
    'a replica does not show its load': { reporting: 0 },
    'what is shown cannot be': { doubt: { reason: 'MetricsInvalid', message: 'no', isLasting: true } },
    'prompts come out of the prefix cache': { cachedTokens: 500 },
    'requests waited between two looks': { queuedSeconds: 0.2 },
    'nobody says how long prompts are': { promptTokens: -2_000 },
  };
  for (const [name, change] of Object.entries(not))
    it(`is none where ${name}`, () => assert.equal(quietWindow(busy(change)), undefined));

  it('is none with few requests, or without any look', () => {
    assert.equal(quietWindow(busy().slice(0, 1)), undefined);
    assert.equal(quietWindow([]), undefined);
  });
});
