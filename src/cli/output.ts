/** The forms that a command prints in. */
import { stringify } from 'yaml';
import { UsageError } from './usage-error.ts';

export type Format = 'table' | 'json' | 'yaml';

export function formatOf(output: string | undefined): Format {
  if (output === undefined || output === 'table') return 'table';
  if (output === 'json' || output === 'yaml') return output;
  throw new UsageError(`--output must be table, json or yaml; got '${output}'`);
}

/** @param table written only when a table is asked for. */
export function present(format: Format, value: unknown, table: () => string): string {
  if (format === 'json') return JSON.stringify(value, undefined, 2);
  return format === 'yaml' ? stringify(value).trimEnd() : table();
}
