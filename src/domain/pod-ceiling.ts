/**
 * What Kubernetes itself lets one pod of a namespace ask for: the hard limits of its ResourceQuotas and the bounds of its
 * LimitRanges. A pod above them is never created, however long one waits. CPU and memory are our choice, so they are fitted in;
 * GPUs are the plan's, so the plan is held to them.
 */
import type { LimitRange, ResourceQuota } from '../api/core.ts';
import { isGpuResource } from './planning/pod-claims.ts';
import { parseBytes, parseCount, parseCpuMillis } from './quantity.ts';

/** Infinity where nothing limits, 0 where nothing is asked at least. */
export interface PodCeiling {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly leastCpuMillis: number;
  readonly leastMemoryBytes: number;
  /** By resource, such as `nvidia.com/gpu`, with the object that limits it. */
  readonly gpus: ReadonlyMap<string, { readonly count: number; readonly source: string }>;
}

export const noCeiling: PodCeiling = {
  cpuMillis: Infinity,
  memoryBytes: Infinity,
  leastCpuMillis: 0,
  leastMemoryBytes: 0,
  gpus: new Map(),
};

interface Bound {
  readonly source: string;
  /** Resource name to quantity; a quota's `requests.` and `limits.` are taken off. */
  readonly most: Readonly<Record<string, string>>;
  readonly least: Readonly<Record<string, string>>;
}

/** A quota with scopes counts only some pods, and is left to the API server. */
export function podCeiling(quotas: readonly ResourceQuota[], ranges: readonly LimitRange[]): PodCeiling {
  const bounds = [...quotas.flatMap(boundsOfQuota), ...ranges.flatMap(boundsOfRange)];
  return bounds.reduce(lowered, noCeiling);
}

function boundsOfQuota({ metadata, spec = {} }: ResourceQuota): Bound[] {
  if ((spec.scopes ?? []).length > 0 || spec.scopeSelector !== undefined) return [];
  const source = `ResourceQuota ${metadata.name}`;
  // Ours have requests equal to limits, so both are bounds on the same amount: each is an entry of its own.
  return Object.entries(spec.hard ?? {}).map(([name, quantity]) => ({
    source,
    most: { [name.replace(/^(requests|limits)\./, '')]: quantity },
    least: {},
  }));
}

function boundsOfRange({ metadata, spec }: LimitRange): Bound[] {
  return (spec?.limits ?? [])
    .filter(({ type }) => type === 'Container' || type === 'Pod')
    .map(({ max = {}, min = {} }) => ({ source: `LimitRange ${metadata.name}`, most: max, least: min }));
}

function lowered(ceiling: PodCeiling, { source, most, least }: Bound): PodCeiling {
  const gpus = new Map(ceiling.gpus);
  for (const [name, quantity] of Object.entries(most).filter(([resource]) => isGpuResource(resource))) {
    const count = parseCount(quantity) ?? Infinity;
    if (count < (gpus.get(name)?.count ?? Infinity)) gpus.set(name, { count, source });
  }
  return {
    cpuMillis: Math.min(ceiling.cpuMillis, parseCpuMillis(most['cpu']) ?? Infinity),
    memoryBytes: Math.min(ceiling.memoryBytes, parseBytes(most['memory']) ?? Infinity),
    leastCpuMillis: Math.max(ceiling.leastCpuMillis, parseCpuMillis(least['cpu']) ?? 0),
    leastMemoryBytes: Math.max(ceiling.leastMemoryBytes, parseBytes(least['memory']) ?? 0),
    gpus,
  };
}

/** An amount brought between the bounds; the upper one wins where they contradict each other. */
export function fitted(amount: number, least: number, most: number): number {
  return Math.min(Math.max(amount, least), most);
}
