import assert from 'node:assert/strict';
import { paretoFront } from '../../../../src/domain/planning/pareto.ts';
import { choosePool } from '../../../../src/domain/planning/pools-for-stage.ts';
import type { PlanRequest } from '../../../../src/domain/planning/request.ts';
import { rankFront } from '../../../../src/domain/planning/select.ts';
import { a100Node, aNode, cpuNode, h100Node, l4Node, poolsOf } from './builders.ts';

const points = (table: Record<string, readonly number[]>) =>
  Object.entries(table).map(([name, values]) => ({ name, values }));

const fronts: Record<string, { points: Record<string, readonly number[]>; want: string[] }> = {
  'a point dominated in both objectives is never on the front': { points: { a: [1, 1], b: [2, 2] }, want: ['a'] },
  'a point worse in one and better in the other is on it': { points: { a: [1, 2], b: [2, 1] }, want: ['a', 'b'] },
  'equal points are both kept, in name order': { points: { b: [1, 1], a: [1, 1] }, want: ['a', 'b'] },
  'a point equal in one and worse in the other is dominated': {
    points: { a: [1, 1], b: [1, 2], c: [2, 1] },
    want: ['a'],
  },
  'a point with an unknown value stays when it is best elsewhere': {
    points: { a: [1, Infinity], b: [2, 5] },
    want: ['a', 'b'],
  },
  'of two points with the same unknown the better one stays': {
    points: { a: [1, Infinity], b: [2, Infinity] },
    want: ['a'],
  },
  'a point with NaN is left out': { points: { a: [Number.NaN, 0], b: [1, 1] }, want: ['b'] },
  'minus zero is zero': { points: { a: [-0, 1], b: [0, 1] }, want: ['a', 'b'] },
  'one objective keeps all of the least': { points: { a: [2], b: [1], c: [1] }, want: ['b', 'c'] },
  'four objectives': {
    points: { a: [1, 2, 3, 4], b: [4, 3, 2, 1], c: [4, 3, 3, 4], d: [1, 2, 3, 4] },
    want: ['a', 'd', 'b'],
  },
  'no points': { points: {}, want: [] },
};

describe('the Pareto front', () => {
  for (const [name, tc] of Object.entries(fronts)) {
    it(name, () =>
      assert.deepEqual(
        paretoFront(points(tc.points)).map((point) => point.name),
        tc.want,
      ),
    );
  }
});

const tied = (table: Record<string, readonly number[]>, tie: Record<string, readonly number[]> = {}) =>
  points(table).map((point) => ({ ...point, tie: tie[point.name] ?? [] }));

// Steps of accuracy, latency, training time and cost from the best.
const front = tied({
  accurate: [0, 28, 38, 75],
  cheap: [35, 36, 24, 0],
  fast: [35, 0, 31, 61],
  middling: [5, 14, 28, 28],
  quick: [45, 33, 0, 47],
});

const choices: Record<string, { objective: PlanRequest['objective']; want: string }> = {
  'Balanced takes the knee': { objective: { policy: 'Balanced' }, want: 'middling' },
  'AccuracyFirst takes the most accurate': { objective: { policy: 'AccuracyFirst' }, want: 'accurate' },
  'LatencyFirst takes the fastest to answer': { objective: { policy: 'LatencyFirst' }, want: 'fast' },
  'TimeFirst takes the quickest to train': { objective: { policy: 'TimeFirst' }, want: 'quick' },
  'CostFirst takes the cheapest': { objective: { policy: 'CostFirst' }, want: 'cheap' },
  'a single weight is that objective': {
    objective: { weights: { accuracy: 0, latency: 0, trainingTime: 0, cost: 7 } },
    want: 'cheap',
  },
  'weights are relative': {
    objective: { weights: { accuracy: 100, latency: 1, trainingTime: 1, cost: 1 } },
    want: 'accurate',
  },
};

describe('the choice', () => {
  for (const [name, { objective, want }] of Object.entries(choices)) {
    it(name, () => assert.equal(rankFront(front, objective)[0]?.item.name, want));
  }

  it('breaks ties by name, whatever the order', () => {
    const equal = tied({ b: [1, 1, 1, 1], a: [1, 1, 1, 1] });
    for (const order of [equal, equal.toReversed()])
      assert.deepEqual(
        rankFront(order, { policy: 'Balanced' }).map(({ item }) => item.name),
        ['a', 'b'],
      );
  });

  it('prefers the first by tie-break to the first by name', () => {
    const equal = tied({ a: [1, 1, 1, 1], b: [1, 1, 1, 1] }, { a: [0, 9.5, 4], b: [0, 9.5, 1] });
    assert.equal(rankFront(equal, { policy: 'Balanced' })[0]?.item.name, 'b');
  });

  it('does not let one step of time outweigh a doubling of cost', () => {
    const close = tied({ dear: [0, 0, 0, 15], slow: [0, 0, 1, 0] });
    assert.equal(rankFront(close, { policy: 'Balanced' })[0]?.item.name, 'slow');
  });

  it('treats an unknown cost as the worst', () => {
    const unknown = tied({ a: [1, 1, 1, Infinity], b: [1, 2, 1, 5] });
    assert.equal(rankFront(unknown, { policy: 'CostFirst' })[0]?.item.name, 'b');
  });
});

describe('a pool for one stage', () => {
  const pools = poolsOf(h100Node(), a100Node(), l4Node(), cpuNode(), aNode({ name: 'old', cpu: '8' }));
  const need = { bytes: 0, gpus: 1, placement: {} };

  it('is the cheapest with a GPU', () => assert.match(choosePool(pools, need)?.name ?? '', /^l4/));
  it('is the cheapest that holds the weights', () =>
    assert.match(choosePool(pools, { ...need, bytes: 20e9 })?.name ?? '', /^a100/));
  it('without GPUs prefers a known price', () => assert.equal(choosePool(pools, { ...need, gpus: 0 })?.name, 'cpu-16'));
  it('is none when nothing fits', () => assert.equal(choosePool(pools, { ...need, bytes: 1e15 }), null));
  it('obeys the placement', () =>
    assert.match(
      choosePool(pools, { ...need, placement: { poolName: 'h100-sxm-x8-ondemand-us-east-1' } })?.name ?? '',
      /^h100/,
    ));
});
