/**
 * Measurements by others that the estimators are held against. They carry their own licences and are not in this
 * repository: read from `../shared/data` beside it, and everything that needs them is skipped where they are absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { shippedCatalogue } from '../../../src/data/catalogue.ts';
import { type Device, gpuDevice } from '../../../src/domain/planning/device.ts';
import { servingMemory } from '../../../src/domain/planning/memory.ts';
import type { ModelFacts } from '../../../src/domain/planning/model-facts.ts';
import {
  lowerBoundSeconds,
  offlineBatchSeconds,
  type Served,
  servingEstimate,
} from '../../../src/domain/planning/serving.ts';
import { type CsvRow, parseCsv } from '../../../src/cli/csv.ts';

const FOLDER = new URL('../../../../shared/data/', import.meta.url);

export const WHY_SKIPPED =
  'measurements by others are not part of this repository: put their CSV files in ../shared/data';

/** One measured number beside ours. */
export interface Comparison {
  readonly gpu: string;
  readonly model: string;
  readonly measured: number;
  readonly predicted: number;
}

export interface BatchComparison extends Comparison {
  /** Of the same workload, whatever it ran on. */
  readonly workload: string;
  readonly gpuSeconds: { readonly measured: number; readonly predicted: number };
}

export interface BatchRows {
  readonly believed: readonly BatchComparison[];
  /** Rows faster than physics allows. */
  readonly impossible: number;
}

export function hasMeasurements(): boolean {
  return existsSync(new URL('measured_batch_latency.csv', FOLDER));
}

/** vLLM, offline, dense models: seconds for a whole batch. */
export function batchLatency(): BatchRows {
  const rows = read('measured_batch_latency.csv').filter((row) => row.framework === 'vLLM');
  const compared = rows.flatMap(compareBatch);
  const believed = compared.filter((row) => row.measured >= row.bound);
  return { believed, impossible: compared.length - believed.length };
}

function compareBatch(row: CsvRow): readonly (BatchComparison & { bound: number })[] {
  const served = servedBy(row.gpu ?? '', row.model ?? '', Number(row.tp));
  if (!served || served.model.experts) return [];
  const load = { inputTokens: Number(row.isl), outputTokens: Number(row.osl), concurrency: Number(row.batch) };
  const memory = servingMemory(served.model, served.device, load.inputTokens + load.outputTokens / 2);
  const predicted = offlineBatchSeconds(served, load, memory.maxConcurrency);
  const measured = Number(row.latency_s);
  const tp = served.device.count;
  return [
    {
      gpu: `${row.gpu}x${tp}`,
      model: row.model ?? '',
      measured,
      predicted,
      bound: lowerBoundSeconds(served, load),
      workload: `${row.model} ${row.isl} ${row.osl} ${row.batch}`,
      gpuSeconds: { measured: measured * tp, predicted: predicted * tp },
    },
  ];
}

const SYSTEMS: Readonly<Record<string, string>> = {
  h100_sxm: 'H100-SXM',
  h200_sxm: 'H200',
  b200_sxm: 'B200',
  a100_sxm: 'A100-80GB',
};
const PATHS: Readonly<Record<string, string>> = { 'meta-llama/Llama-3.1-70B': 'meta-llama/Llama-3.3-70B-Instruct' };

/** vLLM 0.1x, dense models, aggregated serving: inter-token latency and time to first token in milliseconds. */
export function servingLatency(): {
  readonly interToken: readonly Comparison[];
  readonly firstToken: readonly Comparison[];
} {
  const rows = read('measured_serving_latency.csv').filter((row) => row.backend === 'vllm' && row.mode === 'agg');
  const compared = rows.flatMap(compareServing);
  return { interToken: compared.map(([itl]) => itl), firstToken: compared.map(([, ttft]) => ttft) };
}

function compareServing(row: CsvRow): readonly (readonly [Comparison, Comparison])[] {
  const path = row.model_path ?? '';
  const gpu = SYSTEMS[row.system ?? ''] ?? '';
  const base = servedBy(gpu, PATHS[path] ?? path, Number(row.tp_size));
  if (!base || base.model.experts || row.precision === 'fp4') return [];
  const served = row.precision === 'fp8' ? inFp8(base, gpu) : base;
  const load = { inputTokens: Number(row.isl), outputTokens: Number(row.osl), concurrency: Number(row.batch_size) };
  const estimate = servingEstimate(served, load);
  const what = { gpu: `${gpu}x${row.tp_size}`, model: `${path} ${row.precision || 'bf16'}` };
  return [
    [
      { ...what, measured: Number(row.silicon_tpot_ms), predicted: estimate.interTokenSeconds * 1000 },
      { ...what, measured: Number(row.silicon_ttft_ms), predicted: estimate.timeToFirstTokenSeconds * 1000 },
    ],
  ];
}

function inFp8(served: Served, gpu: string): Served {
  const facts = shippedCatalogue.gpus.find(({ product }) => product === gpu);
  const device: Device = { ...served.device, flops: (facts?.fp8Tflops ?? 0) * 1e12 };
  return { ...served, device, bytesPerParameter: 1 };
}

function servedBy(gpu: string, model: string, count: number): Served | null {
  const facts = shippedCatalogue.gpus.find(({ product }) => product === gpu);
  const known = modelFacts(model);
  return facts && known ? { model: known, device: gpuDevice(facts, count) } : null;
}

function modelFacts(id: string): ModelFacts | null {
  return shippedCatalogue.models.find((model) => model.id === id)?.facts ?? null;
}

function read(name: string): readonly CsvRow[] {
  return parseCsv(readFileSync(new URL(name, FOLDER), 'utf8'));
}

export function absoluteErrors(rows: readonly Comparison[]): readonly number[] {
  return rows.map(({ measured, predicted }) => Math.abs(predicted - measured) / measured).sort((a, b) => a - b);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
