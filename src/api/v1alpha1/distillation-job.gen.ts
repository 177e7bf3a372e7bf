// Generated from crds/distillationjobs.yaml by npm run generate. Do not edit.

import type { StoredMeta } from '../core.ts';
import type {
  Adapter,
  Autoscaling,
  CapacityType,
  Condition,
  KeyRef,
  LabelSelector,
  PodTemplate,
  Rollout,
  Route,
  Runtime,
  SecretRef,
  ServingPlacement,
  ServingTargets,
  Toleration,
} from './student-deployment.gen.ts';
export type {
  Adapter,
  Autoscaling,
  CapacityType,
  Condition,
  KeyRef,
  LabelSelector,
  PodTemplate,
  Rollout,
  Route,
  Runtime,
  SecretRef,
  ServingPlacement,
  ServingTargets,
  Toleration,
} from './student-deployment.gen.ts';

/** DistillationJob trains a small model to do one task as well as a large one, within limits, and publishes it if it passes. */
export interface DistillationJob {
  readonly apiVersion: 'distill.stratos.dev/v1alpha1';
  readonly kind: 'DistillationJob';
  readonly metadata: StoredMeta;
  readonly spec: DistillationJobSpec;
  readonly status?: DistillationJobStatus;
}

/** What should be learnt, from what, and within which limits. */
export interface DistillationJobSpec {
  /** The task to learn: its data, and how an answer is judged. */
  readonly task: Task;
  /** Models to learn from; the planner picks one. */
  readonly teachers: readonly Teacher[];
  /** Models that may be trained; the planner picks one. */
  readonly students: readonly Student[];
  /** How knowledge passes from the teacher to the student. */
  readonly strategy: StrategySpec;
  /** How the student is trained; what is unset follows from the method and the model. */
  readonly training: Training;
  /** How training data is generated. */
  readonly synthesis: Synthesis;
  /** Limits that a plan must keep. */
  readonly constraints: Constraints;
  /** What the planner prefers on the Pareto front: exactly one of `policy` and `weights`. */
  readonly objective: Objective;
  /** Which pools the planner may choose from. */
  readonly placement: Placement;
  /** Short trial runs that replace a guessed accuracy by a measured one, where it could change the choice. */
  readonly search: Search;
  /** Manual waits until `approvedPlan` names the plan. */
  readonly planApproval: PlanApproval;
  /** Id of the plan that may run, as shown in status.plan.id. */
  readonly approvedPlan?: string;
  /** Stops the job: its pods end, its checkpoint stays. */
  readonly suspend?: boolean;
  /** Controller that runs the job; the operator leaves a job alone that names another. */
  readonly managedBy?: string;
  /** Kueue LocalQueue that the Jobs of the stages wait in. */
  readonly queueName?: string;
  /** PriorityClass of the pods. */
  readonly priorityClassName?: string;
  /** Longest life of the job while it is not suspended. */
  readonly activeDeadlineSeconds?: number;
  /** Retries of a stage before it counts as failed; evictions do not count. */
  readonly backoffLimit: number;
  /** Plans tried, one after another, until a student passes. */
  readonly maxAttempts: number;
  /** How long the children of a finished job are kept; the job itself is never deleted. */
  readonly ttlSecondsAfterFinished?: number;
  /** The volume that the stages share. */
  readonly workspace: Workspace;
  /** Where the trained student is published. */
  readonly output: Output;
  /** Template of the StudentDeployment that serves the student once it is published. */
  readonly deployment?: DeploymentTemplate;
  /** Overrides for the pods of all stages, limited to fields that cannot break them. */
  readonly podTemplate?: PodTemplate;
  /** Trainer image; the operator's default when unset. */
  readonly image?: string;
}

/** The task to learn: its data, and how an answer is judged. */
export interface Task {
  /** Examples to learn from, as JSON lines. */
  readonly train: DataSource;
  /** Held-out examples that decide whether the student passes, as JSON lines. */
  readonly evaluation: DataSource;
  /** Facts or rules that answers can be derived from, shown to the teacher when it does not know the task. */
  readonly knowledge?: Knowledge;
  /** Shape of the examples. */
  readonly format: DataFormat;
  /** Share of the rows that is held out for evaluation when `train` and `evaluation` are the same file. */
  readonly holdOutPercent: number;
  /** Instruction put before every prompt. */
  readonly systemPrompt?: string;
  /** How an answer is judged. */
  readonly metric: Metric;
  /** Examples used to measure what each model knows before planning. */
  readonly probeSamples: number;
  /** Examples used to judge the trained student. */
  readonly evaluationSamples: number;
  /** Further answers to each evaluation question, drawn by chance, from which pass@k is estimated; 1 is none, since the first answer is not drawn by chance. */
  readonly evaluationAttempts: number;
  /** Field of the evaluation's rows by whose values its record is split, such as 'difficulty'. */
  readonly sliceField?: string;
  /** Longest answer in tokens. */
  readonly maxNewTokens: number;
  /** Seed of everything random. */
  readonly seed: number;
}

/** Examples to learn from, as JSON lines. */
export interface DataSource {
  /** Where the file is. */
  readonly uri: string;
  /** Secret with the credentials for `uri`. */
  readonly secretRef?: SecretRef;
}

/** Facts or rules that answers can be derived from, shown to the teacher when it does not know the task. */
export interface Knowledge {
  /** Function (prompt) of the trainer image that states the facts of a prompt, such as a rule engine. */
  readonly entryPoint?: string;
  /** Most passages of the documents that the teacher is shown with a prompt. */
  readonly passages: number;
  /** Where the document, or the folder of documents, is. */
  readonly uri?: string;
  /** Secret with the credentials for `uri`. */
  readonly secretRef?: SecretRef;
}

/** Shape of the examples. */
export interface DataFormat {
  /** PromptCompletion has a prompt and a completion per line; Chat has a list of messages. */
  readonly type: FormatType;
  /** Field of the prompt. */
  readonly promptField: string;
  /** Field of the completion. */
  readonly completionField: string;
  /** Field of the messages. */
  readonly messagesField: string;
  /** Field of a message's role. */
  readonly roleField: string;
  /** Field of a message's text. */
  readonly contentField: string;
}

/** How an answer is judged. */
export interface Metric {
  /** ExactMatch compares text, SetMatch compares sets, NumericAnswer compares the last number, MultipleChoice compares the chosen letter, Judge asks a model, Custom calls a function. */
  readonly type: MetricType;
  /** Function (prompt, completion, reference) that tells whether an answer is right, for Custom. */
  readonly entryPoint?: string;
  /** The model that judges, for Judge. */
  readonly judge?: Judge;
}

/** The model that judges, for Judge. */
export interface Judge {
  /** The API of the judge. */
  readonly endpoint: Endpoint;
  /** What the judge is told besides question, answer and reference. */
  readonly instructions?: string;
  /** Votes of the judge on an answer; more than half must say that it is right. */
  readonly votes: number;
}

/** The API of the judge. */
export interface Endpoint {
  /** Base URL of the API, up to and including its version. */
  readonly url: string;
  /** Name of the model at the API. */
  readonly model: string;
  /** Key of a Secret with the token for the API. */
  readonly secretRef?: KeyRef;
  /** Most requests at once from one pod; 8 when unset. */
  readonly maxConcurrentRequests?: number;
  /** Most requests in a minute from one pod; no limit when unset. */
  readonly requestsPerMinute?: number;
  /** What the API costs; unknown, and never zero, when unset. */
  readonly pricing?: Pricing;
}

/** What the API costs; unknown, and never zero, when unset. */
export interface Pricing {
  /** Price of a million prompt tokens. */
  readonly inputPerMillionTokens: string;
  /** Price of a million generated tokens. */
  readonly outputPerMillionTokens: string;
}

export interface Teacher {
  /** Name of the teacher in this job. */
  readonly name: string;
  /** Where the weights are, for a teacher that the job runs itself. */
  readonly uri?: string;
  /** An OpenAI-compatible API. */
  readonly endpoint?: Endpoint;
  /** Secret with the credentials for `uri`. */
  readonly secretRef?: SecretRef;
  /** Facts about the model, for what cannot be read from its config.json. */
  readonly architecture?: Architecture;
}

/** Facts about the model, for what cannot be read from its config.json. */
export interface Architecture {
  /** Number of parameters. */
  readonly parameters?: number;
  /** Number of layers. */
  readonly layers?: number;
  /** Width of the hidden state. */
  readonly hiddenSize?: number;
  /** Number of attention heads. */
  readonly heads?: number;
  /** Number of key and value heads. */
  readonly kvHeads?: number;
  /** Width of one head. */
  readonly headSize?: number;
  /** Width of the feed-forward layers. */
  readonly intermediateSize?: number;
  /** Size of the vocabulary. */
  readonly vocabularySize?: number;
  /** Whether input and output embeddings are the same matrix. */
  readonly tiedEmbeddings?: boolean;
}

export interface Student {
  /** Name of the student in this job. */
  readonly name: string;
  /** Where the untrained weights, or a configuration and a tokenizer alone, are. */
  readonly uri: string;
  /** Secret with the credentials for `uri`. */
  readonly secretRef?: SecretRef;
  /** Facts about the model, for what cannot be read from its config.json. */
  readonly architecture?: Architecture;
}

/** How knowledge passes from the teacher to the student. */
export interface StrategySpec {
  /** KnowledgeAlignment learns the answers of a teacher that knows the task; KnowledgeInjection learns known answers for which the teacher writes the reasoning; KnowledgeMixture aligns the rows that the teacher gets right and injects the others; Auto decides by what the teacher scores. */
  readonly mode: StrategyMode;
  /** Accuracy of the teacher from which Auto chooses KnowledgeAlignment. */
  readonly alignmentThreshold: string;
  /** Answers asked of the teacher per prompt. */
  readonly samplesPerPrompt: number;
  /** Whether the student learns reasoning, and on which side of the answer it stands. */
  readonly rationale: Rationale;
  /** Which generated rows are kept. */
  readonly verification: Verification;
}

/** Which generated rows are kept. */
export interface Verification {
  /** Metric keeps what the task's metric accepts, Custom asks a function, None keeps everything. */
  readonly type: VerificationType;
  /** Function (prompt, completion, reference) that tells whether a row is kept, for Custom. */
  readonly entryPoint?: string;
  /** Whether the teacher must also arrive at the answer from the reasoning alone; without reasoning there is nothing to check. */
  readonly rederive: boolean;
}

/** How the student is trained; what is unset follows from the method and the model. */
export interface Training {
  /** Which weights are trained. Auto trains all of them, and adapters (LoRA) where that fits nothing that is free within the limits. */
  readonly method: TrainingMethod;
  /** What the student is trained on: sequences, token distributions of the teacher, or its own answers scored by the teacher. Auto is sequences, unless a trial run (search.maxPilots) shows token distributions to be better; these need alignment, the weights of the teacher and a common tokenizer. */
  readonly loss: TrainingLoss;
  /** Peak learning rate, as a decimal string. */
  readonly learningRate?: string;
  /** Examples per optimizer step over all GPUs. */
  readonly batchSize?: number;
  /** Passes over the data. */
  readonly epochs?: number;
  /** Most optimizer steps. */
  readonly maxSteps?: number;
  /** Longest training sequence in tokens; rows that are longer are left out. */
  readonly maxSequenceLength?: number;
  /** Steps over which the learning rate rises. */
  readonly warmupSteps?: number;
  /** What tells the token distributions of student and teacher apart, for the losses Logits and OnPolicy. Auto is ForwardKL for Logits and ReverseKL for OnPolicy. Universal compares sorted distributions and is the one for a teacher with another tokenizer. */
  readonly divergence: Divergence;
  /** Share of the divergence in the loss; the rest is cross-entropy on the text. Unset, it is 0.5 for Logits and 1 for OnPolicy. */
  readonly divergenceWeight?: string;
  /** Divides the logits of both before they are compared; the divergence is multiplied by its square. Unset, it is 1. */
  readonly temperature?: string;
  /** Beta of JensenShannon (0 is ForwardKL, 1 is ReverseKL), alpha of the skew divergences. Unset, it is 0.5. */
  readonly mixture?: string;
  /** With the loss Logits, the teacher scores the data once, before the student trains, and as many of its likeliest tokens are kept, with one more number for all others. Unset, the teacher runs beside the student and all of its logits are used. */
  readonly topTokens?: number;
  /** Share of the steps that learn from the student's own answers with the loss OnPolicy; the others learn from the data. Unset, it is 1. */
  readonly onPolicyShare?: string;
  /** Width of the adapters that LoRA and QLoRA train. Unset, it is 16. */
  readonly loraRank?: number;
  /** Several short sequences share one row, without seeing each other, where padding would be computed otherwise. */
  readonly packing: boolean;
  /** Time between checkpoints, and so the most work that a loss of the node loses; an eviction saves first. Unset, it follows from what saving takes and how often the capacity is taken back. */
  readonly checkpointPeriodSeconds?: number;
  /** Number format while training. */
  readonly precision: TrainingPrecision;
}

/** How training data is generated. */
export interface Synthesis {
  /** Pods that generate data side by side. */
  readonly shards: number;
  /** Questions that the teacher makes up after the examples' kind, in addition to them. */
  readonly newPrompts: number;
  /** Most rows to generate. */
  readonly maxRows?: number;
}

/** Limits that a plan must keep. */
export interface Constraints {
  /** Lowest accuracy that may be published; the lower end of the confidence interval must reach it. */
  readonly minAccuracy?: string;
  /** Longest training time. */
  readonly maxTrainingSeconds?: number;
  /** What the served student must hold to. */
  readonly serving?: ServingTargets;
  /** How much the job may spend. */
  readonly budget?: Budget;
}

/** How much the job may spend. */
export interface Budget {
  /** Currency as an ISO 4217 code. */
  readonly currency: string;
  /** Most that may be spent. It may be raised later, never lowered. */
  readonly amount: string;
  /** What happens when it is spent: Suspend keeps the checkpoint and waits for a raise, Fail ends the job. */
  readonly onExceeded: BudgetAction;
  /** Whether pools and APIs without a known price may be used. */
  readonly allowUnknownPrices: boolean;
}

/** What the planner prefers on the Pareto front: exactly one of `policy` and `weights`. */
export interface Objective {
  /** A named preference. */
  readonly policy?: ObjectivePolicy;
  /** Relative weights. */
  readonly weights?: Weights;
}

/** Relative weights. */
export interface Weights {
  /** Weight of accuracy. */
  readonly accuracy: number;
  /** Weight of latency. */
  readonly latency: number;
  /** Weight of training time. */
  readonly trainingTime: number;
  /** Weight of cost. */
  readonly cost: number;
}

/** Which pools the planner may choose from. */
export interface Placement {
  /** Pins one pool by name; the planner considers no other. */
  readonly poolName?: string;
  /** Selects pools by the labels of their nodes or of their ServerPool. */
  readonly poolSelector?: LabelSelector;
  /** Kinds of capacity allowed; all when empty. */
  readonly capacityTypes?: readonly CapacityType[];
  /** Regions allowed; all when empty. */
  readonly regions?: readonly string[];
  /** Tolerations added to the pods; a tainted pool that none of them tolerates is not considered. */
  readonly tolerations?: readonly Toleration[];
}

/** Short trial runs that replace a guessed accuracy by a measured one, where it could change the choice. */
export interface Search {
  /** Most trial runs; 0 makes none. */
  readonly maxPilots: number;
  /** Share of the budget that trial runs, and a probe that is repeated with more examples, may spend each. Trial runs keep to the same share of what a DistillationQuota lets one job spend. It binds nothing without either. */
  readonly maxBudgetFraction: string;
}

/** The volume that the stages share. */
export interface Workspace {
  /** StorageClass of the volume; the cluster's default when unset. */
  readonly storageClassName?: string;
  /** Size of the volume. */
  readonly size: string;
  /** ReadWriteOnce is for clusters whose pools have one node; a volume of it cannot follow the stages to another. */
  readonly accessMode: 'ReadWriteMany' | 'ReadWriteOnce';
  /** An existing PersistentVolumeClaim to use instead of a new one. */
  readonly claimName?: string;
}

/** Where the trained student is published. */
export interface Output {
  /** Where the weights go. */
  readonly uri: string;
  /** Secret with the credentials for `uri`. */
  readonly secretRef?: SecretRef;
  /** Stores the student's linear layers in fewer bits, rounded to nearest, as vLLM loads them. The quantised student is the one that is evaluated, held against the floor and published. `INT4` keeps activations whole (W4A16). */
  readonly quantization: OutputQuantization;
}

/** Template of the StudentDeployment that serves the student once it is published. */
export interface DeploymentTemplate {
  /** Name and labels of the StudentDeployment. */
  readonly metadata?: DeploymentTemplateMetadata;
  /** Spec of the StudentDeployment; the model is the published student. */
  readonly spec: DeploymentTemplateSpec;
}

/** Name and labels of the StudentDeployment. */
export interface DeploymentTemplateMetadata {
  /** Name; that of the job when unset. */
  readonly name?: string;
  /** Labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Spec of the StudentDeployment; the model is the published student. */
export interface DeploymentTemplateSpec {
  /** The server: vLLM by default, or any OpenAI-compatible one that answers the same probes. */
  readonly runtime: Runtime;
  /** What the served model must hold to. */
  readonly serving: ServingTargets;
  /** Which pools the planner may choose from. */
  readonly placement: ServingPlacement;
  /** Number of replicas; excludes `autoscaling`, and is 1 when neither is set. */
  readonly replicas?: number;
  /** Scales the replicas with load; excludes `replicas`. */
  readonly autoscaling?: Autoscaling;
  /** How a new revision replaces the old one. */
  readonly rollout: Rollout;
  /** How clients reach the model besides the Service, which always exists. */
  readonly route?: Route;
  /** LoRA adapters served next to the model. */
  readonly adapters?: readonly Adapter[];
  /** Overrides for the pods, limited to fields that cannot break them. */
  readonly template?: PodTemplate;
  /** Stops rollouts and placement changes; what runs keeps running. */
  readonly paused?: boolean;
  /** Old revisions kept for rollback. */
  readonly revisionHistoryLimit: number;
  /** How long a rollout may go without progress before it counts as failed. */
  readonly progressDeadlineSeconds: number;
}

/** What is observed. */
export interface DistillationJobStatus {
  /** Generation that this status was computed from. */
  readonly observedGeneration?: number;
  /** Conditions; `Succeeded` is the summary, and its reason is the one-word state. */
  readonly conditions?: readonly Condition[];
  /** When the job was accepted, or last resumed; later by as long as it has waited in a queue of Kueue since. */
  readonly startTime?: string;
  /** When the job finished. */
  readonly completionTime?: string;
  /** The plan in force, and why it won. */
  readonly plan?: Plan;
  /** What each model knew before training. */
  readonly profile?: Profile;
  /** Stages of the current attempt. */
  readonly stages?: readonly StageStatus[];
  /** Trial runs, one entry per recipe, in the order in which they are tried. */
  readonly pilots?: readonly PilotStatus[];
  /** Progress as the stage last reported it; a display, nothing depends on it. */
  readonly trainerStatus?: TrainerStatus;
  /** Progress as one word, such as '42%'. */
  readonly progress?: string;
  /** Attempts, oldest first. */
  readonly attempts?: readonly AttemptStatus[];
  /** What the trained student scored. */
  readonly evaluation?: Evaluation;
  /** What the job spent. */
  readonly cost?: CostStatus;
  /** The published weights. */
  readonly artifact?: Artifact;
  /** StudentDeployment that serves the student. */
  readonly deploymentName?: string;
  /** The last failure of a stage. */
  readonly lastFailure?: LastFailure;
}

/** The plan in force, and why it won. */
export interface Plan {
  /** Digest of the plan and of all that it was made from. */
  readonly id: string;
  /** The candidate that won. */
  readonly selected?: Candidate;
  /** Candidates that no other beats on accuracy, latency, training time and cost together. */
  readonly front?: readonly Candidate[];
  /** Candidates that lost before scoring, one line each. */
  readonly rejected?: readonly Rejection[];
  /** Candidates that lost before scoring. */
  readonly rejectedTotal?: number;
  /** Candidates considered. */
  readonly candidatesTotal?: number;
  /** Why this strategy. */
  readonly strategyReason?: string;
  /** Where the prices come from. */
  readonly prices?: PriceSource;
  /** Pools of the front that have no node yet; pods that ask for one make it. */
  readonly poolsAtZero?: readonly string[];
  /** When the plan was made. */
  readonly madeTime?: string;
  /** Digest of what was asked for and measured, without the cluster. */
  readonly basis?: string;
  /** Plan that this one took the place of. */
  readonly replacedPlan?: string;
  /** Why that one no longer holds. */
  readonly replacedReason?: string;
}

/** The candidate that won. */
export interface Candidate {
  /** Name of the candidate in this plan. */
  readonly name?: string;
  /** Teacher. */
  readonly teacher: string;
  /** Student. */
  readonly student: string;
  /** Strategy. */
  readonly strategy: string;
  /** Training method. */
  readonly method: string;
  /** What the student learns besides the text; absent where it is the text alone. */
  readonly loss?: string;
  /** Pool that trains. */
  readonly trainingPool?: string;
  /** GPUs that train; 0 means CPU. */
  readonly trainingGpus?: number;
  /** Pool that serves. */
  readonly servingPool?: string;
  /** GPUs per serving replica; 0 means CPU. */
  readonly servingGpus?: number;
  /** Stages that the layers of a replica are spread over; its GPUs divided by this share every layer. One when absent. */
  readonly servingPipeline?: number;
  /** Replicas that the request rate needs. */
  readonly servingReplicas?: number;
  /** Quantization while serving. */
  readonly quantization?: string;
  /** What the planner expects. */
  readonly predicted?: Prediction;
}

/** What the planner expects. */
export interface Prediction {
  /** Accuracy of the trained student. */
  readonly accuracy?: string;
  /** Lower end of its interval. */
  readonly accuracyLow?: string;
  /** Upper end of its interval. */
  readonly accuracyHigh?: string;
  /** What stands behind it; Piloted is a trial run, Predicted the probe of teacher and student, Unmeasured the probe of the student alone. */
  readonly accuracyBasis?: AccuracyBasis;
  /** Training time. */
  readonly trainingSeconds?: number;
  /** Price of generating data and training; absent when unknown. */
  readonly trainingCost?: string;
  /** Time to the first token at the planned load. */
  readonly timeToFirstTokenMilliseconds?: string;
  /** Time between two tokens at the planned load. */
  readonly interTokenLatencyMilliseconds?: string;
  /** Tokens per second of one replica at its best batch. */
  readonly throughputTokensPerSecond?: string;
  /** Price per hour of serving; absent when unknown. */
  readonly hourlyCost?: string;
  /** Price per million generated tokens; absent when unknown. */
  readonly costPerMillionTokens?: string;
}

export interface Rejection {
  /** Summary of the candidate. */
  readonly candidate: string;
  /** One word for why. */
  readonly reason: string;
  /** Why, with the numbers. */
  readonly message?: string;
}

/** Where the prices come from. */
export interface PriceSource {
  /** Source. */
  readonly source?: string;
  /** Date of the prices. */
  readonly date?: string;
}

/** What each model knew before training. */
export interface Profile {
  /** One entry per model that was probed. */
  readonly models?: readonly ModelProfile[];
  /** Examples that were asked for. */
  readonly probeSamples?: number;
  /** Examples that the probe under way asks for, since fewer did not decide the strategy. */
  readonly nextProbeSamples?: number;
  /** Training examples found. */
  readonly trainExamples?: number;
  /** Held-out examples found. */
  readonly evaluationExamples?: number;
  /** Accuracy that guessing reaches. */
  readonly chanceAccuracy?: string;
  /** Mean prompt length. */
  readonly meanPromptTokens?: string;
  /** Mean completion length. */
  readonly meanCompletionTokens?: string;
}

export interface ModelProfile {
  /** Name of the model in this job. */
  readonly name: string;
  /** Role of the model. */
  readonly role: ModelRole;
  /** Examples judged. */
  readonly samples: number;
  /** Examples judged right. */
  readonly correct: number;
  /** Share judged right. */
  readonly accuracy?: string;
  /** Lower end of its confidence interval. */
  readonly accuracyLow?: string;
  /** Upper end of its confidence interval. */
  readonly accuracyHigh?: string;
  /** Answers that could not be read. */
  readonly formatFailures?: number;
  /** Mean time per answer. */
  readonly meanLatencyMilliseconds?: string;
  /** What was read from the model. */
  readonly facts?: ModelFacts;
}

/** What was read from the model. */
export interface ModelFacts {
  /** Number of parameters. */
  readonly parameters?: number;
  /** Number of layers. */
  readonly layers?: number;
  /** Width of the hidden state. */
  readonly hiddenSize?: number;
  /** Number of attention heads. */
  readonly heads?: number;
  /** Number of key and value heads. */
  readonly kvHeads?: number;
  /** Width of one head. */
  readonly headSize?: number;
  /** Width of the feed-forward layers. */
  readonly intermediateSize?: number;
  /** Size of the vocabulary. */
  readonly vocabularySize?: number;
  /** Whether input and output embeddings are the same matrix. */
  readonly tiedEmbeddings?: boolean;
  /** Longest sequence that the model takes. */
  readonly maxPositions?: number;
  /** Bytes per parameter as stored. */
  readonly bytesPerParameter?: string;
  /** Digest of the tokenizer. */
  readonly tokenizerDigest?: string;
  /** Name of the architecture. */
  readonly architecture?: string;
}

export interface StageStatus {
  /** Stage. */
  readonly name: StageName;
  /** Attempt that the stage belongs to. */
  readonly attempt: number;
  /** State of the stage. */
  readonly state: StageState;
  /** Name of its Job. */
  readonly jobName?: string;
  /** UID of its Job. */
  readonly jobUID?: string;
  /** Pool that it runs on. */
  readonly pool?: string;
  /** When it started. */
  readonly startTime?: string;
  /** When it ended. */
  readonly completionTime?: string;
  /** Times the stage was started anew by the operator. */
  readonly restarts?: number;
  /** GPUs that each of its pods holds. */
  readonly gpus?: number;
  /** Seconds that the pods of its current Job ran and are charged. */
  readonly podSeconds?: number;
  /** Until when they are charged. A clock that shows less was set back, and charges nothing. */
  readonly chargedTime?: string;
  /** What its requests to APIs cost, all its Jobs together, as far as it is in the total. */
  readonly endpointCost?: string;
  /** What it cost so far; absent when unknown. */
  readonly cost?: string;
  /** One sentence for people. */
  readonly message?: string;
  /** The stage's result as JSON. */
  readonly result?: string;
  /** What the estimators say of the work that was done, beside what it took. Later plans are calibrated with it. */
  readonly estimate?: Estimate;
}

/** What the estimators say of the work that was done, beside what it took. Later plans are calibrated with it. */
export interface Estimate {
  /** GPU product, or CPU. */
  readonly device: string;
  /** GPUs that worked; 0 means CPU. */
  readonly devices: number;
  /** Image that the stage ran in. */
  readonly version: string;
  /** Training method; absent for other stages. */
  readonly method?: 'Full' | 'LoRA' | 'QLoRA';
  /** Time for the work by the estimators, before any calibration. */
  readonly predictedSeconds: string;
  /** Time by the stage's own clock. */
  readonly measuredSeconds: string;
  /** The same as a rate; tokens trained on, or generated. */
  readonly predictedTokensPerSecond?: string;
  /** The same as a rate. */
  readonly measuredTokensPerSecond?: string;
  /** The node only played its hardware; such a run calibrates nothing. */
  readonly simulated: boolean;
}

export interface PilotStatus {
  /** Name of the trial, the same for the same recipe. */
  readonly name: string;
  /** Teacher. */
  readonly teacher: string;
  /** Student. */
  readonly student: string;
  /** Strategy. */
  readonly strategy: string;
  /** Training method. */
  readonly method: string;
  /** What the student learns besides the text; absent where it is the text alone. */
  readonly loss?: string;
  /** Pending waits for its turn, Dropped is tried no further and stays in the plan, Failed rules its recipe out. */
  readonly state: PilotState;
  /** How many times the trial was made longer. */
  readonly rung: number;
  /** Pool that it runs, or last ran, on. */
  readonly pool?: string;
  /** GPUs that it has there; 0 means CPU. */
  readonly gpus?: number;
  /** Steps of training that it is to make. */
  readonly steps?: number;
  /** Rows that it is to learn from. */
  readonly rows?: number;
  /** Seconds after which it is stopped, since more would exceed its share of the budget. */
  readonly deadlineSeconds?: number;
  /** Most that it may pay for tokens. */
  readonly endpointBudget?: string;
  /** What the longest trial that is done found. */
  readonly measured?: PilotMeasurement;
  /** What its runs cost; absent when unknown. */
  readonly cost?: string;
  /** One sentence for people. */
  readonly message?: string;
}

/** What the longest trial that is done found. */
export interface PilotMeasurement {
  /** Steps of training that it made. */
  readonly steps: number;
  /** Examples judged. */
  readonly samples: number;
  /** Examples judged right. */
  readonly correct: number;
  /** Share judged right. */
  readonly accuracy?: string;
  /** Lower end of its confidence interval. */
  readonly accuracyLow?: string;
  /** Upper end of its confidence interval. */
  readonly accuracyHigh?: string;
}

/** Progress as the stage last reported it; a display, nothing depends on it. */
export interface TrainerStatus {
  /** Share of the work done. */
  readonly progressPercentage?: number;
  /** Time left. */
  readonly estimatedRemainingSeconds?: number;
  /** Metrics of the stage. */
  readonly metrics?: readonly TrainerMetric[];
  /** When it was reported. */
  readonly lastUpdatedTime: string;
}

export interface TrainerMetric {
  /** Name. */
  readonly name: string;
  /** Value. */
  readonly value: string;
}

export interface AttemptStatus {
  /** Number of the attempt, from 1. */
  readonly number: number;
  /** Plan that it followed. */
  readonly planId?: string;
  /** Summary of its candidate. */
  readonly candidate?: string;
  /** State of the attempt. */
  readonly state: AttemptState;
  /** One word for why it ended. */
  readonly reason?: string;
  /** When it started. */
  readonly startTime?: string;
  /** When it ended. */
  readonly completionTime?: string;
  /** Accuracy of its student. */
  readonly accuracy?: string;
}

/** What the trained student scored. */
export interface Evaluation {
  /** The trained student. */
  readonly student?: Score;
  /** The teacher on the same examples. */
  readonly teacher?: Score;
  /** The student before training, on the same examples. */
  readonly base?: Score;
  /** Examples that the student got right and the teacher wrong. */
  readonly pairedBetter?: number;
  /** Examples that the student got wrong and the teacher right. */
  readonly pairedWorse?: number;
  /** How likely a difference as large as between `pairedBetter` and `pairedWorse` is between two models that are equally good (McNemar's exact test). */
  readonly pairedPValue?: string;
  /** Evaluation examples that were also among the training rows. */
  readonly contaminated?: number;
}

/** The trained student. */
export interface Score {
  /** Examples judged. */
  readonly samples: number;
  /** Examples judged right. */
  readonly correct: number;
  /** Share judged right. */
  readonly accuracy?: string;
  /** Lower end of its confidence interval. */
  readonly accuracyLow?: string;
  /** Upper end of its confidence interval. */
  readonly accuracyHigh?: string;
}

/** What the job spent. */
export interface CostStatus {
  /** Spent so far. */
  readonly spent: string;
  /** Seconds of one GPU that were used so far. */
  readonly gpuSeconds?: number;
  /** Set aside for what runs now. */
  readonly reserved?: string;
  /** Currency. */
  readonly currency: string;
  /** Whether some of what ran has no known price, so that `spent` is a lower bound. */
  readonly unknown?: boolean;
}

/** The published weights. */
export interface Artifact {
  /** Where they are. */
  readonly uri: string;
  /** Their digest. */
  readonly digest?: string;
  /** How they are stored, when in fewer bits than they were trained in. */
  readonly quantization?: 'FP8' | 'INT4';
  /** When they were published. */
  readonly publishedTime?: string;
}

/** The last failure of a stage. */
export interface LastFailure {
  /** Stage. */
  readonly stage?: string;
  /** One word for why. */
  readonly reason: string;
  /** What happened. */
  readonly message?: string;
  /** Pod that failed. */
  readonly podName?: string;
  /** Exit code. */
  readonly exitCode?: number;
  /** When it happened. */
  readonly time: string;
}

/** PromptCompletion has a prompt and a completion per line; Chat has a list of messages. */
export type FormatType = 'PromptCompletion' | 'Chat';

/** ExactMatch compares text, SetMatch compares sets, NumericAnswer compares the last number, MultipleChoice compares the chosen letter, Judge asks a model, Custom calls a function. */
export type MetricType = 'ExactMatch' | 'SetMatch' | 'NumericAnswer' | 'MultipleChoice' | 'Judge' | 'Custom';

/** KnowledgeAlignment learns the answers of a teacher that knows the task; KnowledgeInjection learns known answers for which the teacher writes the reasoning; KnowledgeMixture aligns the rows that the teacher gets right and injects the others; Auto decides by what the teacher scores. */
export type StrategyMode = 'Auto' | 'KnowledgeAlignment' | 'KnowledgeInjection' | 'KnowledgeMixture';

/** Whether the student learns reasoning, and on which side of the answer it stands. */
export type Rationale = 'None' | 'AnswerFirst' | 'RationaleFirst';

/** Metric keeps what the task's metric accepts, Custom asks a function, None keeps everything. */
export type VerificationType = 'Metric' | 'Custom' | 'None';

/** Which weights are trained. Auto trains all of them, and adapters (LoRA) where that fits nothing that is free within the limits. */
export type TrainingMethod = 'Auto' | 'LoRA' | 'QLoRA' | 'Full';

/** What the student is trained on: sequences, token distributions of the teacher, or its own answers scored by the teacher. Auto is sequences, unless a trial run (search.maxPilots) shows token distributions to be better; these need alignment, the weights of the teacher and a common tokenizer. */
export type TrainingLoss = 'Auto' | 'SequenceLevel' | 'Logits' | 'OnPolicy';

/** What tells the token distributions of student and teacher apart, for the losses Logits and OnPolicy. Auto is ForwardKL for Logits and ReverseKL for OnPolicy. Universal compares sorted distributions and is the one for a teacher with another tokenizer. */
export type Divergence =
  | 'Auto'
  | 'ForwardKL'
  | 'ReverseKL'
  | 'JensenShannon'
  | 'SkewForwardKL'
  | 'SkewReverseKL'
  | 'TotalVariation'
  | 'Universal';

/** Number format while training. */
export type TrainingPrecision = 'Auto' | 'Float32' | 'BFloat16';

/** What happens when it is spent: Suspend keeps the checkpoint and waits for a raise, Fail ends the job. */
export type BudgetAction = 'Suspend' | 'Fail';

/** A named preference. */
export type ObjectivePolicy = 'Balanced' | 'AccuracyFirst' | 'LatencyFirst' | 'CostFirst' | 'TimeFirst';

/** Manual waits until `approvedPlan` names the plan. */
export type PlanApproval = 'Automatic' | 'Manual';

/** Stores the student's linear layers in fewer bits, rounded to nearest, as vLLM loads them. The quantised student is the one that is evaluated, held against the floor and published. `INT4` keeps activations whole (W4A16). */
export type OutputQuantization = 'None' | 'FP8' | 'INT4';

/** What stands behind it; Piloted is a trial run, Predicted the probe of teacher and student, Unmeasured the probe of the student alone. */
export type AccuracyBasis = 'Piloted' | 'Predicted' | 'Unmeasured';

/** Role of the model. */
export type ModelRole = 'Teacher' | 'Student';

/** Stage. */
export type StageName = 'Profile' | 'Pilot' | 'Synthesize' | 'Train' | 'Evaluate' | 'Publish';

/** State of the stage. */
export type StageState = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Skipped';

/** Pending waits for its turn, Dropped is tried no further and stays in the plan, Failed rules its recipe out. */
export type PilotState = 'Pending' | 'Running' | 'Measured' | 'Dropped' | 'Failed';

/** State of the attempt. */
export type AttemptState = 'Running' | 'Succeeded' | 'Failed';
