/**
 * The parts of Kubernetes' own kinds that Stratos reads or writes, as the API server sends them (plain JSON: times are strings).
 * Fields we never touch are left out: objects are only ever created or applied from scratch, never read, changed and put back.
 */

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
}

/** Metadata of a namespaced object as the API server returns it. */
export interface StoredMeta extends ObjectMeta {
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

interface Typed<Kind extends string, ApiVersion extends string> {
  apiVersion: ApiVersion;
  kind: Kind;
  metadata: ObjectMeta;
}

export interface ResourceAmounts {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
  /** Of the pod's `resourceClaims`, those that the container uses. */
  claims?: { name: string }[];
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    secretKeyRef?: { name: string; key: string; optional?: boolean };
    configMapKeyRef?: { name: string; key: string; optional?: boolean };
  };
}

export interface Probe {
  httpGet?: { path: string; port: number | string };
  exec?: { command: string[] };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

export interface VolumeMount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  subPath?: string;
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  ports?: { name: string; containerPort: number }[];
  resources?: ResourceAmounts;
  volumeMounts?: VolumeMount[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  terminationMessagePath?: string;
  terminationMessagePolicy?: 'File' | 'FallbackToLogsOnError';
  securityContext?: Record<string, unknown>;
  /** `Always` on an init container makes it a sidecar. */
  restartPolicy?: string;
}

export interface Volume {
  name: string;
  emptyDir?: { medium?: string; sizeLimit?: string };
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  configMap?: { name: string; optional?: boolean };
  secret?: { secretName: string };
  image?: { reference: string; pullPolicy?: string };
  projected?: { sources: Record<string, unknown>[] };
}

export interface Toleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface PodSpec {
  nodeName?: string;
  overhead?: Record<string, string>;
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  affinity?: Record<string, unknown>;
  topologySpreadConstraints?: Record<string, unknown>[];
  priorityClassName?: string;
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name: string }[];
  terminationGracePeriodSeconds?: number;
  securityContext?: Record<string, unknown>;
  subdomain?: string;
  runtimeClassName?: string;
  schedulerName?: string;
  resourceClaims?: { name: string; resourceClaimTemplateName?: string }[];
}

export interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; reason?: string; message?: string; startedAt?: string; finishedAt?: string };
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

export interface Pod extends Typed<'Pod', 'v1'> {
  spec: PodSpec;
  status?: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    reason?: string;
    message?: string;
    startTime?: string;
    podIP?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

export interface Job extends Typed<'Job', 'batch/v1'> {
  spec: {
    suspend?: boolean;
    completions?: number;
    parallelism?: number;
    completionMode?: 'NonIndexed' | 'Indexed';
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    podReplacementPolicy?: 'Failed' | 'TerminatingOrFailed';
    podFailurePolicy?: { rules: Record<string, unknown>[] };
    template: PodTemplate;
  };
  status?: {
    active?: number;
    succeeded?: number;
    failed?: number;
    ready?: number;
    startTime?: string;
    completionTime?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[];
  };
}

export interface Node extends Typed<'Node', 'v1'> {
  spec?: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] };
  status?: {
    capacity?: Record<string, string>;
    allocatable?: Record<string, string>;
    conditions?: { type: string; status: string }[];
  };
}

export interface ResourceQuota extends Typed<'ResourceQuota', 'v1'> {
  spec?: { hard?: Record<string, string>; scopes?: string[]; scopeSelector?: object };
}

export interface LimitRange extends Typed<'LimitRange', 'v1'> {
  spec?: { limits: { type: string; max?: Record<string, string>; min?: Record<string, string> }[] };
}

export interface PriorityClass extends Typed<'PriorityClass', 'scheduling.k8s.io/v1'> {
  value: number;
  globalDefault?: boolean;
}

export interface PersistentVolumeClaim extends Typed<'PersistentVolumeClaim', 'v1'> {
  spec: { accessModes: string[]; storageClassName?: string; resources: ResourceAmounts };
  status?: { phase?: 'Pending' | 'Bound' | 'Lost' };
}

export interface ConfigMap extends Typed<'ConfigMap', 'v1'> {
  data?: Record<string, string>;
}

/** From which each pod gets a ResourceClaim of its own. */
export interface ResourceClaimTemplate extends Typed<'ResourceClaimTemplate', 'resource.k8s.io/v1'> {
  spec: {
    spec: {
      devices: {
        requests: {
          name: string;
          exactly: {
            deviceClassName: string;
            allocationMode: 'ExactCount';
            count: number;
            selectors?: { cel: { expression: string } }[];
          };
        }[];
      };
    };
  };
}

export interface Service extends Typed<'Service', 'v1'> {
  spec: {
    selector?: Record<string, string>;
    clusterIP?: string;
    publishNotReadyAddresses?: boolean;
    ports?: { name: string; port: number; targetPort: number | string }[];
  };
}

export interface Deployment extends Typed<'Deployment', 'apps/v1'> {
  spec: {
    replicas?: number;
    paused?: boolean;
    selector: { matchLabels: Record<string, string> };
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    minReadySeconds?: number;
    strategy?: { type: 'RollingUpdate'; rollingUpdate: { maxSurge: number | string; maxUnavailable: number | string } };
    template: PodTemplate;
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** A numbered copy of what a workload once was; its data never changes. */
export interface ControllerRevision extends Typed<'ControllerRevision', 'apps/v1'> {
  revision: number;
  data?: unknown;
}

export interface PodDisruptionBudget extends Typed<'PodDisruptionBudget', 'policy/v1'> {
  spec: { maxUnavailable: number; selector: { matchLabels: Record<string, string> } };
}

export interface NetworkPolicy extends Typed<'NetworkPolicy', 'networking.k8s.io/v1'> {
  spec: {
    podSelector: { matchLabels: Record<string, string> };
    policyTypes: ('Ingress' | 'Egress')[];
    ingress: { ports: { protocol: 'TCP'; port: number | string }[] }[];
  };
}

interface ParentStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** Of the Gateway API. */
export interface HttpRoute extends Typed<'HTTPRoute', 'gateway.networking.k8s.io/v1'> {
  spec: {
    parentRefs: { name: string; namespace?: string; sectionName?: string }[];
    hostnames?: string[];
    rules: {
      matches: { path: { type: 'PathPrefix'; value: string } }[];
      backendRefs: { group: string; kind: string; name: string; port?: number; weight?: number }[];
    }[];
  };
  /** A gateway's controller writes one for each parent that it knows. */
  status?: { parents?: ParentStatus[] };
}

/** Of the Gateway API's inference extension. */
export interface InferencePool extends Typed<'InferencePool', 'inference.networking.k8s.io/v1'> {
  spec: {
    selector: { matchLabels: Record<string, string> };
    targetPorts: { number: number }[];
    endpointPickerRef: { name: string; port: { number: number } };
  };
}

export interface ScalingRules {
  stabilizationWindowSeconds: number;
}

interface StatusCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export interface ExternalMetric {
  type: 'External';
  external: {
    metric: { name: string; selector: { matchLabels: Record<string, string> } };
    target: { type: 'AverageValue'; averageValue: string } | { type: 'Value'; value: string };
  };
}

export interface HorizontalPodAutoscaler extends Typed<'HorizontalPodAutoscaler', 'autoscaling/v2'> {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
    metrics?: ExternalMetric[];
    behavior?: { scaleUp: ScalingRules; scaleDown: ScalingRules };
  };
  status?: { desiredReplicas?: number; lastScaleTime?: string; conditions?: StatusCondition[] };
}

/** KEDA's, of which we use Prometheus triggers alone. */
export interface ScaledObject extends Typed<'ScaledObject', 'keda.sh/v1alpha1'> {
  spec: {
    scaleTargetRef: { apiVersion: string; kind: string; name: string };
    pollingInterval: number;
    cooldownPeriod: number;
    idleReplicaCount?: number;
    minReplicaCount: number;
    maxReplicaCount: number;
    fallback: { failureThreshold: number; replicas: number; behavior: 'currentReplicasIfHigher' };
    advanced: {
      restoreToOriginalReplicaCount: boolean;
      horizontalPodAutoscalerConfig: { behavior: { scaleUp: ScalingRules; scaleDown: ScalingRules } };
    };
    triggers: {
      type: 'prometheus';
      name: string;
      metricType: 'AverageValue' | 'Value';
      metadata: Record<string, string>;
    }[];
  };
  status?: { hpaName?: string; lastActiveTime?: string; conditions?: StatusCondition[] };
}
