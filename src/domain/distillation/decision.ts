/** What one look at a job leads to, as a value: printed, tested and carried out elsewhere. */
import type { Job, ObjectMeta as NewObjectMeta, PersistentVolumeClaim, ResourceClaimTemplate } from '../../api/core.ts';
import type { DistillationJobStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment, StudentDeploymentSpec } from '../../api/v1alpha1/student-deployment.gen.ts';

/** Every action is idempotent: creates carry deterministic names, deletes and changes carry the uid they are meant for. */
export type Action =
  | { readonly type: 'create-claim'; readonly claim: PersistentVolumeClaim }
  | { readonly type: 'create-claim-template'; readonly template: ResourceClaimTemplate }
  | { readonly type: 'create-stage-job'; readonly job: Job }
  | { readonly type: 'suspend-stage-job'; readonly name: string; readonly uid: string; readonly suspend: boolean }
  | {
      readonly type: 'delete-stage-job';
      readonly name: string;
      readonly uid: string;
      /** Only while it is as it was seen: one that has finished since has a result. */
      readonly resourceVersion?: string;
    }
  | { readonly type: 'add-finalizer' }
  | { readonly type: 'remove-finalizer' }
  | { readonly type: 'create-deployment'; readonly deployment: NewStudentDeployment };

/** As a user would write it: the API server fills in the defaults. */
export interface NewStudentDeployment extends Pick<StudentDeployment, 'apiVersion' | 'kind'> {
  readonly metadata: NewObjectMeta;
  readonly spec: Partial<StudentDeploymentSpec> & Pick<StudentDeploymentSpec, 'model'>;
}

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface Decision {
  readonly actions: readonly Action[];
  /** The whole of what the reconciler owns; the progress fields belong to the progress server. */
  readonly status: DistillationJobStatus;
  readonly events: readonly EventDraft[];
  /** When to look again although nothing changed; undefined waits for a change. */
  readonly requeueAfterMs: number | undefined;
}
