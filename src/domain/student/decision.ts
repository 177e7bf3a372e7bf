import type { Deployment, Service } from '../../api/core.ts';
import type { StudentDeploymentStatus } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { EventDraft } from '../distillation/decision.ts';

/** Both are server-side applies: the same object twice changes nothing. */
export type Action =
  | { readonly type: 'apply-deployment'; readonly deployment: Deployment }
  | { readonly type: 'apply-service'; readonly service: Service };

/** What one look at a StudentDeployment leads to. */
export interface Decision {
  readonly actions: readonly Action[];
  readonly status: StudentDeploymentStatus;
  readonly events: readonly EventDraft[];
}
