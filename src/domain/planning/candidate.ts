import type { Quantization } from './quantization.ts';
import type { Loss, Method, Strategy } from './request.ts';

/** What a candidate is expected to do. Money as decimal strings, null where a price is unknown. */
export interface Prediction {
  readonly accuracy: number;
  readonly accuracyLow: number;
  readonly accuracyHigh: number;
  /** Unmeasured: no run stands behind the interval yet. Piloted: a short one does. */
  readonly accuracyBasis: 'Predicted' | 'Unmeasured' | 'Piloted';
  /** Synthesis by a teacher in the cluster and training, one after the other. */
  readonly trainingSeconds: number;
  readonly trainingCost: string | null;
  readonly timeToFirstTokenMilliseconds: number;
  /** The edges of the band in which measured rows lie. */
  readonly timeToFirstTokenLowMilliseconds: number;
  readonly timeToFirstTokenHighMilliseconds: number;
  readonly interTokenLatencyMilliseconds: number;
  /** Output tokens per second of one replica with as many requests as memory and the latency limits allow. */
  readonly throughputTokensPerSecond: number;
  /** All replicas. */
  readonly hourlyCost: string | null;
  /** Output tokens, at that throughput. */
  readonly costPerMillionTokens: string | null;
}

/** What candidates are compared by, less being better. Null where a price is unknown. */
export interface CandidateObjectives {
  /** 1 − accuracy. */
  readonly shortfall: number;
  readonly requestSeconds: number;
  readonly trainingSeconds: number;
  /** Training, and the horizon of serving. */
  readonly cost: number | null;
}

export interface Candidate {
  /** Follows from everything below it but what is predicted. */
  readonly name: string;
  readonly teacher: string;
  readonly student: string;
  readonly strategy: Strategy;
  readonly method: Method;
  readonly loss: Loss;
  readonly trainingPool: string;
  /** 0 on a pool without GPUs. */
  readonly trainingGpus: number;
  readonly trainingNodes: number;
  readonly servingPool: string;
  /** Per replica; 0 on a pool without GPUs. */
  readonly servingGpus: number;
  /** Stages over which the layers of a replica are spread; its other GPUs share every layer. */
  readonly servingPipeline: number;
  readonly servingReplicas: number;
  readonly quantization: Quantization;
  /** A pool of this candidate is simulated: the figures are those of the hardware its labels name. */
  readonly simulated: boolean;
  readonly predicted: Prediction;
  readonly objectives: CandidateObjectives;
}

/** Why something cannot be chosen. Closed: every rejection has exactly one of these. */
export type RejectionReason =
  // the pool, whatever would run there
  | 'PoolNotSelected'
  | 'RegionExcluded'
  | 'CapacityTypeExcluded'
  | 'ForbiddenByQuota'
  | 'TaintNotTolerated'
  | 'PoolNotReady'
  | 'GpuUnknown'
  | 'GpuTimeSliced'
  | 'CapabilityTooOld'
  // the models, wherever they would run
  | 'ModelFactsMissing'
  | 'TokenizerMismatch'
  | 'MethodNotApplicable'
  | 'MethodNotNeeded'
  | 'AccuracyBelowFloor'
  | 'PilotFailed'
  | 'LicenceForbids'
  // the models on the pool
  | 'MigNotTrainable'
  | 'NotEnoughFreeGpus'
  | 'NotEnoughFreeCpu'
  | 'ContextTooShort'
  | 'MemoryTooSmall'
  | 'PriceUnknown'
  | 'CurrencyMismatch'
  | 'DeadlineExceeded'
  | 'BudgetExceeded'
  | 'LatencyExceeded'
  | 'ThroughputTooLow'
  | 'HourlyCostExceeded'
  | 'CostPerTokenExceeded'
  // feasible, and beaten
  | 'Dominated';

/**
 * One thing ruled out, at the level where it was: a pool once, not once per candidate that would have used it. Absent
 * fields mean "whatever it is combined with".
 */
export interface Rejection {
  readonly stage: 'Pool' | 'Pair' | 'Training' | 'Serving' | 'Candidate';
  readonly reason: RejectionReason;
  /** One sentence with the numbers. */
  readonly message: string;
  readonly teacher?: string;
  readonly student?: string;
  readonly strategy?: Strategy;
  readonly method?: Method;
  readonly loss?: Loss;
  readonly trainingPool?: string;
  readonly trainingGpus?: number;
  readonly servingPool?: string;
  readonly servingGpus?: number;
}
