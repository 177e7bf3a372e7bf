/**
 * Measurements by others that the estimators are held against. They carry their own licences and are not in this
 * repository: read from `../shared/data` beside it, and everything that needs them is skipped where they are absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type CsvRow, parseCsv } from '../../../src/cli/csv.ts';
import { estimateRow, type MeasuredValue } from '../../../src/cli/measured-rows.ts';
import type { EngineConstants } from '../../../src/domain/planning/constants.ts';

/** `STRATOS_MEASUREMENTS` names another folder. */
const FOLDER =
  process.env['STRATOS_MEASUREMENTS'] === undefined
    ? new URL('../../../../shared/data/', import.meta.url)
    : pathToFileURL(`${process.env['STRATOS_MEASUREMENTS']}/`);

export const WHY_SKIPPED =
  'measurements by others are not part of this repository: put their CSV files in ../shared/data, or name their folder by STRATOS_MEASUREMENTS';

export function hasMeasurements(): boolean {
  return existsSync(new URL('measured_batch_latency.csv', FOLDER));
}

/** vLLM, offline, dense models: seconds for a whole batch. */
export function batchRows(): readonly CsvRow[] {
  return read('measured_batch_latency.csv').filter((row) => row.framework === 'vLLM');
}

/** vLLM of 2025, aggregated serving. */
export function servingRows(): readonly CsvRow[] {
  return read('measured_serving_latency.csv').filter((row) => row.backend === 'vllm' && row.mode === 'agg');
}

/** torchtune's published tokens a second. */
export function trainingRows(): readonly CsvRow[] {
  return read('measured_training_throughput.csv');
}

/** Dense models only: what a mixture touches is a guess about its routing. */
export function estimates(rows: readonly CsvRow[], engine?: EngineConstants): readonly MeasuredValue[] {
  const values = rows.flatMap((row) => {
    const result = estimateRow(row, engine);
    return 'values' in result ? result.values : [];
  });
  return values.filter(({ mixture }) => !mixture);
}

export function absoluteErrors(values: readonly Pick<MeasuredValue, 'measured' | 'predicted'>[]): readonly number[] {
  return values.map(({ measured, predicted }) => Math.abs(predicted - measured) / measured).sort((a, b) => a - b);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function read(name: string): readonly CsvRow[] {
  return parseCsv(readFileSync(new URL(name, FOLDER), 'utf8'));
}
