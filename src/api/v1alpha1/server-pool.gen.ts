// Generated from crds/serverpools.yaml by npm run generate. Do not edit.

import type { StoredMeta } from '../core.ts';
import type { CapacityType, Condition } from './student-deployment.gen.ts';
export type { CapacityType, Condition } from './student-deployment.gen.ts';

/** ServerPool says what cannot be read off a group of nodes: their price, or what they will have when there are none yet. */
export interface ServerPool {
  readonly apiVersion: 'distill.stratos.dev/v1alpha1';
  readonly kind: 'ServerPool';
  readonly metadata: StoredMeta;
  readonly spec: ServerPoolSpec;
  readonly status?: ServerPoolStatus;
}

/** Which nodes are meant, and what is true of them. */
export interface ServerPoolSpec {
  /** Labels that all nodes of the pool have and no other node has all of. Pods are given them as their node selector, so whoever makes new nodes must know them. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Region of the nodes, where their labels do not say it. */
  readonly region?: string;
  /** How the nodes are paid for, where their labels do not say it. */
  readonly capacityType?: CapacityType;
  /** What one node has. Needed for nodes that are not there yet; of nodes that are, it is compared with what they report. */
  readonly node?: NodeShape;
  /** How the GPUs of one node reach each other, where it is not how the product usually does, such as SXM cards behind a PCIe switch. */
  readonly interconnect?: Interconnect;
  /** How many nodes there can be. */
  readonly limits?: PoolLimits;
  /** Taints of new nodes. Those that are there speak for themselves. */
  readonly taints?: readonly NodeTaint[];
  /** Price of one node for one hour; believed before every other source. */
  readonly price?: NodePrice;
}

/** What one node has. Needed for nodes that are not there yet; of nodes that are, it is compared with what they report. */
export interface NodeShape {
  /** Instance type, by which the catalogue finds a price when `price` is not set. */
  readonly instanceType?: string;
  /** CPU that pods can use, as a quantity. */
  readonly cpu: string;
  /** Memory that pods can use, as a quantity. */
  readonly memory: string;
  /** The GPUs of a node; none when unset. */
  readonly gpu?: NodeGpus;
}

/** The GPUs of a node; none when unset. */
export interface NodeGpus {
  /** GPU product as its vendor's labels name it, such as 'NVIDIA-H100-80GB-HBM3' or 'L4'. */
  readonly product: string;
  /** GPUs of one node. */
  readonly count: number;
  /** Memory of one GPU; that of the product when unset. */
  readonly memoryGibibytes?: number;
  /** The extended resource that pods ask for. */
  readonly resource: string;
}

/** How the GPUs of one node reach each other, where it is not how the product usually does, such as SXM cards behind a PCIe switch. */
export interface Interconnect {
  /** What carries the traffic. */
  readonly fabric: Fabric;
  /** Rate of one GPU to the others in one direction; 32 for PCIe, and that of the product otherwise, when unset. */
  readonly gigabytesPerSecond?: number;
}

/** How many nodes there can be. */
export interface PoolLimits {
  /** Most nodes that whoever makes them would make, those that are there included. Unset, or no more than there are, the pool does not grow. */
  readonly maxNodes?: number;
}

export interface NodeTaint {
  /** Taint key. */
  readonly key: string;
  /** Taint value. */
  readonly value?: string;
  /** What the taint does to pods that do not tolerate it. */
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** Price of one node for one hour; believed before every other source. */
export interface NodePrice {
  /** Amount of money. Leave `price` out when nobody knows it. */
  readonly amount: string;
  /** Currency as an ISO 4217 code. */
  readonly currency: string;
  /** The nodes that the price is for, where the pool holds several capacity types; all when unset. */
  readonly capacityType?: CapacityType;
  /** Since when the price holds, as YYYY-MM-DD; the day the ServerPool was created when unset. */
  readonly effectiveDate?: string;
}

/** What was found. */
export interface ServerPoolStatus {
  /** Generation of the spec that the status was computed from. */
  readonly observedGeneration?: number;
  /** Conditions; `Ready` is the summary. */
  readonly conditions?: readonly Condition[];
  /** Names of the pools that plans know these nodes by; several where the nodes are not alike. */
  readonly pools?: readonly string[];
  /** Nodes of the pool. */
  readonly nodes?: NodeCounts;
  /** GPUs of the nodes that are there; only the product of those to come. */
  readonly gpus?: GpuCounts;
  /** Price of one node for one hour; not set when nobody knows it. */
  readonly price?: FoundPrice;
  /** What keeps the pool from being what its spec says. */
  readonly conflicts?: readonly PoolConflict[];
}

/** Nodes of the pool. */
export interface NodeCounts {
  /** Nodes that are there. */
  readonly total?: number;
  /** Those of them that pods can be placed on. */
  readonly ready?: number;
  /** Nodes that a plan may count on being made. */
  readonly new?: number;
}

/** GPUs of the nodes that are there; only the product of those to come. */
export interface GpuCounts {
  /** GPUs that the nodes offer. */
  readonly total?: number;
  /** Those of ready nodes that no pod holds. */
  readonly free?: number;
  /** GPU product by the catalogue's name, or by the nodes' own when the catalogue does not know it. */
  readonly product?: string;
  /** GPUs of one node. */
  readonly perNode?: number;
  /** Memory of one GPU, rounded down. */
  readonly memoryGibibytes?: number;
}

/** Price of one node for one hour; not set when nobody knows it. */
export interface FoundPrice {
  /** Amount of money. */
  readonly amount?: string;
  /** Currency. */
  readonly currency?: string;
  /** Who says so. */
  readonly source?: string;
  /** When it was said, as far as its source tells. */
  readonly date?: string;
}

export interface PoolConflict {
  /** One word for what is wrong. */
  readonly reason: ConflictReason;
  /** One sentence for people. */
  readonly message: string;
}

/** What carries the traffic. */
export type Fabric = 'PCIe' | 'NVLink' | 'NVSwitch' | 'InfinityFabric';

/** One word for what is wrong. */
export type ConflictReason = 'NodesClaimedTwice' | 'ShapeContradicted' | 'PriceContradicted';
