import { addMoney, costOfSeconds, costOfTokens, type Money, moneyToNumber, parseMoney, ZERO_MONEY } from '../money.ts';
import { forbidUse } from './allowance.ts';
import { isOver, type Limits, moneyText } from './limits.ts';
import { type Pair, teacherGenerates } from './pair.ts';
import type { Refusal } from './placement.ts';
import type { Pool } from './pool.ts';
import type { Allowance } from './request.ts';
import { gpuText, refuseCpu } from './serving-option.ts';
import type { Site } from './site.ts';
import type { TrainingWork } from './training-fit.ts';

const HOUR = 3600;

/** Where a pair could be trained, how long that takes and what it costs, with the teacher's work. */
export class TrainingOption {
  readonly pool: Pool;
  /** Per node; 0 on a pool without GPUs. */
  readonly gpus: number;
  readonly nodes: number;
  readonly seconds: number;
  /** The cost as a float, for comparisons; Infinity when unknown. */
  readonly amount: number;
  readonly #hourly: Money | null;
  readonly #tokens: Money | null;

  constructor({ pool, gpus, nodes, hourly }: Site, seconds: number, tokens: Money | null) {
    this.pool = pool;
    this.gpus = gpus;
    this.nodes = nodes;
    this.seconds = seconds;
    this.#hourly = hourly;
    this.#tokens = tokens;
    this.amount =
      hourly === null || tokens === null ? Infinity : (moneyToNumber(hourly) * seconds) / HOUR + moneyToNumber(tokens);
  }

  /** Exact, and worked out only for the few options that somebody reads or that are close to a limit. */
  get cost(): Money | null {
    if (this.#hourly === null || this.#tokens === null) return null;
    return addMoney(costOfSeconds(this.#hourly, this.seconds), this.#tokens);
  }
}

/** Why nothing can be trained there, whatever it is. */
export function refuseSite({ pool, gpus, nodes, slots }: Site): Refusal | null {
  if (pool.gpu?.sharing === 'Mig')
    return {
      reason: 'MigNotTrainable',
      message: `${pool.gpu.resource} is a slice of a GPU: served on, never trained on`,
    };
  if (gpus === 0) return refuseCpu(pool);
  if (slots >= nodes) return null;
  const needed = nodes === 1 ? `${gpuText(gpus)} of one node` : `${gpuText(gpus)} of each of ${nodes} nodes`;
  return { reason: 'NotEnoughFreeGpus', message: `training needs ${needed} free; ${slots} such are` };
}

/** What an API teacher's tokens cost; nothing for one that runs in the cluster. Null when its prices are not given. */
export function endpointCost(pair: Pair, { workload, rationale }: TrainingWork): Money | null {
  const { endpoint } = pair.teacher.option;
  if (!endpoint || !teacherGenerates(pair, rationale)) return ZERO_MONEY;
  const input = parseMoney(endpoint.inputPerMillionTokens ?? '');
  const output = parseMoney(endpoint.outputPerMillionTokens ?? '');
  if (input === null || output === null) return null;
  return addMoney(
    costOfTokens(input, workload.rows * workload.promptTokens),
    costOfTokens(output, workload.rows * workload.completionTokens),
  );
}

export function refuseSeconds(seconds: number, { trainingSeconds: limit }: Limits): Refusal | null {
  if (limit === undefined || seconds <= limit) return null;
  return {
    reason: 'DeadlineExceeded',
    message: `generating data and training take ${Math.ceil(seconds)} s; the limit is ${limit} s`,
  };
}

export function refuseTokens(pair: Pair, tokens: Money | null, limits: Limits): Refusal | null {
  if (tokens !== null || limits.budget === undefined || limits.allowUnknownPrice) return null;
  return {
    reason: 'PriceUnknown',
    message: `the price of a token of ${pair.teacher.option.name} is not given and there is a budget`,
  };
}

/** Floats are only trusted where they are far from the limit. */
const NEAR = 1e-6;

/** What a job may spend, by its own limits and by the quotas of its namespace. */
export interface Means {
  readonly limits: Limits;
  readonly allowances: readonly Allowance[];
}

/** Of sites alike, the dearer breaks whatever the cheaper one breaks. */
export function refuseUse(option: TrainingOption, { limits, allowances }: Means): Refusal | null {
  const refusal = refuseCost(option, limits);
  if (refusal || allowances.length === 0) return refusal;
  const { pool, gpus, nodes, seconds, cost } = option;
  const use = { gpus: gpus * nodes, gpuResource: pool.gpu?.resource, seconds, cost, currency: limits.currency };
  return forbidUse(use, allowances);
}

function refuseCost(option: TrainingOption, { budget, currency }: Limits): Refusal | null {
  if (budget === undefined || option.amount === Infinity) return null;
  if (option.amount < moneyToNumber(budget) * (1 - NEAR) - NEAR) return null;
  const { cost } = option;
  if (!isOver(cost, budget)) return null;
  return {
    reason: 'BudgetExceeded',
    message: `generating data and training cost ${moneyText(cost, currency)}; the budget is ${moneyText(budget, currency)}`,
  };
}
