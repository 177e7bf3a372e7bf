import { parseBytes, parseCpuMillis } from '../quantity.ts';
import { compareText } from '../text.ts';
import { instanceTypeOf, type Labels } from '../planning/node-labels.ts';
import type { NodeObject } from '../planning/node-snapshot.ts';
import type { CapacityType, Taint } from '../planning/pool.ts';
import type { PoolPrice } from '../planning/price.ts';
import { statedPrice, unusable } from '../planning/stated-price.ts';
import { taintsOf } from './node-pools.ts';
import { hasLabels, MOST_NEW_NODES, nodeOf, type Offer } from './offer.ts';
import { dateOf, fieldsOf, numberOf, textMapOf, textOf } from './reading.ts';

export interface StatedGpus {
  readonly product: string;
  readonly count: number;
  readonly memoryGib: number | null;
  readonly resource: string;
}

/** What discovery reads of a ServerPool. */
export interface ServerPoolFacts {
  readonly name: string;
  readonly createdAt: string;
  readonly selector: Labels;
  readonly region: string | null;
  readonly capacityType: CapacityType | null;
  readonly instanceType: string | null;
  /** What pods can use of one node; null when the pool does not say what its nodes have. */
  readonly node: { readonly cpuMillis: number; readonly memoryBytes: number } | null;
  readonly gpus: StatedGpus | null;
  /** One direction, one GPU to the others of its node; null for what the product has. */
  readonly linkGBps: number | null;
  readonly maxNodes: number | null;
  readonly taints: readonly Taint[];
  readonly price: StatedPrice | null;
}

interface StatedPrice {
  readonly amount: string;
  readonly currency: string;
  readonly capacityType: CapacityType | null;
  readonly date: string | null;
}

/** PCIe 4.0 with 16 lanes, one direction. */
const PCIE_GBPS = 32;

export function serverPoolOf(object: object): ServerPoolFacts {
  const { metadata, spec } = fieldsOf(object);
  const { name, creationTimestamp } = fieldsOf(metadata);
  const { nodeSelector, region, capacityType, node, interconnect, limits, taints, price } = fieldsOf(spec);
  const { instanceType, gpu } = fieldsOf(node);
  return {
    name: textOf(name) ?? '',
    createdAt: textOf(creationTimestamp) ?? '',
    selector: textMapOf(nodeSelector),
    region: textOf(region),
    capacityType: capacityTypeOf(capacityType),
    instanceType: textOf(instanceType),
    node: machineOf(fieldsOf(node)),
    gpus: gpusOf(fieldsOf(gpu)),
    linkGBps: linkOf(fieldsOf(interconnect)),
    maxNodes: numberOf(fieldsOf(limits).maxNodes),
    taints: taintsOf(taints),
    price: priceOf(fieldsOf(price), dateOf(creationTimestamp)),
  };
}

const CAPACITY_TYPES: readonly CapacityType[] = ['OnDemand', 'Spot', 'Reserved'];

function capacityTypeOf(value: unknown): CapacityType | null {
  return CAPACITY_TYPES.find((type) => type === value) ?? null;
}

function machineOf({ cpu, memory }: Readonly<Record<string, unknown>>): ServerPoolFacts['node'] {
  const cpuMillis = parseCpuMillis(textOf(cpu) ?? undefined);
  const memoryBytes = parseBytes(textOf(memory) ?? undefined);
  return cpuMillis === null || memoryBytes === null ? null : { cpuMillis, memoryBytes };
}

function gpusOf({ product, count, memoryGibibytes, resource }: Readonly<Record<string, unknown>>): StatedGpus | null {
  const name = textOf(product);
  const number = numberOf(count);
  if (name === null || number === null || number < 1) return null;
  const asked = textOf(resource) ?? 'nvidia.com/gpu';
  return { product: name, count: Math.floor(number), memoryGib: numberOf(memoryGibibytes), resource: asked };
}

function linkOf({ fabric, gigabytesPerSecond }: Readonly<Record<string, unknown>>): number | null {
  return numberOf(gigabytesPerSecond) ?? (fabric === 'PCIe' ? PCIE_GBPS : null);
}

function priceOf(price: Readonly<Record<string, unknown>>, created: string | null): StatedPrice | null {
  const amount = textOf(price.amount);
  if (amount === null) return null;
  const currency = textOf(price.currency) ?? 'USD';
  const date = textOf(price.effectiveDate) ?? created;
  return { amount, currency, capacityType: capacityTypeOf(price.capacityType), date };
}

/** In the order in which they claim nodes: the older first, as it was there first. */
export function byAge(left: ServerPoolFacts, right: ServerPoolFacts): number {
  return compareText(left.createdAt, right.createdAt) || compareText(left.name, right.name);
}

/** The pools whose nodes have these labels, the one that gets the node first. @param pools in the order of {@link byAge}. */
export function claimants(labels: Labels, pools: readonly ServerPoolFacts[]): readonly ServerPoolFacts[] {
  return pools.filter(({ selector }) => Object.keys(selector).length > 0 && hasLabels(labels, selector));
}

/** What the pool says of the price of nodes of a capacity type; null when it says nothing. */
export function serverPoolPrice(pool: ServerPoolFacts, capacityType: CapacityType): PoolPrice | null {
  const { name, price } = pool;
  if (price === null) return null;
  const where = `ServerPool ${name}`;
  if (price.capacityType !== null && pool.capacityType !== null && price.capacityType !== pool.capacityType) {
    const reason = `${where} is ${pool.capacityType}, and its price is for ${price.capacityType}`;
    return unusable('PriceContradictory', reason);
  }
  const isMeant = price.capacityType === null || price.capacityType === capacityType;
  return isMeant ? statedPrice({ ...price, source: where, where }) : null;
}

/** The nodes that would be made, given how many are there; null when none would, or nobody says what they would have. */
export function serverPoolOffer(pool: ServerPoolFacts, present: number): Offer | null {
  const { name, node, gpus, maxNodes, selector, taints } = pool;
  const nodes = Math.min(MOST_NEW_NODES, Math.max(0, Math.floor(maxNodes ?? 0) - present));
  if (node === null || nodes === 0) return null;
  const { instanceType, region } = pool;
  const labels = {
    ...(instanceType === null ? {} : { 'node.kubernetes.io/instance-type': instanceType }),
    ...(region === null ? {} : { 'topology.kubernetes.io/region': region }),
    ...selector,
  };
  const machine = { labels, taints, ...node, gpuResource: gpus?.resource ?? '', gpus: gpus?.count ?? 0 };
  const template = asStated(nodeOf(machine));
  return { source: `ServerPool ${name}`, nodeSelector: selector, template, nodes };
}

/** The administrator says what pods can use, so nothing more is taken off. */
function asStated(node: NodeObject): NodeObject {
  return { ...node, status: { ...node.status, allocatable: node.status?.capacity ?? {} } };
}

/** What the pool says and a node denies; nothing when they agree, or one of them is silent. */
export function contradictions(
  pool: ServerPoolFacts,
  found: { labels: Labels; region: string | null; capacityType: CapacityType; perNode: number | null },
): readonly string[] {
  const told: readonly (readonly [string, string | number | null, string | number | null])[] = [
    ['region', pool.region, found.region],
    ['capacity type', pool.capacityType, found.capacityType === 'Unknown' ? null : found.capacityType],
    ['instance type', pool.instanceType, instanceTypeOf(found.labels)],
    ['GPUs per node', pool.gpus?.count ?? null, found.perNode],
  ];
  return told
    .filter(([, stated, seen]) => stated !== null && seen !== null && stated !== seen)
    .map(([what, stated, seen]) => `${what} ${stated}, and nodes say ${seen}`);
}
