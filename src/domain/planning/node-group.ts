import type { Offer } from '../capacity/offer.ts';
import { contradictions, type ServerPoolFacts } from '../capacity/server-pools.ts';
import { compareText } from '../text.ts';
import { type GpuStatement, gpuOf, type NodeGpu, poolLabelOf } from './node-facts.ts';
import { capacityTypeOf, type Labels, regionOf } from './node-labels.ts';
import { type GroupContext, NO_LABELS, type Shape, shapeOf, type Sighting } from './node-shape.ts';
import type { NodeObject } from './node-snapshot.ts';

export interface Member {
  readonly node: NodeObject;
  readonly gpu: NodeGpu | null;
}

export interface Group {
  readonly key: string;
  readonly shape: Shape;
  /** The nodes that are there. */
  readonly members: Member[];
  /** The nodes that could be made. */
  readonly offers: Offer[];
  /** What its ServerPool says and its nodes deny. */
  readonly denied: readonly string[];
  /** Labels by which an administrator told these nodes from all others. */
  readonly markers: Labels;
  /** A node as all are, there or not. */
  readonly sample: Member;
}

/** Nodes of equal shape together, in an order that does not depend on theirs. */
export function groupNodes(sightings: readonly Sighting[], context: GroupContext): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const sighting of sightings) {
    const made = groupOf(sighting, context);
    const group = groups.get(made.key) ?? made;
    group.members.push(made.sample);
    groups.set(made.key, group);
  }
  return [...groups.values()].sort((a, b) => compareText(a.key, b.key));
}

/** A group that the node would be in, without it. */
export function groupOf(sighting: Sighting, context: GroupContext): Group {
  const { node, serverPool, flavor } = sighting;
  const gpu = gpuOf(node, context.catalogue, statementOf(sighting));
  const shape = shapeOf(sighting, gpu, context);
  const key = JSON.stringify({ ...shape, gpu: shape.gpu && { ...shape.gpu, facts: null } });
  const denied = serverPool === null ? [] : deniedBy(sighting, gpu, serverPool);
  const markers = serverPool?.selector ?? (poolLabelOf(node) === null ? flavor?.nodeLabels : undefined) ?? NO_LABELS;
  return { key, shape, members: [], offers: [], denied, markers, sample: { node, gpu } };
}

/** An administrator's word before a driver's. */
function statementOf({ serverPool: pool, devices }: Sighting): GpuStatement | null {
  if (pool === null) return devices;
  return {
    product: pool.gpus?.product ?? devices?.product ?? null,
    memoryGib: pool.gpus?.memoryGib ?? devices?.memoryGib ?? null,
    linkGBps: pool.linkGBps,
    ...(devices?.claim === undefined ? {} : { claim: devices.claim }),
  };
}

function deniedBy({ node }: Sighting, gpu: NodeGpu | null, pool: ServerPoolFacts): readonly string[] {
  const labels = node.metadata?.labels ?? NO_LABELS;
  const perNode = gpu?.gpu.perNode ?? null;
  const products = (gpu?.findings ?? []).filter(({ code }) => code === 'ServerPoolContradicted');
  const found = { labels, region: regionOf(labels), capacityType: capacityTypeOf(labels), perNode };
  return [...products.map(({ message }) => message), ...contradictions(pool, found)];
}
