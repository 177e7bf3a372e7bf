import { createHash } from 'node:crypto';
import { compareText } from '../text.ts';
import type { Pool, PoolNode } from './pool.ts';
import type { PlanInputs } from './request.ts';

/**
 * A short hash of everything that the plan depends on. The order of lists and keys, the day, and which of two equal nodes is
 * which do not count.
 */
export function planId({ request, profile, pools, pilots, calibration }: PlanInputs): string {
  return hash({ request, profile, pilots, pools: pools.map(withoutNodeNames), calibration: factorsOnly(calibration) });
}

/** The same of what was asked for and measured: all but the cluster and what its other jobs found. */
export function basisId({ request, profile, pilots }: PlanInputs): string {
  return hash({ request, profile, pilots });
}

function hash(content: object): string {
  return createHash('sha256').update(textOf(content)).digest('hex').slice(0, 12);
}

/** How many runs stand behind a factor is told, and changes nothing. */
function factorsOnly(calibration: PlanInputs['calibration']): readonly object[] | undefined {
  return calibration && calibration.length > 0 ? calibration.map(({ runs: _runs, ...rest }) => rest) : undefined;
}

/** The same content as the same text: keys sorted, and lists, whose order means nothing in the inputs, sorted as well. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).sort(compareText).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const sorted = entries.sort(([a], [b]) => compareText(a, b));
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`).join()}}`;
}

function withoutNodeNames({ nodes, ...pool }: Pool): object {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const shape = nodeShape(node);
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  return { ...pool, nodes: [...counts].map(([shape, count]) => `${count} x ${shape}`) };
}

function nodeShape(node: PoolNode): string {
  const gpus = `${node.freeGpus}/${node.totalGpus}`;
  const cpu = `${node.freeCpuMillis}/${node.totalCpuMillis}`;
  return `${node.isNew ? 'new ' : ''}${node.ready} ${gpus} ${cpu} ${node.freeMemoryBytes}/${node.totalMemoryBytes}`;
}
