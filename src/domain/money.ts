/**
 * Exact money: whole millionths of a currency unit in a bigint.
 *
 * Floats would make "is the budget exceeded?" depend on the order of additions. Amounts leave the domain as decimal
 * strings (the form that the API objects use), so nothing here needs to be serialised as a number.
 */

/** An amount in millionths of a currency unit; the currency is carried beside it, never inside. */
export type Money = bigint & { readonly __money: unique symbol };

const MICROS_PER_UNIT = 1_000_000n;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

export const ZERO_MONEY: Money = 0n as Money;

/** Reads "12.34"; null when the text is not a plain decimal. Digits past the sixth are rounded half away from zero. */
export function parseMoney(text: string): Money | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, sign, units = '0', fraction = ''] = match;
  const padded = fraction.padEnd(7, '0');
  const roundUp = Number(padded[6]) >= 5 ? 1n : 0n;
  const micros = BigInt(units) * MICROS_PER_UNIT + BigInt(padded.slice(0, 6)) + roundUp;
  return (sign === '-' ? -micros : micros) as Money;
}

/** Writes the shortest decimal that `parseMoney` reads back, with at least two digits after the point. */
export function formatMoney(amount: Money): string {
  const magnitude = amount < 0n ? -amount : amount;
  const fraction = (magnitude % MICROS_PER_UNIT)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${amount < 0n ? '-' : ''}${magnitude / MICROS_PER_UNIT}.${fraction}`;
}

/** Rounds to whole cents, away from zero, for what people read. */
export function formatCents(amount: Money): string {
  const cent = 10_000n;
  const magnitude = amount < 0n ? -amount : amount;
  const cents = (magnitude + cent - 1n) / cent;
  const text = `${cents / 100n}.${(cents % 100n).toString().padStart(2, '0')}`;
  return amount < 0n && cents > 0n ? `-${text}` : text;
}

export function addMoney(...amounts: readonly Money[]): Money {
  return amounts.reduce<bigint>((sum, amount) => sum + amount, 0n) as Money;
}

export function subtractMoney(from: Money, amount: Money): Money {
  return (from - amount) as Money;
}

export function compareMoney(left: Money, right: Money): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Multiplies by a non-negative fraction `numerator / denominator` and rounds up: a cost that is estimated or accrued is
 * never reported below what it is.
 */
export function scaleMoney(amount: Money, numerator: bigint, denominator: bigint): Money {
  if (denominator <= 0n) throw new RangeError('Scaling money: the denominator must be positive');
  const product = amount * numerator;
  const quotient = product / denominator;
  return (product > 0n && product % denominator !== 0n ? quotient + 1n : quotient) as Money;
}

/** What `seconds` (fractions to the millisecond) at `perHour` cost. */
export function costOfSeconds(perHour: Money, seconds: number): Money {
  return scaleMoney(perHour, wholeParts(seconds, 1000), 3_600_000n);
}

/** Multiplies by a non-negative ratio given as a float, exact to the ninth decimal of the ratio. */
export function timesRatio(amount: Money, ratio: number): Money {
  return scaleMoney(amount, wholeParts(ratio, 1e9), 1_000_000_000n);
}

/** What `tokens` at `perMillion` cost. */
export function costOfTokens(perMillion: Money, tokens: number): Money {
  return scaleMoney(perMillion, wholeParts(tokens, 1), 1_000_000n);
}

/** The amount as a float, for comparisons on a logarithmic scale only. */
export function moneyToNumber(amount: Money): number {
  return Number(amount) / Number(MICROS_PER_UNIT);
}

function wholeParts(value: number, perUnit: number): bigint {
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`Scaling money: ${value} is not a quantity`);
  return BigInt(Math.ceil(value * perUnit));
}
