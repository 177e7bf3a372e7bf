import type { Catalogue } from '../planning/catalogue.ts';
import { type Group, groupNodes, groupOf } from '../planning/node-group.ts';
import { type Labels, regionOf } from '../planning/node-labels.ts';
import { type GroupContext, NO_LABELS, type Sighting } from '../planning/node-shape.ts';
import type { NodeObject } from '../planning/node-snapshot.ts';
import type { Statements } from './cluster-objects.ts';
import { flavorOffers } from './flavors.ts';
import { nodePoolOffers } from './node-pools.ts';
import { hasLabels, type Offer, type OfferFinding } from './offer.ts';
import { claimants, serverPoolOffer } from './server-pools.ts';

export interface Grouping {
  readonly groups: readonly Group[];
  readonly findings: readonly OfferFinding[];
}

/**
 * Nodes that are there and nodes that could be made, in groups of interchangeable ones. Nobody's nodes are counted twice: an
 * offer whose selector leads to nodes that are there is more of these, and whoever only describes nodes that another would make
 * adds none of its own.
 */
export function gatherGroups(nodes: readonly NodeObject[], said: Statements, catalogue: Catalogue): Grouping {
  const context: GroupContext = { catalogue, overlays: said.overlays };
  const groups = [
    ...groupNodes(
      nodes.map((node) => sightingOf(node, said)),
      context,
    ),
  ];
  const gathering: Gathering = { groups, context, said, findings: [] };
  addNodePools(gathering, clusterRegion(nodes));
  addServerPools(gathering);
  addFlavors(gathering);
  const found = groups.filter(({ members, offers }) => members.length > 0 || offers.length > 0);
  return { groups: found, findings: [...gathering.findings, ...overlaps(nodes, said)] };
}

interface Gathering {
  readonly groups: Group[];
  readonly context: GroupContext;
  readonly said: Statements;
  readonly findings: OfferFinding[];
}

function sightingOf(node: NodeObject, { serverPools, flavors, devices }: Statements): Sighting {
  const labels = labelsOf(node);
  const [serverPool = null] = claimants(labels, serverPools);
  const flavor = flavors.find(({ nodeLabels }) => hasLabels(labels, nodeLabels)) ?? null;
  return { node, serverPool, flavor, devices: devices.get(node.metadata?.name ?? '')?.statement ?? null };
}

function labelsOf({ metadata }: NodeObject): Labels {
  return metadata?.labels ?? NO_LABELS;
}

/** The one region that all nodes are in, if they are in one. */
function clusterRegion(nodes: readonly NodeObject[]): string | null {
  const regions = new Set(nodes.map((node) => regionOf(labelsOf(node))));
  const [region = null] = regions;
  return regions.size === 1 ? region : null;
}

function addNodePools({ said, groups, context, findings }: Gathering, region: string | null): void {
  for (const nodePool of said.nodePools) {
    const found = nodePoolOffers(nodePool, context.catalogue, { region, overlays: context.overlays });
    findings.push(...found.findings);
    for (const offer of found.offers) place(offer, { said, groups, context });
  }
}

/** A ServerPool that describes what a NodePool makes adds no nodes of its own, and may allow fewer. */
function addServerPools({ said, groups, context, findings }: Gathering): void {
  for (const pool of said.serverPools) {
    const own = groups.filter(({ shape }) => shape.serverPool === pool.name);
    const present = own.reduce((sum, { members }) => sum + members.length, 0);
    if (own.some(({ offers }) => offers.length > 0)) {
      limit(own, pool.maxNodes === null ? Infinity : pool.maxNodes - present);
      continue;
    }
    const offer = serverPoolOffer(pool, present);
    if (offer !== null) place(offer, { said, groups, context });
    else if (own.length === 0) findings.push(emptyPool(pool.name, pool.node !== null));
  }
}

/** The groups may grow by so many nodes in all. */
function limit(groups: readonly Group[], most: number): void {
  let left = Math.max(0, most);
  for (const { offers } of groups) {
    const limited = offers.map((offer) => {
      const nodes = Math.min(offer.nodes, left);
      left -= nodes;
      return { ...offer, nodes };
    });
    offers.splice(0, Infinity, ...limited.filter(({ nodes }) => nodes > 0));
  }
}

function emptyPool(name: string, described: boolean): OfferFinding {
  const wayOut = described
    ? 'limits.maxNodes says how many could be made'
    : 'node and limits.maxNodes say what could be made';
  const message = `no node has the labels of ServerPool ${name}; ${wayOut}`;
  return { code: 'NewNodesUnknown', pool: name, message };
}

function addFlavors({ said, groups, context, findings }: Gathering): void {
  for (const flavor of said.flavors) {
    const known = groups.some(({ sample }) => hasLabels(labelsOf(sample.node), flavor.nodeLabels));
    if (known) continue;
    const found = flavorOffers(flavor, context.catalogue);
    findings.push(...found.findings);
    for (const offer of found.offers) place(offer, { said, groups, context });
  }
}

/** More of the nodes that the selector leads to; of several kinds of them, of the most numerous. Else a group that has none yet. */
function place(offer: Offer, { said, groups, context }: Pick<Gathering, 'said' | 'groups' | 'context'>): void {
  const leadsTo = groups.filter(
    ({ members }) => members.length > 0 && members.every(({ node }) => hasLabels(labelsOf(node), offer.nodeSelector)),
  );
  const [most] = leadsTo.sort((a, b) => b.members.length - a.members.length);
  if (most) {
    most.offers.push(offer);
    return;
  }
  const made = groupOf(sightingOf(offer.template, said), context);
  made.offers.push(offer);
  groups.push(made);
}

function overlaps(nodes: readonly NodeObject[], { serverPools }: Statements): readonly OfferFinding[] {
  const counts = new Map<string, { readonly first: string; readonly second: string; nodes: number }>();
  for (const node of nodes) {
    const [first, ...others] = claimants(labelsOf(node), serverPools);
    for (const second of others) {
      const pair = { first: first?.name ?? '', second: second.name };
      const counted = counts.get(`${pair.first}/${pair.second}`) ?? { ...pair, nodes: 0 };
      counts.set(`${pair.first}/${pair.second}`, { ...counted, nodes: counted.nodes + 1 });
    }
  }
  return [...counts.values()].flatMap(({ first, second, nodes: count }): OfferFinding[] => {
    const message = `${count} ${count === 1 ? 'node has' : 'nodes have'} the labels of ServerPools ${first} and ${second}; the older one, ${first}, has them`;
    return [first, second].map((pool) => ({ code: 'ServerPoolsOverlap', pool, message }));
  });
}
