/** Tells whether an object in the cluster already is as we want it. */
import { parseCpuMillis } from './quantity.ts';

/**
 * True when every field of `wanted` has the same value in `actual`; fields that the API server or others added do not matter.
 * Lists count as a whole, item by item: a list of ours is ours. The server leaves empty values out, so absent and empty are
 * the same.
 */
export function covers(actual: unknown, wanted: unknown): boolean {
  if (actual === undefined) return isEmpty(wanted);
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, i) => covers(actual[i], item))
    );
  }
  if (isObject(wanted)) {
    return isObject(actual) && Object.entries(wanted).every(([key, value]) => comparisonOf(key)(actual[key], value));
  }
  return actual === wanted;
}

function comparisonOf(key: string): typeof covers {
  if (amounts.has(key)) return coversAmounts;
  return selectors.has(key) ? equals : covers;
}

/** Atomic maps: the server takes each as one value, and a key that somebody adds selects other pods, or other nodes. */
const selectors: ReadonlySet<string> = new Set(['selector', 'nodeSelector']);

function equals(actual: unknown, wanted: unknown): boolean {
  return covers(actual, wanted) && covers(wanted, actual);
}

/** Fields that hold quantities, which the server rewrites: what was sent as `2000m` comes back as `2`. */
const amounts: ReadonlySet<string> = new Set(['requests', 'limits']);

function coversAmounts(actual: unknown, wanted: unknown): boolean {
  if (!isObject(actual) || !isObject(wanted)) return covers(actual, wanted);
  return Object.entries(wanted).every(([name, amount]) => thousandths(actual[name]) === thousandths(amount));
}

function thousandths(amount: unknown): number | null {
  return parseCpuMillis(typeof amount === 'number' ? amount : String(amount));
}

function isEmpty(wanted: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.length === 0;
  if (isObject(wanted)) return Object.values(wanted).every(isEmpty);
  return wanted === undefined || wanted === '' || wanted === false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
