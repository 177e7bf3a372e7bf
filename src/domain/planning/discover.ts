import { createHash } from 'node:crypto';
import type { Catalogue } from './catalogue.ts';
import { compareText } from '../text.ts';
import { cpuMillisOf, gpuOf, isReady, memoryBytesOf, type NodeGpu, poolLabelOf, purposeTaints } from './node-facts.ts';
import {
  capacityTypeOf,
  IDENTITY_LABELS,
  instanceTypeOf,
  isSimulated,
  type Labels,
  PRICE_ANNOTATION,
  regionOf,
} from './node-labels.ts';
import type { NodeObject, PodClaim } from './node-snapshot.ts';
import type { CapacityType, Discovery, Pool, PoolFinding, PoolNode, Taint, Toleration } from './pool.ts';
import { type PoolPrice, priceOf } from './price.ts';

/** What every node of a pool has in common; nodes with equal shapes are interchangeable. */
interface Shape {
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

interface Group {
  readonly key: string;
  readonly shape: Shape;
  readonly members: { readonly node: NodeObject; readonly gpu: NodeGpu | null }[];
}

const NO_LABELS: Labels = {};

/** Groups nodes into pools of interchangeable ones, with what is free on each; the same for any order of the inputs. */
export function discoverPools(
  nodes: readonly NodeObject[],
  claims: readonly PodClaim[],
  catalogue: Catalogue,
): Discovery {
  const groups = groupNodes(nodes, catalogue);
  const names = nameGroups(groups);
  const held = claimsByNode(claims);
  const selectors = new Map(groups.map((group) => [group, selectorOf(group)]));
  const ambiguous = groups.filter((group) => isAmbiguous(group, groups, selectors.get(group) ?? NO_LABELS));
  const pools = groups.map((group) =>
    toPool(group, names.get(group.key) ?? group.key, selectors.get(group) ?? NO_LABELS, held),
  );
  const findings = groups.flatMap((group) =>
    findingsOf(group, names.get(group.key) ?? group.key, ambiguous.includes(group)),
  );
  return { pools: pools.sort((a, b) => compareText(a.name, b.name)), findings: findings.sort(byPoolAndCode) };
}

function groupNodes(nodes: readonly NodeObject[], catalogue: Catalogue): readonly Group[] {
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

/** A label's name when it is unique, else a description; groups that would share a name all carry a hash of their shape. */
function nameGroups(groups: readonly Group[]): ReadonlyMap<string, string> {
  const described = groups.map((group) => ({ group, name: slug(group.shape.label ?? describe(group.shape)) }));
  return new Map(
    described.map(({ group, name }) => {
      const shared = described.filter((other) => other.name === name).length > 1;
      return [group.key, shared ? `${name}-${shortHash(group.key)}` : name];
    }),
  );
}

function describe({ gpu, cpuMillis, instanceType, capacityType, region }: Shape): string {
  const hardware = gpu ? `${gpu.product}-x${gpu.perNode}` : (instanceType ?? `cpu-${Math.ceil(cpuMillis / 1000)}`);
  const capacity = capacityType === 'Unknown' ? null : capacityType;
  return [hardware, capacity, region].filter((part) => part !== null).join('-');
}

function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain.slice(0, 50).replace(/-+$/, '') || 'pool';
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}

function sharedLabels(group: Group): Labels {
  const [first = NO_LABELS, ...rest] = group.members.map(({ node }) => node.metadata?.labels ?? NO_LABELS);
  const shared = Object.entries(first).filter(([key, value]) => rest.every((labels) => labels[key] === value));
  return Object.fromEntries(shared.sort(([a], [b]) => compareText(a, b)));
}

/** The identifying labels on which all nodes of the group agree; of a single node without any, its host name. */
function selectorOf(group: Group): Labels {
  const shared = sharedLabels(group);
  const identifying = IDENTITY_LABELS.filter((key) => shared[key] !== undefined);
  const keys =
    identifying.length > 0 ? identifying : ['kubernetes.io/hostname'].filter((key) => shared[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, shared[key] ?? '']));
}

function isAmbiguous(group: Group, groups: readonly Group[], selector: Labels): boolean {
  const keys = Object.entries(selector);
  return groups.some(
    (other) =>
      other !== group &&
      other.members.some(({ node }) => keys.every(([key, value]) => node.metadata?.labels?.[key] === value)),
  );
}

function claimsByNode(claims: readonly PodClaim[]): ReadonlyMap<string, readonly PodClaim[]> {
  const byNode = new Map<string, PodClaim[]>();
  for (const claim of claims) {
    const list = byNode.get(claim.nodeName);
    if (list) list.push(claim);
    else byNode.set(claim.nodeName, [claim]);
  }
  return byNode;
}

function toPool(
  group: Group,
  name: string,
  nodeSelector: Labels,
  held: ReadonlyMap<string, readonly PodClaim[]>,
): Pool {
  const { gpu, instanceType, capacityType, region, taints, price, simulated } = group.shape;
  const nodes = group.members.map((member) => toPoolNode(member, gpu?.resource ?? '', held));
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
    nodes: nodes.sort((a, b) => compareText(a.name, b.name)),
    price,
    simulated,
  };
}

function toPoolNode(
  { node, gpu }: Group['members'][number],
  resource: string,
  held: ReadonlyMap<string, readonly PodClaim[]>,
): PoolNode {
  const name = node.metadata?.name ?? '';
  const claims = held.get(name) ?? [];
  const sum = (of: (claim: PodClaim) => number): number => claims.reduce((total, claim) => total + of(claim), 0);
  const totalGpus = gpu?.allocatable ?? 0;
  const totalCpuMillis = cpuMillisOf(node.status?.allocatable);
  const totalMemoryBytes = memoryBytesOf(node.status?.allocatable);
  return {
    name,
    ready: isReady(node),
    freeGpus: Math.max(0, totalGpus - sum((claim) => claim.gpus[resource] ?? 0)),
    totalGpus,
    freeCpuMillis: Math.max(0, totalCpuMillis - sum((claim) => claim.cpuMillis)),
    totalCpuMillis,
    freeMemoryBytes: Math.max(0, totalMemoryBytes - sum((claim) => claim.memoryBytes)),
    totalMemoryBytes,
  };
}

function tolerationOf(taint: Taint): Toleration {
  return taint.value
    ? { key: taint.key, operator: 'Equal', value: taint.value, effect: taint.effect }
    : { key: taint.key, operator: 'Exists', effect: taint.effect };
}

function findingsOf(group: Group, pool: string, ambiguous: boolean): readonly PoolFinding[] {
  const nodes = group.members.length;
  const found: PoolFinding[] = (group.members[0]?.gpu?.findings ?? []).map((finding) => ({ ...finding, pool, nodes }));
  const { price } = group.shape;
  if (!price.known && price.reason.startsWith('annotation'))
    found.push({ code: 'PriceInvalid', pool, nodes, message: price.reason });
  if (ambiguous) {
    const message =
      'the labels of these nodes match nodes of another pool as well; set distill.stratos.dev/pool to tell them apart';
    found.push({ code: 'PoolNotIdentifiable', pool, nodes, message });
  }
  return found;
}

function byPoolAndCode(left: PoolFinding, right: PoolFinding): number {
  return compareText(left.pool, right.pool) || compareText(left.code, right.code);
}
