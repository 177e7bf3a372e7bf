import type { DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import { compareMoney, type Money, parseMoney, subtractMoney, timesRatio, ZERO_MONEY } from '../money.ts';
import { type NamespaceRules, placementUnder } from '../quota/allowance.ts';

/**
 * The most that the job may ever spend: its budget, or what a quota gives to a single job if that is less. Trial runs that went by
 * the budget alone could use up what the quota has left for the training. Undefined where neither says anything.
 */
export function mostForJob(spec: DistillationJobSpec, rules: NamespaceRules): string | undefined {
  const { budget } = spec.constraints;
  const currency = budget?.currency ?? 'USD';
  const { allowances = [] } = placementUnder(spec.placement, rules);
  const caps = allowances.flatMap(({ cost }) => (cost?.currency === currency ? [cost.amount] : []));
  const all = [...(budget === undefined ? [] : [budget.amount]), ...caps];
  const amount = (text: string): Money => parseMoney(text) ?? ZERO_MONEY;
  return all.toSorted((left, right) => compareMoney(amount(left), amount(right)))[0];
}

/**
 * What trial runs may cost together: `search.maxBudgetFraction` of the budget, or what everything else has left of it if that
 * is less. Null without a budget. @param spent in total, and of that by trials.
 */
export function moneyForTrials(
  budget: string | undefined,
  fraction: string,
  spent: { readonly total: Money; readonly ofTrials: Money },
): Money | null {
  if (budget === undefined) return null;
  const amount = parseMoney(budget) ?? ZERO_MONEY;
  const share = timesRatio(amount, Number(fraction));
  const left = subtractMoney(amount, subtractMoney(spent.total, spent.ofTrials));
  return share < left ? share : left;
}
