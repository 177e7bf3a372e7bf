/**
 * Compares what the planner chooses with accuracy-first and cost-first selection over random requests on a generated fleet of
 * 3,700 nodes in five regions, two of them of spot capacity. `make bench-score`
 *
 * The overall score of a choice is the weighted mean of four utilities in [0, 1]: accuracy as a difference, latency, training time and
 * cost as ratios, each 1 for the best and 0 for the worst on the request's Pareto front. All ways to select see the
 * same front and the same estimates, so that nobody loses by choosing something dominated. Ties of a baseline (the same
 * accuracy on other hardware) are broken in its favour, by the overall score itself, which no real selector of that kind would know.
 * "Any choice" is the highest score that there is on each front: by how much that is over a baseline, the planner can be at most.
 *
 * A published result is 22 % over either baseline. For each of five weightings and both baselines the bench says whether it holds, could
 * hold, or cannot. It exits with 1 for what it can prove: a planner that is below a baseline, or below 98 % of the best there is.
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
import { SERVING_MIX } from './fleet.ts';
import { randomInputs, random, type Random, scoreFleet, USUAL_WORLD, type World } from './random-requests.ts';

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

const OURS = 'the planner';
const BEST = 'any choice';

const SELECTORS: Readonly<Record<string, Select>> = {
  [OURS]: (front, _score, weights) => rankFront(front, { weights })[0]?.item,
  'the planner, Balanced': (front) => rankFront(front, { policy: 'Balanced' })[0]?.item,
  'accuracy-first': (front, score) => least(front, shortfall, (point) => -score(point)),
  'cost-first': (front, score) => least(front, cost, (point) => -score(point)),
  [BEST]: (front, score) => least(front, (point) => -score(point)),
};

const BASELINES = ['accuracy-first', 'cost-first'] as const;
/** By how much a published planner is better than either. */
const PUBLISHED_GAIN = 0.22;
/** Of the best score there is. */
const LEAST_SHARE = 0.98;

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

interface Comparison {
  readonly weighting: string;
  readonly baseline: string;
  readonly ours: number;
  readonly theirs: number;
  readonly best: number;
}

function comparisonsOf(all: ReadonlyMap<string, Outcomes>): readonly Comparison[] {
  return [...all].flatMap(([weighting, outcomes]) =>
    BASELINES.map((baseline) => ({
      weighting,
      baseline,
      ours: scoreOf(outcomes, OURS),
      theirs: scoreOf(outcomes, baseline),
      best: scoreOf(outcomes, BEST),
    })),
  );
}

type Verdict = 'holds' | 'could hold' | 'cannot hold';

function verdictOf({ ours, theirs, best }: Comparison): Verdict {
  if (ours / theirs - 1 >= PUBLISHED_GAIN) return 'holds';
  return best / theirs - 1 >= PUBLISHED_GAIN ? 'could hold' : 'cannot hold';
}

function gain(over: number, base: number): string {
  const change = (over / base - 1) * 100;
  return `${change >= 0 ? '+' : ''}${change.toFixed(1)} %`;
}

const right = { align: 'right' } as const;

function printComparisons(comparisons: readonly Comparison[]): void {
  const columns = [
    { title: 'WEIGHTED TO' },
    { title: 'OVER' },
    { title: 'OURS', ...right },
    { title: 'THEIRS', ...right },
    { title: 'MARGIN', ...right },
    { title: 'BEST', ...right },
    { title: 'BEST MARGIN', ...right },
    { title: 'OURS OF BEST', ...right },
    { title: `${percent(PUBLISHED_GAIN)} MORE` },
  ];
  const rows = comparisons.map((comparison) => {
    const { weighting, baseline, ours, theirs, best } = comparison;
    const scores = [ours.toFixed(3), theirs.toFixed(3), gain(ours, theirs), best.toFixed(3), gain(best, theirs)];
    return [weighting, baseline, ...scores, percent(ours / best), verdictOf(comparison)];
  });
  console.log(`\n${renderTable(columns, rows)}`);
  console.log(`\n${summaryOf(comparisons)}`);
}

function summaryOf(comparisons: readonly Comparison[]): string {
  const count = (verdict: Verdict): number => comparisons.filter((one) => verdictOf(one) === verdict).length;
  const shares = comparisons.map(({ ours, best }) => ours / best);
  return (
    `${percent(PUBLISHED_GAIN)} over a baseline holds in ${count('holds')} of ${comparisons.length} comparisons. ` +
    `In ${count('cannot hold')} it cannot on this catalogue: the best choice on every front is less than that over the baseline; ` +
    `in ${count('could hold')} a better planner could. Ours reaches ${percent(Math.min(...shares))} of the best or more.`
  );
}

/** What a change of the planner must not undo. */
function holdWhatIsProved(comparisons: readonly Comparison[], limits: Limits): void {
  for (const { weighting, baseline, ours, theirs } of comparisons)
    limits.atLeast(`weighted to ${weighting}: over ${baseline}`, ours / theirs - 1, 0, percent);
  for (const { weighting, baseline, ours, best } of comparisons)
    if (baseline === BASELINES[0])
      limits.atLeast(`weighted to ${weighting}: of the best there is`, ours / best, LEAST_SHARE, percent);
}

function rowsOf(weighting: string, outcomes: Outcomes): readonly (readonly string[])[] {
  return [...outcomes].map(([selector, found], i) => {
    const metric = (k: number): readonly number[] => found.map(({ metrics }) => metrics[k] ?? 0);
    return [
      i === 0 ? weighting : '',
      selector,
      scoreOf(outcomes, selector).toFixed(3),
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
  { title: 'SCORE', ...right },
  { title: 'ACCURACY', ...right },
  { title: 'REQUEST-S', ...right },
  { title: 'TRAIN-S', ...right },
  { title: 'COST', ...right },
] as const;

interface Draw {
  readonly requests: number;
  readonly seed: number;
  readonly world: World;
}

function compareOver({ requests, seed, world }: Draw) {
  const next: Random = random(seed);
  const pools = scoreFleet(next, world);
  const outcomes = emptyOutcomes();
  let infeasible = 0;
  for (let i = 0; i < requests; i += 1) {
    const front = frontOf(randomInputs(next, pools));
    if (front.length === 0) infeasible += 1;
    else record(front, outcomes);
  }
  return { outcomes, infeasible, pools: pools.length };
}

/** Whether the figures hang on how the world was drawn: the same comparisons elsewhere, with fewer requests. */
const OTHER_WORLDS: Readonly<Record<string, Omit<Draw, 'requests'>>> = {
  'another draw': { seed: 2, world: USUAL_WORLD },
  'no spot capacity': { seed: 1, world: { ...USUAL_WORLD, spotRegions: new Set() } },
  'one price in all regions': { seed: 1, world: { ...USUAL_WORLD, regionFactors: [1, 1] } },
  'mostly GPUs for serving': { seed: 1, world: { ...USUAL_WORLD, mix: SERVING_MIX } },
};
const OTHER_REQUESTS = 200;

const first = { requests: 1_000, seed: 1, world: USUAL_WORLD };
const { outcomes, infeasible, pools } = compareOver(first);
console.log(
  `${first.requests} requests, ${infeasible} of them infeasible; seed ${first.seed}; ${pools} pools of 3,700 nodes\n`,
);
console.log(
  renderTable(
    COLUMNS,
    [...outcomes].flatMap(([weighting, found]) => rowsOf(weighting, found)),
  ),
);
const comparisons = comparisonsOf(outcomes);
printComparisons(comparisons);
const limits = new Limits();
holdWhatIsProved(comparisons, limits);
console.log(`\nOther worlds, ${OTHER_REQUESTS} requests each:`);
for (const [name, draw] of Object.entries(OTHER_WORLDS))
  console.log(`* ${name}. ${summaryOf(comparisonsOf(compareOver({ ...draw, requests: OTHER_REQUESTS }).outcomes))}`);
limits.report();
