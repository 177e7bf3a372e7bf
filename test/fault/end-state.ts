// The end of a run as a value that can be compared with the end of another one.
import type { KubeObject, Stored } from '../../src/kube/types.ts';
import * as resources from '../../src/controllers/resources.ts';
import type { Team } from '../support/cluster-team.ts';

/** Differ from run to run though nothing is wrong: identities, clocks, and what is measured by them. */
const volatileKeys: ReadonlySet<string> = new Set([
  'uid',
  'jobUID',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'startTime',
  'completionTime',
  'madeTime',
  'publishedTime',
  'decidedTime',
  'chargedTime',
  'clusterIP',
  'clusterIPs',
  'volumeName',
  'terminatingReplicas',
  'podSeconds',
  'cost',
  'measuredSeconds',
  'measuredTokensPerSecond',
  'usage',
  'measured',
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'pod-template-hash',
  'deployment.kubernetes.io/revision',
]);

/** Every object that matters, by kind and name, its volatile fields left out. */
export async function endState(team: Team): Promise<Record<string, unknown>> {
  const kinds = [
    resources.distillationJobs,
    resources.studentDeployments,
    resources.jobs,
    resources.claims,
    resources.deployments,
    resources.services,
  ] as const;
  const objects: Stored<KubeObject>[] = [];
  for (const kind of kinds) objects.push(...(await team.list<KubeObject>(kind)));
  const named = objects.map((object) => [`${object.kind} ${object.metadata.name}`, mask(object, team.namespace)]);
  return { ...Object.fromEntries(named), pods: await livePods(team) };
}

/** Pods have random names: what counts is how many there are of each kind, and how they are. */
async function livePods(team: Team): Promise<string[]> {
  const live = (await team.pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return live
    .map(({ metadata: { labels = {} }, status }) => {
      const what = labels['batch.kubernetes.io/job-name'] ?? labels['distill.stratos.dev/revision'];
      return `${what} ${status?.phase}`;
    })
    .sort();
}

function mask(value: unknown, namespace: string): unknown {
  if (typeof value === 'string') return maskText(value, namespace);
  if (Array.isArray(value)) return value.map((item) => mask(item, namespace));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !volatileKeys.has(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, mask(item, namespace)]));
}

/** The progress server listens on another port in every process. */
function maskText(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, 'NAMESPACE')
    .replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, 'PROGRESS')
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID');
}
