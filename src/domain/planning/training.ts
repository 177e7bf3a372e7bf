import {
  CPU_TRAINING_MFU,
  ENDPOINT_TOKENS_PER_SECOND,
  MULTI_NODE_MFU_FACTOR,
  SYNTHESIS_CONCURRENCY,
  TRAINING_LAYER_SECONDS,
  TRAINING_MFU,
  TRAINING_STEP_SECONDS,
} from './constants.ts';
import type { Device } from './device.ts';
import { servingMemory } from './memory.ts';
import type { ModelFacts } from './model-facts.ts';
import { adapterParameters, computeParameters } from './parameters.ts';
import type { Loss, Method } from './request.ts';
import { offlineBatchSeconds } from './serving.ts';

/** How much there is to learn. */
export interface Workload {
  /** Rows that are generated, verified and trained on, over all epochs counted once. */
  readonly rows: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** 0 means no limit. */
  readonly maxSteps: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface TrainingRun {
  readonly student: ModelFacts;
  /** Runs beside the student: scores its tokens (`Logits`, `OnPolicy`). Null when it does not. */
  readonly teacher: ModelFacts | null;
  /** Reads every row once before the student trains. Null when nothing is scored beforehand. */
  readonly scoring: ModelFacts | null;
  readonly method: Method;
  readonly loss: Loss;
  readonly workload: Workload;
  readonly device: Device;
  readonly nodes: number;
}

/** FLOP that one token costs a student: 6 per parameter when all are trained, 4 when gradients only pass through. */
export function trainingFlopsPerToken(student: ModelFacts, method: Method, sequenceLength: number): number {
  const perParameter = method === 'Full' ? 6 : 4;
  const attention = perParameter * 2 * student.layers * student.heads * student.headSize * (sequenceLength / 2);
  return perParameter * computeParameters(student) + attention;
}

/** Whole steps of a run, as the trainer counts them. */
export function trainingSteps({ rows, epochs, batchSize, maxSteps }: Workload): number {
  const steps = Math.ceil((rows * epochs) / Math.max(1, batchSize));
  return maxSteps > 0 ? Math.min(maxSteps, steps) : steps;
}

/** Steps × (the slower of arithmetic and gradient exchange, plus the host's work). */
export function trainingSeconds(run: TrainingRun): number {
  const { workload, device } = run;
  const sequence = workload.promptTokens + workload.completionTokens;
  const tokens = workload.batchSize * sequence;
  const teacherFlops = run.teacher ? 2 * computeParameters(run.teacher) : 0;
  const flops = tokens * (trainingFlopsPerToken(run.student, run.method, sequence) + teacherFlops);
  const arithmetic = flops / (device.count * device.flops * mfu(run));
  const host = TRAINING_STEP_SECONDS + TRAINING_LAYER_SECONDS * run.student.layers;
  const step = Math.max(arithmetic, exchangeSeconds(run)) + host + rolloutSeconds(run);
  return scoringSeconds(run) + trainingSteps(workload) * step;
}

/** One forward pass over all rows. */
function scoringSeconds(run: TrainingRun): number {
  const { scoring, workload, device } = run;
  if (!scoring) return 0;
  const tokens = workload.rows * (workload.promptTokens + workload.completionTokens);
  return (tokens * 2 * computeParameters(scoring)) / (device.count * device.flops * mfu(run));
}

function mfu({ method, device, nodes }: TrainingRun): number {
  if (device.kind === 'Cpu') return CPU_TRAINING_MFU;
  return TRAINING_MFU[method] * (nodes > 1 ? MULTI_NODE_MFU_FACTOR : 1);
}

/** A ring all-reduce of the trained parameters' 16-bit gradients; overlaps with arithmetic. */
function exchangeSeconds({ student, method, device }: TrainingRun): number {
  if (device.count === 1) return 0;
  const trained = method === 'Full' ? student.parameters : adapterParameters(student, 16);
  return ((2 * (device.count - 1)) / device.count) * ((2 * trained) / (device.link * device.engine.linkEfficiency));
}

/** On-policy training generates each batch with the student before it learns from it. */
function rolloutSeconds({ student, loss, workload, device }: TrainingRun): number {
  return loss === 'OnPolicy' ? generationSeconds(student, { ...workload, rows: workload.batchSize }, device) : 0;
}

/** Seconds in which a model on these devices answers every row once. */
export function generationSeconds(model: ModelFacts, workload: Workload, device: Device): number {
  const { promptTokens, completionTokens, rows } = workload;
  const { maxConcurrency } = servingMemory({ model, device }, promptTokens + completionTokens);
  const concurrency = Math.max(1, Math.min(SYNTHESIS_CONCURRENCY, maxConcurrency, rows));
  const load = { inputTokens: promptTokens, outputTokens: completionTokens, concurrency };
  return (offlineBatchSeconds({ model, device }, load, concurrency) * rows) / concurrency;
}

export function endpointGenerationSeconds(workload: Workload): number {
  return (workload.rows * workload.completionTokens) / ENDPOINT_TOKENS_PER_SECOND;
}
