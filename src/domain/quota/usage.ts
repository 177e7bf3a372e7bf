/** What a job has used, or may use: money and GPU time. Exact, so that a ledger adds up to the cent. */
import type { LedgerAmount } from '../../api/v1alpha1/distillation-quota.gen.ts';
import { addMoney, compareMoney, formatMoney, type Money, parseMoney, subtractMoney, ZERO_MONEY } from '../money.ts';

export interface Usage {
  readonly cost: Money;
  /** Whole seconds of one GPU. */
  readonly gpuSeconds: number;
}

export const nothing: Usage = { cost: ZERO_MONEY, gpuSeconds: 0 };

/** As the ledger stores it; an amount that is not there, or not readable, is nothing. */
export function readUsage(stored: LedgerAmount | undefined): Usage {
  return { cost: parseMoney(stored?.cost ?? '0') ?? ZERO_MONEY, gpuSeconds: stored?.gpuSeconds ?? 0 };
}

export function writeUsage({ cost, gpuSeconds }: Usage): LedgerAmount {
  return { cost: formatMoney(cost), gpuSeconds };
}

export function plus(left: Usage, right: Usage): Usage {
  return { cost: addMoney(left.cost, right.cost), gpuSeconds: left.gpuSeconds + right.gpuSeconds };
}

/** `left - right`, and never less than nothing: a job's usage only grows, so less is a reading of an older state. */
export function excess(left: Usage, right: Usage): Usage {
  const cost = subtractMoney(left.cost, right.cost);
  return {
    cost: compareMoney(cost, ZERO_MONEY) < 0 ? ZERO_MONEY : cost,
    gpuSeconds: Math.max(0, left.gpuSeconds - right.gpuSeconds),
  };
}

export function larger(left: Usage, right: Usage): Usage {
  return {
    cost: compareMoney(left.cost, right.cost) >= 0 ? left.cost : right.cost,
    gpuSeconds: Math.max(left.gpuSeconds, right.gpuSeconds),
  };
}

/** Whether `limit` has room for all of `usage`. */
export function covers(limit: Usage, usage: Usage): boolean {
  return compareMoney(limit.cost, usage.cost) >= 0 && limit.gpuSeconds >= usage.gpuSeconds;
}

export function isNothing({ cost, gpuSeconds }: Usage): boolean {
  return cost === 0n && gpuSeconds === 0;
}

/** Whole GPU-seconds of a decimal number of hours, such as "12.5". */
export function gpuSecondsOfHours(hours: string): number {
  return Math.floor(Number(hours) * 3600);
}

/** GPU-seconds in hours, to the hundredth. */
export function hoursText(gpuSeconds: number): string {
  return (gpuSeconds / 3600).toFixed(2);
}
