/** Finds the weights to serve. */
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { Observed } from './observed.ts';

export interface ServableModel {
  readonly uri: string;
  /** Content digest; a new one is a new revision. Undefined when the source keeps none. */
  readonly digest: string | undefined;
  /** How a job stored them, when in fewer bits than they were trained in; a server is told nothing, since they say so themselves. */
  readonly quantization?: 'FP8' | 'INT4' | undefined;
}

export interface PendingModel {
  readonly kind: 'pending';
  readonly reason: 'JobNotFound' | 'JobRunning' | 'JobFailed';
  readonly message: string;
}

export type ModelResolution = { readonly kind: 'ready'; readonly model: ServableModel } | PendingModel;

export function resolveModel({ student, source }: Observed): ModelResolution {
  const { distillationJobRef, uri, image } = student.spec.model;
  if (distillationJobRef !== undefined) return fromJob(distillationJobRef.name, source);
  if (image !== undefined) return ready({ uri: `image://${image.path}`, digest: image.reference });
  return ready({ uri: uri ?? '', digest: undefined });
}

/** Only a published artefact is served: a job whose student missed the floor publishes nothing, so nothing rolls. */
function fromJob(name: string, source: DistillationJob | undefined): ModelResolution {
  if (source === undefined) {
    const message = `DistillationJob ${name} does not exist; create it or correct spec.model.distillationJobRef`;
    return { kind: 'pending', reason: 'JobNotFound', message };
  }
  const artifact = source.status?.artifact;
  if (artifact !== undefined) {
    return ready({ uri: artifact.uri, digest: artifact.digest, quantization: artifact.quantization });
  }
  const failed = source.status?.conditions?.find(
    (condition) => condition.type === 'Failed' && condition.status === 'True',
  );
  return failed === undefined
    ? { kind: 'pending', reason: 'JobRunning', message: `DistillationJob ${name} has not published its student yet` }
    : {
        kind: 'pending',
        reason: 'JobFailed',
        message: `DistillationJob ${name} failed and published nothing: ${failed.message}`,
      };
}

/**
 * What the student served before, for as long as its spec's own source has nothing: weights stay where they were published,
 * so a job may run anew, fail or be deleted while its last student goes on.
 */
export function lastServed({ spec, status }: StudentDeployment): ServableModel | undefined {
  if (spec.model.distillationJobRef === undefined || status?.modelUri === undefined) return undefined;
  return { uri: status.modelUri, digest: status.modelDigest, quantization: status.modelQuantization };
}

function ready(model: ServableModel): ModelResolution {
  return { kind: 'ready', model };
}

/** The name under which clients ask for the model. */
export function servedModelName({ metadata, spec }: StudentDeployment): string {
  return spec.runtime.servedModelName ?? metadata.name;
}
