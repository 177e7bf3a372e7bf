import { parseCpuMillis } from '../quantity.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import type { Labels } from '../planning/node-labels.ts';
import type { Taint } from '../planning/pool.ts';
import { type Instance, instancesOf } from './instance-labels.ts';
import { MOST_NEW_NODES, nodeOf, type Offer, type OfferFinding, type Offers } from './offer.ts';
import { overlaid } from './overlay-capacity.ts';
import type { NodeOverlay } from './overlays.ts';
import { fieldsOf, listOf, numberOf, textMapOf, textOf } from './reading.ts';
import { allowedValues, impliedLabels, type Requirement, requirementsOf, satisfies } from './requirements.ts';

/** What discovery reads of a Karpenter NodePool (`karpenter.sh/v1`). */
export interface NodePool {
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly requirements: readonly Requirement[];
  /** Who makes the machines, such as `karpenter.k8s.aws`. */
  readonly provider: string;
  /** Amounts of resources and nodes by name, as quantities; what is not limited is not there. */
  readonly limits: Readonly<Record<string, string>>;
  /** What its nodes have already. */
  readonly used: Readonly<Record<string, string>>;
  /** Why no node would be made for a pod; null when one would. */
  readonly idle: string | null;
}

const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';
const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
export const NODE_POOL_LABEL = 'karpenter.sh/nodepool';
const GPU_RESOURCE = 'nvidia.com/gpu';

/** Providers that name machines as AWS does. */
const AWS_PROVIDERS: ReadonlySet<string> = new Set(['karpenter.k8s.aws', 'eks.amazonaws.com']);

export function nodePoolOf(object: object): NodePool {
  const { metadata, spec, status } = fieldsOf(object);
  const { template, limits, replicas } = fieldsOf(spec);
  const node = fieldsOf(fieldsOf(template).spec);
  const { name, deletionTimestamp } = fieldsOf(metadata);
  return {
    name: textOf(name) ?? '',
    labels: textMapOf(fieldsOf(fieldsOf(template).metadata).labels),
    taints: taintsOf(node.taints),
    requirements: requirementsOf(node.requirements),
    provider: textOf(fieldsOf(node.nodeClassRef).group) ?? '',
    limits: textMapOf(limits),
    used: textMapOf(fieldsOf(status).resources),
    idle: idleBecause({ deletionTimestamp, replicas, conditions: fieldsOf(status).conditions }),
  };
}

/** Taints that keep pods out; those of a start go by themselves, and preferences keep nobody out. */
export function taintsOf(value: unknown): readonly Taint[] {
  return listOf(value).flatMap((taint) => {
    const [key, effect, content] = [textOf(taint.key), textOf(taint.effect), textOf(taint.value)];
    if (key === null || effect === null || effect === 'PreferNoSchedule') return [];
    return [content === null ? { key, effect } : { key, value: content, effect }];
  });
}

function idleBecause(x: { deletionTimestamp: unknown; replicas: unknown; conditions: unknown }): string | null {
  if (x.deletionTimestamp !== undefined) return 'it is being deleted';
  if (numberOf(x.replicas) !== null) return 'its replicas are fixed, so that a pod makes no node';
  const ready = listOf(x.conditions).find(({ type }) => type === 'Ready');
  return ready?.status === 'False' ? `it is not ready (${textOf(ready.reason) ?? 'no reason given'})` : null;
}

interface Around {
  /** Of the cluster, where the NodePool names none: Karpenter's nodes are all in one. */
  readonly region: string | null;
  readonly overlays: readonly NodeOverlay[];
}

/**
 * The machines that a NodePool would make, one offer for each instance type and capacity type.
 *
 */
export function nodePoolOffers(pool: NodePool, catalogue: Catalogue, { region, overlays }: Around): Offers {
  if (pool.idle !== null) return nothing(pool, pool.idle);
  const instances = instancesOf(catalogue).filter((instance) => mayBe(pool, instance));
  if (instances.length === 0) return asksForGpus(pool) ? nothing(pool, noInstance(pool)) : { offers: [], findings: [] };
  const capacityTypes = allowedValues(pool.requirements, CAPACITY_TYPE) ?? ['on-demand', 'spot'];
  const made = instances.flatMap((instance) =>
    capacityTypes.map((capacityType) =>
      offerOf(pool, instance, { capacityType, region: regionOf(pool) ?? region, overlays }),
    ),
  );
  const contradictions = new Set(made.flatMap((one) => one.contradictions));
  return {
    offers: made.map(({ offer }) => offer).filter(({ nodes }) => nodes > 0),
    findings: [...contradictions].map((message) => ({ code: 'OverlaysContradict', pool: pool.name, message })),
  };
}

function nothing(pool: NodePool, why: string): { offers: []; findings: readonly OfferFinding[] } {
  const message = `no new node of NodePool ${pool.name} is planned on: ${why}`;
  return { offers: [], findings: [{ code: 'NewNodesUnknown', pool: pool.name, message }] };
}

function noInstance({ provider }: NodePool): string {
  return `the catalogue knows no machine that its requirements and its provider (${provider || 'none named'}) allow; a ServerPool can state what its nodes have`;
}

function asksForGpus({ requirements, limits, labels }: NodePool): boolean {
  const keys = [...requirements.map(({ key }) => key), ...Object.keys(limits), ...Object.keys(labels)];
  return keys.some((key) => /gpu|accelerator/.test(key));
}

/**
 * A requirement on a label of nobody's makes Karpenter give the machine that label; one that compares is about a fact that the
 * catalogue lacks, and a machine that may not fit is not promised.
 */
function mayBe({ requirements, provider }: NodePool, { labels }: Instance): boolean {
  const named = allowedValues(requirements, INSTANCE_TYPE) !== null;
  if (!named && !AWS_PROVIDERS.has(provider)) return false;
  return requirements.every((requirement) => {
    const value = labels[requirement.key];
    return value === undefined ? !/^[GL]te?$/.test(requirement.operator) : satisfies(value, requirement);
  });
}

function regionOf({ requirements }: NodePool): string | null {
  const [region] = allowedValues(requirements, REGION) ?? [];
  if (region !== undefined) return region;
  const regions = (allowedValues(requirements, ZONE) ?? []).map((zone) => zone.replace(/(?<=\d)[a-z]$/, ''));
  return new Set(regions).size === 1 ? (regions[0] ?? null) : null;
}

interface Variant extends Around {
  readonly capacityType: string;
}

interface Made {
  readonly offer: Offer;
  readonly contradictions: readonly string[];
}

function offerOf(pool: NodePool, { type, gpus, labels }: Instance, variant: Variant): Made {
  const { capacityType, region, overlays } = variant;
  const nodeSelector = { [NODE_POOL_LABEL]: pool.name, [INSTANCE_TYPE]: type.name, [CAPACITY_TYPE]: capacityType };
  const where = region === null ? {} : { [REGION]: region };
  const plain = nodeOf({
    labels: { ...labels, ...impliedLabels(pool.requirements), ...pool.labels, ...where, ...nodeSelector },
    taints: pool.taints,
    cpuMillis: type.cpuMillis,
    memoryBytes: type.memoryBytes,
    gpuResource: GPU_RESOURCE,
    gpus,
  });
  const { template, capacity, contradictions } = overlaid(plain, overlays);
  const more = Object.fromEntries(Object.entries(capacity).map(([resource, amount]) => [resource, amountOf(amount)]));
  const perNode = { cpu: type.cpuMillis / 1000, memory: type.memoryBytes, [GPU_RESOURCE]: gpus, nodes: 1, ...more };
  const source = `NodePool ${pool.name}`;
  return { offer: { source, nodeSelector, template, nodes: nodesWithin(pool, perNode) }, contradictions };
}

/** How many more machines its limits admit. A limit that cannot be read admits none. */
function nodesWithin({ limits, used }: NodePool, perNode: Readonly<Record<string, number>>): number {
  const room = Object.entries(limits).map(([resource, limit]) => {
    const share = perNode[resource] ?? 0;
    if (share === 0) return MOST_NEW_NODES;
    const left = amountOf(limit) - amountOf(used[resource] ?? '0');
    return Math.floor(left / share);
  });
  return Math.max(0, Math.min(MOST_NEW_NODES, ...room));
}

/** A quantity to the thousandth, whatever it counts. */
function amountOf(quantity: string): number {
  return (parseCpuMillis(quantity) ?? 0) / 1000;
}
