import assert from 'node:assert/strict';
import { formatCents, parseMoney } from '../../../../src/domain/money.ts';
import { limitsOf } from '../../../../src/domain/planning/limits.ts';
import { mixProblem } from '../../../../src/domain/planning/mix-problem.ts';
import {
  type IntegerProgram,
  lpText,
  type MixOption,
  type MixProblem,
  mixProgram,
  readMix,
} from '../../../../src/domain/planning/serving-mix.ts';
import { aNode, facts, h100Node, l4Node, poolsOf } from './builders.ts';

function option(name: string, hourly: string, throughput: readonly number[], most = 10): MixOption {
  const price = parseMoney(hourly);
  assert.ok(price !== null);
  return { name, hourly: price, most, throughput };
}

/** Mélange's published example: 30 requests a second of four sizes. */
const published: MixProblem = {
  rates: [0.2, 0.1, 0.5, 0.2].map((share) => 30 * share),
  slices: 1,
  options: [option('A10G', '1.01', [2, 1, 5, 2]), option('A100', '3.67', [20, 20, 40, 20])],
};

type Values = ReadonlyMap<string, number>;

/** Tries every assignment: the oracle of a program small enough for it. Replicas follow from what they are to hold. */
function solveByTrying(program: IntegerProgram): Values | null {
  const takes = program.variables.filter(({ name }) => name.startsWith('x'));
  const counts = program.variables.filter(({ name }) => name.startsWith('y'));
  let best: { values: Values; cost: number } | null = null;
  for (const assignment of product(takes.map(({ most }) => most))) {
    const values = new Map(takes.map(({ name }, i) => [name, assignment[i] ?? 0]));
    for (const { name } of counts) values.set(name, Math.ceil(loadOf(program, name, values) - 1e-9));
    const cost = counts.reduce((sum, { name, cost: each }) => sum + each * (values.get(name) ?? 0), 0);
    if (holds(program, values) && (best === null || cost < best.cost)) best = { values, cost };
  }
  return best?.values ?? null;
}

function* product(most: readonly number[]): Generator<readonly number[]> {
  const [first, ...rest] = most;
  if (first === undefined) yield [];
  else for (let n = 0; n <= first; n += 1) for (const tail of product(rest)) yield [n, ...tail];
}

function loadOf({ constraints }: IntegerProgram, replicas: string, values: Values): number {
  const within = constraints.find(({ terms }) => terms.some(({ variable }) => variable === replicas));
  return (within?.terms ?? []).reduce(
    (sum, { variable, factor }) => sum + (variable === replicas ? 0 : factor * (values.get(variable) ?? 0)),
    0,
  );
}

function holds({ constraints, variables }: IntegerProgram, values: Values): boolean {
  const sums = constraints.map(({ terms }) =>
    terms.reduce((sum, { variable, factor }) => sum + factor * (values.get(variable) ?? 0), 0),
  );
  return (
    constraints.every(({ sense, bound }, i) => (sense === '=' ? sums[i] === bound : (sums[i] ?? 0) <= bound + 1e-9)) &&
    variables.every(({ name, most }) => (values.get(name) ?? 0) <= most)
  );
}

function mixOf(problem: MixProblem) {
  const values = solveByTrying(mixProgram(problem));
  return values && readMix(problem, (variable) => values.get(variable) ?? 0);
}

describe('the cheapest mix of servers', () => {
  it('of the published example is 3 x A10G and 1 x A100 for 6.70 an hour', () => {
    const mix = mixOf(published);
    assert.deepEqual(mix?.replicas, [
      { option: 'A10G', count: 3 },
      { option: 'A100', count: 1 },
    ]);
    assert.equal(formatCents(mix.hourly), '6.70');
  });

  it('gives no request to what cannot answer it', () => {
    const options = [option('small', '0.10', [0, 5]), option('large', '9', [5, 5])];
    const mix = mixOf({ rates: [1, 1], slices: 1, options });
    assert.ok(mix?.replicas.some(({ option: name }) => name === 'large'));
    assert.ok(!mixProgram({ rates: [1], slices: 1, options }).variables.some(({ name }) => name === 'x0_0'));
  });

  it('has no solution where nothing answers a size', () =>
    assert.equal(mixOf({ rates: [1], slices: 1, options: [option('small', '1', [0])] }), null));

  it('splits a size between options when slices allow it', () => {
    const options = [option('a', '1', [1], 1), option('b', '1', [1], 1)];
    assert.equal(mixOf({ rates: [2], slices: 1, options }), null);
    assert.equal(mixOf({ rates: [2], slices: 2, options })?.replicas.length, 2);
  });

  it('uses no more replicas than fit', () => {
    const options = [option('few', '1', [1], 2), option('many', '5', [1])];
    assert.deepEqual(mixOf({ rates: [3], slices: 3, options })?.replicas, [
      { option: 'few', count: 2 },
      { option: 'many', count: 1 },
    ]);
  });

  it('ignores sizes that nobody asks for', () =>
    assert.equal(mixProgram({ ...published, rates: [0, 0, 0, 0] }).variables.length, 2));
});

describe('the program for a solver', () => {
  it('names objective, constraints, bounds and whole numbers', () => {
    const text = lpText(mixProgram(published));
    assert.match(text, /^Minimize\n cost: \+ 1\.01 y0 \+ 3\.67 y1\nSubject To\n all_of_0: \+ 1 x0_0 \+ 1 x0_1 = 1\n/);
    assert.match(text, / within_0: \+ 3 x0_0 .* - 1 y0 <= 0\n/);
    assert.match(text, /General\n y0 y1 x0_0 .*\nEnd\n$/);
  });
});

describe('the mix problem of a cluster', () => {
  const sizes = [
    { inputTokens: 200, outputTokens: 100, requestsPerSecond: 5 },
    { inputTokens: 8_000, outputTokens: 500, requestsPerSecond: 1 },
  ];
  const need = {
    model: facts('Qwen/Qwen2.5-7B-Instruct'),
    quantization: 'None',
    placement: {},
    limits: limitsOf({ serving: { maxInterTokenLatencyMilliseconds: 90 } }),
    slices: 4,
  } as const;
  const unpriced = aNode({ name: 'unpriced', gpus: 8, labels: { 'nvidia.com/gpu.product': 'NVIDIA-L4' } });
  const problem = mixProblem(poolsOf(h100Node(), l4Node(), unpriced), sizes, need);

  it('has an option for each pool and number of GPUs with a price', () =>
    assert.deepEqual(
      problem.options.map(({ name }) => name.replace(/ of .*/, '')),
      ['1 × H100-SXM', '2 × H100-SXM', '4 × H100-SXM', '8 × H100-SXM', '1 × L4'],
    ));

  it('spreads the layers over stages where the heads do not divide', () =>
    assert.ok(problem.options.some(({ name }) => name.endsWith('in 2 stages of 4'))));

  it('gives long requests less than short ones, everywhere', () => {
    for (const {
      throughput: [short = 0, long = 0],
    } of problem.options)
      assert.ok(short > long);
  });

  it('does not hand out more GPUs of a pool than are free', () => {
    const [shared] = mixProgram(problem).constraints.filter(({ name }) => name.startsWith('shared'));
    assert.deepEqual(
      shared?.terms.map(({ factor }) => factor),
      [1, 2, 4, 8],
    );
    assert.equal(shared?.bound, 8);
  });
});
