/** The collections that the controllers read and write. */
import type {
  HorizontalPodAutoscaler,
  ScaledObject,
  ConfigMap,
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
import { type Workload, workloadResources } from '../api/kueue.ts';
import * as names from '../api/resources.ts';
import type { DistillationQuota } from '../api/v1alpha1/distillation-quota.gen.ts';
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import type { ServerPool } from '../api/v1alpha1/server-pool.gen.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import { clusterScoped, namespaced } from '../kube/resources.ts';
import type { Resource } from '../kube/types.ts';

export const distillationJobs: Resource<DistillationJob> = names.distillationJobs;
export const distillationQuotas: Resource<DistillationQuota> = names.distillationQuotas;
export const studentDeployments: Resource<StudentDeployment> = names.studentDeployments;
export const jobs: Resource<Job> = namespaced('batch/v1', 'jobs', 'Job');
export const pods: Resource<Pod> = namespaced('v1', 'pods', 'Pod');
export const claims: Resource<PersistentVolumeClaim> = namespaced(
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
);
/** Read when one is needed, and never watched. */
export const configMaps: Resource<ConfigMap> = namespaced('v1', 'configmaps', 'ConfigMap');
export const services: Resource<Service> = namespaced('v1', 'services', 'Service');
export const deployments: Resource<Deployment> = namespaced('apps/v1', 'deployments', 'Deployment');
export const priorityClasses: Resource<PriorityClass> = clusterScoped(
  'scheduling.k8s.io/v1',
  'priorityclasses',
  'PriorityClass',
);
export const resourceQuotas: Resource<ResourceQuota> = namespaced('v1', 'resourcequotas', 'ResourceQuota');
export const limitRanges: Resource<LimitRange> = namespaced('v1', 'limitranges', 'LimitRange');
export const controllerRevisions: Resource<ControllerRevision> = namespaced(
  'apps/v1',
  'controllerrevisions',
  'ControllerRevision',
);
export const disruptionBudgets: Resource<PodDisruptionBudget> = namespaced(
  'policy/v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
);
export const networkPolicies: Resource<NetworkPolicy> = namespaced(
  'networking.k8s.io/v1',
  'networkpolicies',
  'NetworkPolicy',
);
/** From Kubernetes 1.34. */
export const resourceClaimTemplates: Resource<ResourceClaimTemplate> = namespaced(
  'resource.k8s.io/v1',
  'resourceclaimtemplates',
  'ResourceClaimTemplate',
);
/** Kinds that others install. */
export const httpRoutes: Resource<HttpRoute> = namespaced('gateway.networking.k8s.io/v1', 'httproutes', 'HTTPRoute');
export const inferencePools: Resource<InferencePool> = namespaced(
  'inference.networking.k8s.io/v1',
  'inferencepools',
  'InferencePool',
);
export const autoscalers: Resource<HorizontalPodAutoscaler> = namespaced(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
);
/** Where KEDA is installed. */
export const scaledObjects: Resource<ScaledObject> = namespaced('keda.sh/v1alpha1', 'scaledobjects', 'ScaledObject');
export const nodes: Resource<Node> = clusterScoped('v1', 'nodes', 'Node');
/** Kueue's, in the versions that are read. */
export const workloads: readonly [Resource<Workload>, ...Resource<Workload>[]] = workloadResources;
export const serverPools: Resource<ServerPool> = names.serverPools;
