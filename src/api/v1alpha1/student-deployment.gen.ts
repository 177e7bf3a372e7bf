// Generated from crds/studentdeployments.yaml by npm run generate. Do not edit.

import type { StoredMeta } from '../core.ts';

/** StudentDeployment serves a model behind an OpenAI-compatible endpoint, with rollout and autoscaling. */
export interface StudentDeployment {
  readonly apiVersion: 'distill.stratos.dev/v1alpha1';
  readonly kind: 'StudentDeployment';
  readonly metadata: StoredMeta;
  readonly spec: StudentDeploymentSpec;
  readonly status?: StudentDeploymentStatus;
}

/** What should be served, and how. */
export interface StudentDeploymentSpec {
  /** The model to serve: exactly one of `distillationJobRef`, `uri` and `image`. */
  readonly model: ServedModel;
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

/** The model to serve: exactly one of `distillationJobRef`, `uri` and `image`. */
export interface ServedModel {
  /** A DistillationJob in the same namespace, whose published weights are served. */
  readonly distillationJobRef?: DistillationJobRef;
  /** Where the weights are. */
  readonly uri?: string;
  /** An OCI image that carries the weights, mounted as an image volume. */
  readonly image?: ModelImage;
  /** Secret with the credentials for `uri`; its keys are named like the variables, such as HF_TOKEN or AWS_ACCESS_KEY_ID. */
  readonly secretRef?: SecretRef;
}

/** A DistillationJob in the same namespace, whose published weights are served. */
export interface DistillationJobRef {
  /** Name of the DistillationJob. */
  readonly name: string;
}

/** An OCI image that carries the weights, mounted as an image volume. */
export interface ModelImage {
  /** Image reference, by digest if it should not change. */
  readonly reference: string;
  /** Folder of the weights inside the image. */
  readonly path: string;
}

/** Secret with the credentials for `uri`; its keys are named like the variables, such as HF_TOKEN or AWS_ACCESS_KEY_ID. */
export interface SecretRef {
  /** Name of the Secret. */
  readonly name: string;
}

/** The server: vLLM by default, or any OpenAI-compatible one that answers the same probes. */
export interface Runtime {
  /** Image of the server; the operator's default when unset. */
  readonly image?: string;
  /** Arguments added after those the operator sets. */
  readonly args?: readonly string[];
  /** Environment variables of the server. */
  readonly env?: readonly EnvironmentVariable[];
  /** Number format of the weights while serving. */
  readonly dtype: ServingDtype;
  /** Quantization while serving; the planner chooses when unset. */
  readonly quantization?: Quantization;
  /** Longest prompt plus completion, in tokens; the model's own when unset. */
  readonly maxModelLength?: number;
  /** Name that clients use for the model; the name of the object when unset. */
  readonly servedModelName?: string;
  /** Claim in which downloaded weights and compiled kernels are kept between pods; an emptyDir of each pod when unset. With more than one replica it must allow ReadWriteMany. */
  readonly cacheClaimName?: string;
  /** Port of the server in its container. */
  readonly port: number;
}

export interface EnvironmentVariable {
  /** Name of the variable. */
  readonly name: string;
  /** Literal value. */
  readonly value?: string;
  /** Where the value comes from. */
  readonly valueFrom?: EnvironmentSource;
}

/** Where the value comes from. */
export interface EnvironmentSource {
  /** A key of a Secret in the same namespace. */
  readonly secretKeyRef?: KeyRef;
  /** A key of a ConfigMap in the same namespace. */
  readonly configMapKeyRef?: KeyRef;
  /** A field of the pod. */
  readonly fieldRef?: FieldRef;
}

/** A key of a Secret in the same namespace. */
export interface KeyRef {
  /** Name of the Secret. */
  readonly name: string;
  /** Key in the Secret. */
  readonly key: string;
}

/** A field of the pod. */
export interface FieldRef {
  /** Path of the field, such as 'metadata.name'. */
  readonly fieldPath: string;
}

/** What the served model must hold to. */
export interface ServingTargets {
  /** Longest time to the first token at the given load. */
  readonly maxTimeToFirstTokenMilliseconds?: number;
  /** Longest time between two tokens at the given load. */
  readonly maxInterTokenLatencyMilliseconds?: number;
  /** Load to plan for, as a decimal string. */
  readonly requestsPerSecond?: string;
  /** Typical prompt length; measured on the task when unset. */
  readonly inputTokens?: number;
  /** Typical completion length; measured on the task when unset. */
  readonly outputTokens?: number;
  /** Highest price per hour of all replicas together. */
  readonly maxHourlyCost?: string;
  /** Highest price per million generated tokens. */
  readonly maxCostPerMillionTokens?: string;
}

/** Which pools the planner may choose from. */
export interface ServingPlacement {
  /** Pins one pool by name; the planner considers no other. */
  readonly poolName?: string;
  /** Selects pools by the labels of their nodes or of their ServerPool. */
  readonly poolSelector?: LabelSelector;
  /** When the replicas may move to another pool: never, when their pool is gone, or also when a far better one is there. A pool that the spec rules out is always left. */
  readonly replan: Replan;
  /** Kinds of capacity allowed; all when empty. */
  readonly capacityTypes?: readonly CapacityType[];
  /** Regions allowed; all when empty. */
  readonly regions?: readonly string[];
  /** Tolerations added to the pods; a tainted pool that none of them tolerates is not considered. */
  readonly tolerations?: readonly Toleration[];
}

/** Selects pools by the labels of their nodes or of their ServerPool. */
export interface LabelSelector {
  /** Labels that a pool must carry. */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Requirements on labels, all of which must hold. */
  readonly matchExpressions?: readonly LabelRequirement[];
}

export interface LabelRequirement {
  /** Label key. */
  readonly key: string;
  /** How the label is compared with `values`. */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** Values for In and NotIn. */
  readonly values?: readonly string[];
}

export interface Toleration {
  /** Taint key; every taint when unset with operator Exists. */
  readonly key?: string;
  /** How `key` is compared. */
  readonly operator: 'Equal' | 'Exists';
  /** Taint value. */
  readonly value?: string;
  /** Taint effect; every effect when unset. */
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  /** How long a NoExecute taint is tolerated. */
  readonly tolerationSeconds?: number;
}

/** Scales the replicas with load; excludes `replicas`. */
export interface Autoscaling {
  /** Fewest replicas under load. */
  readonly minReplicas: number;
  /** Most replicas. */
  readonly maxReplicas: number;
  /** Replicas kept while no request arrives; must be less than `minReplicas`. Idle scaling is off when unset. */
  readonly idleReplicas?: number;
  /** What a replica should be loaded to. */
  readonly targets: AutoscalingTargets;
  /** Who scales: the operator itself, a HorizontalPodAutoscaler, or a KEDA ScaledObject. */
  readonly provider: AutoscalingProvider;
  /** How long load must stay high before replicas are added. */
  readonly scaleUpStabilizationSeconds: number;
  /** How long load must stay low before replicas are removed. */
  readonly scaleDownStabilizationSeconds: number;
}

/** What a replica should be loaded to. */
export interface AutoscalingTargets {
  /** Requests that may wait per replica. */
  readonly waitingRequests?: number;
  /** Share of the KV cache in use. */
  readonly kvCacheUtilizationPercentage?: number;
  /** Time to the first token above which replicas are added. */
  readonly timeToFirstTokenMilliseconds?: number;
}

/** How a new revision replaces the old one. */
export interface Rollout {
  /** RollingUpdate replaces replicas one after another; Canary shifts traffic in steps and analyses each. */
  readonly strategy: RolloutStrategy;
  /** Replicas above the wanted number during a rollout, as a number or a percentage. */
  readonly maxSurge: number | string;
  /** Replicas below the wanted number during a rollout, as a number or a percentage. */
  readonly maxUnavailable: number | string;
  /** Steps of a Canary, in order; 25 and 50 percent for 300 seconds each when unset. */
  readonly steps?: readonly RolloutStep[];
  /** When a Canary step counts as good. */
  readonly analysis: RolloutAnalysis;
  /** Whether a failed rollout returns to the old revision by itself. */
  readonly autoRollback: boolean;
  /** Revision of the history to serve instead of the newest, such as after a bad one; `kubectl get controllerrevisions` lists them. */
  readonly revision?: string;
}

export interface RolloutStep {
  /** Share of the traffic that the new revision takes, as weights of the HTTPRoute or else as a share of the replicas; one replica at least. */
  readonly weightPercentage: number;
  /** How long the step lasts before it is judged. */
  readonly pauseSeconds: number;
}

/** When a Canary step counts as good. */
export interface RolloutAnalysis {
  /** Highest share of failed requests; a Canary fails where it is exceeded beyond chance. */
  readonly maxErrorRate: string;
  /** Highest relative increase of the mean latencies over the old revision. */
  readonly maxLatencyRegression: string;
  /** Lowest share of answers that agree with the old revision; not checked when unset. */
  readonly minAgreement?: string;
  /** Prompts that the operator asks the revision on trial, and whose answers it compares; needs `minAgreement`. */
  readonly agreement?: AgreementSpec;
  /** Requests needed before a step is judged. */
  readonly minRequests: number;
}

/** Prompts that the operator asks the revision on trial, and whose answers it compares; needs `minAgreement`. */
export interface AgreementSpec {
  /** Where the prompts are. */
  readonly prompts: AgreementPrompts;
  /** Prompts that are asked, drawn anew for each revision; all of them where there are fewer. */
  readonly sampleSize: number;
  /** Longest answer. */
  readonly maxTokens: number;
  /** Exact counts answers with the same words; TokenF1 counts the share of words that two answers have in common. */
  readonly match: 'Exact' | 'TokenF1';
  /** Chat asks /v1/chat/completions, Completions asks /v1/completions. */
  readonly api: 'Chat' | 'Completions';
}

/** Where the prompts are. */
export interface AgreementPrompts {
  /** ConfigMap with one JSON object a line, `prompt` and perhaps `answer`; without `answer` the old revision is asked too. */
  readonly configMapRef: ConfigMapKeyRef;
}

/** ConfigMap with one JSON object a line, `prompt` and perhaps `answer`; without `answer` the old revision is asked too. */
export interface ConfigMapKeyRef {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** Key in the ConfigMap. */
  readonly key: string;
}

/** How clients reach the model besides the Service, which always exists. */
export interface Route {
  /** Asks for a Gateway API HTTPRoute. */
  readonly httpRoute?: HttpRoute;
  /** Asks for a Gateway API InferencePool over the replicas. */
  readonly inferencePool?: InferencePool;
}

/** Asks for a Gateway API HTTPRoute. */
export interface HttpRoute {
  /** Gateways that the route attaches to. */
  readonly parentRefs: readonly GatewayRef[];
  /** Host names that the route answers to. */
  readonly hostnames?: readonly string[];
  /** Path prefix that the route answers to. */
  readonly pathPrefix: string;
}

export interface GatewayRef {
  /** Name of the Gateway. */
  readonly name: string;
  /** Namespace of the Gateway; the own one when unset. */
  readonly namespace?: string;
  /** Listener of the Gateway. */
  readonly sectionName?: string;
}

/** Asks for a Gateway API InferencePool over the replicas. */
export interface InferencePool {
  /** Service of the endpoint picker. */
  readonly endpointPickerRef: EndpointPickerRef;
}

/** Service of the endpoint picker. */
export interface EndpointPickerRef {
  /** Name of the Service. */
  readonly name: string;
  /** Port of the Service. */
  readonly port: number;
}

export interface Adapter {
  /** Name that clients use for the adapter. */
  readonly name: string;
  /** Where the adapter is. */
  readonly uri: string;
  /** Secret with the credentials for `uri`. */
  readonly secretRef?: SecretRef;
}

/** Overrides for the pods, limited to fields that cannot break them. */
export interface PodTemplate {
  /** Labels added to the pods. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations added to the pods. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Node labels added to what the placement asks for. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Tolerations added to those of the placement. */
  readonly tolerations?: readonly Toleration[];
  /** ServiceAccount of the pods. */
  readonly serviceAccountName?: string;
  /** Secrets used to pull the images. */
  readonly imagePullSecrets?: readonly SecretRef[];
  /** PriorityClass of the pods. */
  readonly priorityClassName?: string;
  /** RuntimeClass of the pods. */
  readonly runtimeClassName?: string;
  /** Scheduler of the pods. */
  readonly schedulerName?: string;
  /** Environment variables added to the main container. */
  readonly env?: readonly EnvironmentVariable[];
  /** Compute resources of the main container; GPUs are set by the planner. */
  readonly resources?: Resources;
}

/** Compute resources of the main container; GPUs are set by the planner. */
export interface Resources {
  /** Smallest amounts needed. */
  readonly requests?: Readonly<Record<string, number | string>>;
  /** Largest amounts allowed. */
  readonly limits?: Readonly<Record<string, number | string>>;
}

/** What is observed. */
export interface StudentDeploymentStatus {
  /** Generation that this status was computed from. */
  readonly observedGeneration?: number;
  /** Conditions; `Ready` is the summary. */
  readonly conditions?: readonly Condition[];
  /** Replicas that exist. */
  readonly replicas?: number;
  /** Replicas that answer. */
  readonly readyReplicas?: number;
  /** Replicas of the newest revision. */
  readonly updatedReplicas?: number;
  /** Replicas that have answered for long enough. */
  readonly availableReplicas?: number;
  /** Ready over wanted replicas, such as '2/3'. */
  readonly readyRatio?: string;
  /** Selector of the pods in its string form, for the scale subresource. */
  readonly selector?: string;
  /** Revision that serves. */
  readonly currentRevision?: string;
  /** Revision that the spec asks for. */
  readonly updateRevision?: string;
  /** Revision that could not be rolled out; it is not tried again. */
  readonly failedRevision?: FailedRevision;
  /** A Canary in progress. */
  readonly canary?: CanaryStatus;
  /** What the autoscaler wants. */
  readonly autoscaling?: AutoscalingStatus;
  /** Where clients inside the cluster reach the model. */
  readonly url?: string;
  /** Name that clients use for the model. */
  readonly modelName?: string;
  /** Where the weights of the newest revision are. */
  readonly modelUri?: string;
  /** Digest of the weights of the newest revision. */
  readonly modelDigest?: string;
  /** How the weights of the newest revision are stored, when a job published them in fewer bits. */
  readonly modelQuantization?: 'FP8' | 'INT4';
  /** Where the replicas run, and why. */
  readonly placement?: PlacementStatus;
  /** What the replicas measured over five minutes, to two digits; written when it changes by more than 15 percent, once a minute at most. */
  readonly measured?: MeasuredServing;
  /** What the estimators say of the load that was served, beside what the replicas measured under it; for five minutes without requests that waited or failed. Later plans are calibrated with it. */
  readonly estimates?: readonly ServingEstimate[];
  /** What the replicas have used. Since `lastUpdatedTime` it grows by `replicas` seconds a second. */
  readonly usage?: StudentUsage;
}

export interface Condition {
  /** What is observed, in CamelCase. */
  readonly type: string;
  /** Whether the condition holds. */
  readonly status: ConditionStatus;
  /** Generation of the object that the condition was computed from. */
  readonly observedGeneration?: number;
  /** When `status` last changed. */
  readonly lastTransitionTime: string;
  /** One word for why, in CamelCase. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
}

/** Revision that could not be rolled out; it is not tried again. */
export interface FailedRevision {
  /** Name of the revision. */
  readonly name: string;
  /** One word for why, as Kubernetes or the operator gave it. */
  readonly reason: string;
  /** What the pods said. */
  readonly message: string;
  /** When it was given up. */
  readonly failedTime?: string;
}

/** A Canary in progress. */
export interface CanaryStatus {
  /** Revision under trial. */
  readonly revision?: string;
  /** Step in progress, counted from 0; past the last one the revision has passed. */
  readonly step?: number;
  /** Share of the traffic it takes. */
  readonly weightPercentage?: number;
  /** When the step began. */
  readonly stepStartTime?: string;
  /** What the last analysis found. */
  readonly message?: string;
  /** How far the answers agree, as far as they have been asked for. */
  readonly agreement?: AgreementStatus;
}

/** How far the answers agree, as far as they have been asked for. */
export interface AgreementStatus {
  /** Digest of the prompts and of how they are asked; another begins a new round. Absent while there are none. */
  readonly promptsDigest?: string;
  /** Prompts of the sample. */
  readonly total?: number;
  /** Prompts of the sample that are done with. */
  readonly asked: number;
  /** Prompts with two answers; the others have none of the old revision. */
  readonly compared: number;
  /** Answers that agree; a fraction where answers agree in part. */
  readonly agreed: string;
  /** Lines of prompts whose answers differ, the first ten. */
  readonly differing?: readonly number[];
  /** What keeps the round from going on. */
  readonly message?: string;
}

/** What the autoscaler wants. */
export interface AutoscalingStatus {
  /** Who scales. */
  readonly provider?: 'BuiltIn' | 'HPA' | 'KEDA';
  /** Replicas it asks for. */
  readonly desiredReplicas?: number;
  /** When it last changed the number. */
  readonly lastScaleTime?: string;
  /** Why it asks for that number. */
  readonly message?: string;
}

/** Where the replicas run, and why. */
export interface PlacementStatus {
  /** Pool chosen. */
  readonly pool?: string;
  /** GPUs per replica; 0 means CPU. */
  readonly gpus?: number;
  /** Stages that the layers of a replica are spread over; its GPUs divided by this share every layer. One when absent. */
  readonly pipeline?: number;
  /** GPU model of the pool. */
  readonly gpuProduct?: string;
  /** Quantization chosen. */
  readonly quantization?: string;
  /** When this pool was chosen. */
  readonly decidedTime?: string;
  /** Replicas that the load of `spec.serving` needs there, by the prediction. */
  readonly replicas?: number;
  /** Longest prompt plus completion that memory there holds, where that is less than the model's own. */
  readonly maxModelLength?: number;
  /** One word for why. */
  readonly reason?: string;
  /** Why this pool won. */
  readonly message?: string;
  /** Predicted time to the first token. */
  readonly timeToFirstTokenMilliseconds?: string;
  /** Predicted time between two tokens. */
  readonly interTokenLatencyMilliseconds?: string;
  /** Predicted tokens per second of one replica at its best batch. */
  readonly throughputTokensPerSecond?: string;
  /** Price per hour of one replica; absent when unknown. */
  readonly hourlyCost?: string;
  /** Pools that nothing beats on both latency and price. */
  readonly front?: readonly ServingOption[];
}

export interface ServingOption {
  /** Pool. */
  readonly pool: string;
  /** GPUs per replica. */
  readonly gpus: number;
  /** Predicted time to the first token. */
  readonly timeToFirstTokenMilliseconds?: string;
  /** Predicted time between two tokens. */
  readonly interTokenLatencyMilliseconds?: string;
  /** Price per hour of one replica; absent when unknown. */
  readonly hourlyCost?: string;
}

/** What the replicas measured over five minutes, to two digits; written when it changes by more than 15 percent, once a minute at most. */
export interface MeasuredServing {
  /** Median time to the first token. */
  readonly timeToFirstTokenMilliseconds?: string;
  /** Time within which 95 percent of the requests had their first token. */
  readonly timeToFirstTokenP95Milliseconds?: string;
  /** Median time between two tokens. */
  readonly interTokenLatencyMilliseconds?: string;
  /** Time within which 95 percent of the tokens followed the one before. */
  readonly interTokenLatencyP95Milliseconds?: string;
  /** Requests per second of all replicas together. */
  readonly requestsPerSecond?: string;
  /** When this was measured. */
  readonly lastUpdatedTime?: string;
}

export interface ServingEstimate {
  /** Which time it is. */
  readonly quantity: 'TimeToFirstToken' | 'InterTokenLatency';
  /** GPU product, or CPU. */
  readonly device: string;
  /** GPUs of a replica; 0 means CPU. */
  readonly devices: number;
  /** Image of the server. */
  readonly version: string;
  /** Mean by the estimators, before any calibration, for prompts, answers and requests in flight as they were. */
  readonly predictedMilliseconds: string;
  /** Mean by the replicas' own histograms. */
  readonly measuredMilliseconds: string;
  /** Requests behind it. */
  readonly requests: number;
  /** The nodes only played their hardware; such a measurement calibrates nothing. */
  readonly simulated: boolean;
  /** When this was measured. */
  readonly lastUpdatedTime: string;
}

/** What the replicas have used. Since `lastUpdatedTime` it grows by `replicas` seconds a second. */
export interface StudentUsage {
  /** Replicas that hold a place on a node since then. */
  readonly replicas: number;
  /** Seconds of all replicas together until then. */
  readonly replicaSeconds: number;
  /** What they cost until then, at the price of `placement.hourlyCost`; absent while that is not known. */
  readonly cost?: string;
  /** Until when it is added up. */
  readonly lastUpdatedTime: string;
}

/** Number format of the weights while serving. */
export type ServingDtype = 'Auto' | 'Float32' | 'Float16' | 'BFloat16';

/** Quantization while serving; the planner chooses when unset. */
export type Quantization = 'None' | 'FP8' | 'INT8' | 'INT4';

/** When the replicas may move to another pool: never, when their pool is gone, or also when a far better one is there. A pool that the spec rules out is always left. */
export type Replan = 'Never' | 'WhenLost' | 'WhenBetter';

export type CapacityType = 'OnDemand' | 'Spot' | 'Reserved';

/** Who scales: the operator itself, a HorizontalPodAutoscaler, or a KEDA ScaledObject. */
export type AutoscalingProvider = 'Auto' | 'BuiltIn' | 'HPA' | 'KEDA';

/** RollingUpdate replaces replicas one after another; Canary shifts traffic in steps and analyses each. */
export type RolloutStrategy = 'RollingUpdate' | 'Canary';

/** Whether the condition holds. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';
