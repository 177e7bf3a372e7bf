/** What the API can say and this version cannot do yet: refused by name, never ignored. */
import type { DeploymentTemplateSpec, DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import { findUnsupported as findUnsupportedServing } from '../student/unsupported.ts';

type Check = (spec: DistillationJobSpec) => string | undefined;

const checks: readonly Check[] = [
  ({ output, deployment }) =>
    deployment !== undefined && output.uri.startsWith('oci://')
      ? 'spec.deployment cannot serve an artifact of a registry; publish to pvc://, hf://, s3:// or gs://, or leave spec.deployment out'
      : undefined,
  (spec) => unsupportedModel('teachers', spec.teachers),
  (spec) => unsupportedModel('students', spec.students),
  ({ deployment }) => unsupportedDeployment(deployment?.spec),
];

/** One sentence per thing that is asked for and cannot be had, each naming its field and the way out. */
export function findUnsupported(spec: DistillationJobSpec): string[] {
  return checks.flatMap((check) => check(spec) ?? []);
}

/** What its template asks for is known before anything is trained. */
function unsupportedDeployment(template: DeploymentTemplateSpec | undefined): string | undefined {
  if (template === undefined) return undefined;
  const found = findUnsupportedServing({ model: {}, ...template });
  return found.length === 0
    ? undefined
    : found.map((text) => text.replace('spec.', 'spec.deployment.spec.')).join('; ');
}

function unsupportedModel(
  field: string,
  models: readonly { readonly name: string; readonly uri?: string }[],
): string | undefined {
  const model = models.find(({ uri }) => uri !== undefined && /^(oci|https):/.test(uri));
  if (model === undefined) return undefined;
  return `spec.${field}[${model.name}].uri must be pvc://, builtin://, hf://, s3:// or gs://; other schemes are not available yet`;
}
