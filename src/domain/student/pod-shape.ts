/**
 * What a replica holds of its node. It is kept while the replicas stay on their pool: the share is that of the pool's smallest
 * node, and a node that joins with a little less memory must not replace every replica.
 */
import type { PodTemplate, ResourceAmounts } from '../../api/core.ts';
import { type PoolChoice, podResources } from '../pool-choice.ts';
import { parseBytes, parseCpuMillis } from '../quantity.ts';

/** On the pod template: the pool, the GPUs, and the CPU and memory that were worked out for them. */
export const shapeAnnotation = 'distill.stratos.dev/pod-shape';

export interface PodShape {
  readonly resources: ResourceAmounts;
  /** Value of the annotation. */
  readonly text: string;
}

/** As the newest template has it, if that was meant for this choice and still fits a node; else worked out anew. */
export function podShapeFor(template: PodTemplate | undefined, choice: PoolChoice): PodShape {
  const fresh = podResources(choice).requests ?? {};
  const [pool, gpus, cpu = '', memory = ''] = storedShape(template);
  const isKept = pool === choice.pool.name && gpus === String(choice.gpus) && fitsNode(choice, cpu, memory);
  const amounts = isKept ? { ...fresh, cpu, memory } : fresh;
  return {
    resources: { requests: amounts, limits: amounts },
    text: [choice.pool.name, choice.gpus, amounts['cpu'], amounts['memory']].join(' '),
  };
}

function storedShape(template: PodTemplate | undefined): string[] {
  return (template?.metadata.annotations?.[shapeAnnotation] ?? '').split(' ');
}

function fitsNode({ pool }: PoolChoice, cpu: string, memory: string): boolean {
  const cpuMillis = parseCpuMillis(cpu) ?? Infinity;
  const bytes = parseBytes(memory) ?? Infinity;
  return pool.nodes.some((node) => cpuMillis <= node.totalCpuMillis && bytes <= node.totalMemoryBytes);
}
