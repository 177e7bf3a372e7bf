/** Predicts what a row of measurements measured. Columns are those of the two public collections named in `docs/planner.md`. */
import { shippedCatalogue } from '../data/catalogue.ts';
import type { EngineConstants } from '../domain/planning/constants.ts';
import { type Device, gpuDevice } from '../domain/planning/device.ts';
import type { GpuFacts } from '../domain/planning/gpu.ts';
import { resolveGpu } from '../domain/planning/gpu-product.ts';
import { servingMemory } from '../domain/planning/memory.ts';
import type { ModelFacts } from '../domain/planning/model-facts.ts';
import {
  type Load,
  lowerBoundSeconds,
  offlineBatchSeconds,
  type Served,
  servingEstimate,
} from '../domain/planning/serving.ts';
import type { CsvRow } from './csv.ts';

export interface MeasuredValue {
  readonly quantity: 'batch latency' | 'inter-token latency' | 'time to first token';
  readonly unit: 's' | 'ms';
  readonly engine: string;
  /** Product and number of devices. */
  readonly gpu: string;
  readonly devices: number;
  readonly model: string;
  readonly mixture: boolean;
  readonly load: Load;
  readonly measured: number;
  readonly predicted: number;
  /** False for a row that is faster than the nominal rates of the hardware allow. */
  readonly possible: boolean;
}

export type RowEstimate = { readonly values: readonly MeasuredValue[] } | { readonly skipped: string };

/** @param engine constants to use instead of the defaults. */
export function estimateRow(row: CsvRow, engine?: EngineConstants): RowEstimate {
  const what = subjectOf(row);
  if (what.gpu === '') return { skipped: 'neither a column gpu nor a column system says what it ran on' };
  if (what.model === '') return { skipped: 'neither a column model nor a column model_path says what ran' };
  const gpu = gpuNamed(what.gpu);
  if (!gpu) return { skipped: `no GPU called "${what.gpu}" is known` };
  const model = modelNamed(what.model);
  if (!model) return { skipped: `no model called "${what.model}" is known` };
  const load = loadOf(row);
  if (!load) return { skipped: 'isl, osl, batch or tp is not a positive number' };
  const served = servedBy(model, gpu, what);
  if (typeof served === 'string') return { skipped: served };
  const adjusted = engine ? { ...served, device: { ...served.device, engine } } : served;
  const values = (row.latency_s === undefined ? servingValues : batchValues)(row, adjusted, load);
  const measured = values.filter((value) => value.measured > 0 && value.measured < Infinity);
  return measured.length > 0 ? { values: measured } : { skipped: 'what was measured is not a positive number' };
}

interface Subject {
  readonly gpu: string;
  readonly model: string;
  readonly precision: string;
  readonly devices: number;
  readonly stages: number;
}

function subjectOf(row: CsvRow): Subject {
  const stages = Number(row.pp_size || 1);
  return {
    gpu: row.gpu ?? row.system ?? '',
    model: row.model ?? row.model_path ?? '',
    precision: row.precision || row.dtype || 'bf16',
    devices: Number(row.tp ?? row.tp_size ?? 1) * stages,
    stages,
  };
}

function loadOf(row: CsvRow): Load | null {
  const load = {
    inputTokens: Number(row.isl),
    outputTokens: Number(row.osl),
    concurrency: Number(row.batch ?? row.batch_size),
  };
  const splits = [Number(row.tp ?? row.tp_size ?? 1), Number(row.pp_size || 1)];
  return [...Object.values(load), ...splits].every((n) => n > 0 && n < Infinity) ? load : null;
}

const BYTES: Readonly<Record<string, number>> = { bf16: 2, fp16: 2, fp8: 1, int8: 1, fp4: 0.5, int4: 0.5 };

function servedBy(model: ModelFacts, gpu: GpuFacts, { precision, devices, stages }: Subject): Served | string {
  const bytesPerParameter = BYTES[precision];
  if (bytesPerParameter === undefined) return `no precision called "${precision}" is known`;
  const device = { ...gpuDevice(gpu, devices), stages };
  if (bytesPerParameter >= 2) return { model, device };
  const fast: Device = gpu.fp8Tflops === null ? device : { ...device, flops: gpu.fp8Tflops * 1e12 };
  return { model, device: precision === 'fp8' ? fast : device, bytesPerParameter };
}

function batchValues(row: CsvRow, served: Served, load: Load): readonly MeasuredValue[] {
  const tokens = load.inputTokens + load.outputTokens / 2;
  const { maxConcurrency } = servingMemory(served, tokens);
  const measured = Number(row.latency_s);
  return [
    {
      ...commonOf(row, served, load),
      quantity: 'batch latency',
      unit: 's',
      measured,
      predicted: offlineBatchSeconds(served, load, maxConcurrency),
      possible: measured >= lowerBoundSeconds(served, load),
    },
  ];
}

function servingValues(row: CsvRow, served: Served, load: Load): readonly MeasuredValue[] {
  const estimate = servingEstimate(served, load);
  const common = { ...commonOf(row, served, load), unit: 'ms', possible: true } as const;
  const interToken = {
    ...common,
    quantity: 'inter-token latency',
    measured: Number(row.silicon_tpot_ms),
    predicted: estimate.interTokenSeconds * 1000,
  } as const;
  const firstToken = {
    ...common,
    quantity: 'time to first token',
    measured: Number(row.silicon_ttft_ms),
    predicted: estimate.timeToFirstTokenSeconds * 1000,
  } as const;
  return [interToken, firstToken];
}

function commonOf(row: CsvRow, served: Served, load: Load) {
  const { gpu, model, precision, devices } = subjectOf(row);
  return {
    engine: [row.framework ?? row.backend ?? '', row.backend_version ?? ''].join(' ').trim(),
    gpu: `${gpuNamed(gpu)?.product ?? gpu} x${devices}`,
    devices,
    model: `${model} ${precision}`,
    mixture: served.model.experts !== undefined,
    load,
  };
}

/** Names that say less than they mean. */
const GPU_ALIASES: Readonly<Record<string, string>> = { a100_sxm: 'A100-80GB', a100: 'A100-40GB' };

function gpuNamed(name: string): GpuFacts | null {
  const wanted = (GPU_ALIASES[name.toLowerCase()] ?? name).toLowerCase();
  const exact = shippedCatalogue.gpus.find(({ product }) => product.toLowerCase() === wanted);
  return exact ?? resolveGpu(wanted, null, shippedCatalogue.gpus).facts;
}

/** Models of the same shape under another name. */
const MODEL_ALIASES: Readonly<Record<string, string>> = { 'llama-3.1-70b': 'llama-3.3-70b' };

function modelNamed(id: string): ModelFacts | null {
  const plain = plainName(id);
  const wanted = MODEL_ALIASES[plain] ?? plain;
  const exact = shippedCatalogue.models.find((model) => model.id === id);
  return (exact ?? shippedCatalogue.models.find((model) => plainName(model.id) === wanted))?.facts ?? null;
}

/** Tuning changes weights and no shapes. */
function plainName(id: string): string {
  const name = id.toLowerCase().split('/').at(-1) ?? '';
  return name.replace(/-(instruct|hf|base|chat|it|fp8|bf16)\b/g, '').replace(/^meta-/, '');
}
