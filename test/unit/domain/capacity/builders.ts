// Objects of the kinds that say something of capacity, with few words.
import { shippedCatalogue } from '../../../../src/data/catalogue.ts';
import type { ClusterObjects } from '../../../../src/domain/capacity/cluster-objects.ts';
import { discoverPools } from '../../../../src/domain/planning/discover.ts';
import type { NodeObject, PodClaim } from '../../../../src/domain/planning/node-snapshot.ts';
import { type Pool, presentNodes } from '../../../../src/domain/planning/pool.ts';

type Requirement = readonly [key: string, operator: string, ...values: string[]];

interface NodePoolOptions {
  readonly requirements?: readonly Requirement[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly object[];
  readonly limits?: object;
  readonly used?: object;
  readonly replicas?: number;
  readonly group?: string;
  readonly conditions?: readonly object[];
}

export const instanceType = 'node.kubernetes.io/instance-type';
export const capacityType = 'karpenter.sh/capacity-type';

const requirementsOf = (requirements: readonly Requirement[]) =>
  requirements.map(([key, operator, ...values]) => ({ key, operator, ...(values.length > 0 ? { values } : {}) }));

/** A Karpenter NodePool in the shape of `karpenter.sh/v1`, of the AWS provider, on demand in us-east-1. */
export function aNodePool(name: string, options: NodePoolOptions = {}): object {
  const { requirements = [], labels, taints, limits, used, replicas, conditions = [] } = options;
  const nodeClassRef = { group: options.group ?? 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' };
  const common: readonly Requirement[] = [
    [capacityType, 'In', 'on-demand'],
    ['topology.kubernetes.io/zone', 'In', 'us-east-1a', 'us-east-1b'],
  ];
  const kept = common.filter(([key]) => !requirements.some(([other]) => other === key));
  return {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: { name },
    spec: {
      template: {
        metadata: { labels },
        spec: { nodeClassRef, taints, requirements: requirementsOf([...kept, ...requirements]) },
      },
      limits,
      ...(replicas === undefined ? {} : { replicas }),
    },
    status: { resources: used, conditions },
  };
}

export function anOverlay(name: string, requirements: readonly Requirement[], spec: object): object {
  return {
    apiVersion: 'karpenter.sh/v1alpha1',
    kind: 'NodeOverlay',
    metadata: { name, creationTimestamp: '2026-01-02T00:00:00Z' },
    spec: { requirements: requirementsOf(requirements), ...spec },
  };
}

export function aFlavor(name: string, nodeLabels: object, nodeTaints: readonly object[] = []): object {
  return {
    apiVersion: 'kueue.x-k8s.io/v1beta2',
    kind: 'ResourceFlavor',
    metadata: { name },
    spec: { nodeLabels, nodeTaints },
  };
}

export function aServerPool(name: string, spec: object, createdAt = '2026-01-01T00:00:00Z'): object {
  return {
    apiVersion: 'distill.stratos.dev/v1alpha1',
    kind: 'ServerPool',
    metadata: { name, uid: `uid-${name}`, generation: 1, creationTimestamp: createdAt },
    spec: { nodeSelector: { pool: name }, ...spec },
  };
}

export function discoverWith(
  objects: ClusterObjects,
  nodes: readonly NodeObject[] = [],
  claims: readonly PodClaim[] = [],
) {
  return discoverPools(nodes, claims, shippedCatalogue, objects);
}

/** "name: 1 + 2 new" of each pool. */
export function sizes(pools: readonly Pool[]): readonly string[] {
  return pools.map((pool) => {
    const present = presentNodes(pool).length;
    return `${pool.name}: ${present} + ${pool.nodes.length - present} new`;
  });
}
