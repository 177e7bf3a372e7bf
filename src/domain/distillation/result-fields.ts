/** Reads fields of a stage's result, which comes from a pod and is trusted with nothing: what is missing or odd reads as zero or empty. */

/** The largest that the API accepts. */
const largestCount = 1_000_000_000;

export type StageResult = Readonly<Record<string, unknown>>;

export function integer(result: StageResult, field: string): number {
  const value = result[field];
  return typeof value === 'number' && value > 0 ? Math.trunc(Math.min(value, largestCount)) : 0;
}

/** Any finite number; 0 for what is none. `Number` of a foreign object would run its own conversion, and throw. */
export function real(result: StageResult, field: string): number {
  const value = result[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

export function text(result: StageResult, field: string): string {
  const value = result[field];
  return typeof value === 'string' ? value : '';
}

export function record(result: StageResult, field: string): StageResult | undefined {
  const value = result[field];
  return isRecord(value) ? value : undefined;
}

export function list(result: StageResult, field: string): StageResult[] {
  const value = result[field];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** `{ [key]: value }`, or nothing when there is no value: an absent field and an undefined one are different things to an API server. */
export function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

function isRecord(value: unknown): value is StageResult {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
