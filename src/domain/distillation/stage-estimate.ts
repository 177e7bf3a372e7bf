/** What the estimators say of the work that a stage has done, beside what it took: each finished stage calibrates later plans. */
import type { DistillationJobStatus, Estimate } from '../../api/v1alpha1/distillation-job.gen.ts';
import { terminationMessage } from '../pod-trouble.ts';
import { deviceName } from '../planning/calibration.ts';
import { largestSplit } from '../planning/gpu-counts.ts';
import type { ModelFacts } from '../planning/model-facts.ts';
import type { Method } from '../planning/request.ts';
import { servingDevice } from '../planning/serving-site.ts';
import { generationSeconds, trainingSeconds } from '../planning/training.ts';
import { planProfile, planRequest } from './plan-inputs.ts';
import { integer, optional, real, type StageResult } from './result-fields.ts';
import { chosenLoss } from './stage-document.ts';
import { parseStageMessage } from './stage-result.ts';
import type { SettledStage } from './stage-run.ts';

/** Tokens that were done, and in how many seconds. */
interface Work {
  readonly tokens: number;
  readonly predicted: number;
  readonly measured: number;
  /** Of training only. */
  readonly method?: Method;
}

/**
 * Undefined for stages that nothing is predicted of, and where the models' facts, the pool or the figures are missing. The
 * prediction is made for the work that was done, not for the work that was planned, and without any calibration: a factor must
 * never be fitted to itself.
 */
export function estimateStage(settled: SettledStage, results: readonly StageResult[]): Estimate | undefined {
  const { stage, pool, draft, settings } = settled;
  if (pool === undefined) return undefined;
  const work =
    stage === 'Train' ? trained(settled, results) : stage === 'Synthesize' ? generated(settled, results) : null;
  if (work === null || ![work.tokens, work.predicted, work.measured].every((value) => value > 0 && value < 1e9))
    return undefined;
  return {
    device: deviceName(pool.pool, pool.gpus),
    devices: pool.gpus,
    version: draft.job.spec.image ?? settings.trainerImage,
    ...optional('method', work.method),
    predictedSeconds: decimal(work.predicted),
    measuredSeconds: decimal(work.measured),
    predictedTokensPerSecond: decimal(work.tokens / work.predicted),
    measuredTokensPerSecond: decimal(work.tokens / work.measured),
    simulated: pool.pool.simulated,
  };
}

function trained({ draft, choice, pool }: SettledStage, [result = {}]: readonly StageResult[]): Work | null {
  const student = factsOf(draft.status, 'Student', choice?.student);
  const steps = integer(result, 'steps');
  const tokens = integer(result, 'tokens');
  const rate = real(result, 'tokensPerSecond');
  if (pool === undefined || student === null || steps === 0) return null;
  const { training } = planRequest(draft.job.spec);
  const method = methodOf(choice?.method);
  const loss = chosenLoss(training.loss, choice) ?? 'SequenceLevel';
  const { batchSize, comparison } = training;
  const topTokens = comparison?.topTokens ?? 0;
  const teacher = factsOf(draft.status, 'Teacher', choice?.teacher);
  const predicted = trainingSeconds({
    student,
    teacher: loss === 'SequenceLevel' || topTokens > 0 ? null : teacher,
    // The rate that the trainer tells is that of its steps: what was scored before them is no part of it.
    scoring: null,
    method,
    loss,
    workload: {
      rows: steps * batchSize,
      epochs: 1,
      batchSize,
      maxSteps: 0,
      promptTokens: tokens / (steps * batchSize),
      completionTokens: 0,
    },
    device: servingDevice(pool.pool, pool.gpus),
    nodes: 1,
  });
  return { tokens, predicted, measured: tokens / rate, method };
}

/** Shards run side by side, each on its own hardware: the mean shard is looked at. An endpoint's pace is its own. */
function generated(settled: SettledStage, results: readonly StageResult[]): Work | null {
  const { draft, choice, pool } = settled;
  const teacher = factsOf(draft.status, 'Teacher', choice?.teacher);
  const option = draft.job.spec.teachers.find(({ name }) => name === choice?.teacher);
  const mean = (field: string): number =>
    results.reduce((sum, result) => sum + integer(result, field), 0) / results.length;
  const rows = mean('rows');
  const tokens = mean('completionTokens');
  if (pool === undefined || teacher === null || option?.endpoint !== undefined || rows === 0) return null;
  const device = servingDevice(pool.pool, pool.gpus === 0 ? 0 : largestSplit(teacher, pool.gpus));
  const workload = {
    rows,
    epochs: 1,
    batchSize: 1,
    maxSteps: 0,
    promptTokens: mean('promptTokens') / rows,
    completionTokens: tokens / rows,
  };
  const predicted = generationSeconds(teacher, workload, device);
  return { tokens, predicted, measured: meanSeconds(settled) };
}

/** What the shards' own clocks say; the time to pull an image is not theirs. */
function meanSeconds({ stage, pods }: SettledStage): number {
  const seconds = pods.flatMap((pod) => {
    const message = parseStageMessage(stage, terminationMessage(pod));
    return pod.status?.phase === 'Succeeded' && message.kind === 'result' ? [message.seconds] : [];
  });
  return seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
}

function factsOf(
  { profile }: DistillationJobStatus,
  role: 'Teacher' | 'Student',
  name: string | undefined,
): ModelFacts | null {
  return planProfile(profile).models.find((model) => model.role === role && model.name === name)?.facts ?? null;
}

function methodOf(text: string | undefined): Method {
  return text === 'LoRA' || text === 'QLoRA' ? text : 'Full';
}

function decimal(value: number): string {
  return value.toFixed(3);
}
