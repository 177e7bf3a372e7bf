/** Reads objects of kinds that others define: from a file, or from a version of a CRD that we do not know, anything may come. */

type Fields = Readonly<Record<string, unknown>>;

const NO_FIELDS: Fields = {};

/** The value as an object; an empty one where it is something else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : NO_FIELDS;
}

/** The objects of a list. */
export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The entries whose values are text; a quantity may be written as a number. */
export function textMapOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsOf(value)).filter(
    ([, item]) => typeof item === 'string' || typeof item === 'number',
  );
  return Object.fromEntries(entries.map(([key, item]) => [key, String(item)]));
}

/** RFC 3339 date of a timestamp. */
export function dateOf(timestamp: unknown): string | null {
  return textOf(timestamp)?.slice(0, 10) ?? null;
}
