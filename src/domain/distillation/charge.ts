/** Adds what a stage's pods cost to its record and to the job's total, in the same status: never twice, never lost. */
import type { Pod } from '../../api/core.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { ZERO_MONEY, addMoney, formatMoney, parseMoney, subtractMoney } from '../money.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { Draft } from './draft.ts';
import { stageCost } from './stage-cost.ts';

export interface Charge {
  readonly draft: Draft;
  readonly record: StageStatus;
  readonly pods: readonly Pod[];
  readonly pool: PoolChoice | undefined;
  /** Pod-seconds that must have passed before a write is worth it; 0 settles. */
  readonly minimumSeconds: number;
}

/** The record with its cost brought up to now; unchanged when too little has happened. */
export function chargeStage({ draft, record, pods, pool, minimumSeconds }: Charge): StageStatus {
  const { podSeconds, amount } = stageCost(pods, pool, draft.now);
  const before = record.podSeconds ?? 0;
  if (podSeconds <= before || podSeconds - before < minimumSeconds) return record;
  addToTotal(draft, record, amount === undefined ? undefined : formatMoney(amount));
  return { ...record, podSeconds, ...(amount === undefined ? {} : { cost: formatMoney(amount) }) };
}

function addToTotal(draft: Draft, record: StageStatus, cost: string | undefined): void {
  const currency = draft.job.spec.constraints.budget?.currency ?? 'USD';
  const total = draft.status.cost ?? { spent: '0', currency };
  if (cost === undefined) {
    draft.status.cost = { ...total, unknown: true };
    return;
  }
  const increase = subtractMoney(moneyOf(cost), moneyOf(record.cost));
  draft.status.cost = { ...total, spent: formatMoney(addMoney(moneyOf(total.spent), increase)) };
}

function moneyOf(text: string | undefined) {
  return parseMoney(text ?? '0') ?? ZERO_MONEY;
}
