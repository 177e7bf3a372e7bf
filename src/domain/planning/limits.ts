import { compareMoney, formatCents, type Money, parseMoney } from '../money.ts';
import type { Refusal } from './placement.ts';
import type { Pool } from './pool.ts';
import type { Constraints, PlanRequest, ServingTargets } from './request.ts';

/** The limits of a request, read once. Undefined is no limit. */
export interface Limits {
  readonly currency: string;
  readonly minAccuracy: number | undefined;
  readonly trainingSeconds: number | undefined;
  readonly budget: Money | undefined;
  readonly firstTokenMilliseconds: number | undefined;
  readonly interTokenMilliseconds: number | undefined;
  readonly requestsPerSecond: number | undefined;
  readonly hourlyCost: Money | undefined;
  readonly costPerMillionTokens: Money | undefined;
  readonly allowUnknownPrice: boolean;
}

export type LimitName = Exclude<keyof Limits, 'currency' | 'allowUnknownPrice'>;

/** Where each limit stands in the job's specification. */
export const LIMIT_FIELDS: Readonly<Record<LimitName, string>> = {
  minAccuracy: 'constraints.minAccuracy',
  trainingSeconds: 'constraints.maxTrainingSeconds',
  budget: 'constraints.budget.amount',
  firstTokenMilliseconds: 'constraints.serving.maxTimeToFirstTokenMilliseconds',
  interTokenMilliseconds: 'constraints.serving.maxInterTokenLatencyMilliseconds',
  requestsPerSecond: 'constraints.serving.requestsPerSecond',
  hourlyCost: 'constraints.serving.maxHourlyCost',
  costPerMillionTokens: 'constraints.serving.maxCostPerMillionTokens',
};

export function limitsOf(constraints: Constraints): Limits {
  const serving: ServingTargets = constraints.serving ?? {};
  return {
    currency: constraints.budget?.currency ?? 'USD',
    minAccuracy: constraints.minAccuracy,
    trainingSeconds: constraints.maxTrainingSeconds,
    budget: amount(constraints.budget?.amount),
    firstTokenMilliseconds: serving.maxTimeToFirstTokenMilliseconds,
    interTokenMilliseconds: serving.maxInterTokenLatencyMilliseconds,
    requestsPerSecond: serving.requestsPerSecond,
    hourlyCost: amount(serving.maxHourlyCost),
    costPerMillionTokens: amount(serving.maxCostPerMillionTokens),
    allowUnknownPrice: constraints.allowUnknownPrice ?? false,
  };
}

/** A limit that cannot be read admits nothing: ignoring it could spend money that was not given. */
function amount(text: string | undefined): Money | undefined {
  return text === undefined ? undefined : (parseMoney(text) ?? (0n as Money));
}

/** The pool's price for one node-hour in the request's currency; null when it has none. Nothing is free: zero is a mistake. */
export function priceIn(pool: Pool, currency: string): Money | null {
  if (!pool.price.known || pool.price.currency !== currency) return null;
  const price = parseMoney(pool.price.perNodeHour);
  return price !== null && price > 0n ? price : null;
}

/** Why a pool may not be used under a limit in money; a price in another currency is no price. */
export function refusePrice(pool: Pool, limits: Limits, limited: boolean): Refusal | null {
  if (!limited || limits.allowUnknownPrice || priceIn(pool, limits.currency) !== null) return null;
  if (pool.price.known && pool.price.currency === limits.currency) {
    const message = `its price "${pool.price.perNodeHour}" is no amount above zero, and there is a limit in money`;
    return { reason: 'PriceUnknown', message };
  }
  if (pool.price.known) {
    return {
      reason: 'CurrencyMismatch',
      message: `its price is in ${pool.price.currency}, the limits are in ${limits.currency}`,
    };
  }
  return {
    reason: 'PriceUnknown',
    message: `its price is unknown (${pool.price.reason}) and there is a limit in money`,
  };
}

/** Whether a known amount is over a limit; an unknown one is `refusePrice`'s business. */
export function isOver(value: Money | null, limit: Money | undefined): value is Money {
  return value !== null && limit !== undefined && compareMoney(value, limit) > 0;
}

export function moneyText(value: Money, currency: string): string {
  return `${formatCents(value)} ${currency}`;
}

export function tokensPerRequest(
  { constraints }: PlanRequest,
  fallback: { input: number; output: number },
): { input: number; output: number } {
  const { inputTokens = fallback.input, outputTokens = fallback.output } = constraints.serving ?? {};
  return { input: inputTokens, output: outputTokens };
}
