import type { Labels } from '../planning/node-labels.ts';
import { fieldsOf, listOf, textOf, textsOf } from './reading.ts';

/** A node selector requirement as Karpenter has it; `Gt` and `Lt` compare whole numbers. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Reads `requirements`; what has no key is left out. */
export function requirementsOf(value: unknown): readonly Requirement[] {
  return listOf(value).flatMap((item) => {
    const { key, operator, values } = fieldsOf(item);
    const name = textOf(key);
    return name === null ? [] : [{ key: name, operator: textOf(operator) ?? 'In', values: textsOf(values) }];
  });
}

/** Whether a label's value satisfies the requirement; undefined is a label that is not there. */
export function satisfies(value: string | undefined, { operator, values }: Requirement): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return compares(Number(value ?? Number.NaN), operator, Number(values[0] ?? Number.NaN));
  }
}

/** False for an operator that is newer than this code: a node that may not fit is not promised. */
function compares(value: number, operator: string, limit: number): boolean {
  if (operator === 'Gt') return value > limit;
  if (operator === 'Lt') return value < limit;
  if (operator === 'Gte') return value >= limit;
  return operator === 'Lte' && value <= limit;
}

/** The values that a key may take by all requirements on it; null when nothing lists them. */
export function allowedValues(requirements: readonly Requirement[], key: string): readonly string[] | null {
  const onKey = requirements.filter((requirement) => requirement.key === key);
  const listed = onKey.find(({ operator }) => operator === 'In');
  if (!listed) return null;
  return listed.values.filter((value) => onKey.every((requirement) => satisfies(value, requirement)));
}

/** The labels that every node has because the requirements leave no choice. */
export function impliedLabels(requirements: readonly Requirement[]): Labels {
  const keys = [...new Set(requirements.map(({ key }) => key))];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const [value, ...others] = allowedValues(requirements, key) ?? [];
      return value === undefined || others.length > 0 ? [] : [[key, value]];
    }),
  );
}
