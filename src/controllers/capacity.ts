/** Kinds that say something of capacity. All are optional: each is installed by another project, or not yet by an old chart. */
import { type CapacityKind, capacityResources } from '../api/capacity-resources.ts';
import type { ServerPool } from '../api/v1alpha1/server-pool.gen.ts';
import type { ClusterObjects } from '../domain/capacity/cluster-objects.ts';
import type { StratosOperator } from '../kube/operator.ts';
import type { OptionalCollection } from '../kube/optional-collection.ts';
import { stripManagedFields } from '../kube/store.ts';
import type { KubeObject } from '../kube/types.ts';

/** What others define is read field by field, so no more of its type is known. */
type Foreign = Readonly<Record<Exclude<CapacityKind, 'serverPools'>, OptionalCollection<KubeObject>>>;

export interface Capacity extends Foreign {
  readonly serverPools: OptionalCollection<ServerPool>;
}

export interface CapacitySettings {
  /** Whose entry of a ServerPool's managed fields is kept: its status is written. */
  readonly fieldManager: string;
  readonly namespaces: readonly string[];
}

export function addCapacity(operator: StratosOperator, { fieldManager, namespaces }: CapacitySettings): Capacity {
  const { serverPools, nodePools, nodeOverlays, resourceFlavors, slices, deviceClasses, resourceClaims } =
    capacityResources;
  return {
    serverPools: operator.addOptionalReflector<ServerPool>(serverPools, {
      strip: (pool) => stripManagedFields(pool, fieldManager),
    }),
    nodePools: operator.addOptionalReflector(nodePools),
    nodeOverlays: operator.addOptionalReflector(nodeOverlays),
    resourceFlavors: operator.addOptionalReflector(resourceFlavors),
    slices: operator.addOptionalReflector(slices),
    deviceClasses: operator.addOptionalReflector(deviceClasses),
    resourceClaims: operator.addOptionalReflector(resourceClaims, { namespaces }),
  };
}

/** As discovery reads them. */
export function objectsOf(capacity: Capacity): ClusterObjects {
  return Object.fromEntries(Object.entries(capacity).map(([kind, { store }]) => [kind, store.list()]));
}

/** Calls the handler after any change in any of the collections. */
export function onCapacityChange(capacity: Capacity, handler: () => void): void {
  for (const { store } of Object.values<OptionalCollection<KubeObject>>({ ...capacity })) store.subscribe(handler);
}
