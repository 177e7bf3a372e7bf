/** The pools to plan on: those of the cluster as it is now, or of nodes in a file. */
import { capacityResources } from '../api/capacity-resources.ts';
import type { Node, Pod } from '../api/core.ts';
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
import { withCluster } from './connect.ts';
import { parseCsv } from './csv.ts';
import { pricesOfRow } from './price-rows.ts';
import { readObjects, readText } from './read-file.ts';
import { UsageError } from './usage-error.ts';

export interface PoolSource {
  /** A file of Nodes, with the Pods that hold something and whatever else says what there is; the cluster when left out. */
  readonly nodes?: string | undefined;
  /** Prices that go before the shipped ones. */
  readonly prices?: string | undefined;
}

const nodes: Resource<Node> = clusterScoped('v1', 'nodes', 'Node');
const pods: Resource<Pod> = namespaced('v1', 'pods', 'Pod');

export async function discoverFrom({ nodes: file, prices }: PoolSource): Promise<Discovery> {
  const catalogue = catalogueWith(prices);
  return file === undefined ? await discoverCluster(catalogue) : discoverFile(file, catalogue);
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

async function discoverCluster(catalogue: Catalogue): Promise<Discovery> {
  return await withCluster(async ({ client }) => {
    const [found, held, objects] = await Promise.all([
      listAll(client, nodes),
      listAll(client, pods),
      listObjects(client),
    ]);
    const claims = held.flatMap((pod) => claimOfPod(pod) ?? []);
    return discoverPools(found, claims, catalogue, objects);
  });
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

async function listAll<T extends KubeObject>(client: KubeClient, resource: Resource<T>): Promise<readonly T[]> {
  const found: T[] = [];
  let next: string | undefined;
  do {
    const page = await client.list(resource, { limit: PAGE, continue: next });
    found.push(...page.items);
    next = page.continue;
  } while (next !== undefined);
  return found;
}

function discoverFile(path: string, catalogue: Catalogue): Discovery {
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
  return discoverPools(found, claims, catalogue, Object.fromEntries(named));
}
