/** The part of the world that one look at a job may see. Read from caches, never changed. */
import type { Job, PersistentVolumeClaim, Pod } from '../../api/core.ts';
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { DistillationQuota } from '../../api/v1alpha1/distillation-quota.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { CalibrationFactor } from '../planning/calibration.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import type { PodCeiling } from '../pod-ceiling.ts';
import type { Pool } from '../planning/pool.ts';
import type { Kueue } from './queue.ts';
import type { ProgressTarget } from './stage-job.ts';

export interface Observed {
  readonly job: DistillationJob;
  /** Stage Jobs that this job controls, by name. */
  readonly stageJobs: ReadonlyMap<string, Job>;
  /** Names of the templates that were made for the claims of the job's pods. */
  readonly claimTemplates: ReadonlySet<string>;
  /** Their pods, by name of the stage Job. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  /** The workspace claim, whoever made it; undefined when there is none. */
  readonly workspaceClaim: PersistentVolumeClaim | undefined;
  /** The StudentDeployment that `spec.deployment` asks for, if it exists. */
  readonly deployment: StudentDeployment | undefined;
  readonly pools: readonly Pool[];
  /** The operator may not read nodes: pools are those alone that somebody describes. */
  readonly nodesHidden: boolean;
  /** Those of the job's namespace, by name. */
  readonly quotas: readonly DistillationQuota[];
  /** What ResourceQuotas and LimitRanges of the namespace let one pod ask for. */
  readonly podCeiling: PodCeiling;
  readonly kueue: Kueue;
  /** What the Job controller last said about a stage Job without a pod, by the Job's name; asked for only then. */
  readonly refusals: ReadonlyMap<string, string>;
  /** What finished jobs and served students say about the estimators. */
  readonly calibration: readonly CalibrationFactor[];
}

/** What the operator was told, the same for every job. */
export interface Settings {
  readonly trainerImage: string;
  /** What serves the student, unless its deployment says otherwise. */
  readonly servingImage: string;
  readonly podUserId: number | undefined;
  readonly progress: ProgressTarget | undefined;
  readonly catalogue: Catalogue;
}
