// Generated from crds/distillationquotas.yaml by npm run generate. Do not edit.

import type { StoredMeta } from '../core.ts';
import type { CapacityType, Condition } from './student-deployment.gen.ts';
export type { CapacityType, Condition } from './student-deployment.gen.ts';

/** DistillationQuota caps what the DistillationJobs of its namespace may spend and hold; its status is the ledger. */
export interface DistillationQuota {
  readonly apiVersion: 'distill.stratos.dev/v1alpha1';
  readonly kind: 'DistillationQuota';
  readonly metadata: StoredMeta;
  readonly spec: DistillationQuotaSpec;
  readonly status?: DistillationQuotaStatus;
}

/** The caps. A cap that is left out does not limit. */
export interface DistillationQuotaSpec {
  /** How long `cost` and `gpuHours` count. Days, weeks (from Monday) and months begin at midnight UTC. */
  readonly period: 'Day' | 'Week' | 'Month';
  /** Currency that `cost` is counted in, as an ISO 4217 code. */
  readonly currency: string;
  /** Caps on all jobs of the namespace together. */
  readonly limits: QuotaLimits;
  /** Caps on each single job, over its whole life. */
  readonly largestJob: LargestJob;
  /** GPU products that jobs may use, as `stratos pools` names them, such as 'L4'; all when empty. CPUs are always allowed. */
  readonly allowedGpuProducts?: readonly string[];
  /** Kinds of capacity that jobs may use; all when empty. */
  readonly allowedCapacityTypes?: readonly CapacityType[];
  /** Whether jobs may use pools and APIs without a known price while there is a cap on cost. What they spend there is not counted. */
  readonly unknownPrices: 'Refuse' | 'Allow';
}

/** Caps on all jobs of the namespace together. */
export interface QuotaLimits {
  /** Most that may be spent in a period. */
  readonly cost?: string;
  /** Most GPU-hours in a period. */
  readonly gpuHours?: string;
  /** Most GPUs at once. */
  readonly gpus?: number;
  /** Most jobs that run at once. */
  readonly jobs?: number;
}

/** Caps on each single job, over its whole life. */
export interface LargestJob {
  /** Most that one job may spend. */
  readonly cost?: string;
  /** Most GPU-hours of one job. */
  readonly gpuHours?: string;
  /** Most GPUs of one job at once. */
  readonly gpus?: number;
}

/** The ledger, kept by the operator. It outlives the jobs. */
export interface DistillationQuotaStatus {
  /** Generation of the spec that this status is about. */
  readonly observedGeneration?: number;
  /** The period that is counted now. */
  readonly period?: QuotaPeriod;
  /** Charged in this period. */
  readonly spent?: SpentInPeriod;
  /** What running jobs may still spend, and what they hold. */
  readonly reserved?: ReservedInPeriod;
  /** Jobs that wait for this quota. */
  readonly waiting?: number;
  /** The ledger by job. Jobs that ended stay listed until the period ends, the newest hundred of them. */
  readonly entries?: readonly LedgerEntry[];
  /** What earlier periods came to, the last twelve of them. */
  readonly history?: readonly PastPeriod[];
  /** Conditions; `Ready` is the summary. */
  readonly conditions?: readonly Condition[];
}

/** The period that is counted now. */
export interface QuotaPeriod {
  /** When it began. */
  readonly startTime: string;
  /** When it ends. */
  readonly endTime: string;
}

/** Charged in this period. */
export interface SpentInPeriod {
  /** Money. */
  readonly cost: string;
  /** Seconds of one GPU. */
  readonly gpuSeconds: number;
  /** The same in hours, to the hundredth, for people. */
  readonly gpuHours?: string;
}

/** What running jobs may still spend, and what they hold. */
export interface ReservedInPeriod {
  /** Money. */
  readonly cost: string;
  /** Seconds of one GPU. */
  readonly gpuSeconds: number;
  /** GPUs held. */
  readonly gpus?: number;
  /** Jobs that run. */
  readonly jobs?: number;
}

export interface LedgerEntry {
  /** UID of the DistillationJob. */
  readonly jobUID: string;
  /** Its name. */
  readonly jobName: string;
  /** Whether the job may run, waits, is at rest, or has been settled. */
  readonly state: 'Granted' | 'Waiting' | 'Idle' | 'Settled';
  /** When it came into this state. */
  readonly sinceTime?: string;
  /** What the job had spent in its whole life when the ledger was written; what is over the last one is charged. */
  readonly charged: LedgerAmount;
  /** Charged to this quota in this period. */
  readonly spent?: LedgerAmount;
  /** Where the job has to stop, counted over its whole life; the difference to `charged` is reserved. */
  readonly limit?: LedgerAmount;
  /** GPUs reserved for it at once. */
  readonly gpus?: number;
  /** Which cap it waits for. */
  readonly reason?: string;
  /** Which cap, by how much, who holds it, and when the job may start. */
  readonly message?: string;
}

/** What the job had spent in its whole life when the ledger was written; what is over the last one is charged. */
export interface LedgerAmount {
  /** Money. */
  readonly cost: string;
  /** Seconds of one GPU. */
  readonly gpuSeconds: number;
}

export interface PastPeriod {
  /** When it began. */
  readonly startTime: string;
  /** When it ended. */
  readonly endTime: string;
  /** What was charged. */
  readonly spent: LedgerAmount;
}
