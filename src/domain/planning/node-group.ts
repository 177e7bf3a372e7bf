import { compareText } from '../text.ts';
import type { Catalogue } from './catalogue.ts';
import { cpuMillisOf, gpuOf, type NodeGpu, poolLabelOf, purposeTaints } from './node-facts.ts';
import { capacityTypeOf, instanceTypeOf, isSimulated, type Labels, PRICE_ANNOTATION, regionOf } from './node-labels.ts';
import type { NodeObject } from './node-snapshot.ts';
import type { CapacityType, Taint } from './pool.ts';
import { type PoolPrice, priceOf } from './price.ts';

/** What every node of a pool has in common; nodes with equal shapes are interchangeable. */
export interface Shape {
  readonly label: string | null;
  readonly gpu: NodeGpu['gpu'] | null;
  readonly cpuMillis: number;
  readonly instanceType: string | null;
  readonly capacityType: CapacityType;
  readonly region: string | null;
  readonly taints: readonly Taint[];
  readonly price: PoolPrice;
  readonly simulated: boolean;
}

export interface Group {
  readonly key: string;
  readonly shape: Shape;
  readonly members: { readonly node: NodeObject; readonly gpu: NodeGpu | null }[];
}

export const NO_LABELS: Labels = {};

/** Nodes of equal shape together, in an order that does not depend on theirs. */
export function groupNodes(nodes: readonly NodeObject[], catalogue: Catalogue): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const node of nodes) {
    const gpu = gpuOf(node, catalogue);
    const shape = shapeOf(node, gpu, catalogue);
    const key = JSON.stringify({ ...shape, gpu: shape.gpu && { ...shape.gpu, facts: null } });
    const group = groups.get(key) ?? { key, shape, members: [] };
    group.members.push({ node, gpu });
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => compareText(a.key, b.key));
}

function shapeOf(node: NodeObject, gpu: NodeGpu | null, catalogue: Catalogue): Shape {
  const labels = node.metadata?.labels ?? NO_LABELS;
  const where = {
    instanceType: instanceTypeOf(labels),
    region: regionOf(labels),
    capacityType: capacityTypeOf(labels),
  };
  return {
    label: poolLabelOf(node),
    gpu: gpu?.gpu ?? null,
    cpuMillis: cpuMillisOf(node.status?.capacity ?? node.status?.allocatable),
    ...where,
    taints: purposeTaints(node),
    price: priceOf({ ...where, override: node.metadata?.annotations?.[PRICE_ANNOTATION] }, catalogue),
    simulated: isSimulated(labels),
  };
}
