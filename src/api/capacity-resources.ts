/** Kinds that say something of the cluster's capacity, in the versions that are read, the preferred one first. */
import { type ResourceName, serverPools } from './resources.ts';

type Versions = readonly [ResourceName, ...ResourceName[]];

export type CapacityKind =
  | 'serverPools'
  | 'nodePools'
  | 'nodeOverlays'
  | 'resourceFlavors'
  | 'slices'
  | 'deviceClasses'
  | 'resourceClaims';

export const capacityResources = {
  serverPools: [serverPools],
  nodePools: [foreign('karpenter.sh', 'v1', 'NodePool')],
  nodeOverlays: [foreign('karpenter.sh', 'v1alpha1', 'NodeOverlay')],
  resourceFlavors: [
    foreign('kueue.x-k8s.io', 'v1beta2', 'ResourceFlavor'),
    foreign('kueue.x-k8s.io', 'v1beta1', 'ResourceFlavor'),
  ],
  slices: [foreign('resource.k8s.io', 'v1', 'ResourceSlice'), foreign('resource.k8s.io', 'v1beta1', 'ResourceSlice')],
  deviceClasses: [deviceClasses()],
  resourceClaims: [{ ...foreign('resource.k8s.io', 'v1', 'ResourceClaim'), namespaced: true }],
} as const satisfies Readonly<Record<CapacityKind, Versions>>;

function foreign(group: string, version: string, kind: string): ResourceName {
  return { group, version, plural: `${kind.toLowerCase()}s`, kind, namespaced: false };
}

function deviceClasses(): ResourceName {
  return { ...foreign('resource.k8s.io', 'v1', 'DeviceClass'), plural: 'deviceclasses' };
}
