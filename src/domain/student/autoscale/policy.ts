/** `spec.autoscaling`, in the units in which the scaler thinks. */
import type { Autoscaling } from '../../../api/v1alpha1/student-deployment.gen.ts';

export interface ScalerPolicy {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly idleReplicas: number | undefined;
  readonly targets: {
    /** Requests that may wait per replica. */
    readonly waiting: number | undefined;
    /** From 0 to 1. */
    readonly cacheUse: number | undefined;
    readonly firstTokenSeconds: number | undefined;
  };
  readonly upStabilizationMs: number;
  readonly downStabilizationMs: number;
}

export function policyOf(autoscaling: Autoscaling): ScalerPolicy {
  const { targets } = autoscaling;
  const scaled = (value: number | undefined, by: number) => (value === undefined ? undefined : value / by);
  return {
    minReplicas: autoscaling.minReplicas,
    maxReplicas: autoscaling.maxReplicas,
    idleReplicas: autoscaling.idleReplicas,
    targets: {
      waiting: targets.waitingRequests,
      cacheUse: scaled(targets.kvCacheUtilizationPercentage, 100),
      firstTokenSeconds: scaled(targets.timeToFirstTokenMilliseconds, 1000),
    },
    upStabilizationMs: autoscaling.scaleUpStabilizationSeconds * 1000,
    downStabilizationMs: autoscaling.scaleDownStabilizationSeconds * 1000,
  };
}
