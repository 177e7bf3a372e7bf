import type { CalibrationFactor } from './calibration.ts';
import type { EngineName } from './constants.ts';
import type { ModelFacts } from './model-facts.ts';
import type { PilotResult } from './pilot-result.ts';
import type { CapacityType, Pool, Toleration } from './pool.ts';
import type { Quantization } from './quantization.ts';

/** A mixture aligns the rows that the teacher gets right and injects the rest. */
export type Strategy = 'KnowledgeAlignment' | 'KnowledgeInjection' | 'KnowledgeMixture';
export type Method = 'Full' | 'LoRA' | 'QLoRA';
export type Loss = 'SequenceLevel' | 'Logits' | 'OnPolicy';
export type Policy = 'Balanced' | 'AccuracyFirst' | 'LatencyFirst' | 'CostFirst' | 'TimeFirst';

export interface TeacherOption {
  readonly name: string;
  /** `OWNER/NAME` at the hub, for its licence; undefined for models from elsewhere. */
  readonly hubId?: string;
  /** Present for a teacher behind an API; prices are decimal strings in the budget's currency, absent when unknown. */
  readonly endpoint?: { readonly inputPerMillionTokens?: string; readonly outputPerMillionTokens?: string };
}

export interface StudentOption {
  readonly name: string;
  readonly hubId?: string;
  /** A folder without weights: adapters on random weights learn nothing, so only `Full` is planned. */
  readonly randomlyInitialised?: boolean;
}

export interface StrategyRequest {
  readonly mode: 'Auto' | Strategy;
  /** A ratio in [0, 1]. */
  readonly alignmentThreshold: number;
  readonly samplesPerPrompt: number;
  /** Whether injection asks the teacher for a rationale; without one it needs no teacher tokens. */
  readonly rationale: boolean;
  /** Trial runs are still to come: where the probe decides nothing, every strategy stays in the running. */
  readonly open?: boolean;
}

export interface Comparison {
  /** Tokens kept of what the teacher finds likeliest, scored before the student trains; 0 keeps the teacher beside it. */
  readonly topTokens: number;
  /** Sorted distributions, for which no token has to mean the same to both. */
  readonly universal: boolean;
}

interface TrainingRequest {
  /** `Auto` lets all of them compete. */
  readonly method: 'Auto' | Method;
  /** Is looked at only where nothing can be trained by `method`. */
  readonly fallbackMethod?: Method;
  /** `Auto` is text, and besides, where it can be had, what the teacher finds likely. */
  readonly loss: 'Auto' | Loss;
  /** How `Logits` and `OnPolicy` compare; left out, token by token with the teacher beside the student. */
  readonly comparison?: Comparison;
  readonly batchSize: number;
  readonly maxSequenceLength: number;
  readonly epochs: number;
  /** 0 means no limit, as in the stage contract. */
  readonly maxSteps: number;
  readonly maxRows: number;
  /** How often a run saves itself; the best period for the capacity when left out. */
  readonly checkpointSeconds?: number;
}

export interface ServingTargets {
  readonly maxTimeToFirstTokenMilliseconds?: number;
  readonly maxInterTokenLatencyMilliseconds?: number;
  readonly requestsPerSecond?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Decimal strings. */
  readonly maxHourlyCost?: string;
  readonly maxCostPerMillionTokens?: string;
}

interface Budget {
  readonly currency: string;
  /** Decimal string. */
  readonly amount: string;
}

export interface Constraints {
  readonly minAccuracy?: number;
  readonly maxTrainingSeconds?: number;
  readonly serving?: ServingTargets;
  readonly budget?: Budget;
  /** Lets pools and teachers without a known price be used although there is a limit in money. */
  readonly allowUnknownPrice?: boolean;
}

export interface Weights {
  readonly accuracy: number;
  readonly latency: number;
  readonly trainingTime: number;
  readonly cost: number;
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelRequirement[];
}

export interface Placement {
  /** Pins one pool by name. */
  readonly poolName?: string;
  /** Matches the labels that all nodes of a pool share. */
  readonly poolSelector?: LabelSelector;
  readonly capacityTypes?: readonly CapacityType[];
  readonly regions?: readonly string[];
  readonly tolerations?: readonly Toleration[];
  /** What administrators leave of the cluster, one entry a quota. */
  readonly allowances?: readonly Allowance[];
}

/** What a quota lets a single job use; what is left out is not limited. */
export interface Allowance {
  /** Kind and name of the quota, for the reason. */
  readonly source: string;
  readonly gpuProducts?: readonly string[];
  readonly capacityTypes?: readonly CapacityType[];
  /** In the currency it is given in. */
  readonly cost?: { readonly amount: string; readonly currency: string };
  readonly gpuSeconds?: number;
  readonly gpus?: number;
  /** The GPUs that `gpus` is about, as a resource such as `nvidia.com/gpu`; all when left out. */
  readonly gpuResource?: string;
}

export interface PlanRequest {
  readonly teachers: readonly TeacherOption[];
  readonly students: readonly StudentOption[];
  readonly strategy: StrategyRequest;
  readonly training: TrainingRequest;
  readonly constraints: Constraints;
  readonly objective: { readonly policy: Policy } | { readonly weights: Weights };
  readonly placement: Placement;
  /** What the student may be served as, that is what its deployment will be told; unquantised when left out. */
  readonly quantizations?: readonly Quantization[];
  /** Published in fewer bits, it is evaluated so; `Server`, when left out, quantises while it loads, after the evaluation. */
  readonly quantizedBy?: 'Publication' | 'Server';
  /** Constants of the serving engine on GPUs; those of current vLLM when left out. */
  readonly engine?: EngineName;
  /** Nodes one training run may span; 1 unless the operator can gang-schedule. */
  readonly maxTrainingNodes?: number;
}

/** Counts as the profile stage reports them; intervals are ours. */
export interface ProfiledModel {
  readonly name: string;
  readonly role: 'Teacher' | 'Student';
  readonly samples: number;
  readonly correct: number;
  readonly facts: ModelFacts | null;
}

export interface Profile {
  readonly models: readonly ProfiledModel[];
  readonly trainExamples: number;
  readonly evaluationExamples: number;
  readonly meanPromptTokens: number;
  readonly meanCompletionTokens: number;
}

/** Everything a plan depends on, and nothing else: equal inputs give equal plans. JSON-serialisable. */
export interface PlanInputs {
  readonly request: PlanRequest;
  readonly profile: Profile;
  readonly pools: readonly Pool[];
  /** Of the software that would run; measured by finished jobs. None when left out. */
  readonly calibration?: readonly CalibrationFactor[];
  /** What trial runs found, one of each recipe at most. */
  readonly pilots?: readonly PilotResult[];
  /** RFC 3339 date, for the age of prices only. */
  readonly today: string;
}
