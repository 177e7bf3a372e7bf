import type { Catalogue, InstanceType } from '../planning/catalogue.ts';
import type { Labels } from '../planning/node-labels.ts';

/** An AWS machine of the catalogue with the labels that Karpenter's AWS provider gives it. */
export interface Instance {
  readonly type: InstanceType;
  readonly gpus: number;
  readonly labels: Labels;
}

const MIB = 1024 ** 2;

/** The machines whose CPU, memory and GPUs are known. */
export function instancesOf({ instanceTypes, prices, gpus }: Catalogue): readonly Instance[] {
  return instanceTypes.flatMap((type) => {
    const price = prices.find(({ instanceType }) => instanceType === type.name);
    const facts = gpus.find(({ product }) => product === price?.gpu);
    if (price === undefined || facts === undefined) return [];
    const gpuLabels = {
      'instance-gpu-name': gpuName(facts.product),
      'instance-gpu-manufacturer': facts.vendor,
      'instance-gpu-count': String(price.gpuCount),
      'instance-gpu-memory': String(Math.round(facts.memoryGib * 1024)),
    };
    const labels = { ...machineLabels(type), ...gpuLabels };
    return [{ type, gpus: price.gpuCount, labels: { ...plainLabels(type), ...underBothNames(labels) } }];
  });
}

/** "p5.48xlarge" is of category p, generation 5, family p5 and size 48xlarge; "p6-b200.48xlarge" of family p6-b200. */
function machineLabels({ name, cpuMillis, memoryBytes }: InstanceType): Labels {
  const [family = '', size = ''] = name.split('.');
  const [, category = '', generation = ''] = /^([a-z]+)(\d*)/.exec(family) ?? [];
  return {
    'instance-family': family,
    'instance-size': size,
    'instance-category': category,
    'instance-generation': generation,
    'instance-cpu': String(cpuMillis / 1000),
    'instance-memory': String(memoryBytes / MIB),
    'instance-hypervisor': 'nitro',
  };
}

function plainLabels({ name }: InstanceType): Labels {
  return { 'node.kubernetes.io/instance-type': name, 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' };
}

/** Karpenter and EKS Auto Mode give the same facts under domains of their own. */
function underBothNames(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) => [
      [`karpenter.k8s.aws/${key}`, value],
      [`eks.amazonaws.com/${key}`, value],
    ]),
  );
}

/** "A100-80GB" is a100, "H100-SXM" is h100, "RTX-PRO-6000" is rtx-pro-6000. */
function gpuName(product: string): string {
  return product.toLowerCase().replace(/-(sxm|pcie|\d+gb)(?=-|$)/g, '');
}
