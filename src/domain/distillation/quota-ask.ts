/** What a job needs from its namespace's quotas to run now, from its plan or, before there is one, from a guess. */
import type { DistillationJob, DistillationJobStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { compareMoney, type Money, parseMoney, ZERO_MONEY } from '../money.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import type { Pool } from '../planning/pool.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { NamespaceRules } from '../quota/allowance.ts';
import type { Ask } from '../quota/job-view.ts';
import { larger, plus, type Usage } from '../quota/usage.ts';
import { choicePool, findCandidate, nextCandidate, poolNamed } from './candidate-choice.ts';
import { placedUnder, profilePool } from './profile-step.ts';
import { costOf } from './stage-cost.ts';

/**
 * A stop takes this long to show: a charge is up to a minute old, a checkpoint may take two, and the status has to make its
 * way. So much is kept free below every limit, and so no limit is passed.
 */
export const marginSeconds = 240;
/** What is asked for when there is no estimate, or when an estimate was too low. */
const chunkSeconds = 900;
/** Estimates of training time are right to about half. */
const estimateSlack = 1.5;

export interface AskInput {
  readonly job: DistillationJob;
  /** As it is now, or as a draft has it. */
  readonly status: DistillationJobStatus;
  readonly pools: readonly Pool[];
  readonly catalogue: Catalogue;
  readonly rules: NamespaceRules;
}

export function usageOf(status: DistillationJobStatus | undefined): Usage {
  return {
    cost: parseMoney(status?.cost?.spent ?? '0') ?? ZERO_MONEY,
    gpuSeconds: status?.cost?.gpuSeconds ?? 0,
  };
}

/** What the status of a job counts in. */
export function currencyOf({ spec }: DistillationJob): string {
  return spec.constraints.budget?.currency ?? 'USD';
}

/** Undefined while the job wants to run nothing. */
export function askOf(input: AskInput, quotaCurrency: string): Ask | undefined {
  if (isAtRest(input)) return undefined;
  const choice = choiceNow(input);
  if (choice === undefined) return undefined;
  const usage = usageOf(input.status);
  const price = priceOf(choice, currencyOf(input.job));
  const minimum = plus(usage, during(marginSeconds, choice, price));
  return {
    gpus: choice.gpus,
    minimum,
    wanted: larger(minimum, wanted(input, plus(usage, during(chunkSeconds, choice, price)))),
    unpriced: price === undefined || currencyOf(input.job) !== quotaCurrency,
  };
}

function isAtRest({ job, status }: AskInput): boolean {
  const is = (type: string, value: string, reason?: string): boolean =>
    status.conditions?.some((c) => c.type === type && c.status === value && (reason ?? c.reason) === c.reason) ?? false;
  return (
    job.spec.suspend === true ||
    is('Accepted', 'False') ||
    is('PlanSelected', 'False', 'AwaitingApproval') ||
    is('BudgetAvailable', 'False') ||
    is('Succeeded', 'True') ||
    is('Succeeded', 'False')
  );
}

/** Where the next pods go, or where those that run are. */
function choiceNow({ job, status, pools, catalogue, rules }: AskInput): PoolChoice | undefined {
  const open = status.stages?.find(({ state }) => state === 'Pending' || state === 'Running');
  if (open !== undefined) return choicePool(pools, open, status);
  const { plan, attempts = [] } = status;
  if (plan?.selected === undefined) return profilePool(pools, placedUnder(job.spec, rules), catalogue);
  const last = attempts.at(-1);
  const candidate = last?.state === 'Running' ? findCandidate(plan, last.candidate) : nextCandidate(plan, attempts);
  return poolNamed(pools, candidate?.trainingPool, candidate?.trainingGpus ?? 0);
}

/** For one second; undefined when it is not known. */
function priceOf(choice: PoolChoice, currency: string): Money | undefined {
  return costOf(1, choice, currency);
}

function during(seconds: number, { gpus }: PoolChoice, price: Money | undefined): Usage {
  return { cost: ((price ?? ZERO_MONEY) * BigInt(seconds)) as Money, gpuSeconds: gpus * seconds };
}

/** The plan's estimate with slack, a teacher's whole budget, and never more money than the budget. */
function wanted({ job, status }: AskInput, atLeast: Usage): Usage {
  const usage = usageOf(status);
  const planned = trainingStarted(status) ? atLeast : larger(atLeast, plus(usage, estimateOf(status)));
  const budget = parseMoney(job.spec.constraints.budget?.amount ?? '');
  if (budget === null) return planned;
  // An API is paid when a stage is over, in one sum that no tick can stop.
  const byTheToken = job.spec.teachers.some(({ endpoint }) => endpoint !== undefined);
  const cost = byTheToken || compareMoney(planned.cost, budget) > 0 ? budget : planned.cost;
  return { ...planned, cost };
}

function trainingStarted({ stages = [] }: DistillationJobStatus): boolean {
  return stages.some(({ name, state }) => name === 'Train' && (state === 'Running' || state === 'Succeeded'));
}

function estimateOf({ plan, attempts = [] }: DistillationJobStatus): Usage {
  if (plan === undefined) return { cost: ZERO_MONEY, gpuSeconds: 0 };
  const last = attempts.at(-1);
  const candidate = last?.state === 'Running' ? findCandidate(plan, last.candidate) : nextCandidate(plan, attempts);
  const { trainingCost = '0', trainingSeconds = 0 } = candidate?.predicted ?? {};
  const slack = BigInt(estimateSlack * 10);
  return {
    cost: (((parseMoney(trainingCost) ?? ZERO_MONEY) * slack) / 10n) as Money,
    gpuSeconds: Math.ceil(trainingSeconds * (candidate?.trainingGpus ?? 0) * estimateSlack),
  };
}
