/** One stage of one job under way: what driving it, and settling it, get to see. */
import type { Job, Pod } from '../../api/core.ts';
import type { PilotStatus, StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { Draft } from './draft.ts';
import type { Observed, Settings } from './observed.ts';
import type { Choice, Probe } from './stage-document.ts';
import type { StageName } from './stage.ts';

export interface StageRun {
  readonly draft: Draft;
  readonly observed: Observed;
  readonly settings: Settings;
  readonly stage: StageName;
  readonly choice: Choice | undefined;
  /** Undefined when the pool has left the cluster: what runs goes on, nothing new starts. */
  readonly pool: PoolChoice | undefined;
  readonly workspaceClaim: string;
  /** What tells several runs of one stage apart, where there are such: a part of the name of its Jobs. */
  readonly part?: string | undefined;
  /** The trial run that a Pilot stage makes. */
  readonly pilot?: PilotStatus | undefined;
  /** What a Profile stage is to ask, when it is not the whole job. */
  readonly probe?: Probe | undefined;
}

export type StageOutcome = 'done' | 'busy' | 'failed';

/** A stage whose Job has ended. */
export interface SettledStage extends StageRun {
  readonly record: StageStatus;
  readonly job: Job;
  readonly pods: readonly Pod[];
}
