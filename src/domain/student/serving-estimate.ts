/** What serving teaches the planner: what the estimators say of the load that was served, beside what its replicas measured. */
import type { ServingEstimate, StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { type CalibratedQuantity, deviceName, type Observation } from '../planning/calibration.ts';
import type { ModelFacts } from '../planning/model-facts.ts';
import type { Pool } from '../planning/pool.ts';
import { type Quantization, quantized } from '../planning/quantization.ts';
import { servingEstimate } from '../planning/serving.ts';
import { servingDevice } from '../planning/serving-site.ts';
import { timestamp } from '../time.ts';
import type { QuietWindow } from './autoscale/quiet-window.ts';
import type { Observed, Settings } from './observed.ts';
import { factsOf } from './serving-question.ts';

type Seen = Pick<Observed, 'student' | 'source' | 'pools'>;

interface Served {
  readonly model: ModelFacts;
  readonly pool: Pool;
  readonly version: string;
}

/**
 * Nothing is said of a student whose size or pool nobody knows, that is being rolled out, or that runs otherwise than the
 * estimators assume. No calibration goes into the prediction: a factor must never be fitted to itself.
 */
export function estimateServing(
  seen: Seen,
  window: QuietWindow | undefined,
  settings: Pick<Settings, 'servingImage' | 'catalogue'>,
): readonly ServingEstimate[] {
  const served = servedAsPredicted(seen, settings);
  if (window === undefined || served === undefined) return [];
  const { model, pool, version } = served;
  const { gpus = 1, pipeline = 1 } = seen.student.status?.placement ?? {};
  const quantization = servedIn(seen.student);
  const devices = pool.gpu === null ? 0 : gpus;
  const device = { ...servingDevice(pool, devices), stages: pipeline };
  const { inputTokens, outputTokens, concurrency, requests, at } = window;
  const predicted = servingEstimate(quantized(model, device, pool, quantization), {
    inputTokens,
    outputTokens,
    concurrency,
  });
  const estimate = (
    quantity: ServingEstimate['quantity'],
    predictedSeconds: number,
    measuredSeconds: number | undefined,
  ): ServingEstimate[] =>
    measuredSeconds === undefined || !isTime(predictedSeconds) || !isTime(measuredSeconds)
      ? []
      : [
          {
            quantity,
            device: deviceName(pool, devices),
            devices,
            version,
            predictedMilliseconds: (predictedSeconds * 1000).toFixed(3),
            measuredMilliseconds: (measuredSeconds * 1000).toFixed(3),
            requests: Math.min(requests, 2 ** 31 - 1),
            simulated: pool.simulated,
            lastUpdatedTime: timestamp(at),
          },
        ];
  return [
    ...estimate('TimeToFirstToken', predicted.timeToFirstTokenSeconds, window.firstTokenSeconds),
    ...estimate('InterTokenLatency', predicted.interTokenSeconds, window.interTokenSeconds),
  ];
}

/** As the server's flags say: a checkpoint that is stored in fewer bits overrules what is asked for. */
function servedIn({ spec, status }: StudentDeployment): Quantization {
  const planned = (status?.placement?.quantization ?? 'None') as Quantization;
  return status?.modelQuantization ?? spec.runtime.quantization ?? planned;
}

/** A microsecond and an hour: what lies beyond is no latency. */
function isTime(seconds: number): boolean {
  return seconds >= 1e-6 && seconds < 3600;
}

function servedAsPredicted(
  { student, source, pools }: Seen,
  { servingImage, catalogue }: Pick<Settings, 'servingImage' | 'catalogue'>,
): Served | undefined {
  const pool = pools.find(({ name }) => name === student.status?.placement?.pool);
  const model = factsOf(student, source, catalogue);
  if (pool === undefined || model === undefined || !isSettled(student) || !isPlain(student)) return undefined;
  return { model, pool, version: student.spec.runtime.image ?? servingImage };
}

/** One revision serves alone. */
function isSettled({ status }: StudentDeployment): boolean {
  const { currentRevision, updateRevision, canary } = status ?? {};
  return currentRevision !== undefined && currentRevision === updateRevision && canary === undefined;
}

/** Nothing was set that changes how the engine runs, or what it runs on. */
function isPlain({ spec }: StudentDeployment): boolean {
  const { runtime, template = {}, adapters = [] } = spec;
  const set = [...(runtime.args ?? []), ...(runtime.env ?? []), ...(template.env ?? []), ...adapters];
  return set.length === 0 && template.resources === undefined && runtime.dtype !== 'Float32';
}

/** How long an estimate stands at least; after that it is replaced when measured over predicted has changed by more than this. */
const shortestMs = 600_000;
const materialShare = 0.1;

/** What status should say: what it says already, unless there is news. */
export function estimatesStatus(
  before: readonly ServingEstimate[] | undefined,
  fresh: readonly ServingEstimate[],
): readonly ServingEstimate[] | undefined {
  if (fresh.length === 0) return before;
  return before !== undefined && fresh.every((estimate) => isKnown(estimate, before)) ? before : fresh;
}

function isKnown(fresh: ServingEstimate, all: readonly ServingEstimate[]): boolean {
  const before = all.find(({ quantity }) => quantity === fresh.quantity);
  if (before?.device !== fresh.device || before.version !== fresh.version) return false;
  const age = Date.parse(fresh.lastUpdatedTime) - Date.parse(before.lastUpdatedTime);
  return age < shortestMs || Math.abs(Math.log(ratioOf(fresh) / ratioOf(before))) <= materialShare;
}

function ratioOf({ measuredMilliseconds, predictedMilliseconds }: ServingEstimate): number {
  return Number(measuredMilliseconds) / Number(predictedMilliseconds);
}

/** As the calibration takes them; those on simulated hardware are told as such, and it leaves them out. */
export function servingObservations({ status }: StudentDeployment): readonly Observation[] {
  return (status?.estimates ?? []).map((estimate) => ({
    quantity: estimate.quantity satisfies CalibratedQuantity,
    device: estimate.device,
    version: estimate.version,
    method: '',
    predictedSeconds: Number(estimate.predictedMilliseconds) / 1000,
    measuredSeconds: Number(estimate.measuredMilliseconds) / 1000,
    simulated: estimate.simulated,
  }));
}
