import { type ClusterObjects, statementsOf } from '../capacity/cluster-objects.ts';
import { equipped, heldByClaims, offeredAlone } from '../capacity/devices.ts';
import { gatherGroups } from '../capacity/groups.ts';
import type { OfferFinding } from '../capacity/offer.ts';
import { compareText } from '../text.ts';
import type { Catalogue } from './catalogue.ts';
import { draFindings, type ResourceSliceObject } from './dra-findings.ts';
import type { Group } from './node-group.ts';
import { NO_LABELS } from './node-shape.ts';
import type { NodeObject, PodClaim } from './node-snapshot.ts';
import { nameGroups } from './pool-names.ts';
import { ambiguousGroups, selectorOf } from './pool-selectors.ts';
import type { Discovery, PoolFinding } from './pool.ts';
import { toPool } from './to-pool.ts';

/**
 * Groups nodes into pools of interchangeable ones, with what is free on each, and with the nodes that could be made. The same
 * for any order of the inputs.
 */
export function discoverPools(
  nodes: readonly NodeObject[],
  claims: readonly PodClaim[],
  catalogue: Catalogue,
  objects: ClusterObjects = {},
): Discovery {
  const said = statementsOf(objects);
  const devices = offeredAlone(nodes, said.devices);
  const equippedNodes = nodes.map((node) => equipped(node, devices));
  const { groups, findings: offered } = gatherGroups(equippedNodes, { ...said, devices }, catalogue);
  const names = nameGroups(groups);
  const held = Map.groupBy(heldByClaims(claims, devices), ({ nodeName }) => nodeName);
  const selectors = new Map(groups.map((group) => [group, selectorOf(group)]));
  const ambiguous = ambiguousGroups(selectors);
  const nameOf = ({ key }: Group): string => names.get(key) ?? key;
  const pools = groups.map((group) =>
    toPool(group, { name: nameOf(group), nodeSelector: selectors.get(group) ?? NO_LABELS }, held),
  );
  const findings = groups.flatMap((group) => findingsOf(group, nameOf(group), ambiguous.has(group)));
  const slices: readonly ResourceSliceObject[] = objects.slices ?? [];
  const all = [...findings, ...offered.map(ofObject), ...draFindings(pools, slices)];
  return { pools: pools.sort((a, b) => compareText(a.name, b.name)), findings: all.sort(byPoolAndCode) };
}

function ofObject(finding: OfferFinding): PoolFinding {
  return { ...finding, nodes: 0 };
}

function findingsOf(
  { members, sample, shape, denied }: Group,
  pool: string,
  ambiguous: boolean,
): readonly PoolFinding[] {
  const nodes = members.length;
  const found: PoolFinding[] = (sample.gpu?.findings ?? [])
    .filter(({ code }) => code !== 'ServerPoolContradicted')
    .map((finding) => ({ ...finding, pool, nodes }));
  for (const message of denied)
    found.push({ code: 'ServerPoolContradicted', pool, nodes, message: `ServerPool ${shape.serverPool}: ${message}` });
  const { price } = shape;
  if (!price.known && price.code !== undefined) found.push({ code: price.code, pool, nodes, message: price.reason });
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
