/** The caches that all controllers share, with the indexes they look things up by. */
import type {
  HorizontalPodAutoscaler,
  ScaledObject,
  ControllerRevision,
  Deployment,
  HttpRoute,
  InferencePool,
  Job,
  LimitRange,
  NetworkPolicy,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PriorityClass,
  ResourceClaimTemplate,
  ResourceQuota,
  Service,
} from '../api/core.ts';
import type { Workload } from '../api/kueue.ts';
import { gpuClaimAnnotation, jobLabel, managedByLabel, managedByValue, studentDeploymentLabel } from '../api/labels.ts';
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import type { DistillationQuota } from '../api/v1alpha1/distillation-quota.gen.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import { deploymentNameOf } from '../domain/distillation/deploy-step.ts';
import { type ReflectorSettings, type StratosOperator } from '../kube/operator.ts';
import type { OptionalCollection } from '../kube/optional-collection.ts';
import { type Store, stripManagedFields } from '../kube/store.ts';
import type { KubeObject, Stored } from '../kube/types.ts';
import { addCapacity, type Capacity } from './capacity.ts';
import * as resources from './resources.ts';

export interface Stores {
  readonly distillationJobs: Store<DistillationJob>;
  readonly studentDeployments: Store<StudentDeployment>;
  readonly jobs: Store<Job>;
  readonly pods: Store<Pod>;
  readonly claims: Store<PersistentVolumeClaim>;
  readonly services: Store<Service>;
  readonly deployments: Store<Deployment>;
  /** Only what the operator made. */
  readonly revisions: Store<ControllerRevision>;
  readonly disruptionBudgets: Store<PodDisruptionBudget>;
  readonly networkPolicies: Store<NetworkPolicy>;
  readonly httpRoutes: OptionalCollection<HttpRoute>;
  readonly inferencePools: OptionalCollection<InferencePool>;
  /** Anybody's: two that scale one Deployment would fight over it. */
  readonly autoscalers: Store<HorizontalPodAutoscaler>;
  /** KEDA's, where it is installed. */
  readonly scaledObjects: OptionalCollection<ScaledObject>;
  /** Optional, as all that has no namespace: an operator of some namespaces may have no right to it. */
  readonly nodes: OptionalCollection<Node>;
  readonly quotas: Store<DistillationQuota>;
  /** Optional too: without them all jobs are of the same priority. */
  readonly priorityClasses: OptionalCollection<PriorityClass>;
  readonly resourceQuotas: Store<ResourceQuota>;
  readonly limitRanges: Store<LimitRange>;
  /** Kueue's account of Jobs, by the uid of the Job. */
  readonly workloads: OptionalCollection<Workload>;
  /** Only what the operator made, where the cluster has them. */
  readonly claimTemplates: OptionalCollection<ResourceClaimTemplate>;
  /** What else says something of pools. */
  readonly capacity: Capacity;
}

/** What the operator's own writes to a status are filed under. */
export const fieldManager = 'stratos-operator';

/** Pods are followed whole, since all of them take capacity. */
export function addStores(operator: StratosOperator, namespaces: readonly string[]): Stores {
  const scoped = <T extends KubeObject>(settings: ReflectorSettings<T>): ReflectorSettings<T> => ({
    ...settings,
    namespaces,
  });
  const ownStatus = <T extends KubeObject>(object: Stored<T>): Stored<T> => stripManagedFields(object, fieldManager);
  return {
    distillationJobs: operator.addReflector(
      resources.distillationJobs,
      scoped({ strip: ownStatus, indexes: { deployment: wantedDeployment } }),
    ),
    studentDeployments: operator.addReflector(
      resources.studentDeployments,
      scoped({ strip: ownStatus, indexes: { source: sourceJob } }),
    ),
    jobs: operator.addReflector(resources.jobs, {
      labelSelector: `${managedByLabel}=${managedByValue}`,
      namespaces,
      indexes: { owner: byLabel(jobLabel) },
    }),
    pods: operator.addReflector(
      resources.pods,
      scoped({ strip: slimPod, indexes: { owner: byLabel(jobLabel), student: byLabel(studentDeploymentLabel) } }),
    ),
    // Not by label: spec.workspace.claimName may name a claim of the user's.
    claims: operator.addReflector(resources.claims, scoped({})),
    // Not by label either: a name that a student needs may be taken.
    services: operator.addReflector(resources.services, scoped({})),
    deployments: operator.addReflector(resources.deployments, scoped({})),
    revisions: operator.addReflector(resources.controllerRevisions, {
      labelSelector: `${managedByLabel}=${managedByValue}`,
      namespaces,
      indexes: { student: byLabel(studentDeploymentLabel) },
    }),
    // Not by label: a name that a student needs may be taken.
    disruptionBudgets: operator.addReflector(resources.disruptionBudgets, scoped({})),
    networkPolicies: operator.addReflector(resources.networkPolicies, scoped({})),
    httpRoutes: operator.addOptionalReflector([resources.httpRoutes], { namespaces }),
    inferencePools: operator.addOptionalReflector([resources.inferencePools], { namespaces }),
    autoscalers: operator.addReflector(resources.autoscalers, scoped({ indexes: { target: scaleTarget } })),
    scaledObjects: operator.addOptionalReflector([resources.scaledObjects], {
      labelSelector: `${managedByLabel}=${managedByValue}`,
      namespaces,
    }),
    nodes: operator.addOptionalReflector([resources.nodes], { keepsWhenForbidden: true }),
    quotas: operator.addReflector(resources.distillationQuotas, scoped({ strip: ownStatus })),
    priorityClasses: operator.addOptionalReflector([resources.priorityClasses], { keepsWhenForbidden: true }),
    resourceQuotas: operator.addReflector(resources.resourceQuotas, scoped({})),
    limitRanges: operator.addReflector(resources.limitRanges, scoped({})),
    workloads: operator.addOptionalReflector(
      resources.workloads,
      scoped({ strip: slimWorkload, indexes: { job: jobUids } }),
    ),
    claimTemplates: operator.addOptionalReflector([resources.resourceClaimTemplates], {
      labelSelector: `${managedByLabel}=${managedByValue}`,
      namespaces,
      indexes: { owner: byLabel(jobLabel), student: byLabel(studentDeploymentLabel) },
    }),
    capacity: addCapacity(operator, { fieldManager, namespaces }),
  };
}

/** Without the pod templates that it repeats. */
function slimWorkload(workload: Stored<Workload>): Stored<Workload> {
  const { queueName, active } = workload.spec ?? {};
  return {
    ...stripManagedFields(workload),
    spec: {
      ...(queueName === undefined ? {} : { queueName }),
      ...(active === undefined ? {} : { active }),
    },
  };
}

function jobUids({ metadata }: Workload): string[] {
  return (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Job').map(({ uid }) => uid);
}

/** `namespace/name` of whatever the label names. */
function byLabel(label: string) {
  return ({ metadata }: KubeObject): string[] => {
    const name = metadata.labels?.[label];
    return name === undefined ? [] : [`${metadata.namespace}/${name}`];
  };
}

function sourceJob({ metadata, spec }: StudentDeployment): string[] {
  const name = spec.model.distillationJobRef?.name;
  return name === undefined ? [] : [`${metadata.namespace}/${name}`];
}

/** `namespace/name` of the Deployment that it scales. */
function scaleTarget({ metadata, spec }: HorizontalPodAutoscaler): string[] {
  const { kind, name } = spec.scaleTargetRef;
  return kind === 'Deployment' ? [`${metadata.namespace}/${name}`] : [];
}

/** By the name that it asks for, which another's may have: then the job waits for that one to go. */
function wantedDeployment(job: Stored<DistillationJob>): string[] {
  const name = deploymentNameOf(job);
  return name === undefined ? [] : [`${job.metadata.namespace}/${name}`];
}

type PodContainer = Pod['spec']['containers'][number];

/** Of a pod we read where it runs, what it holds and how it does: the rest, often 10 kB of it, is not kept. */
function slimPod(pod: Stored<Pod>): Stored<Pod> {
  const { annotations, ...metadata } = stripManagedFields(pod).metadata;
  const claim = annotations?.[gpuClaimAnnotation];
  const container = ({ name, image, resources: held, restartPolicy }: PodContainer): PodContainer => ({
    name,
    image,
    ...(held === undefined ? {} : { resources: held }),
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });
  const { nodeName, containers, initContainers, overhead, resourceClaims } = pod.spec;
  return {
    ...pod,
    metadata: { ...metadata, ...(claim === undefined ? {} : { annotations: { [gpuClaimAnnotation]: claim } }) },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(overhead === undefined ? {} : { overhead }),
      ...(resourceClaims === undefined ? {} : { resourceClaims }),
      containers: containers.map(container),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(container) }),
    },
  };
}
