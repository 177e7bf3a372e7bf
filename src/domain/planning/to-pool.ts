import { MOST_NEW_NODES } from '../capacity/offer.ts';
import { compareText } from '../text.ts';
import { cpuMillisOf, isReady, memoryBytesOf } from './node-facts.ts';
import type { Group, Member } from './node-group.ts';
import type { Labels } from './node-labels.ts';
import type { PodClaim } from './node-snapshot.ts';
import { sharedLabels } from './pool-selectors.ts';
import type { Pool, PoolNode, Taint, Toleration } from './pool.ts';

export interface PoolIdentity {
  readonly name: string;
  readonly nodeSelector: Labels;
}

/** What pods hold, by node. */
export type HeldByNode = ReadonlyMap<string, readonly PodClaim[]>;

/** A group as the planner sees it: with what is free on each node. */
export function toPool(group: Group, { name, nodeSelector }: PoolIdentity, held: HeldByNode): Pool {
  const { gpu, instanceType, capacityType, region, taints, price, simulated, serverPool } = group.shape;
  const present = group.members.map((member) => presentNode(member, gpu?.resource ?? '', held));
  const [source] = group.offers;
  return {
    name,
    nodeSelector,
    labels: sharedLabels(group),
    taints,
    tolerations: taints.map(tolerationOf),
    gpu,
    instanceType,
    capacityType,
    region,
    nodes: [...present.sort((a, b) => compareText(a.name, b.name)), ...newNodes(group)],
    price,
    simulated,
    ...(source === undefined ? {} : { newNodesFrom: source.source }),
    ...(serverPool === null ? {} : { serverPool }),
  };
}

function presentNode(member: Member, resource: string, held: HeldByNode): PoolNode {
  const name = member.node.metadata?.name ?? '';
  const claims = held.get(name) ?? [];
  const sum = (of: (claim: PodClaim) => number): number => claims.reduce((total, claim) => total + of(claim), 0);
  const free = freeNode(member, name);
  return {
    ...free,
    ready: isReady(member.node),
    freeGpus: Math.max(0, free.totalGpus - sum((claim) => claim.gpus[resource] ?? 0)),
    freeCpuMillis: Math.max(0, free.totalCpuMillis - sum((claim) => claim.cpuMillis)),
    freeMemoryBytes: Math.max(0, free.totalMemoryBytes - sum((claim) => claim.memoryBytes)),
  };
}

/** As the nodes that are there, whose reserves are known; else as the one who would make them says. */
function newNodes({ offers, members, sample }: Group): readonly PoolNode[] {
  const like = members[0] ?? sample;
  const count = Math.min(
    MOST_NEW_NODES,
    offers.reduce((sum, { nodes }) => sum + nodes, 0),
  );
  return Array.from({ length: count }, (_, index) => ({ ...freeNode(like, `new-${index + 1}`), isNew: true }));
}

function freeNode({ node, gpu }: Member, name: string): PoolNode {
  const totalGpus = gpu?.allocatable ?? 0;
  const totalCpuMillis = cpuMillisOf(node.status?.allocatable);
  const totalMemoryBytes = memoryBytesOf(node.status?.allocatable);
  const free = { freeGpus: totalGpus, freeCpuMillis: totalCpuMillis, freeMemoryBytes: totalMemoryBytes };
  return { name, ready: true, ...free, totalGpus, totalCpuMillis, totalMemoryBytes };
}

function tolerationOf(taint: Taint): Toleration {
  return taint.value
    ? { key: taint.key, operator: 'Equal', value: taint.value, effect: taint.effect }
    : { key: taint.key, operator: 'Exists', effect: taint.effect };
}
