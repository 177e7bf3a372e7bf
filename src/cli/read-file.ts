/** Reads what the command line names, and says in one sentence what is wrong with it. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { UsageError } from './usage-error.ts';

export type Json = Readonly<Record<string, unknown>>;

/** @param path a file, or `-` for the standard input. */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Every object of a YAML or JSON file; the items of a `List` count one by one. */
export function readObjects(path: string): readonly Json[] {
  const documents = parseAllDocuments(readText(path));
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new UsageError(`${path} is not YAML: ${error.message}`, { cause: error });
    const value: unknown = document.toJS();
    return isObject(value) ? itemsOf(value) : [];
  });
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemsOf(value: Json): readonly Json[] {
  const { kind, items } = value;
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items.filter(isObject) : [value];
}
