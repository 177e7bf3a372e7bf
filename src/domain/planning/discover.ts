import { compareText } from '../text.ts';
import type { Catalogue } from './catalogue.ts';
import { draFindings, type ResourceSliceObject } from './dra-findings.ts';
import { cpuMillisOf, isReady, memoryBytesOf } from './node-facts.ts';
import { type Group, groupNodes, NO_LABELS } from './node-group.ts';
import type { Labels } from './node-labels.ts';
import type { NodeObject, PodClaim } from './node-snapshot.ts';
import { nameGroups } from './pool-names.ts';
import { ambiguousGroups, selectorOf, sharedLabels } from './pool-selectors.ts';
import type { Discovery, Pool, PoolFinding, PoolNode, Taint, Toleration } from './pool.ts';

/** Groups nodes into pools of interchangeable ones, with what is free on each; the same for any order of the inputs. */
export function discoverPools(
  nodes: readonly NodeObject[],
  claims: readonly PodClaim[],
  catalogue: Catalogue,
  slices: readonly ResourceSliceObject[] = [],
): Discovery {
  const groups = groupNodes(nodes, catalogue);
  const names = nameGroups(groups);
  const held = claimsByNode(claims);
  const selectors = new Map(groups.map((group) => [group, selectorOf(group)]));
  const ambiguous = ambiguousGroups(selectors);
  const pools = groups.map((group) =>
    toPool(group, names.get(group.key) ?? group.key, selectors.get(group) ?? NO_LABELS, held),
  );
  const findings = groups.flatMap((group) =>
    findingsOf(group, names.get(group.key) ?? group.key, ambiguous.has(group)),
  );
  const all = [...findings, ...draFindings(pools, slices)];
  return { pools: pools.sort((a, b) => compareText(a.name, b.name)), findings: all.sort(byPoolAndCode) };
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
