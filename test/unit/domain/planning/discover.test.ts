import assert from 'node:assert/strict';
import { claimOfPod } from '../../../../src/domain/planning/pod-claims.ts';
import { aNode, awsLabels, cpuNode, discover, h100Node, type NodeOptions } from './builders.ts';

interface LabelCase {
  readonly node: NodeOptions;
  readonly want: { readonly product: string; readonly memoryGib?: number; readonly known?: boolean };
}

const gke = (accelerator: string): NodeOptions => ({
  gpus: 1,
  labels: { 'cloud.google.com/gke-accelerator': accelerator, 'cloud.google.com/gke-nodepool': 'p' },
});
const gfd = (product: string, memory: string): NodeOptions => ({
  gpus: 8,
  labels: { 'nvidia.com/gpu.product': product, 'nvidia.com/gpu.memory': memory },
});
const karpenter = (name: string, memory: string): NodeOptions => ({
  gpus: 8,
  labels: { 'karpenter.k8s.aws/instance-gpu-name': name, 'karpenter.k8s.aws/instance-gpu-memory': memory },
});

const products: Record<string, LabelCase> = {
  'feature discovery names the chip, its form and its driver-reported memory': {
    node: gfd('NVIDIA-H100-80GB-HBM3', '81559'),
    want: { product: 'H100-SXM' },
  },
  'an old driver leaves out the vendor': { node: gfd('A100-SXM4-40GB', '39538'), want: { product: 'A100-40GB' } },
  'PCIe is another product than SXM': {
    node: gfd('NVIDIA-A100-80GB-PCIe', '81920'),
    want: { product: 'A100-80GB-PCIe' },
  },
  'a Tesla T4 reports 15 GiB of its 16': { node: gfd('Tesla-T4', '15360'), want: { product: 'T4', memoryGib: 15 } },
  'an L40S is not an L4': { node: gfd('NVIDIA-L40S', '46068'), want: { product: 'L40S' } },
  'an A10G is not an A10': { node: gfd('NVIDIA-A10G', '23028'), want: { product: 'A10G' } },
  'the memory in the name of a superchip is the host’s': {
    node: gfd('NVIDIA-GH200-480GB', '97871'),
    want: { product: 'GH200' },
  },
  'a consumer card is written in two words': {
    node: gfd('NVIDIA-GeForce-RTX-4090', '24564'),
    want: { product: 'RTX4090' },
  },
  'GKE writes tesla-a100 for the 40 GiB one': { node: gke('nvidia-tesla-a100'), want: { product: 'A100-40GB' } },
  'GKE states 80 GiB in the name': { node: gke('nvidia-a100-80gb'), want: { product: 'A100-80GB' } },
  'GKE has its own name for the mega network': { node: gke('nvidia-h100-mega-80gb'), want: { product: 'H100-SXM' } },
  'Karpenter’s a100 is told by its memory: 40': { node: karpenter('a100', '40960'), want: { product: 'A100-40GB' } },
  'Karpenter’s a100 is told by its memory: 80': { node: karpenter('a100', '81920'), want: { product: 'A100-80GB' } },
  'AKS labels only the vendor, and the instance type tells': {
    node: {
      gpus: 8,
      labels: {
        'kubernetes.azure.com/accelerator': 'nvidia',
        'node.kubernetes.io/instance-type': 'Standard_ND96isr_H100_v5',
      },
    },
    want: { product: 'H100-SXM' },
  },
  'AWS without feature discovery is told by the price catalogue': {
    node: { gpus: 8, labels: { 'node.kubernetes.io/instance-type': 'p4d.24xlarge' } },
    want: { product: 'A100-40GB' },
  },
  'CoreWeave has a label of its own': {
    node: { gpus: 8, labels: { 'gpu.nvidia.com/class': 'H200' } },
    want: { product: 'H200' },
  },
  'AMD gives a PCI device id': {
    node: { gpus: 8, resource: 'amd.com/gpu', labels: { 'amd.com/gpu.device-id': '74a1', 'amd.com/gpu.vram': '192G' } },
    want: { product: 'MI300X' },
  },
  'SkyPilot’s labeller comes before the clouds’': {
    node: { gpus: 8, labels: { 'skypilot.co/accelerator': 'h100', 'cloud.google.com/gke-accelerator': 'nvidia-l4' } },
    want: { product: 'H100-SXM' },
  },
  'EKS Auto Mode has keys of its own': {
    node: {
      gpus: 8,
      labels: { 'eks.amazonaws.com/instance-gpu-name': 'a100', 'eks.amazonaws.com/instance-gpu-memory': '81920' },
    },
    want: { product: 'A100-80GB' },
  },
  'VKE names the product under its own key, here one that the catalogue lacks': {
    node: { gpus: 1, labels: { 'machine.cluster.vke.volcengine.com/gpu-name': 'NVIDIA-L20' } },
    want: { product: 'NVIDIA-L20', known: false },
  },
  'an administrator’s word comes first': {
    node: { gpus: 1, labels: { 'distill.stratos.dev/gpu-product': 'L4', 'nvidia.com/gpu.product': 'Something-Else' } },
    want: { product: 'L4' },
  },
  'a product nobody knows is kept under its own name': {
    node: gfd('NVIDIA-B999', '999999'),
    want: { product: 'NVIDIA-B999', known: false },
  },
  'an H100 NVL is not the H100 of the catalogue': {
    node: gfd('NVIDIA-H100-NVL', '95830'),
    want: { product: 'NVIDIA-H100-NVL', known: false },
  },
};

const sharings: Readonly<Record<string, readonly [labels: Record<string, string>, want: string]>> = {
  'whole cards': [{ 'nvidia.com/gpu.replicas': '1', 'nvidia.com/gpu.sharing-strategy': 'none' }, 'Whole'],
  'time slices by their number': [{ 'nvidia.com/gpu.replicas': '4' }, 'TimeSliced'],
  'time slices by their strategy': [{ 'nvidia.com/gpu.sharing-strategy': 'time-slicing' }, 'TimeSliced'],
  'MPS by its strategy': [{ 'nvidia.com/gpu.sharing-strategy': 'mps' }, 'TimeSliced'],
  'time slices by the product': [{ 'nvidia.com/gpu.product': 'NVIDIA-L4-SHARED' }, 'TimeSliced'],
  'GKE’s slices': [{ 'cloud.google.com/gke-gpu-sharing-strategy': 'time-sharing' }, 'TimeSliced'],
  'slices of MIG "single"': [{ 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb' }, 'Mig'],
};

describe('GPUs that are handed out', () => {
  for (const [what, [labels, want]] of Object.entries(sharings)) {
    it(`as ${what} are ${want}`, () =>
      assert.equal(discover([aNode({ gpus: 8, labels })]).pools[0]?.gpu?.sharing, want));
  }
});

describe('GPU products of nodes', () => {
  for (const [name, { node, want }] of Object.entries(products)) {
    it(name, () => {
      const gpu = discover([aNode(node)]).pools[0]?.gpu;
      assert.equal(gpu?.product, want.product);
      assert.equal(gpu?.facts !== null, want.known ?? true);
      if (want.memoryGib !== undefined) assert.equal(gpu?.memoryGib, want.memoryGib);
    });
  }
});

const capacities: Record<string, { labels: Record<string, string>; want: string }> = {
  'Karpenter says spot': { labels: { 'karpenter.sh/capacity-type': 'spot' }, want: 'Spot' },
  'EKS says ON_DEMAND': { labels: { 'eks.amazonaws.com/capacityType': 'ON_DEMAND' }, want: 'OnDemand' },
  'a capacity block is reserved': { labels: { 'eks.amazonaws.com/capacityType': 'CAPACITY_BLOCK' }, want: 'Reserved' },
  'GKE labels spot nodes': {
    labels: { 'cloud.google.com/gke-spot': 'true', 'cloud.google.com/gke-nodepool': 'a' },
    want: 'Spot',
  },
  'GKE without the label is on-demand': { labels: { 'cloud.google.com/gke-nodepool': 'a' }, want: 'OnDemand' },
  'AKS labels spot scale sets': {
    labels: { 'kubernetes.azure.com/scalesetpriority': 'spot', 'kubernetes.azure.com/cluster': 'a' },
    want: 'Spot',
  },
  'a node of no cloud says nothing': { labels: {}, want: 'Unknown' },
};

describe('capacity types of nodes', () => {
  for (const [name, { labels, want }] of Object.entries(capacities)) {
    it(name, () => assert.equal(discover([aNode({ labels })]).pools[0]?.capacityType, want));
  }
});

describe('pools', () => {
  it('are groups of equal nodes, whatever their order', () => {
    const nodes = [h100Node('a'), cpuNode('c'), h100Node('b')];
    const { pools } = discover(nodes);
    assert.deepEqual(
      pools.map(({ name, nodes: members }) => [name, members.map((node) => node.name)]),
      [
        ['cpu-16', ['c']],
        ['h100-sxm-x8-ondemand-us-east-1', ['a', 'b']],
      ],
    );
    assert.deepEqual(discover(nodes.toReversed()), discover(nodes));
  });

  it('take their name from an administrator’s label', () => {
    assert.equal(discover([aNode({ labels: { 'distill.stratos.dev/pool': 'research' } })]).pools[0]?.name, 'research');
  });

  it('that would share a name all carry a hash', () => {
    const tainted = aNode({ name: 'b', taints: [{ key: 'team', value: 'x', effect: 'NoSchedule' }] });
    const names = discover([aNode({ name: 'a' }), tainted]).pools.map(({ name }) => name);
    assert.equal(new Set(names).size, 2);
    for (const name of names) assert.match(name, /^cpu-96-[0-9a-f]{6}$/);
  });

  it('count what is free node by node, less what pods hold', () => {
    const claim = { nodeName: 'a', gpus: { 'nvidia.com/gpu': 6 }, cpuMillis: 1_000, memoryBytes: 2 ** 30 };
    const [pool] = discover([h100Node('a'), h100Node('b')], [claim]).pools;
    assert.deepEqual(
      pool?.nodes.map(({ name, freeGpus, totalGpus }) => ({ name, freeGpus, totalGpus })),
      [
        { name: 'a', freeGpus: 2, totalGpus: 8 },
        { name: 'b', freeGpus: 8, totalGpus: 8 },
      ],
    );
    assert.equal(pool?.nodes[0]?.freeCpuMillis, 95_000);
  });

  it('keep cordoned, unready and draining nodes and mark them', () => {
    const draining = { key: 'karpenter.sh/disrupted', effect: 'NoSchedule' };
    const nodes = [
      aNode({ name: 'a', cordoned: true }),
      aNode({ name: 'b', ready: false }),
      aNode({ name: 'c', taints: [draining] }),
      aNode({ name: 'd' }),
    ];
    const { pools } = discover(nodes);
    assert.deepEqual(
      pools.map((pool) => pool.nodes.map(({ ready }) => ready)),
      [[false, false, false, true]],
    );
  });

  it('say what a pod must tolerate', () => {
    const taints = [
      { key: 'nvidia.com/gpu', effect: 'NoSchedule' },
      { key: 'team', value: 'x', effect: 'NoExecute' },
    ];
    assert.deepEqual(discover([aNode({ taints })]).pools[0]?.tolerations, [
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
      { key: 'team', operator: 'Equal', value: 'x', effect: 'NoExecute' },
    ]);
  });

  it('of simulated nodes say so', () => {
    assert.equal(discover([aNode({ labels: { 'distill.stratos.dev/simulated': 'true' } })]).pools[0]?.simulated, true);
  });

  it('recognise MIG slices by resource and by product', () => {
    const mixed = aNode({
      name: 'a',
      gpus: 7,
      resource: 'nvidia.com/mig-1g.10gb',
      labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', 'nvidia.com/gpu.memory': '81559' },
    });
    const single = aNode({
      name: 'b',
      gpus: 2,
      labels: { 'nvidia.com/gpu.product': 'A100-SXM4-40GB-MIG-3g.20gb', 'nvidia.com/gpu.memory': '19968' },
    });
    const found = discover([mixed, single]);
    assert.deepEqual(
      found.pools.map(({ gpu }) => [gpu?.product, gpu?.sharing, gpu?.memoryGib]),
      [
        ['A100-40GB', 'Mig', 20],
        ['H100-SXM', 'Mig', 10],
      ],
    );
    assert.deepEqual(
      found.findings.map(({ code }) => code),
      ['MigDevices', 'MigDevices'],
    );
  });

  it('report time-slicing, unknown products, unlabelled GPUs and odd memory', () => {
    const nodes = [
      aNode({
        name: 'a',
        gpus: 4,
        labels: { 'nvidia.com/gpu.product': 'NVIDIA-L4-SHARED', 'nvidia.com/gpu.memory': '23034' },
      }),
      aNode({ name: 'b', ...gfd('NVIDIA-B999', '999999') }),
      aNode({ name: 'c', gpus: 2 }),
      aNode({ name: 'd', ...gfd('NVIDIA-L4', '99999') }),
    ];
    const codes = discover(nodes)
      .findings.map(({ code }) => code)
      .filter((code) => code !== 'PoolNotIdentifiable');
    assert.deepEqual(codes.sort(), [
      'GpuMemoryMismatch',
      'GpuProductUnlabelled',
      'TimeSlicedGpus',
      'UnknownGpuProduct',
    ]);
  });

  it('report nodes that no labels tell apart', () => {
    const labels = { 'topology.kubernetes.io/region': 'r' };
    const { findings } = discover([aNode({ name: 'a', labels }), aNode({ name: 'b', labels, cpu: '4' })]);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['PoolNotIdentifiable', 'PoolNotIdentifiable'],
    );
  });
});

describe('prices of pools', () => {
  const priceOf = (options: NodeOptions) => discover([aNode(options)]).pools[0]?.price;
  const p5 = awsLabels('p5.48xlarge', 'NVIDIA-H100-80GB-HBM3', 81_559);

  it('come from the catalogue with source and date', () => {
    const price = priceOf({ gpus: 8, labels: p5 });
    assert.ok(price?.known);
    assert.deepEqual([price.perNodeHour, price.currency, price.date], ['55.04', 'USD', '2025-12']);
    assert.match(price.source, /karpenter/);
  });

  it('are an administrator’s before the catalogue’s', () => {
    const price = priceOf({ gpus: 8, labels: p5, annotations: { 'distill.stratos.dev/price-per-hour': '20 EUR' } });
    assert.ok(price?.known);
    assert.deepEqual([price.perNodeHour, price.currency], ['20.00', 'EUR']);
  });

  const unusable = {
    free: 'PriceInvalid',
    '-1': 'PriceNegative',
    '0': 'PriceZero',
    '0.00': 'PriceZero',
    NaN: 'PriceInvalid',
    '1e3': 'PriceInvalid',
    '12 dollars': 'PriceInvalid',
  };
  for (const [text, reason] of Object.entries(unusable)) {
    it(`are unknown, and reported, for the annotation "${text}": ${reason}`, () => {
      const { pools, findings } = discover([
        aNode({ gpus: 8, labels: p5, annotations: { 'distill.stratos.dev/price-per-hour': text } }),
      ]);
      assert.equal(pools[0]?.price.known, false);
      assert.deepEqual(
        findings.map(({ code }) => code),
        [reason],
      );
    });
  }

  it('are unknown in a region of which the catalogue has none, and the reason says where it has one', () => {
    const price = priceOf({ gpus: 8, labels: { ...p5, 'topology.kubernetes.io/region': 'eu-west-1' } });
    assert.ok(price && !price.known);
    assert.match(price.reason, /eu-west-1.*us-east-1/);
  });

  it('are unknown for spot where only on-demand is known', () => {
    assert.equal(priceOf({ gpus: 8, labels: { ...p5, 'karpenter.sh/capacity-type': 'spot' } })?.known, false);
  });
});

describe('what a pod holds of its node', () => {
  const container = (cpu: string, gpus = '0') => ({
    resources: { requests: { cpu, memory: '1Gi' }, limits: { 'nvidia.com/gpu': gpus } },
  });

  it('is the sum of its containers, with limits standing in for requests', () => {
    const claim = claimOfPod({ spec: { nodeName: 'n', containers: [container('500m', '2'), container('1')] } });
    assert.deepEqual(claim, { nodeName: 'n', gpus: { 'nvidia.com/gpu': 2 }, cpuMillis: 1_500, memoryBytes: 2 ** 31 });
  });

  it('is what its largest init container needs beside the sidecars before it, when that is more', () => {
    const sidecar = { ...container('1'), restartPolicy: 'Always' };
    const claim = claimOfPod({
      spec: { nodeName: 'n', containers: [container('1')], initContainers: [sidecar, container('4')] },
    });
    assert.equal(claim?.cpuMillis, 5_000);
  });

  it('is nothing before it is bound and after it ends', () => {
    assert.equal(claimOfPod({ spec: { containers: [container('1')] } }), null);
    assert.equal(
      claimOfPod({ spec: { nodeName: 'n', containers: [container('1')] }, status: { phase: 'Succeeded' } }),
      null,
    );
  });
});
