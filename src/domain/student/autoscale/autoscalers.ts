/** The objects that scale a student in our stead: a HorizontalPodAutoscaler, or KEDA's ScaledObject. */
import type { ExternalMetric, HorizontalPodAutoscaler, ScaledObject, ScalingRules } from '../../../api/core.ts';
import { studentLabels } from '../../../api/labels.ts';
import { ownerReference } from '../../../api/names.ts';
import type { Autoscaling, StudentDeployment } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { servedModelName } from '../model.ts';

/** What is compared with its target: summed over the replicas and shared out, or one value for all of them. */
interface Target {
  /** In the external metrics API: a metric's name there holds no colon. */
  readonly metric: string;
  readonly query: string;
  readonly value: string;
  readonly isPerReplica: boolean;
}

/** @param series selects the student's own. */
function targetsOf({ targets }: Autoscaling, series: string): Target[] {
  const { waitingRequests, kvCacheUtilizationPercentage, timeToFirstTokenMilliseconds } = targets;
  const histogram = `sum(rate(vllm:time_to_first_token_seconds_bucket${series}[2m])) by (le)`;
  return [
    waitingRequests === undefined
      ? undefined
      : {
          metric: 'vllm_num_requests_waiting',
          query: `sum(vllm:num_requests_waiting${series})`,
          value: String(waitingRequests),
          isPerReplica: true,
        },
    kvCacheUtilizationPercentage === undefined
      ? undefined
      : {
          metric: 'vllm_kv_cache_usage_perc',
          query: `avg(vllm:kv_cache_usage_perc${series})`,
          value: String(kvCacheUtilizationPercentage / 100),
          isPerReplica: false,
        },
    timeToFirstTokenMilliseconds === undefined
      ? undefined
      : {
          metric: 'vllm_time_to_first_token_p95_seconds',
          query: `histogram_quantile(0.95, ${histogram})`,
          value: String(timeToFirstTokenMilliseconds / 1000),
          isPerReplica: false,
        },
  ].filter((target) => target !== undefined);
}

export function buildAutoscaler(student: StudentDeployment, autoscaling: Autoscaling): HorizontalPodAutoscaler {
  const matchLabels = { model_name: servedModelName(student) };
  const metrics = targetsOf(autoscaling, '').map(
    ({ metric: name, value, isPerReplica }): ExternalMetric => ({
      type: 'External',
      external: {
        metric: { name, selector: { matchLabels } },
        target: isPerReplica
          ? { type: 'AverageValue', averageValue: quantity(value) }
          : { type: 'Value', value: quantity(value) },
      },
    }),
  );
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(student),
    spec: {
      scaleTargetRef: targetOf(student),
      minReplicas: autoscaling.minReplicas,
      maxReplicas: autoscaling.maxReplicas,
      metrics,
      behavior: behaviourOf(autoscaling),
    },
  };
}

export function buildScaledObject(
  student: StudentDeployment,
  autoscaling: Autoscaling,
  prometheusUrl: string,
): ScaledObject {
  const { namespace } = student.metadata;
  const series = `{namespace="${namespace}",model_name="${servedModelName(student)}"}`;
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: metadataOf(student),
    spec: {
      scaleTargetRef: targetOf(student),
      pollingInterval: 15,
      cooldownPeriod: autoscaling.scaleDownStabilizationSeconds,
      ...(autoscaling.idleReplicas === undefined ? {} : { idleReplicaCount: autoscaling.idleReplicas }),
      minReplicaCount: autoscaling.minReplicas,
      maxReplicaCount: autoscaling.maxReplicas,
      // Metrics that cannot be read take no replica away.
      fallback: { failureThreshold: 3, replicas: autoscaling.minReplicas, behavior: 'currentReplicasIfHigher' },
      advanced: {
        restoreToOriginalReplicaCount: false,
        horizontalPodAutoscalerConfig: { behavior: behaviourOf(autoscaling) },
      },
      triggers: [...targetsOf(autoscaling, series), ...wakingTargets(student, autoscaling)].map(
        ({ metric, query, value, isPerReplica }) => ({
          type: 'prometheus',
          name: metric.replaceAll('_', '-'),
          metricType: isPerReplica ? 'AverageValue' : 'Value',
          metadata: { serverAddress: prometheusUrl, query, threshold: value, ignoreNullValues: 'false' },
        }),
      ),
    },
  };
}

/** Without replicas only the gateway sees requests wait: an InferencePool's endpoint picker holds them and says how many. */
function wakingTargets({ metadata, spec }: StudentDeployment, { idleReplicas, targets }: Autoscaling): Target[] {
  if (idleReplicas !== 0 || spec.route?.inferencePool === undefined) return [];
  const query = `sum(llm_d_epp_flow_control_queue_size{inference_pool="${metadata.name}"}) or vector(0)`;
  const value = String(targets.waitingRequests ?? 1);
  return [{ metric: 'flow_control_queue_size', query, value, isPerReplica: true }];
}

function metadataOf(student: StudentDeployment) {
  const { name, namespace } = student.metadata;
  return { name, namespace, labels: studentLabels(name), ownerReferences: [ownerReference(student)] };
}

function targetOf({ metadata }: StudentDeployment) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name };
}

function behaviourOf(autoscaling: Autoscaling): { scaleUp: ScalingRules; scaleDown: ScalingRules } {
  return {
    scaleUp: { stabilizationWindowSeconds: autoscaling.scaleUpStabilizationSeconds },
    scaleDown: { stabilizationWindowSeconds: autoscaling.scaleDownStabilizationSeconds },
  };
}

/** As the server writes it back: a fraction in thousandths. */
function quantity(value: string): string {
  return value.includes('.') ? `${Math.round(Number(value) * 1000)}m` : value;
}
