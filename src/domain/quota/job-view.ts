/** What a quota gets to see of a job: worked out anew at each look, from the job and its pods. */
import type { Usage } from './usage.ts';

/** What a job needs from a quota to run now. Amounts count over the job's whole life, like its usage. */
export interface Ask {
  /** GPUs at once. */
  readonly gpus: number;
  /** It cannot go on below this limit: what it used, and what may be used before a stop takes effect. */
  readonly minimum: Usage;
  /** The limit that it would like, from the plan's estimate. */
  readonly wanted: Usage;
  /** Some of it runs where the price is unknown, or in another currency than the quota's. */
  readonly unpriced: boolean;
}

export interface JobView {
  readonly uid: string;
  readonly name: string;
  /** Value of its PriorityClass; higher goes first. */
  readonly priority: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** Ended jobs never run again. */
  readonly ended: boolean;
  /** The job has read in the ledger that it is settled: its entry is history. */
  readonly released: boolean;
  /** In its whole life, as its status says. */
  readonly usage: Usage;
  /** What its status counts in. */
  readonly currency: string;
  /** Pods of it that may still run. */
  readonly livePods: number;
  /** Stands in a queue of Kueue's, and keeps its grant meanwhile. */
  readonly queued: boolean;
  /** A Job of it is in such a queue, or leaving it: until it is gone, Kueue may start its pods. */
  readonly mayStart: boolean;
  /** GPUs that its pods hold. */
  readonly heldGpus: number;
  /** Undefined while it wants to run nothing: suspended, waiting for approval or for a pool. */
  readonly ask: Ask | undefined;
}
