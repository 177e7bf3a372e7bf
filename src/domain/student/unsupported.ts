/** What the API can say and this version cannot do yet: refused by name, never ignored. */
import type { StudentDeploymentSpec } from '../../api/v1alpha1/student-deployment.gen.ts';

type Check = (spec: StudentDeploymentSpec) => string | undefined;

const checks: readonly Check[] = [
  ({ autoscaling }) =>
    autoscaling === undefined
      ? undefined
      : 'spec.autoscaling is not available yet; set spec.replicas, or point an HPA at the scale subresource',
  ({ rollout }) =>
    rollout.strategy === 'Canary' ? 'spec.rollout.strategy Canary is not available yet; use RollingUpdate' : undefined,
  ({ route }) =>
    route?.httpRoute === undefined && route?.inferencePool === undefined
      ? undefined
      : 'spec.route is not available yet; point your own route at the Service',
  ({ adapters }) =>
    (adapters ?? []).length === 0 ? undefined : 'spec.adapters is not available yet; publish a merged model',
  ({ model }) =>
    model.uri === undefined || /^(pvc|hf):/.test(model.uri)
      ? undefined
      : 'spec.model.uri must be pvc:// or hf://; other schemes are not available yet, an OCI image goes into spec.model.image',
  ({ model }) =>
    model.secretRef === undefined
      ? undefined
      : 'spec.model.secretRef is not available yet; set HF_TOKEN by spec.runtime.env',
];

/** One sentence per thing that is asked for and cannot be had, each naming its field and the way out. */
export function findUnsupported(spec: StudentDeploymentSpec): string[] {
  return checks.flatMap((check) => check(spec) ?? []);
}
