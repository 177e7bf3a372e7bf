type Fields = Readonly<Record<string, unknown>>;

/** What may be changed of a T: any part of it, as deep as one likes. */
export type Changes<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Changes<T[K]> | undefined }
    : T;

/** `base` with `changes` laid over it: objects are merged, everything else is replaced, and `undefined` takes a field away. */
export function merge<T>(base: T, changes: unknown): T {
  if (!isFields(base) || !isFields(changes)) return structuredClone(changes) as T;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged as T;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
