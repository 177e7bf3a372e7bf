/** The pools to plan on, and what ran on them: those of the cluster as it is now, or of objects in a file. */
import { capacityResources } from '../api/capacity-resources.ts';
import type { Node, Pod } from '../api/core.ts';
import { distillationJobs, studentDeployments } from '../api/resources.ts';
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import { validateDistillationJob, validateStudentDeployment } from '../api/validate.ts';
import { shippedCatalogue } from '../data/catalogue.ts';
import type { Catalogue } from '../domain/planning/catalogue.ts';
import { discoverPools } from '../domain/planning/discover.ts';
import type { ClusterObjects } from '../domain/capacity/cluster-objects.ts';
import type { NodeObject } from '../domain/planning/node-snapshot.ts';
import { claimOfPod, type PodObject } from '../domain/planning/pod-claims.ts';
import type { Discovery } from '../domain/planning/pool.ts';
import type { KubeClient } from '../kube/client.ts';
import { isFault } from '../kube/errors.ts';
import { clusterScoped, namespaced } from '../kube/resources.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import { type Connection, withCluster } from './connect.ts';
import { parseCsv } from './csv.ts';
import { pricesOfRow } from './price-rows.ts';
import { type Json, readObjects, readText } from './read-file.ts';
import type { Taught } from './taught.ts';
import { UsageError } from './usage-error.ts';

export interface PoolSource {
  /** A file of Nodes, with the Pods that hold something and whatever else says what there is; the cluster when left out. */
  readonly nodes?: string | undefined;
  /** Prices that go before the shipped ones. */
  readonly prices?: string | undefined;
}

const nodes: Resource<Node> = clusterScoped('v1', 'nodes', 'Node');
const pods: Resource<Pod> = namespaced('v1', 'pods', 'Pod');

export interface Sight {
  readonly discovery: Discovery;
  readonly taught: Taught;
}

export async function lookFrom({ nodes: file, prices }: PoolSource): Promise<Sight> {
  const catalogue = catalogueWith(prices);
  return file === undefined ? await lookAtCluster(catalogue) : lookAtFile(file, catalogue);
}

function catalogueWith(path: string | undefined): Catalogue {
  if (path === undefined) return shippedCatalogue;
  const own = parseCsv(readText(path)).flatMap(pricesOfRow);
  if (own.length === 0) {
    throw new UsageError(
      `${path} holds no price: it needs the columns cloud, region, instance, gpu, gpu_count, usd_per_hour and kind`,
    );
  }
  return { ...shippedCatalogue, prices: [...own, ...shippedCatalogue.prices] };
}

async function lookAtCluster(catalogue: Catalogue): Promise<Sight> {
  return await withCluster(async (connection) => {
    const { client } = connection;
    const [found, held, objects, taught] = await Promise.all([
      listAll(client, nodes),
      listAll(client, pods),
      listObjects(client),
      listTaught(connection),
    ]);
    const claims = held.flatMap((pod) => claimOfPod(pod) ?? []);
    return { discovery: discoverPools(found, claims, catalogue, objects), taught };
  });
}

/** Planning needs none of it, so what may not be read is only told. */
async function listTaught(connection: Connection): Promise<Taught> {
  const [ran, served] = await Promise.all([
    listReadable<DistillationJob>(connection, distillationJobs),
    listReadable<StudentDeployment>(connection, studentDeployments),
  ]);
  return { jobs: ran.items, students: served.items, gaps: [...ran.gaps, ...served.gaps] };
}

interface Readable<T> {
  readonly items: readonly T[];
  readonly gaps: readonly string[];
}

/** Of all namespaces, else of the one that the kubeconfig names. */
async function listReadable<T extends KubeObject>(
  { client, namespace }: Connection,
  resource: Resource<T>,
): Promise<Readable<T>> {
  const { plural } = resource;
  try {
    return { items: await listAll(client, resource), gaps: [] };
  } catch (error) {
    if (isFault(error, 'NotFound')) return { items: [], gaps: [`this cluster has no ${plural}`] };
    if (!isFault(error, 'Forbidden')) throw error;
  }
  try {
    const items = await listAll(client, resource, namespace);
    return { items, gaps: [`${plural} of other namespaces than ${namespace} may not be listed`] };
  } catch (error) {
    if (!isFault(error, 'Forbidden')) throw error;
    return { items: [], gaps: [`${plural} may not be listed: ask for the right to list them`] };
  }
}

async function listObjects(client: KubeClient): Promise<ClusterObjects> {
  const lists = Object.entries<readonly Resource<KubeObject>[]>(capacityResources).map(
    async ([name, versions]) => [name, await listFirst(client, versions)] as const,
  );
  return Object.fromEntries(await Promise.all(lists));
}

/** Of the first version that is served; nothing where none is, or where it may not be read. */
async function listFirst(
  client: KubeClient,
  [version, ...others]: readonly Resource<KubeObject>[],
): Promise<readonly KubeObject[]> {
  if (version === undefined) return [];
  try {
    return await listAll(client, version);
  } catch (error) {
    if (isFault(error, 'NotFound')) return listFirst(client, others);
    if (isFault(error, 'Forbidden')) return [];
    throw error;
  }
}

const PAGE = 500;

async function listAll<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  namespace?: string,
): Promise<readonly T[]> {
  const found: T[] = [];
  let next: string | undefined;
  do {
    const page = await client.list(resource, {
      limit: PAGE,
      continue: next,
      ...(namespace === undefined ? {} : { namespace }),
    });
    found.push(...page.items);
    next = page.continue;
  } while (next !== undefined);
  return found;
}

function lookAtFile(path: string, catalogue: Catalogue): Sight {
  const objects = readObjects(path);
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const found = ofKind('Node') as readonly NodeObject[];
  const makers = ['NodePool', 'ServerPool', 'ResourceFlavor'].flatMap(ofKind);
  if (found.length === 0 && makers.length === 0)
    throw new UsageError(`${path} holds no Node; 'kubectl get nodes -o yaml' writes such a file`);
  const claims = (ofKind('Pod') as readonly PodObject[]).flatMap((pod) => claimOfPod(pod) ?? []);
  const named = Object.entries<readonly Resource<KubeObject>[]>(capacityResources).map(
    ([name, [version]]) => [name, ofKind(version?.kind ?? '')] as const,
  );
  const discovery = discoverPools(found, claims, catalogue, Object.fromEntries(named));
  return { discovery, taught: taughtBy(ofKind) };
}

/** What a file holds of runs is as optional as the rest of it. */
function taughtBy(ofKind: (kind: string) => readonly Json[]): Taught {
  const jobs = ofKind('DistillationJob').map(validateDistillationJob);
  const students = ofKind('StudentDeployment').map(validateStudentDeployment);
  const odd = [...jobs, ...students].filter(({ ok }) => !ok).length;
  return {
    jobs: jobs.flatMap((job) => (job.ok ? [job.value] : [])),
    students: students.flatMap((student) => (student.ok ? [student.value] : [])),
    gaps: odd === 0 ? [] : [`${odd} DistillationJobs or StudentDeployments of the file are not valid and left out`],
  };
}
