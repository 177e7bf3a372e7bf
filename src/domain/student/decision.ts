import type {
  ControllerRevision,
  Deployment,
  HorizontalPodAutoscaler,
  HttpRoute,
  InferencePool,
  ScaledObject,
  NetworkPolicy,
  PodDisruptionBudget,
  ResourceClaimTemplate,
  Service,
} from '../../api/core.ts';
import type { StudentDeploymentStatus } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { EventDraft } from '../distillation/decision.ts';

/** Server-side applies, where the same object twice changes nothing, and removals, where what is gone is success. */
export type Action =
  | { readonly type: 'apply-deployment'; readonly deployment: Deployment }
  | { readonly type: 'delete-deployment'; readonly name: string; readonly uid: string }
  | { readonly type: 'apply-autoscaler'; readonly autoscaler: HorizontalPodAutoscaler }
  | { readonly type: 'delete-autoscaler'; readonly name: string; readonly uid: string }
  | { readonly type: 'apply-scaled-object'; readonly scaledObject: ScaledObject }
  | { readonly type: 'delete-scaled-object'; readonly name: string; readonly uid: string }
  | { readonly type: 'apply-service'; readonly service: Service }
  | { readonly type: 'apply-revision'; readonly revision: ControllerRevision }
  | { readonly type: 'delete-revision'; readonly name: string; readonly uid: string }
  | { readonly type: 'apply-claim-template'; readonly template: ResourceClaimTemplate }
  | { readonly type: 'apply-disruption-budget'; readonly budget: PodDisruptionBudget }
  | { readonly type: 'delete-disruption-budget'; readonly name: string; readonly uid: string }
  | { readonly type: 'apply-network-policy'; readonly policy: NetworkPolicy }
  | { readonly type: 'delete-network-policy'; readonly name: string; readonly uid: string }
  | { readonly type: 'apply-http-route'; readonly route: HttpRoute }
  | { readonly type: 'delete-http-route'; readonly name: string; readonly uid: string }
  | { readonly type: 'apply-inference-pool'; readonly pool: InferencePool }
  | { readonly type: 'delete-inference-pool'; readonly name: string; readonly uid: string };

/** What one look at a StudentDeployment leads to. */
export interface Decision {
  readonly actions: readonly Action[];
  readonly status: StudentDeploymentStatus;
  readonly events: readonly EventDraft[];
}
