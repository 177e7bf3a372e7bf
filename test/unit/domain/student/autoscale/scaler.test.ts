import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decideReplicas, newMemory } from '../../../../../src/domain/student/autoscale/scaler.ts';
import type { Tick } from '../../../../../src/domain/student/autoscale/tick.ts';
import { aPolicy, aTick, histogramOf } from './builders.ts';

/** One look each 15 s; what a look leaves out is a quiet one. Null is no look at all: no replica was ready. */
type Look = Partial<Tick> | null;

interface Story {
  readonly policy?: Partial<ReturnType<typeof aPolicy>>;
  readonly start?: number;
  readonly capacity?: number;
  readonly looks: readonly Look[];
  readonly room?: number;
  readonly wake?: boolean;
  /** Of each look. */
  readonly want: readonly number[];
  /** Of the last one. */
  readonly reason?: string;
  readonly message?: RegExp;
}

const times = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look);
const wants = (count: number, replicas: number): number[] => Array.from({ length: count }, () => replicas);

function tell({ policy, start = 1, capacity, looks, room, wake = false }: Story) {
  let memory = newMemory(0, capacity);
  let current = start;
  return looks.map((look, index) => {
    const now = (index + 1) * 15_000;
    const tick = look === null ? undefined : aTick(now, { pods: current, reporting: current, ...look });
    const verdict = decideReplicas({ policy: aPolicy(policy), current, now, tick, room, wake }, memory);
    memory = verdict.memory;
    current = verdict.replicas;
    return verdict;
  });
}

const doubt = {
  reason: 'MetricsInvalid',
  message: 'vllm:num_requests_waiting is NaN',
  isLasting: true,
} as const;
/** Replicas that were silent once each. */
const passing = { reason: 'MetricsMissing', message: 'a timeout', isLasting: false } as const;

const stories: Record<string, Story> = {
  'waiting requests above the target add replicas': { looks: [{ waiting: 6 }], want: [2] },
  'within a tenth of the target nothing changes': {
    start: 4,
    looks: [{ waiting: 17, pods: 4, reporting: 4 }],
    want: [4],
  },
  'a burst is met at once, beyond the step': { looks: [{ waiting: 36 }], want: [9] },
  'without a burst a look adds four or doubles': {
    start: 4,
    policy: { targets: { waiting: undefined, cacheUse: 0.1, firstTokenSeconds: undefined }, maxReplicas: 100 },
    looks: [{ cacheUse: 0.9 }],
    want: [8],
  },
  'the maximum bounds it, and says so': {
    looks: [{ waiting: 400 }],
    want: [10],
    reason: 'AtMaximum',
    message: /more than spec.autoscaling.maxReplicas, 10/,
  },
  'free GPUs bound it, and it says so': {
    looks: [{ waiting: 20 }],
    room: 1,
    want: [2],
    reason: 'NoRoom',
    message: /5 replicas are wanted, and the pool has room for 2/,
  },
  'less load takes replicas only after the window': {
    start: 4,
    capacity: 100,
    looks: times(22, {}),
    want: [...wants(20, 4), 2, 1],
  },
  'once more load within the window keeps them': {
    start: 4,
    capacity: 100,
    looks: [...times(10, {}), ...times(4, { generatedTokens: 15 * 260 }), ...times(19, {})],
    want: wants(33, 4),
  },
  'one metric that is not a number takes none away, for the whole window': {
    start: 4,
    capacity: 100,
    looks: [...times(10, {}), { doubt }, ...times(15, {})],
    want: wants(26, 4),
  },
  'metrics that cannot be true are named': {
    looks: times(3, { doubt }),
    want: wants(3, 1),
    reason: 'MetricsInvalid',
    message: /is NaN/,
  },
  'one look with a doubt is no news': { looks: [{ doubt }, {}, { doubt }], want: wants(3, 1), reason: 'Scaling' },
  'pages that could not be read now and then are no news, however many looks have one': {
    looks: times(20, { doubt: passing }),
    want: wants(20, 1),
    reason: 'Scaling',
  },
  'they take no replica away all the same': {
    start: 4,
    capacity: 100,
    looks: [...times(10, {}), { doubt: passing }, ...times(15, {})],
    want: wants(26, 4),
  },
  'a doubt that was told is taken back after as many looks without': {
    looks: [...times(3, { doubt }), ...times(2, {})],
    want: wants(5, 1),
    reason: 'MetricsInvalid',
  },
  'and then it is': { looks: [...times(3, { doubt }), ...times(3, {})], want: wants(6, 1), reason: 'Scaling' },
  'a doubt of another kind is told after as many looks, in place of the first': {
    looks: [...times(4, null), ...times(3, { doubt })],
    want: wants(7, 1),
    reason: 'MetricsInvalid',
  },
  'with a doubt it still adds what the others ask for': { looks: [{ waiting: 20, doubt }], want: [5] },
  'no look at all changes nothing': { start: 3, looks: times(40, null), want: wants(40, 3), reason: 'MetricsMissing' },
  'looks that stop are stale, and change nothing': {
    start: 3,
    looks: [{}, ...times(40, null)],
    want: wants(41, 3),
    reason: 'MetricsMissing',
    message: /no replica has shown its load for more than 45 s/,
  },
  'use of the cache is proportional': {
    start: 2,
    policy: { targets: { waiting: undefined, cacheUse: 0.5, firstTokenSeconds: undefined } },
    looks: [{ cacheUse: 0.8 }],
    want: [4],
  },
  'a slow first token adds replicas while something waits': {
    start: 2,
    policy: { targets: { waiting: 4, cacheUse: undefined, firstTokenSeconds: 0.1 } },
    looks: [{ waiting: 6, firstToken: histogramOf([0.2, 0.2, 0.2]) }],
    want: [4],
  },
  'a slow first token of replicas with time adds none': {
    start: 2,
    policy: { targets: { waiting: 4, cacheUse: undefined, firstTokenSeconds: 0.1 } },
    looks: [{ firstToken: histogramOf([0.2, 0.2, 0.2]) }],
    want: [2],
  },
  'what a replica can do is learnt, and load is kept below it without a queue': {
    start: 2,
    looks: [
      { waiting: 4, generatedTokens: 3000, saturated: { pods: 2, tokensPerSecond: 100 } },
      { waiting: 0, generatedTokens: 3000, waitingGrowth: 0 },
    ],
    want: [3, 3],
  },
  'scaling up can be told to wait': {
    policy: { upStabilizationMs: 60_000 },
    looks: times(5, { waiting: 6 }),
    want: [1, 1, 1, 1, 2],
  },
  'idle, it goes down to the idle replicas; a request brings the minimum back': {
    start: 2,
    policy: { minReplicas: 2, idleReplicas: 1, downStabilizationMs: 60_000 },
    looks: [...times(4, {}), { running: 1 }],
    want: [2, 2, 2, 1, 2],
  },
  'idle to zero, nothing but a signal from outside starts one': {
    start: 1,
    policy: { idleReplicas: 0, downStabilizationMs: 30_000 },
    looks: [...times(2, {}), ...times(3, null)],
    want: [1, 0, 0, 0, 0],
    reason: 'Idle',
    message: /there is no replica that could show load/,
  },
  'woken from zero it has its minimum': {
    start: 0,
    wake: true,
    policy: { idleReplicas: 0, minReplicas: 2 },
    looks: [null],
    want: [2],
  },
  'woken, it is not idle before a replica is ready': {
    start: 1,
    policy: { idleReplicas: 0, downStabilizationMs: 30_000 },
    looks: [...times(10, null), ...times(2, {})],
    want: [...wants(11, 1), 0],
  },
  'at zero because the spec was another, it starts': { start: 0, looks: [null], want: [1] },
  'a minimum that was raised holds at once': { start: 1, policy: { minReplicas: 3 }, looks: [{}], want: [3] },
};

describe('the built-in autoscaler', () => {
  for (const [name, story] of Object.entries(stories)) {
    it(name, () => {
      const verdicts = tell(story);
      assert.deepEqual(
        verdicts.map(({ replicas }) => replicas),
        story.want,
      );
      const last = verdicts.at(-1);
      if (story.reason !== undefined) assert.equal(last?.reason, story.reason);
      if (story.message !== undefined) assert.match(last?.message ?? '', story.message);
    });
  }

  const looks = fc.array(
    fc.option(
      fc.record({
        waiting: fc.nat(100),
        running: fc.nat(100),
        cacheUse: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
        generatedTokens: fc.nat(100_000),
        reporting: fc.nat(20),
        doubt: fc.constantFrom(undefined, undefined, doubt),
        saturated: fc.record({ pods: fc.nat(3), tokensPerSecond: fc.nat(1000) }),
      }),
    ),
    { maxLength: 60 },
  );

  it('stays within its bounds whatever it is shown', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 10 }), (story, start) => {
        for (const { replicas } of tell({ looks: story, start, want: [] }))
          assert.ok(Number.isInteger(replicas) && replicas >= 1 && replicas <= 10);
      }),
    );
  });

  it('never takes a replica away on a look with a doubt, or without one', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 10 }), (story, start) => {
        const counts = tell({ looks: story, start, want: [] }).map(({ replicas }) => replicas);
        for (const [index, look] of story.entries())
          if (look === null || look.doubt !== undefined)
            assert.ok((counts[index] ?? 0) >= (counts[index - 1] ?? start), `look ${index}`);
      }),
    );
  });

  it('settles: under an even load the number stops changing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(700), (start, tokensPerSecond) => {
        const even = { generatedTokens: tokensPerSecond * 15, running: 5 };
        const counts = tell({ looks: times(60, even), start, capacity: 100, want: [] }).map(({ replicas }) => replicas);
        assert.equal(new Set(counts.slice(30)).size, 1, counts.join());
      }),
    );
  });
});
