/**
 * Compares what the planner chooses with accuracy-first and cost-first selection over random requests on a generated fleet of
 * 3,700 nodes in five regions, two of them of spot capacity. Exits with 1 when it is less than 22 % better than either, by any of
 * five weightings. `make bench-score`
 *
 * The overall score of a choice is the weighted mean of four utilities in [0, 1]: accuracy as a difference, latency, training time and
 * cost as ratios, each 1 for the best and 0 for the worst on the request's Pareto front. All three ways to select see the
 * same front and the same estimates, so that nobody loses by choosing something dominated. Ties of the baselines (the same
 * accuracy on other hardware) are broken by the other baseline's objective, and, in the rows called "at best", by the overall score
 * itself, which no real selector of that kind would know. The last row of each block is the highest score that any choice can have:
 * where it is less than 22 % over a baseline, no planner can be.
 */
import { combineGroups } from '../../../src/domain/planning/combine.ts';
import { enumerate } from '../../../src/domain/planning/enumerate.ts';
import { limitsOf } from '../../../src/domain/planning/limits.ts';
import type { Scored } from '../../../src/domain/planning/objectives.ts';
import { RejectionLog } from '../../../src/domain/planning/rejections.ts';
import type { PlanInputs, Weights } from '../../../src/domain/planning/request.ts';
import { rankFront } from '../../../src/domain/planning/select.ts';
import { renderTable } from '../../../src/cli/table.ts';
import { Limits, percent } from '../limits.ts';
import { randomInputs, random, type Random, scoreFleet } from './random-requests.ts';

const WEIGHTINGS: Readonly<Record<string, Weights>> = {
  equal: { accuracy: 25, latency: 25, trainingTime: 25, cost: 25 },
  accuracy: { accuracy: 40, latency: 20, trainingTime: 20, cost: 20 },
  latency: { accuracy: 20, latency: 40, trainingTime: 20, cost: 20 },
  'training time': { accuracy: 20, latency: 20, trainingTime: 40, cost: 20 },
  cost: { accuracy: 20, latency: 20, trainingTime: 20, cost: 40 },
};

type Row = readonly number[];

/** Accuracy, seconds per request, seconds to train, cost. */
function metricsOf({ exact }: Scored): Row {
  return [1 - exact.shortfall, exact.requestSeconds, exact.trainingSeconds, exact.cost];
}

function utilitiesOf(front: readonly Scored[]): ReadonlyMap<Scored, Row> {
  const scaled = front.map((point) => {
    const [accuracy = 0, ...ratios] = metricsOf(point);
    return [accuracy, ...ratios.map((value) => -Math.log(value))];
  });
  const columns = [0, 1, 2, 3].map((k) => scaled.map((row) => row[k] ?? 0));
  const ranges = columns.map((column) => [Math.min(...column), Math.max(...column)] as const);
  return new Map(
    front.map((point, i) => [
      point,
      ranges.map(([worst, best], k) => (best > worst ? ((scaled[i]?.[k] ?? 0) - worst) / (best - worst) : 1)),
    ]),
  );
}

function overall(utilities: Row, weights: Weights): number {
  const [accuracy = 0, latency = 0, trainingTime = 0, cost = 0] = utilities;
  const sum =
    accuracy * weights.accuracy + latency * weights.latency + trainingTime * weights.trainingTime + cost * weights.cost;
  return sum / (weights.accuracy + weights.latency + weights.trainingTime + weights.cost);
}

type Select = (front: readonly Scored[], score: (point: Scored) => number, weights: Weights) => Scored | undefined;

/** The first by several keys, less being better. */
function least(front: readonly Scored[], ...keys: readonly ((point: Scored) => number)[]): Scored | undefined {
  return front.toSorted((a, b) => keys.reduce((order, key) => order || key(a) - key(b), 0))[0];
}

const shortfall = ({ exact }: Scored): number => exact.shortfall;
const cost = ({ exact }: Scored): number => exact.cost;

const SELECTORS: Readonly<Record<string, Select>> = {
  'the planner': (front, _score, weights) => rankFront(front, { weights })[0]?.item,
  'the planner, Balanced': (front) => rankFront(front, { policy: 'Balanced' })[0]?.item,
  'accuracy-first': (front) => least(front, shortfall, cost),
  'accuracy-first, at best': (front, score) => least(front, shortfall, (point) => -score(point)),
  'cost-first': (front) => least(front, cost, shortfall),
  'cost-first, at best': (front, score) => least(front, cost, (point) => -score(point)),
  'any choice': (front, score) => least(front, (point) => -score(point)),
};

/** Those the planner is held against, and by how much it has to be better. */
const BASELINES = ['accuracy-first', 'cost-first'] as const;
const GAIN = 0.22;

interface Outcome {
  readonly score: number;
  readonly metrics: Row;
}

type Outcomes = ReadonlyMap<string, Outcome[]>;

function frontOf(inputs: PlanInputs): readonly Scored[] {
  const log = new RejectionLog();
  return combineGroups(enumerate(inputs, limitsOf(inputs.request.constraints), log).groups, log);
}

function record(front: readonly Scored[], outcomes: ReadonlyMap<string, Outcomes>): void {
  const utilities = utilitiesOf(front);
  for (const [name, weights] of Object.entries(WEIGHTINGS)) {
    const score = (point: Scored): number => overall(utilities.get(point) ?? [], weights);
    for (const [selector, select] of Object.entries(SELECTORS)) {
      const chosen = select(front, score, weights);
      if (chosen)
        outcomes
          .get(name)
          ?.get(selector)
          ?.push({ score: score(chosen), metrics: metricsOf(chosen) });
    }
  }
}

function emptyOutcomes(): ReadonlyMap<string, Outcomes> {
  const selectors = Object.keys(SELECTORS);
  return new Map(
    Object.keys(WEIGHTINGS).map((name) => [
      name,
      new Map(selectors.map((selector): [string, Outcome[]] => [selector, []])),
    ]),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle of the ratios: one run of a week must not speak for all. */
function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

function scoreOf(outcomes: Outcomes, selector: string): number {
  return mean((outcomes.get(selector) ?? []).map(({ score }) => score));
}

function holdGains(weighting: string, outcomes: Outcomes, limits: Limits): void {
  const ours = scoreOf(outcomes, 'the planner');
  for (const baseline of BASELINES) {
    const gain = ours / scoreOf(outcomes, baseline) - 1;
    limits.atLeast(`weighted to ${weighting}: over ${baseline}`, gain, GAIN, percent);
  }
}

function rowsOf(weighting: string, outcomes: Outcomes): readonly (readonly string[])[] {
  const ours = scoreOf(outcomes, 'the planner');
  return [...outcomes].map(([selector, found], i) => {
    const score = mean(found.map((outcome) => outcome.score));
    const metric = (k: number): readonly number[] => found.map(({ metrics }) => metrics[k] ?? 0);
    return [
      i === 0 ? weighting : '',
      selector,
      score.toFixed(3),
      i === 0 ? '' : `${ours >= score ? '+' : ''}${((ours / score - 1) * 100).toFixed(1)} %`,
      mean(metric(0)).toFixed(3),
      geometricMean(metric(1)).toFixed(2),
      geometricMean(metric(2)).toFixed(0),
      geometricMean(metric(3)).toFixed(0),
    ];
  });
}

const COLUMNS = [
  { title: 'WEIGHTED TO' },
  { title: 'SELECTED BY' },
  { title: 'SCORE', align: 'right' },
  { title: 'PLANNER IS', align: 'right' },
  { title: 'ACCURACY', align: 'right' },
  { title: 'REQUEST-S', align: 'right' },
  { title: 'TRAIN-S', align: 'right' },
  { title: 'COST', align: 'right' },
] as const;

function printScores(requests: number, seed: number): void {
  const next: Random = random(seed);
  const pools = scoreFleet(next);
  const outcomes = emptyOutcomes();
  let infeasible = 0;
  for (let i = 0; i < requests; i += 1) {
    const front = frontOf(randomInputs(next, pools));
    if (front.length === 0) infeasible += 1;
    else record(front, outcomes);
  }
  console.log(
    `${requests} requests, ${infeasible} of them infeasible; seed ${seed}; ${pools.length} pools of 3,700 nodes\n`,
  );
  console.log(
    renderTable(
      COLUMNS,
      [...outcomes].flatMap(([weighting, found]) => rowsOf(weighting, found)),
    ),
  );
  const limits = new Limits();
  for (const [weighting, found] of outcomes) holdGains(weighting, found, limits);
  limits.report();
}

printScores(1_000, 1);
