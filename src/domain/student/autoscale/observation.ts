/** What serving teaches the planner: predicted beside measured latency, for its calibration. Simulated hardware teaches nothing. */
import type { StudentDeployment } from '../../../api/v1alpha1/student-deployment.gen.ts';
import type { Latency, Measured } from './measured.ts';

export interface ServingObservation {
  /** GPU product; absent placements and CPUs give no observation. */
  readonly product: string;
  readonly engine: 'vllm';
  readonly metric: 'timeToFirstToken' | 'interTokenLatency';
  /** Milliseconds. */
  readonly predicted: number;
  readonly measured: number;
  /** Observations behind the measured value. */
  readonly weight: number;
}

/** @param isSimulated whether the pool's nodes only play their GPUs. */
export function servingObservations(
  { status }: StudentDeployment,
  measured: Measured | undefined,
  isSimulated: boolean,
): ServingObservation[] {
  const { gpuProduct: product, timeToFirstTokenMilliseconds, interTokenLatencyMilliseconds } = status?.placement ?? {};
  if (product === undefined || measured === undefined || isSimulated) return [];
  const observation = (
    metric: ServingObservation['metric'],
    predicted: string | undefined,
    latency: Latency | undefined,
  ): ServingObservation[] =>
    predicted === undefined || latency === undefined
      ? []
      : [
          {
            product,
            engine: 'vllm',
            metric,
            predicted: Number(predicted),
            measured: latency.meanSeconds * 1000,
            weight: latency.observations,
          },
        ];
  return [
    ...observation('timeToFirstToken', timeToFirstTokenMilliseconds, measured.firstToken),
    ...observation('interTokenLatency', interTokenLatencyMilliseconds, measured.interToken),
  ];
}
