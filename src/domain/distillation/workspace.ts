/** The volume that the stages share: the user's claim, or one of the job's own. */
import type { PersistentVolumeClaim } from '../../api/core.ts';
import { childLabels } from '../../api/labels.ts';
import { ownerReference, workspaceClaimName } from '../../api/names.ts';
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { Draft } from './draft.ts';
import type { Look } from './look.ts';

/** The claim's name: `spec.workspace.claimName`, else derived from the job. */
export function workspaceClaimOf(job: DistillationJob): string {
  return job.spec.workspace.claimName ?? workspaceClaimName(job.metadata.name);
}

/** Creates the claim, and goes on without waiting for it to be bound: a volume may wait for its first pod. */
export function claimWorkspace({ draft, observed }: Look): 'continue' | 'stop' {
  const { job } = draft;
  if (observed.workspaceClaim !== undefined) return useClaim(draft, observed.workspaceClaim);
  if (job.spec.workspace.claimName !== undefined) {
    const message = `PersistentVolumeClaim ${job.spec.workspace.claimName} (spec.workspace.claimName) does not exist; create it`;
    draft.condition({ type: 'Profiled', status: 'False', reason: 'WorkspaceNotFound', message });
    draft.summary = { reason: 'Profiling', message };
    return 'stop';
  }
  draft.act({ type: 'create-claim', claim: buildClaim(job) });
  return 'continue';
}

/** A claim of the name that ours should have may be what a job of the same name left: it is about to go, and its data with it. */
function useClaim(draft: Draft, { metadata }: PersistentVolumeClaim): 'continue' | 'stop' {
  const { job } = draft;
  const isOurs = metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid) ?? false;
  if (isOurs || job.spec.workspace.claimName !== undefined) return 'continue';
  const message = `PersistentVolumeClaim ${metadata.name} belongs to somebody else; waiting until it is deleted`;
  draft.condition({ type: 'Profiled', status: 'False', reason: 'WorkspaceTaken', message });
  draft.summary = { reason: 'Profiling', message };
  return 'stop';
}

function buildClaim(job: DistillationJob): PersistentVolumeClaim {
  const { size, accessMode, storageClassName } = job.spec.workspace;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: workspaceClaimOf(job),
      namespace: job.metadata.namespace,
      labels: childLabels({ job: job.metadata.name }),
      ownerReferences: [ownerReference(job)],
    },
    spec: {
      accessModes: [accessMode],
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage: size } },
    },
  };
}
