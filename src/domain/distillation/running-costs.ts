/** What the stage that is under way costs from now on: how fast, and how much more until its pods have stopped. */
import { type Money, ZERO_MONEY } from '../money.ts';
import { choicePool } from './candidate-choice.ts';
import { billOf } from './spend.ts';
import { isLive } from './job-state.ts';
import type { Look } from './look.ts';
import { costOf, podSecondsOf } from './stage-cost.ts';
import { graceSeconds, shardsOf } from './stage-job.ts';

export interface RunningCosts {
  /** Of what its pods have held since they were last charged. */
  readonly accrued: Money;
  /** Of all its pods, for as long as they may take to stop. */
  readonly toStop: Money;
  /** Of its pods that live, for one second; nothing while none does, or when the price is unknown. */
  readonly perSecond: Money;
}

const nothing: RunningCosts = { accrued: ZERO_MONEY, toStop: ZERO_MONEY, perSecond: ZERO_MONEY };

export function runningCosts({ draft, observed }: Pick<Look, 'draft' | 'observed'>): RunningCosts {
  const record = draft.status.stages?.find(({ state }) => state === 'Pending' || state === 'Running');
  if (record === undefined) return nothing;
  const pods = observed.pods.get(record.jobName ?? '') ?? [];
  const live = pods.filter(isLive).length;
  // Those that would come if none is there: else what was stopped in time would seem to have enough to start again.
  const stopping = live > 0 ? live : shardsOf(record.name, draft.job.spec);
  const pool = choicePool(observed.pools, record, draft.status);
  const cost = (seconds: number): Money => costOf(seconds, pool, billOf(draft).currency) ?? ZERO_MONEY;
  return {
    accrued: cost(Math.max(0, podSecondsOf(pods, draft.now) - (record.podSeconds ?? 0))),
    toStop: cost(graceSeconds[record.name] * stopping),
    perSecond: live === 0 ? ZERO_MONEY : cost(live),
  };
}
