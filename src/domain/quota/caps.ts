/** The caps of a quota, each with the words to explain it. Pure arithmetic over what is spent, reserved and asked for. */
import type { DistillationQuotaSpec } from '../../api/v1alpha1/distillation-quota.gen.ts';
import { formatCents, type Money, parseMoney, ZERO_MONEY } from '../money.ts';
import { gpuSecondsOfHours, hoursText } from './usage.ts';

/** What is taken, or asked for, in the units of the caps. */
export interface Holding {
  readonly cost: Money;
  readonly gpuSeconds: number;
  readonly gpus: number;
  readonly jobs: number;
}

export type CapName = 'cost' | 'gpuHours' | 'gpus' | 'jobs';

export interface Cap {
  readonly name: CapName;
  /** Where it stands in the quota. */
  readonly field: string;
  /** Counts per period, so that the end of the period frees what was spent. */
  readonly perPeriod: boolean;
  readonly limit: bigint;
  of(holding: Holding): bigint;
  text(amount: bigint): string;
}

export const noHolding: Holding = { cost: ZERO_MONEY, gpuSeconds: 0, gpus: 0, jobs: 0 };

export function addHolding(left: Holding, right: Holding): Holding {
  return {
    cost: (left.cost + right.cost) as Money,
    gpuSeconds: left.gpuSeconds + right.gpuSeconds,
    gpus: left.gpus + right.gpus,
    jobs: left.jobs + right.jobs,
  };
}

type Limits = DistillationQuotaSpec['limits'];

/** The caps on all jobs together. */
export function namespaceCaps({ limits, currency }: DistillationQuotaSpec): Cap[] {
  return caps(limits, 'spec.limits', currency);
}

/** The caps on a single job. */
export function largestJobCaps({ largestJob, currency }: DistillationQuotaSpec): Cap[] {
  return caps(largestJob, 'spec.largestJob', currency);
}

function caps(limits: Limits, path: string, currency: string): Cap[] {
  const made = [
    cost(limits.cost, path, currency),
    gpuHours(limits.gpuHours, path),
    count('gpus', limits.gpus, path),
    count('jobs', limits.jobs, path),
  ];
  return made.filter((cap) => cap !== undefined);
}

function cost(limit: string | undefined, path: string, currency: string): Cap | undefined {
  if (limit === undefined) return undefined;
  return {
    name: 'cost',
    field: `${path}.cost`,
    perPeriod: true,
    limit: parseMoney(limit) ?? ZERO_MONEY,
    of: (holding) => holding.cost,
    text: (amount) => `${formatCents(amount as Money)} ${currency}`,
  };
}

function gpuHours(limit: string | undefined, path: string): Cap | undefined {
  if (limit === undefined) return undefined;
  return {
    name: 'gpuHours',
    field: `${path}.gpuHours`,
    perPeriod: true,
    limit: BigInt(gpuSecondsOfHours(limit)),
    of: (holding) => BigInt(holding.gpuSeconds),
    text: (amount) => `${hoursText(Number(amount))} GPU-hours`,
  };
}

function count(name: 'gpus' | 'jobs', limit: number | undefined, path: string): Cap | undefined {
  if (limit === undefined) return undefined;
  const unit = name === 'gpus' ? 'GPU(s)' : 'job(s)';
  return {
    name,
    field: `${path}.${name}`,
    perPeriod: false,
    limit: BigInt(limit),
    of: (holding) => BigInt(holding[name]),
    text: (amount) => `${amount} ${unit}`,
  };
}
