/** Extended resources that NodeOverlays add to nodes which Karpenter has yet to make. */
import type { Labels } from '../planning/node-labels.ts';
import type { NodeObject } from '../planning/node-snapshot.ts';
import { parseBytes, parseCount } from '../quantity.ts';
import { type NodeOverlay, speakingOf } from './overlays.ts';

export interface OverlaidNode {
  readonly template: NodeObject;
  /** What it then has of each resource that an overlay names, as quantities. */
  readonly capacity: Readonly<Record<string, string>>;
  /** Overlays that contradict each other, in a sentence each. */
  readonly contradictions: readonly string[];
}

const WHOLE_GPU = 'nvidia.com/gpu';
const GPU_SLICE = /^nvidia\.com\/mig-/;
const HUGE_PAGES = /^hugepages-/;
/** Karpenter takes none of these from an overlay. */
const NOT_OVERLAID: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);

/**
 * The node as it would be with what the overlays say, as Karpenter counts it: of one resource the heaviest overlay is believed,
 * and what it names replaces what the machine would have. Two of one weight that differ say nothing.
 *
 * Karpenter goes on counting whole GPUs besides MIG slices, which no GPU offers at once: with slices, whole ones are not promised
 * unless an overlay names them. More GPUs than the machine has are shared ones, and marked as feature discovery would.
 */
export function overlaid(template: NodeObject, overlays: readonly NodeOverlay[]): OverlaidNode {
  const labels = template.metadata?.labels ?? {};
  const { named, contradictions } = namedBy(labels, overlays);
  if (Object.keys(named).length === 0) return { template, capacity: {}, contradictions };
  const sliced = Object.keys(named).some((resource) => GPU_SLICE.test(resource));
  const capacity = sliced && named[WHOLE_GPU] === undefined ? { ...named, [WHOLE_GPU]: '0' } : named;
  return { template: withCapacity(template, capacity), capacity, contradictions };
}

function namedBy(labels: Labels, overlays: readonly NodeOverlay[]) {
  const named = new Map<string, { readonly amount: string; readonly by: NodeOverlay }>();
  const contradictions = new Map<string, string>();
  for (const overlay of speakingOf(labels, overlays)) {
    for (const [resource, amount] of Object.entries(overlay.capacity)) {
      const before = named.get(resource);
      if (before === undefined && !NOT_OVERLAID.has(resource)) named.set(resource, { amount, by: overlay });
      if (before?.by.weight !== overlay.weight || before.amount === amount) continue;
      const who = `NodeOverlays ${before.by.name} and ${overlay.name}`;
      contradictions.set(resource, `${who} have the same weight and say different amounts of ${resource}`);
    }
  }
  const clear = [...named].filter(([resource]) => !contradictions.has(resource));
  return {
    named: Object.fromEntries(clear.map(([resource, { amount }]) => [resource, amount])),
    contradictions: [...contradictions.values()],
  };
}

function withCapacity(template: NodeObject, more: Readonly<Record<string, string>>): NodeObject {
  const { metadata, status } = template;
  const huge = Object.entries(more).filter(([resource]) => HUGE_PAGES.test(resource));
  const hugeBytes = huge.reduce((sum, [, amount]) => sum + (parseBytes(amount) ?? 0), 0);
  const memory = Math.max(0, (parseBytes(status?.allocatable?.memory) ?? 0) - hugeBytes);
  const replicas = sharedBy(status?.capacity?.[WHOLE_GPU], more[WHOLE_GPU]);
  const labels = { ...metadata?.labels, ...(replicas > 1 ? { 'nvidia.com/gpu.replicas': String(replicas) } : {}) };
  return {
    ...template,
    metadata: { ...metadata, labels },
    status: {
      ...status,
      capacity: { ...status?.capacity, ...more },
      allocatable: { ...status?.allocatable, ...more, ...(huge.length > 0 ? { memory: String(memory) } : {}) },
    },
  };
}

function sharedBy(own: string | undefined, said: string | undefined): number {
  const [has, shows] = [parseCount(own) ?? 0, parseCount(said) ?? 0];
  return has > 0 ? Math.ceil(shows / has) : 1;
}
