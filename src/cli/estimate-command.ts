/** `stratos estimate`: holds the estimators against somebody's measurements. */
import { ENGINES } from '../domain/planning/constants.ts';
import { parseCsv } from './csv.ts';
import { engineNamed } from './engine-name.ts';
import { estimateRow, type MeasuredValue } from './measured-rows.ts';
import { formatOf, present } from './output.ts';
import type { CommandResult } from './plan-command.ts';
import { readText } from './read-file.ts';
import { renderTable } from './table.ts';
import { UsageError } from './usage-error.ts';

export interface EstimateOptions {
  readonly filename?: string | undefined;
  readonly output?: string | undefined;
  /** The name of a set of constants; the default when left out. */
  readonly constants?: string | undefined;
}

interface Skipped {
  readonly row: number;
  readonly reason: string;
}

export interface ErrorSummary {
  readonly what: string;
  readonly rows: number;
  readonly mean: number;
  readonly median: number;
  readonly ninetieth: number;
}

export function estimateCommand({ filename, output, constants }: EstimateOptions): CommandResult {
  const format = formatOf(output);
  if (filename === undefined) throw new UsageError("'estimate' needs --filename with rows in CSV");
  const engine = ENGINES[engineNamed(constants) ?? 'default'];
  const rows = parseCsv(readText(filename));
  if (rows.length === 0) throw new UsageError(`${filename} holds no rows`);
  const results = rows.map((row) => estimateRow(row, engine));
  const values = results.flatMap((result) => ('values' in result ? result.values : []));
  const skipped = results.flatMap((result, i) => ('skipped' in result ? [{ row: i + 1, reason: result.skipped }] : []));
  const summary = summarise(values);
  const text = present(format, { values, skipped, summary }, () => render(values, skipped, summary));
  return { text, exitCode: values.length === 0 ? 1 : 0 };
}

/** By quantity, then by GPU and by model; rows faster than physics allows are left out. */
export function summarise(values: readonly MeasuredValue[]): readonly ErrorSummary[] {
  const possible = values.filter((value) => value.possible);
  return [...Map.groupBy(possible, ({ quantity }) => quantity)].flatMap(([quantity, all]) => [
    summaryOf(quantity, all),
    ...partsOf(all, ({ gpu }) => gpu),
    ...partsOf(all, ({ model }) => model),
  ]);
}

function partsOf(values: readonly MeasuredValue[], by: (value: MeasuredValue) => string): readonly ErrorSummary[] {
  return [...Map.groupBy(values, by)].map(([name, part]) => summaryOf(`  ${name}`, part));
}

export function summaryOf(what: string, values: readonly MeasuredValue[]): ErrorSummary {
  const errors = values.map((value) => Math.abs(errorOf(value))).sort((a, b) => a - b);
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const quantile = (q: number): number =>
    errors[Math.min(errors.length - 1, Math.floor(q * errors.length))] ?? Number.NaN;
  return { what, rows: values.length, mean, median: quantile(0.5), ninetieth: quantile(0.9) };
}

function errorOf({ measured, predicted }: MeasuredValue): number {
  return (predicted - measured) / measured;
}

function render(
  values: readonly MeasuredValue[],
  skipped: readonly Skipped[],
  summary: readonly ErrorSummary[],
): string {
  const left = values.filter(({ possible }) => !possible).length;
  return [
    ...(values.length > 0 ? [renderValues(values)] : []),
    ...(skipped.length > 0 ? [renderSkipped(skipped)] : []),
    ...(summary.length > 0 ? [renderSummary(summary)] : []),
    ...(left > 0
      ? [`${left} rows are faster than the hardware's nominal rates allow (marked !) and not in the summary`]
      : []),
  ].join('\n\n');
}

function renderValues(values: readonly MeasuredValue[]): string {
  return renderTable(
    [
      { title: 'QUANTITY' },
      { title: 'ENGINE' },
      { title: 'GPU' },
      { title: 'MODEL' },
      { title: 'IN', align: 'right' },
      { title: 'OUT', align: 'right' },
      { title: 'BATCH', align: 'right' },
      { title: 'MEASURED', align: 'right' },
      { title: 'PREDICTED', align: 'right' },
      { title: 'ERROR', align: 'right' },
    ],
    values.map((value) => [
      value.quantity,
      value.engine,
      value.gpu,
      value.model,
      String(value.load.inputTokens),
      String(value.load.outputTokens),
      String(value.load.concurrency),
      `${value.measured.toPrecision(4)} ${value.unit}`,
      `${value.predicted.toPrecision(4)} ${value.unit}`,
      value.possible ? signedPercent(errorOf(value)) : '!',
    ]),
  );
}

function renderSkipped(skipped: readonly Skipped[]): string {
  const reasons = [...Map.groupBy(skipped, ({ reason }) => reason)];
  return renderTable(
    [{ title: 'ROWS LEFT OUT', align: 'right' }, { title: 'WHY' }, { title: 'FIRST', align: 'right' }],
    reasons.map(([reason, rows]) => [String(rows.length), reason, String(rows[0]?.row ?? '')]),
  );
}

export function renderSummary(summary: readonly ErrorSummary[]): string {
  return renderTable(
    [
      { title: 'ABSOLUTE ERROR' },
      { title: 'ROWS', align: 'right' },
      { title: 'MEAN', align: 'right' },
      { title: 'MEDIAN', align: 'right' },
      { title: '90TH PERCENTILE', align: 'right' },
    ],
    summary.map(({ what, rows, mean, median, ninetieth }) => [
      what,
      String(rows),
      percent(mean),
      percent(median),
      percent(ninetieth),
    ]),
  );
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

function signedPercent(value: number): string {
  return `${value < 0 ? '-' : '+'}${percent(Math.abs(value))}`;
}
