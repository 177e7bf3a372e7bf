/** `constraints.budget`: what is spent stops the job, after a checkpoint, and is never forgotten. */
import { compareMoney, parseMoney, ZERO_MONEY } from '../money.ts';
import { endUnfinished } from './end-unfinished.ts';
import type { Look } from './look.ts';
import type { Draft } from './draft.ts';
import { failJob } from './finish.ts';
import { stopRunningStage } from './suspend.ts';

/**
 * Costs are charged once a minute while pods run, so a budget is overrun by a minute of their price at most. A budget can
 * be raised: then the job goes on from its checkpoint.
 */
export function holdToBudget(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  const budget = draft.job.spec.constraints.budget;
  if (budget === undefined) return 'continue';
  const spent = draft.status.cost?.spent ?? '0';
  const left = compareMoney(amountOf(budget.amount), amountOf(spent)) > 0;
  if (left) {
    const message = `the budget is ${budget.amount} ${budget.currency}`;
    draft.condition({ type: 'BudgetAvailable', status: 'True', reason: 'WithinBudget', message });
    return 'continue';
  }
  const message = `${spent} ${budget.currency} are spent of a budget of ${budget.amount}; raise spec.constraints.budget.amount to go on`;
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
