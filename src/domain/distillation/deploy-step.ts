/** Creates the StudentDeployment that `spec.deployment` asks for, once the weights are published. */
import { apiVersion } from '../../api/resources.ts';
import { managedByLabel, managedByValue } from '../../api/labels.ts';
import { ownerReference } from '../../api/names.ts';
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { Action } from './decision.ts';
import type { Look } from './look.ts';
import type { Draft } from './draft.ts';

/** The name of the StudentDeployment; undefined when the job asks for none. */
export function deploymentNameOf(job: DistillationJob): string | undefined {
  return job.spec.deployment === undefined ? undefined : (job.spec.deployment.metadata?.name ?? job.metadata.name);
}

/** Created once and then left to its owner: a later edit by the team is not undone. */
export function deployStudent({ draft, observed }: Look): 'continue' | 'stop' {
  const name = deploymentNameOf(draft.job);
  if (name === undefined) return 'continue';
  if (observed.deployment !== undefined)
    return isOurs(observed.deployment, draft.job) ? 'continue' : awaitName(draft, name);
  draft.summary = { reason: 'Deploying', message: `creating StudentDeployment ${name}` };
  if (draft.status.deploymentName === undefined) {
    draft.status.deploymentName = name;
    return 'stop';
  }
  draft.act(createDeployment(draft.job, name));
  return 'stop';
}

function isOurs(deployment: StudentDeployment, job: DistillationJob): boolean {
  return deployment.metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid) ?? false;
}

/** Somebody else's student must not pass for this one. */
function awaitName(draft: Draft, name: string): 'stop' {
  const message = `StudentDeployment ${name} exists and belongs to somebody else; choose another name in spec.deployment.metadata.name, or delete it`;
  draft.summary = { reason: 'Deploying', message };
  return 'stop';
}

function createDeployment(job: DistillationJob, name: string): Action {
  const { metadata, spec } = job.spec.deployment ?? {};
  return {
    type: 'create-deployment',
    deployment: {
      apiVersion,
      kind: 'StudentDeployment',
      metadata: {
        name,
        namespace: job.metadata.namespace,
        labels: { ...metadata?.labels, [managedByLabel]: managedByValue },
        annotations: { ...metadata?.annotations },
        ownerReferences: [ownerReference(job)],
      },
      spec: { ...spec, model: { distillationJobRef: { name: job.metadata.name } } },
    },
  };
}
