/** Adds to the bill: the job's, and that of the trial run it is for. */
import type { CostStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { addMoney, formatMoney, type Money, parseMoney, ZERO_MONEY } from '../money.ts';
import type { Draft } from './draft.ts';

/** @param amount undefined for what has no known price: the total is then a lower bound, and says so. */
export function spend(draft: Draft, stage: string, amount: Money | undefined): void {
  const total = billOf(draft);
  if (amount === undefined) {
    draft.status.cost = { ...total, unknown: true };
    return;
  }
  draft.status.cost = { ...total, spent: plus(total.spent, amount) };
  if (stage !== 'Pilot' || draft.status.pilots === undefined) return;
  draft.status.pilots = draft.status.pilots.map((pilot) =>
    pilot.state === 'Running' ? { ...pilot, cost: plus(pilot.cost, amount) } : pilot,
  );
}

/** What is on the bill, which is empty at first. */
export function billOf({ job, status }: Draft): CostStatus {
  return status.cost ?? { spent: '0', currency: job.spec.constraints.budget?.currency ?? 'USD' };
}

/** Seconds of single GPUs. */
export function countGpus(draft: Draft, seconds: number): void {
  const total = billOf(draft);
  draft.status.cost = { ...total, gpuSeconds: (total.gpuSeconds ?? 0) + seconds };
}

export function plus(amount: string | undefined, increase: Money): string {
  return formatMoney(addMoney(parseMoney(amount ?? '0') ?? ZERO_MONEY, increase));
}
