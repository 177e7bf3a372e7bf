/** The part of the world that one look at a StudentDeployment may see. */
import type {
  ControllerRevision,
  Deployment,
  HttpRoute,
  InferencePool,
  NetworkPolicy,
  Pod,
  PodDisruptionBudget,
  Service,
} from '../../api/core.ts';
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import type { Pool } from '../planning/pool.ts';

/** An object of a kind that a cluster may lack. */
export interface Optional<T> {
  /** Whether the API server serves the kind, and lets us read it. */
  readonly served: boolean;
  readonly object: T | undefined;
}

export interface Observed {
  readonly student: StudentDeployment;
  /** The DistillationJob that `spec.model.distillationJobRef` names, if it exists. */
  readonly source: DistillationJob | undefined;
  readonly deployment: Deployment | undefined;
  readonly service: Service | undefined;
  readonly revisions: readonly ControllerRevision[];
  readonly disruptionBudget: PodDisruptionBudget | undefined;
  readonly networkPolicy: NetworkPolicy | undefined;
  readonly httpRoute: Optional<HttpRoute>;
  readonly inferencePool: Optional<InferencePool>;
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
