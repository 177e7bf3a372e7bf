/** The part of the world that one look at a StudentDeployment may see. */
import type {
  ControllerRevision,
  Deployment,
  NetworkPolicy,
  Pod,
  PodDisruptionBudget,
  Service,
} from '../../api/core.ts';
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import type { Pool } from '../planning/pool.ts';

export interface Observed {
  readonly student: StudentDeployment;
  /** The DistillationJob that `spec.model.distillationJobRef` names, if it exists. */
  readonly source: DistillationJob | undefined;
  readonly deployment: Deployment | undefined;
  readonly service: Service | undefined;
  readonly revisions: readonly ControllerRevision[];
  readonly disruptionBudget: PodDisruptionBudget | undefined;
  readonly networkPolicy: NetworkPolicy | undefined;
  readonly pods: readonly Pod[];
  readonly pools: readonly Pool[];
}

export interface Settings {
  readonly servingImage: string;
  readonly podUserId: number | undefined;
  /** Whether the replicas get a NetworkPolicy. */
  readonly networkPolicy: boolean;
  /** What is known of models by their names. */
  readonly catalogue: Catalogue;
}
