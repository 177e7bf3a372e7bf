// The machines of the fault tier and of the benchmarks: one pool, large enough that runs beside each other never queue.
import type { NodeTemplate } from './local-node/types.ts';

const gpuTaint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };

/** g6.48xlarge: a real price, eight GPUs a node, so that a pod holds an eighth of it. */
export function l4Pool(name: string, count: number, labels: Record<string, string> = {}): NodeTemplate {
  return {
    name,
    count,
    labels: {
      'node.kubernetes.io/instance-type': 'g6.48xlarge',
      'topology.kubernetes.io/region': 'us-east-1',
      'topology.kubernetes.io/zone': 'us-east-1a',
      'karpenter.sh/capacity-type': 'on-demand',
      'nvidia.com/gpu.product': 'NVIDIA-L4',
      'nvidia.com/gpu.memory': '23034',
      'nvidia.com/gpu.count': '8',
      'distill.stratos.dev/pool': name,
      ...labels,
    },
    taints: [gpuTaint],
    capacity: { cpu: '192', memory: '768Gi', pods: '110', 'nvidia.com/gpu': '8' },
  };
}
