/** Every way to serve one model, held against its targets: what is on the front, which is chosen, and why the others are not. */
import { moneyToNumber, timesRatio } from '../money.ts';
import { compareText } from '../text.ts';
import type { CalibrationFactor } from './calibration.ts';
import { isOver, type Limits, moneyText } from './limits.ts';
import { servingMemory } from './memory.ts';
import { type Point, paretoFront } from './pareto.ts';
import { type Refusal, refusePool } from './placement.ts';
import type { Pool } from './pool.ts';
import { type Quantization, quantized } from './quantization.ts';
import type { Placement } from './request.ts';
import { serveOn, type ServingNeed, type ServingOption } from './serving-option.ts';
import { servingDevice, type ServingSite, servingSites, suits } from './serving-site.ts';

/** What is asked, whatever the weights are stored as. */
export type QuestionNeed = Omit<ServingNeed, 'quantization' | 'known'>;

export interface ServingQuestion {
  readonly pools: readonly Pool[];
  readonly placement: Placement;
  readonly need: QuestionNeed;
  /** In order of preference: a later one is looked at when nothing holds the targets with those before. */
  readonly quantizations: readonly Quantization[];
  /** That are wanted whatever the load. */
  readonly replicas: number;
  /** Of the server's image. */
  readonly calibration?: readonly CalibrationFactor[];
}

export interface ServingPlan {
  /** That nothing beats in both latency and price, the cheapest first. */
  readonly front: readonly ServingOption[];
  /** All that hold the targets, the best first: the cheapest, then the one with fewer GPUs, then the faster. */
  readonly options: readonly ServingOption[];
  /** One sentence per reason why the rest is out. */
  readonly refusals: readonly string[];
}

export function planServing(question: ServingQuestion): ServingPlan {
  let plan: ServingPlan = { front: [], options: [], refusals: [] };
  for (const quantization of question.quantizations) {
    plan = planAs(question, quantization);
    if (plan.options.length > 0) return plan;
  }
  return plan;
}

function planAs(question: ServingQuestion, quantization: Quantization): ServingPlan {
  const options: ServingOption[] = [];
  const need: ServingNeed = { ...question.need, quantization, known: new Map() };
  const refused: { readonly place: string; readonly refusal: Refusal }[] = [];
  for (const pool of question.pools) {
    const refusal = refusePool(pool, question.placement);
    if (refusal !== null) {
      refused.push({ place: pool.name, refusal });
      continue;
    }
    for (const site of servingSites(pool, { currency: need.limits.currency, calibration: question.calibration })) {
      if (!suits(need.model, site)) continue;
      const { gpus } = site;
      const verdict = judge(site, need, question);
      if ('option' in verdict) options.push(verdict.option);
      else refused.push({ place: gpus === 0 ? pool.name : `${gpus} of ${pool.name}`, refusal: verdict.refusal });
    }
  }
  options.sort(compareOptions);
  const front = paretoFront(options.map(point)).map(({ option }) => option);
  return { front: front.toSorted(compareOptions), options, refusals: tellRefusals(refused) };
}

function judge(site: ServingSite, need: ServingNeed, question: ServingQuestion): ReturnType<typeof serveOn> {
  const verdict = serveOn(site, need);
  if (!('option' in verdict)) return verdict;
  const refusal = refuseBill(verdict.option, question);
  return refusal === undefined ? verdict : { refusal };
}

/** The limit is on all replicas together, and more may be wanted than the load needs. */
function refuseBill(
  { hourly, replicas }: ServingOption,
  { need, replicas: wanted }: ServingQuestion,
): Refusal | undefined {
  const { hourlyCost, currency }: Limits = need.limits;
  const bill = hourly === null ? null : timesRatio(hourly, Math.max(1, wanted / replicas));
  if (!isOver(bill, hourlyCost) || hourlyCost === undefined) return undefined;
  return {
    reason: 'HourlyCostExceeded',
    message: `${wanted} replicas cost ${moneyText(bill, currency)} an hour; the limit is ${moneyText(hourlyCost, currency)}`,
  };
}

/** What all replicas cost in an hour; Infinity when nobody knows. */
export function hourlyOf({ hourly }: ServingOption): number {
  return hourly === null ? Infinity : moneyToNumber(hourly);
}

function point(option: ServingOption): Point & { readonly option: ServingOption } {
  const name = `${option.pool.name}/${option.gpus}/${option.pipeline}`;
  return { name, option, values: [hourlyOf(option), option.atLoad.requestSeconds] };
}

function compareOptions(a: ServingOption, b: ServingOption): number {
  const [left, right] = [hourlyOf(a), hourlyOf(b)];
  if (left !== right) return left < right ? -1 : 1;
  return (
    a.gpus * a.replicas - b.gpus * b.replicas ||
    a.atLoad.requestSeconds - b.atLoad.requestSeconds ||
    a.pipeline - b.pipeline ||
    compareText(a.pool.name, b.pool.name)
  );
}

function tellRefusals(refused: readonly { readonly place: string; readonly refusal: Refusal }[]): string[] {
  const groups = Map.groupBy(refused, ({ refusal }) => refusal.reason);
  return [...groups.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const others = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
    return [`${first.place}: ${first.refusal.message}${others}`];
  });
}

/** An estimate may be a little high, and an engine that finds less memory than it was told to use does not start. */
const memoryMargin = 0.8;

/**
 * The longest request that memory holds there, in tokens; undefined when that is all the model can take, or nobody knows how
 * much that is.
 */
export function longestRequest(need: QuestionNeed, option: ServingOption): number | undefined {
  const { pool, gpus, pipeline, quantization } = option;
  const device = { ...servingDevice(pool, gpus), stages: pipeline };
  const served = quantized(need.model, device, pool, quantization);
  const one = servingMemory(served, 1);
  const perToken = servingMemory(served, 2).neededBytes - one.neededBytes;
  const free = one.usableBytes - (one.neededBytes - perToken);
  const tokens = Math.floor((memoryMargin * free) / perToken);
  const { maxPositions } = need.model;
  return maxPositions > 0 && tokens < maxPositions && tokens > 0 ? tokens : undefined;
}
