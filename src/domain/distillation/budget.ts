/** `constraints.budget`: what is spent stops the job, after a checkpoint, and is never forgotten. */
import { addMoney, compareMoney, parseMoney, subtractMoney, ZERO_MONEY } from '../money.ts';
import { endUnfinished } from './end-unfinished.ts';
import type { Look } from './look.ts';
import type { Draft } from './draft.ts';
import { failJob } from './finish.ts';
import { runningCosts } from './running-costs.ts';
import { stopRunningStage } from './suspend.ts';

/**
 * Pods are stopped while the budget still has what it may cost to stop them, and looked at when that moment comes: so a budget
 * is kept, but for what passes between that moment and the stop, which is less than a tick of the pods' price. A budget can be
 * raised: then the job goes on from its checkpoint.
 */
export function holdToBudget(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  const budget = draft.job.spec.constraints.budget;
  if (budget === undefined) return 'continue';
  const spent = draft.status.cost?.spent ?? '0';
  const costs = runningCosts(look);
  const bill = addMoney(amountOf(spent), costs.accrued, costs.toStop);
  const left = subtractMoney(amountOf(budget.amount), bill);
  if (compareMoney(left, ZERO_MONEY) > 0) {
    if (costs.perSecond > 0n) draft.requeueAfter(Number((left * 1000n) / costs.perSecond) + 1);
    const message = `the budget is ${budget.amount} ${budget.currency}`;
    draft.condition({ type: 'BudgetAvailable', status: 'True', reason: 'WithinBudget', message });
    return 'continue';
  }
  const kept = amountOf(spent) < amountOf(budget.amount) ? ', and the rest is kept for the pods to stop' : '';
  const message = `${spent} ${budget.currency} are spent of a budget of ${budget.amount}${kept}; raise spec.constraints.budget.amount to go on`;
  warnOnce(draft, message);
  draft.condition({ type: 'BudgetAvailable', status: 'False', reason: 'BudgetExhausted', message });
  if (budget.onExceeded === 'Fail') {
    endUnfinished(look, 'BudgetExhausted', message);
    failJob(draft, 'BudgetExhausted', message);
    return 'stop';
  }
  stopRunningStage(look);
  delete draft.status.startTime;
  draft.summary = { reason: 'BudgetExhausted', message };
  return 'stop';
}

function warnOnce(draft: Draft, message: string): void {
  if (draft.getCondition('BudgetAvailable')?.status === 'False') return;
  draft.event({ type: 'Warning', reason: 'BudgetExhausted', action: 'Suspend', note: message });
}

function amountOf(text: string) {
  return parseMoney(text) ?? ZERO_MONEY;
}
