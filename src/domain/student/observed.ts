/** The part of the world that one look at a StudentDeployment may see. */
import type {
  HorizontalPodAutoscaler,
  ScaledObject,
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
import type { AgreementStatus, ServingEstimate, StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { Measured } from './autoscale/measured.ts';
import type { ScalerVerdict } from './autoscale/scaler.ts';
import type { TrialMeasurement } from './canary/measurement.ts';
import type { CalibrationFactor } from '../planning/calibration.ts';
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
  /** What has the name of the Deployment for a Canary. */
  readonly canary: Deployment | undefined;
  readonly service: Service | undefined;
  /** What has the names of the Services for the two tracks of a Canary. */
  readonly trackServices: TrackServices;
  readonly revisions: readonly ControllerRevision[];
  /** Names of the templates that were made for the claims of the replicas. */
  readonly claimTemplates: ReadonlySet<string>;
  readonly disruptionBudget: PodDisruptionBudget | undefined;
  readonly networkPolicy: NetworkPolicy | undefined;
  readonly httpRoute: Optional<HttpRoute>;
  readonly inferencePool: Optional<InferencePool>;
  readonly scalers: Scalers;
  /** What the replicas show of their load; undefined while this process has not looked. */
  readonly load: ServingLoad | undefined;
  readonly pods: readonly Pod[];
  readonly pools: readonly Pool[];
  /** What finished jobs and served students say about the estimators. */
  readonly calibration: readonly CalibrationFactor[];
}

export interface TrackServices {
  readonly stable: Service | undefined;
  readonly canary: Service | undefined;
}

/** Who could write the number of replicas, besides us. */
export interface Scalers {
  /** Those that scale the student's Deployment, whoever made them. */
  readonly autoscalers: readonly HorizontalPodAutoscaler[];
  readonly scaledObject: ScaledObject | undefined;
  /** Whether KEDA is installed. */
  readonly keda: boolean;
  /** Where KEDA finds the metrics; empty when the operator was not told. */
  readonly prometheusUrl: string;
}

/** What a watch over the replicas' metrics has found. */
export interface ServingLoad {
  /** Undefined unless the built-in autoscaler has decided. */
  readonly verdict: Pick<ScalerVerdict, 'replicas' | 'reason' | 'message'> | undefined;
  readonly measured: Measured | undefined;
  /** What the estimators say of it, where it measures the hardware; empty where it does not. */
  readonly estimates?: readonly ServingEstimate[] | undefined;
  /** Of the Canary's step that is under way. */
  readonly trial?: TrialMeasurement | undefined;
  /** How far this process has come with comparing a revision's answers. */
  readonly agreement?: { readonly revision: string; readonly round: AgreementStatus } | undefined;
}

export interface Settings {
  readonly servingImage: string;
  readonly podUserId: number | undefined;
  /** Whether the replicas get a NetworkPolicy. */
  readonly networkPolicy: boolean;
  /** What is known of models by their names. */
  readonly catalogue: Catalogue;
}
