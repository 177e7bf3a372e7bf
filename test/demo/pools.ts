// The node pools of the demo: what real clusters' nodes say of themselves. Nobody owns these GPUs; the local node plays them.
import type { NodeTemplate } from '../support/local-node/types.ts';

const zone = 'topology.kubernetes.io/zone';
const region = 'topology.kubernetes.io/region';
const instanceType = 'node.kubernetes.io/instance-type';
const gpuTaint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };

interface GpuPool {
  readonly name: string;
  readonly count: number;
  readonly gpus: number;
  readonly cpu: string;
  readonly memory: string;
  readonly labels: Record<string, string>;
}

/** EKS with Karpenter, an H100 machine, a spot pool, GKE, and a machine room of one's own. */
const gpuPools: readonly GpuPool[] = [
  {
    name: 'eks-g6-l4',
    count: 2,
    gpus: 1,
    cpu: '4',
    memory: '16Gi',
    labels: {
      [instanceType]: 'g6.xlarge',
      [region]: 'us-east-1',
      [zone]: 'us-east-1a',
      'karpenter.sh/capacity-type': 'on-demand',
      'karpenter.sh/nodepool': 'eks-g6-l4',
      'nvidia.com/gpu.product': 'NVIDIA-L4',
      'nvidia.com/gpu.memory': '23034',
      'nvidia.com/gpu.count': '1',
    },
  },
  {
    name: 'eks-g6e-l40s',
    count: 1,
    gpus: 1,
    cpu: '4',
    memory: '32Gi',
    labels: {
      [instanceType]: 'g6e.xlarge',
      [region]: 'us-east-1',
      [zone]: 'us-east-1b',
      'karpenter.sh/capacity-type': 'on-demand',
      'karpenter.sh/nodepool': 'eks-g6e-l40s',
      'nvidia.com/gpu.product': 'NVIDIA-L40S',
      'nvidia.com/gpu.memory': '46068',
      'nvidia.com/gpu.count': '1',
    },
  },
  {
    name: 'eks-p5-h100',
    count: 1,
    gpus: 8,
    cpu: '192',
    memory: '2048Gi',
    labels: {
      [instanceType]: 'p5.48xlarge',
      [region]: 'us-east-1',
      [zone]: 'us-east-1a',
      'karpenter.sh/capacity-type': 'on-demand',
      'karpenter.sh/nodepool': 'eks-p5-h100',
      'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3',
      'nvidia.com/gpu.memory': '81559',
      'nvidia.com/gpu.count': '8',
    },
  },
  {
    name: 'gke-a100',
    count: 1,
    gpus: 1,
    cpu: '12',
    memory: '85Gi',
    labels: {
      [instanceType]: 'a2-highgpu-1g',
      [region]: 'us-central1',
      [zone]: 'us-central1-a',
      'cloud.google.com/gke-accelerator': 'nvidia-tesla-a100',
      'cloud.google.com/gke-nodepool': 'gke-a100',
    },
  },
];

/** Without a list price: an administrator said what an hour in the machine room costs. */
const onPremises: NodeTemplate = {
  name: 'rack-a100',
  count: 1,
  labels: {
    'distill.stratos.dev/pool': 'rack-a100',
    'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB',
    'nvidia.com/gpu.memory': '81920',
    'nvidia.com/gpu.count': '4',
  },
  annotations: { 'distill.stratos.dev/price-per-hour': '5.20 USD' },
  taints: [gpuTaint],
  capacity: { cpu: '64', memory: '512Gi', pods: '110', 'nvidia.com/gpu': '4' },
};

const cpuOnly: NodeTemplate = {
  name: 'eks-m7i',
  count: 1,
  labels: {
    [instanceType]: 'm7i.2xlarge',
    [region]: 'us-east-1',
    [zone]: 'us-east-1a',
    'karpenter.sh/capacity-type': 'on-demand',
  },
  capacity: { cpu: '8', memory: '32Gi', pods: '58' },
};

export const demoPools: NodeTemplate[] = [...gpuPools.map(toTemplate), onPremises, cpuOnly];

function toTemplate({ name, count, gpus, cpu, memory, labels }: GpuPool): NodeTemplate {
  return {
    name,
    count,
    labels: { ...labels, 'distill.stratos.dev/pool': name },
    taints: [gpuTaint],
    capacity: { cpu, memory, pods: '110', 'nvidia.com/gpu': String(gpus) },
  };
}
