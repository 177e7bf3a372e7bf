import { type ClaimedGpus, claimedGpus } from './devices.ts';
import { type NodeOverlay, nodeOverlayOf } from './overlays.ts';
import { type NodePool, nodePoolOf } from './node-pools.ts';
import { type ResourceFlavor, resourceFlavorOf } from './flavors.ts';
import { byAge, type ServerPoolFacts, serverPoolOf } from './server-pools.ts';
import { compareText } from '../text.ts';

/** Objects of the cluster that say something of capacity, as they were read; any of the kinds may not be installed. */
export interface ClusterObjects {
  /** `resource.k8s.io` ResourceSlices, ResourceClaims and DeviceClasses. */
  readonly slices?: readonly object[];
  readonly resourceClaims?: readonly object[];
  readonly deviceClasses?: readonly object[];
  readonly serverPools?: readonly object[];
  /** Karpenter's. */
  readonly nodePools?: readonly object[];
  readonly nodeOverlays?: readonly object[];
  /** Kueue's. */
  readonly resourceFlavors?: readonly object[];
}

/** The same, read and in an order that does not depend on theirs. */
export interface Statements {
  readonly serverPools: readonly ServerPoolFacts[];
  readonly nodePools: readonly NodePool[];
  readonly overlays: readonly NodeOverlay[];
  readonly flavors: readonly ResourceFlavor[];
  /** By node. */
  readonly devices: ReadonlyMap<string, ClaimedGpus>;
}

export function statementsOf(objects: ClusterObjects): Statements {
  const { serverPools = [], nodePools = [], nodeOverlays = [], resourceFlavors = [] } = objects;
  const named = (left: { readonly name: string }, right: { readonly name: string }): number =>
    compareText(left.name, right.name);
  const flavors = resourceFlavors.map(resourceFlavorOf).filter(({ nodeLabels }) => Object.keys(nodeLabels).length > 0);
  return {
    serverPools: serverPools.map(serverPoolOf).sort(byAge),
    nodePools: nodePools.map(nodePoolOf).sort(named),
    devices: claimedGpus(objects),
    overlays: nodeOverlays.map(nodeOverlayOf).sort(named),
    // The one that says most of a node is the one that means it.
    flavors: flavors.sort((a, b) => sizeOf(b.nodeLabels) - sizeOf(a.nodeLabels) || named(a, b)),
  };
}

function sizeOf(labels: object): number {
  return Object.keys(labels).length;
}
