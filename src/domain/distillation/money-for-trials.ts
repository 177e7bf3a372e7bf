import { type Money, parseMoney, subtractMoney, timesRatio, ZERO_MONEY } from '../money.ts';

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
