import type { Labels } from '../planning/node-labels.ts';
import type { NodeObject } from '../planning/node-snapshot.ts';
import type { FindingCode } from '../planning/pool.ts';

/** Nodes that are not there and would be made for a pod that asks for them. */
export interface Offer {
  /** Such as "NodePool gpu": who makes the nodes, or says that somebody does. */
  readonly source: string;
  /** Labels that whoever makes the nodes knows beforehand, and that lead to them alone. */
  readonly nodeSelector: Labels;
  /** A node as it would be: its labels, its taints, what it would have. It has no name. */
  readonly template: NodeObject;
  /** How many more nodes can be had. */
  readonly nodes: number;
}

/** Something in an object of the cluster that keeps capacity from being planned on. */
export interface OfferFinding {
  readonly code: FindingCode;
  /** The name of the object. */
  readonly pool: string;
  readonly message: string;
}

export interface Offers {
  readonly offers: readonly Offer[];
  readonly findings: readonly OfferFinding[];
}

/** A plan never counts on more new nodes of one pool than this, however high the limit is: nobody promises that a cloud has them. */
export const MOST_NEW_NODES = 32;

/**
 * What is left for pods of a machine that nobody has seen yet. Karpenter sets 7.5 % of the memory aside for the hypervisor, and
 * the kubelet reserves up to 6 % of small machines: 15 % is more than either takes together.
 */
const ALLOCATABLE_MEMORY = 0.85;
const ALLOCATABLE_CPU = 0.96;

export interface Machine {
  readonly labels: Labels;
  readonly taints: NonNullable<NodeObject['spec']>['taints'];
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly gpuResource: string;
  readonly gpus: number;
}

/** The node that such a machine would be. */
export function nodeOf({ labels, taints, cpuMillis, memoryBytes, gpuResource, gpus }: Machine): NodeObject {
  const devices = gpus > 0 ? { [gpuResource]: String(gpus) } : {};
  return {
    metadata: { name: '', labels },
    spec: { taints: taints ?? [] },
    status: {
      capacity: { cpu: `${cpuMillis}m`, memory: String(memoryBytes), ...devices },
      allocatable: {
        cpu: `${Math.floor(cpuMillis * ALLOCATABLE_CPU)}m`,
        memory: String(Math.floor(memoryBytes * ALLOCATABLE_MEMORY)),
        ...devices,
      },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

/** Whether all labels of the selector are there. */
export function hasLabels(labels: Labels, selector: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
