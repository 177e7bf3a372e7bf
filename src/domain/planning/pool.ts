import type { GpuFacts } from './gpu.ts';
import type { PoolPrice, PriceProblem } from './price.ts';

export type CapacityType = 'OnDemand' | 'Spot' | 'Reserved' | 'Unknown';

/** How the GPUs of a node are handed out. Only whole ones are trained on, and time slices are not used at all. */
export type GpuSharing = 'Whole' | 'Mig' | 'TimeSliced';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

/** How a pod asks for devices of a DRA driver. */
export interface DeviceRequest {
  readonly deviceClassName: string;
  /** CEL that a device has to meet besides those of the class. */
  readonly selector?: string;
}

export interface PoolGpu {
  /** The catalogue's name, or the label's own value when the catalogue does not know it. */
  readonly product: string;
  /** What is counted: the extended resource to request, such as `nvidia.com/gpu`; for claimed GPUs, as a ResourceQuota calls them. */
  readonly resource: string;
  readonly perNode: number;
  readonly memoryGib: number | null;
  readonly sharing: GpuSharing;
  /** Null for a product the catalogue does not know: reported as a finding, and never planned on. */
  readonly facts: GpuFacts | null;
  /** One direction, one GPU to the others of its node, where an administrator says that it is not the product's usual rate. */
  readonly linkGBps?: number;
  /** Where pods get them by a resource claim, and not as an extended resource. */
  readonly claim?: DeviceRequest;
}

export interface PoolNode {
  readonly name: string;
  /** Not there yet: it would be made for a pod that asks for it. Such a node is ready and free. */
  readonly isNew?: true;
  readonly ready: boolean;
  readonly freeGpus: number;
  readonly totalGpus: number;
  readonly freeCpuMillis: number;
  readonly totalCpuMillis: number;
  readonly freeMemoryBytes: number;
  readonly totalMemoryBytes: number;
}

/** The part of a node that a pod on a pool without GPUs holds and is charged for, so that two stages fit. */
const CPU_POOL_SHARE = 0.5;
/** Part of a node's CPU and memory left to system daemons. */
const DAEMON_SHARE = 0.1;

/** Nodes that are interchangeable for placement. JSON-serialisable. */
export interface Pool {
  readonly name: string;
  /** Labels that every node of this pool has and no node of another pool has all of. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** All labels on which the nodes agree; what a job's selector is matched with. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** What a pod must tolerate to run here; the planner checks it against the job's tolerations. */
  readonly tolerations: readonly Toleration[];
  readonly gpu: PoolGpu | null;
  readonly instanceType: string | null;
  readonly capacityType: CapacityType;
  readonly region: string | null;
  /** In name order; cordoned and unready nodes are kept and marked, and offer nothing. Nodes that could be made come last. */
  readonly nodes: readonly PoolNode[];
  readonly price: PoolPrice;
  /** Played by the test node or KWOK: timings there say nothing about the hardware the labels name. */
  readonly simulated: boolean;
  /** Who would make the new nodes, such as "NodePool gpu"; missing when nobody would. */
  readonly newNodesFrom?: string;
  /** The ServerPool that the nodes belong to. */
  readonly serverPool?: string;
}

export type FindingCode =
  | 'UnknownGpuProduct'
  | 'GpuProductUnlabelled'
  | 'GpuMemoryMismatch'
  | 'MigDevices'
  | 'TimeSlicedGpus'
  | 'GpusByClaimOnly'
  | PriceProblem
  | 'PoolNotIdentifiable'
  | 'NewNodesUnknown'
  | 'ServerPoolsOverlap'
  | 'ServerPoolContradicted'
  | 'OverlaysContradict';

/** Something an administrator would want to know about nodes; never a reason to drop them silently. */
export interface PoolFinding {
  readonly code: FindingCode;
  readonly pool: string;
  readonly nodes: number;
  readonly message: string;
}

export interface Discovery {
  readonly pools: readonly Pool[];
  readonly findings: readonly PoolFinding[];
}

/** The part of a node that a pod with so many GPUs holds, and is charged for. */
export function nodeShare(pool: Pool, gpus: number): number {
  return pool.gpu === null || gpus === 0 ? CPU_POOL_SHARE : gpus / pool.gpu.perNode;
}

/** Pods of so many GPUs (0: a share of the CPU) that fit now, node by node: a pod never spans two. */
export function freeSlots(pool: Pool, gpus: number): number {
  return pool.nodes.reduce((sum, node) => sum + (node.ready ? slotsOf(node, gpus) : 0), 0);
}

/** Those of {@link freeSlots} for which no node has to be made first. */
export function slotsAtHand(pool: Pool, gpus: number): number {
  return freeSlots({ ...pool, nodes: presentNodes(pool) }, gpus);
}

export function presentNodes({ nodes }: Pool): readonly PoolNode[] {
  return nodes.filter(({ isNew }) => isNew !== true);
}

/** Whether every node of the pool has yet to be made. */
export function isAtZero(pool: Pool): boolean {
  return pool.nodes.length > 0 && pool.nodes.every(({ isNew }) => isNew === true);
}

export function hasReadyNode(pool: Pool): boolean {
  return pool.nodes.some((node) => node.ready);
}

function slotsOf(node: PoolNode, gpus: number): number {
  if (gpus > 0) return Math.floor(node.freeGpus / gpus);
  const share = CPU_POOL_SHARE * (1 - DAEMON_SHARE);
  const cpu = node.freeCpuMillis / (node.totalCpuMillis * share);
  const memory = node.freeMemoryBytes / (node.totalMemoryBytes * share);
  return Number.isFinite(cpu) && Number.isFinite(memory) ? Math.floor(Math.min(cpu, memory)) : 0;
}

/** CPU and memory of a pod with so many GPUs: its share of the smallest node, wherever it lands. */
export function podShape(pool: Pool, gpus: number): { readonly cpuMillis: number; readonly memoryBytes: number } {
  const share = nodeShare(pool, gpus) * (1 - DAEMON_SHARE);
  const smallest = (of: (node: PoolNode) => number): number =>
    pool.nodes.reduce((least, node) => Math.min(least, of(node)), Infinity);
  return {
    cpuMillis: Math.floor(smallest((node) => node.totalCpuMillis) * share),
    memoryBytes: Math.floor(smallest((node) => node.totalMemoryBytes) * share),
  };
}
