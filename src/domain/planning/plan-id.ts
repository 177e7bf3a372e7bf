import { createHash } from 'node:crypto';
import { compareText } from '../text.ts';
import type { PlanInputs } from './request.ts';

/** A short hash of everything that the plan depends on; the order of lists and keys, and the day, do not count. */
export function planId({ request, profile, pools }: PlanInputs): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical({ request, profile, pools })))
    .digest('hex')
    .slice(0, 12);
}

/** The same content as the same text: keys sorted, and lists, whose order means nothing in the inputs, sorted as well. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(canonical(item)) ?? 'null').sort(compareText);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)).map(([key, item]) => [key, canonical(item)]));
}
