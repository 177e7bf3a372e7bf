import { simulatedLabel } from '../../api/labels.ts';
import type { CapacityType } from './pool.ts';

/** The label an administrator sets to name a pool. */
export const POOL_LABEL = 'distill.stratos.dev/pool';
/** An administrator's price for one node-hour: "12.50", or "12.50 EUR". */
export const PRICE_ANNOTATION = 'distill.stratos.dev/price-per-hour';
/** An administrator's word for the GPU product, above every other label. */
const GPU_PRODUCT_LABEL = 'distill.stratos.dev/gpu-product';

export type Labels = Readonly<Record<string, string>>;

/** Which labels name the GPU product, in the order in which they are believed. */
const PRODUCT_LABELS: readonly string[] = [
  GPU_PRODUCT_LABEL,
  'skypilot.co/accelerator',
  'cloud.google.com/gke-accelerator',
  'nvidia.com/gpu.product',
  'karpenter.k8s.aws/instance-gpu-name',
  'eks.amazonaws.com/instance-gpu-name',
  'gpu.nvidia.com/class',
  'gpu.nvidia.com/model',
  'machine.cluster.vke.volcengine.com/gpu-name',
  'amd.com/gpu.product-name',
];

/** MiB of one GPU; the driver's own number before the nominal one. */
const MEMORY_LABELS: readonly string[] = [
  'nvidia.com/gpu.memory',
  'karpenter.k8s.aws/instance-gpu-memory',
  'eks.amazonaws.com/instance-gpu-memory',
];

/** PCI device ids that the AMD labeller gives instead of a name. */
const AMD_DEVICES: Readonly<Record<string, string>> = { '74a1': 'MI300X', '740c': 'MI250', '7408': 'MI250' };

/**
 * AKS labels only the vendor, so the instance type has to say it. A pattern is listed only where every size of it holds
 * whole GPUs of one product.
 */
const AZURE_INSTANCES: readonly (readonly [RegExp, string])[] = [
  [/^Standard_NC\d+as_T4_v3$/i, 'T4'],
  [/^Standard_NC\d+ads_A100_v4$/i, 'A100-PCIE-80GB'],
  [/^Standard_ND96amsr_A100_v4$/i, 'A100-SXM4-80GB'],
  [/^Standard_ND96asr_v4$/i, 'A100-SXM4-40GB'],
  [/^Standard_ND96isr_H100_v5$/i, 'H100-SXM'],
  [/^Standard_ND96isr_H200_v5$/i, 'H200'],
  [/^Standard_ND96isr_MI300X_v5$/i, 'MI300X'],
];

/** Labels that tell groups of nodes apart; what a pool's node selector is made of. */
export const IDENTITY_LABELS: readonly string[] = [
  POOL_LABEL,
  'karpenter.sh/nodepool',
  'karpenter.sh/capacity-type',
  'eks.amazonaws.com/nodegroup',
  'eks.amazonaws.com/capacityType',
  'cloud.google.com/gke-nodepool',
  'cloud.google.com/gke-accelerator',
  'cloud.google.com/gke-spot',
  'kubernetes.azure.com/agentpool',
  'kubernetes.azure.com/scalesetpriority',
  'gpu.nvidia.com/class',
  'nvidia.com/gpu.product',
  'nvidia.com/gpu.memory',
  'nvidia.com/gpu.count',
  'amd.com/gpu.device-id',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
];

export function productLabel(labels: Labels): string | null {
  for (const key of PRODUCT_LABELS) if (labels[key]) return labels[key];
  const amd = AMD_DEVICES[labels['amd.com/gpu.device-id'] ?? ''];
  if (amd) return amd;
  const instance = instanceTypeOf(labels);
  return AZURE_INSTANCES.find(([pattern]) => instance !== null && pattern.test(instance))?.[1] ?? null;
}

export function memoryLabelMib(labels: Labels): number | null {
  for (const key of MEMORY_LABELS) {
    const mib = Number(labels[key] ?? '');
    if (mib > 0) return mib;
  }
  const vram = /^(\d+)G$/.exec(labels['amd.com/gpu.vram'] ?? '');
  return vram ? Number(vram[1]) * 1024 : null;
}

export function instanceTypeOf(labels: Labels): string | null {
  return labels['node.kubernetes.io/instance-type'] ?? labels['beta.kubernetes.io/instance-type'] ?? null;
}

export function regionOf(labels: Labels): string | null {
  return labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? null;
}

const CAPACITY_VALUES: Readonly<Record<string, CapacityType>> = {
  spot: 'Spot',
  'on-demand': 'OnDemand',
  on_demand: 'OnDemand',
  reserved: 'Reserved',
  capacity_block: 'Reserved',
};

/** Clouds that label only their spot nodes: there, no label means on-demand. */
const SPOT_ONLY: readonly { readonly cloud: string; readonly spot: readonly (readonly [string, string])[] }[] = [
  {
    cloud: 'cloud.google.com/gke-nodepool',
    spot: [
      ['cloud.google.com/gke-spot', 'true'],
      ['cloud.google.com/gke-preemptible', 'true'],
    ],
  },
  { cloud: 'kubernetes.azure.com/cluster', spot: [['kubernetes.azure.com/scalesetpriority', 'spot']] },
];

export function capacityTypeOf(labels: Labels): CapacityType {
  const stated = labels['karpenter.sh/capacity-type'] ?? labels['eks.amazonaws.com/capacityType'];
  if (stated !== undefined) return CAPACITY_VALUES[stated.toLowerCase()] ?? 'Unknown';
  for (const { cloud, spot } of SPOT_ONLY) {
    if (spot.some(([key, value]) => labels[key] === value)) return 'Spot';
    if (labels[cloud] !== undefined) return 'OnDemand';
  }
  return 'Unknown';
}

export function isSimulated(labels: Labels): boolean {
  return labels[simulatedLabel] === 'true';
}
