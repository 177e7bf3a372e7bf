/** Adds to the bill: the job's, and that of the trial run it is for. */
import { addMoney, formatMoney, type Money, parseMoney, ZERO_MONEY } from '../money.ts';
import type { Draft } from './draft.ts';

/** @param amount undefined for what has no known price: the total is then a lower bound, and says so. */
export function spend(draft: Draft, stage: string, amount: Money | undefined): void {
  const currency = draft.job.spec.constraints.budget?.currency ?? 'USD';
  const total = draft.status.cost ?? { spent: '0', currency };
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

export function plus(amount: string | undefined, increase: Money): string {
  return formatMoney(addMoney(parseMoney(amount ?? '0') ?? ZERO_MONEY, increase));
}
