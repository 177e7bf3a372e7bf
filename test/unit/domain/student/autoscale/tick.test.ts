import assert from 'node:assert/strict';
import { countOf, quantile } from '../../../../../src/domain/student/autoscale/histogram.ts';
import { type PodReading, remembered, tickOf, type Tick } from '../../../../../src/domain/student/autoscale/tick.ts';
import { aSample, histogramOf } from './builders.ts';

const reading = (pod: string, at: number, sample: Partial<ReturnType<typeof aSample>> | undefined): PodReading => ({
  pod,
  at,
  sample: sample === undefined ? undefined : aSample(sample),
  ...(sample === undefined ? { trouble: 'connection refused' } : {}),
});

function tick(before: readonly PodReading[], now: readonly PodReading[]) {
  return tickOf(new Map(before.map((one) => [one.pod, one])), now, 15_000);
}

describe('what happened between two looks', () => {
  it('is summed over the pods', () => {
    const { seconds, waiting, succeeded, generatedTokens, waitingGrowth, doubt } = tick(
      [reading('a', 0, { succeeded: 10, generatedTokens: 100, waiting: 1 }), reading('b', 0, {})],
      [
        reading('a', 15_000, { succeeded: 14, generatedTokens: 160, waiting: 3 }),
        reading('b', 15_000, { succeeded: 2, generatedTokens: 40, waiting: 1 }),
      ],
    );
    assert.deepEqual(
      [seconds, waiting, succeeded, generatedTokens, waitingGrowth, doubt],
      [15, 4, 6, 100, 3, undefined],
    );
  });

  it('a process that began anew counts from zero', () => {
    const { succeeded, firstToken } = tick(
      [reading('a', 0, { succeeded: 1000, firstToken: histogramOf([1, 1, 1]) })],
      [reading('a', 15_000, { succeeded: 7, firstToken: histogramOf([0.02]) })],
    );
    assert.equal(succeeded, 7);
    assert.equal(firstToken && countOf(firstToken), 1);
  });

  it('a pod seen for the first time has no increases, but its queue counts', () => {
    const { succeeded, waiting, waitingGrowth } = tick([], [reading('a', 15_000, { succeeded: 1000, waiting: 2 })]);
    assert.deepEqual([succeeded, waiting, waitingGrowth], [0, 2, 2]);
  });

  it('quantiles are those of what came in between, over all pods', () => {
    const old = histogramOf(Array.from({ length: 1000 }, () => 10));
    const { firstToken } = tick(
      [reading('a', 0, { firstToken: old }), reading('b', 0, { firstToken: histogramOf([]) })],
      [
        reading('a', 15_000, { firstToken: histogramOf([0.02], old) }),
        reading('b', 15_000, { firstToken: histogramOf([0.02]) }),
      ],
    );
    assert.equal(firstToken && countOf(firstToken), 2);
    assert.ok((quantile(firstToken, 0.95) ?? 1) <= 0.05);
  });

  it('a replica at which requests wait all the time shows what a replica can do', () => {
    const { saturated } = tick(
      [reading('a', 0, { waiting: 2 }), reading('b', 0, {})],
      [reading('a', 15_000, { waiting: 1, generatedTokens: 1500 }), reading('b', 15_000, { generatedTokens: 30 })],
    );
    assert.deepEqual(saturated, { pods: 1, tokensPerSecond: 100 });
  });

  const doubts: Record<string, { before?: PodReading[]; now: PodReading[]; want: [string, RegExp] }> = {
    'a pod that does not answer': {
      now: [reading('a', 15_000, {}), reading('b', 15_000, undefined)],
      want: ['MetricsMissing', /1 of 2 replica\(s\) show no metrics: connection refused/],
    },
    'a page without the metric': {
      now: [reading('a', 15_000, { waiting: undefined })],
      want: ['MetricsMissing', /its page has no vllm:num_requests_waiting/],
    },
    'a value that cannot be': {
      now: [reading('a', 15_000, { waiting: undefined, faults: ['vllm:num_requests_waiting is NaN'] })],
      want: ['MetricsInvalid', /is NaN/],
    },
    'requests that wait at a replica that runs none, twice': {
      before: [reading('a', 0, { waiting: 3, running: 0, generatedTokens: 5 })],
      now: [reading('a', 15_000, { waiting: 4, running: 0, generatedTokens: 5 })],
      want: ['MetricsInvalid', /requests wait at a replica that runs none/],
    },
  };
  for (const [what, { before = [], now, want }] of Object.entries(doubts)) {
    it(`${what} is a doubt`, () => {
      const { doubt } = tick(before, now);
      assert.equal(doubt?.reason, want[0]);
      assert.match(doubt.message, want[1]);
    });
  }

  /** Looks of 15 s at pods that count two requests a second; a dot is a page that could not be read. */
  function played(...pods: readonly string[]): Tick[] {
    let before: ReturnType<typeof remembered> = new Map();
    return Array.from(pods[0] ?? '', (_, look) => {
      const at = look * 15_000;
      const now = pods.map((text, pod) =>
        reading(`pod-${pod}`, at, text[look] === '.' ? undefined : { succeeded: look * 30 }),
      );
      const found = tickOf(before, now, at);
      before = remembered(before, now, at - 45_000);
      return found;
    });
  }
  const silences: Record<string, { pods: readonly string[]; rate: number; lasting: readonly boolean[] }> = {
    'all are read': { pods: ['xxxx', 'xxxx'], rate: 4, lasting: [] },
    'one is missed once': { pods: ['xx.x', 'xxxx'], rate: 4, lasting: [false] },
    'they are missed by turns': { pods: ['xx.xx', 'xxx.x'], rate: 4, lasting: [false, false] },
    'nobody is read once': { pods: ['xx.x', 'xx.x'], rate: 4, lasting: [false] },
    'one is silent for good': { pods: ['xx....', 'xxxxxx'], rate: 2 + 2 / 5, lasting: [false, false, true, true] },
  };
  for (const [name, { pods, rate, lasting }] of Object.entries(silences)) {
    it(`where ${name}, it is ${rate} requests a second`, () => {
      const ticks = played(...pods);
      const total = (of: (tick: Tick) => number) => ticks.reduce((sum, one) => sum + of(one), 0);
      assert.equal(total(({ succeeded }) => succeeded) / total(({ seconds }) => seconds), rate);
      assert.deepEqual(
        ticks.flatMap(({ doubt }) => doubt?.isLasting ?? []),
        lasting,
      );
    });
  }
});
