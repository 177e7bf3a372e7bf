/** What the API can say and this version cannot do yet: refused by name, never ignored. */
import type { StudentDeploymentSpec } from '../../api/v1alpha1/student-deployment.gen.ts';

type Check = (spec: StudentDeploymentSpec) => string | undefined;

const checks: readonly Check[] = [
  ({ autoscaling }) =>
    autoscaling?.provider === 'HPA' && autoscaling.idleReplicas !== undefined
      ? 'spec.autoscaling.idleReplicas is nothing that an HPA can do; remove it, or set provider to BuiltIn or KEDA'
      : undefined,
  ({ autoscaling }) =>
    autoscaling?.provider === 'KEDA' && (autoscaling.idleReplicas ?? 0) > 0
      ? 'spec.autoscaling.idleReplicas must be 0 with KEDA, which knows no other; set provider to BuiltIn for more'
      : undefined,
  ({ model }) =>
    model.uri === undefined || /^(pvc|hf|s3|gs):/.test(model.uri)
      ? undefined
      : 'spec.model.uri must be pvc://, hf://, s3:// or gs://; an OCI image goes into spec.model.image',
  ({ adapters = [] }) => {
    const other = adapters.find(({ uri }) => !/^(pvc|hf):/.test(uri));
    return other && `spec.adapters[${other.name}].uri must be pvc:// or hf://, which is what vLLM reads adapters from`;
  },
  ({ adapters = [] }) => {
    const pinned = adapters.find(({ uri }) => uri.startsWith('hf:') && uri.includes('@'));
    return (
      pinned &&
      `spec.adapters[${pinned.name}].uri must have no @REVISION: vLLM reads the newest; copy that one to a pvc://`
    );
  },
  ({ model, adapters = [] }) => {
    const names = [model.secretRef, ...adapters.map(({ secretRef }) => secretRef)].flatMap((ref) => ref?.name ?? []);
    return new Set(names).size < 2
      ? undefined
      : 'spec.adapters and spec.model must name one secretRef: the server has one HF_TOKEN; put the keys into one Secret';
  },
];

/** One sentence per thing that is asked for and cannot be had, each naming its field and the way out. */
export function findUnsupported(spec: StudentDeploymentSpec): string[] {
  return checks.flatMap((check) => check(spec) ?? []);
}
