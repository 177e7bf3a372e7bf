import type { ResourceFlavor } from '../capacity/flavors.ts';
import { NODE_POOL_LABEL } from '../capacity/node-pools.ts';
import { type NodeOverlay, overlayPrice } from '../capacity/overlays.ts';
import { type ServerPoolFacts, serverPoolPrice } from '../capacity/server-pools.ts';
import type { Catalogue } from './catalogue.ts';
import { cpuMillisOf, type GpuStatement, type NodeGpu, poolLabelOf, purposeTaints } from './node-facts.ts';
import { capacityTypeOf, instanceTypeOf, isSimulated, type Labels, PRICE_ANNOTATION, regionOf } from './node-labels.ts';
import type { NodeObject } from './node-snapshot.ts';
import type { CapacityType, Taint } from './pool.ts';
import { type PoolPrice, type PriceKey, priceOf } from './price.ts';

/** What every node of a pool has in common; nodes with equal shapes are interchangeable. */
export interface Shape {
  /** The name that an administrator gave it: by a label, a ServerPool or a flavor. */
  readonly label: string | null;
  readonly serverPool: string | null;
  readonly nodePool: string | null;
  readonly gpu: NodeGpu['gpu'] | null;
  readonly cpuMillis: number;
  readonly instanceType: string | null;
  readonly capacityType: CapacityType;
  readonly region: string | null;
  readonly taints: readonly Taint[];
  readonly price: PoolPrice;
  readonly simulated: boolean;
}

/** A node, and who speaks for it. */
export interface Sighting {
  readonly node: NodeObject;
  readonly serverPool: ServerPoolFacts | null;
  /** The ResourceFlavor whose labels it has. */
  readonly flavor: ResourceFlavor | null;
  /** What a DRA driver says of its GPUs. */
  readonly devices: GpuStatement | null;
}

export interface GroupContext {
  readonly catalogue: Catalogue;
  readonly overlays: readonly NodeOverlay[];
}

export const NO_LABELS: Labels = {};

/** What makes nodes alike, from their labels first and from what an administrator adds to them. */
export function shapeOf(sighting: Sighting, gpu: NodeGpu | null, context: GroupContext): Shape {
  const { node, serverPool } = sighting;
  const labels = node.metadata?.labels ?? NO_LABELS;
  const where = placeOf(labels, serverPool);
  return {
    label: labelOf(sighting),
    serverPool: serverPool?.name ?? null,
    nodePool: labels[NODE_POOL_LABEL] ?? null,
    gpu: gpu?.gpu ?? null,
    cpuMillis: cpuMillisOf(node.status?.capacity ?? node.status?.allocatable),
    ...where,
    taints: purposeTaints(node),
    price: pricedAt(where, sighting, context),
    simulated: isSimulated(labels),
  };
}

/** A NodePool's nodes are called by the NodePool: a flavor may mean all of its machines, which are not alike. */
function labelOf({ node, serverPool, flavor }: Sighting): string | null {
  const ofNodePool = node.metadata?.labels?.[NODE_POOL_LABEL] !== undefined;
  return serverPool?.name ?? poolLabelOf(node) ?? (ofNodePool ? null : (flavor?.name ?? null));
}

/** An administrator fills in what the labels leave out. */
function placeOf(labels: Labels, serverPool: ServerPoolFacts | null): PriceKey {
  const capacityType = capacityTypeOf(labels);
  return {
    instanceType: instanceTypeOf(labels) ?? serverPool?.instanceType ?? null,
    region: regionOf(labels) ?? serverPool?.region ?? null,
    capacityType: capacityType === 'Unknown' ? (serverPool?.capacityType ?? capacityType) : capacityType,
  };
}

function pricedAt(where: PriceKey, { node, serverPool }: Sighting, { catalogue, overlays }: GroupContext): PoolPrice {
  const labels = node.metadata?.labels ?? NO_LABELS;
  const chain = {
    serverPool: serverPool === null ? null : serverPoolPrice(serverPool, where.capacityType),
    overlay: (base: PoolPrice) => overlayPrice(labels, base, overlays),
    annotation: node.metadata?.annotations?.[PRICE_ANNOTATION],
  };
  return priceOf(where, chain, catalogue);
}
