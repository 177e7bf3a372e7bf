/** What the finished stages of a job say about the estimators. */
import type { DistillationJob, StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { CalibratedQuantity, Observation } from '../planning/calibration.ts';

const QUANTITIES: Partial<Record<StageStatus['name'], CalibratedQuantity>> = {
  Synthesize: 'Generation',
  Train: 'Training',
};

export function observationsOf({ status }: DistillationJob): readonly Observation[] {
  return (status?.stages ?? []).flatMap(({ name, state, estimate }) => {
    const quantity = QUANTITIES[name];
    if (quantity === undefined || estimate === undefined || state !== 'Succeeded') return [];
    const { device, version, method = '', simulated } = estimate;
    return [
      {
        quantity,
        device,
        version,
        method,
        simulated,
        predictedSeconds: Number(estimate.predictedSeconds),
        measuredSeconds: Number(estimate.measuredSeconds),
      },
    ];
  });
}
