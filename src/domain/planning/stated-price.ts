import { formatMoney, parseMoney, ZERO_MONEY } from '../money.ts';
import type { PoolPrice, PriceProblem } from './price.ts';

/** A price as somebody wrote it down. */
export interface Statement {
  readonly amount: string;
  readonly currency: string;
  /** For the plan: where the price comes from. */
  readonly source: string;
  /** For a message: what to correct. */
  readonly where: string;
  readonly date: string | null;
}

/** An unusable statement is unknown and not the next one's price: somebody meant to say something else. */
export function statedPrice({ amount: text, currency, source, where, date }: Statement): PoolPrice {
  const amount = parseMoney(text);
  if (amount === null || !/^[A-Z]{3}$/.test(currency))
    return unusable('PriceInvalid', `${where} says "${text}", not an amount such as "12.50 USD"`);
  if (amount < ZERO_MONEY) return unusable('PriceNegative', `${where} says ${text}, and no node pays for being used`);
  if (amount === ZERO_MONEY)
    return unusable('PriceZero', `${where} says zero; a free node needs a nominal price such as 0.01`);
  return { known: true, perNodeHour: formatMoney(amount), currency, source, date };
}

export function unusable(code: PriceProblem, reason: string): PoolPrice {
  return { known: false, code, reason };
}
