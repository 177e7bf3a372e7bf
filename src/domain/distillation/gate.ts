/** Whether a trained student may be published. */
import type { DistillationJobSpec, Evaluation } from '../../api/v1alpha1/distillation-job.gen.ts';

export interface Verdict {
  readonly passed: boolean;
  readonly reason: 'AccuracyReached' | 'AccuracyNotMet' | 'EvaluationMeasured';
  readonly message: string;
}

/** The floor is held against the *lower* bound of the interval: luck in a small sample does not pass. */
export function judge(spec: DistillationJobSpec, evaluation: Evaluation | undefined): Verdict {
  const floor = spec.constraints.minAccuracy;
  const student = evaluation?.student;
  const interval = `${student?.accuracy} [${student?.accuracyLow}, ${student?.accuracyHigh}] on ${student?.samples ?? 0} examples`;
  if (floor === undefined)
    return { passed: true, reason: 'EvaluationMeasured', message: `accuracy ${interval}; no floor is set` };
  if (student?.accuracyLow !== undefined && Number(student.accuracyLow) >= Number(floor)) {
    return { passed: true, reason: 'AccuracyReached', message: `accuracy ${interval} reaches the floor ${floor}` };
  }
  return {
    passed: false,
    reason: 'AccuracyNotMet',
    message: `accuracy ${interval}: the lower bound is below the floor ${floor}`,
  };
}
