import assert from 'node:assert/strict';
import { isAtZero, podShape } from '../../../../src/domain/planning/pool.ts';
import { aNode, awsLabels } from '../planning/builders.ts';
import { aNodePool, capacityType, discoverWith, instanceType, sizes } from './builders.ts';

type Options = Parameters<typeof aNodePool>[1];

const gpu = 'karpenter.k8s.aws/instance-gpu';
const family = 'karpenter.k8s.aws/instance-family';

/** What a NodePool is planned as, in the words of `sizes`. */
const shapes: Readonly<Record<string, readonly [Options, readonly string[]]>> = {
  'an instance type': [
    { requirements: [[instanceType, 'In', 'p5.48xlarge']] },
    ['gpu-p5-48xlarge-ondemand: 0 + 32 new'],
  ],
  'several of them': [
    { requirements: [[instanceType, 'In', 'g6.xlarge', 'g6.48xlarge']] },
    ['gpu-g6-48xlarge-ondemand: 0 + 32 new', 'gpu-g6-xlarge-ondemand: 0 + 32 new'],
  ],
  'a family without its small machines': [
    {
      requirements: [
        [family, 'In', 'g5'],
        ['karpenter.k8s.aws/instance-size', 'NotIn', 'xlarge', '2xlarge', '12xlarge'],
      ],
    },
    ['gpu-g5-48xlarge-ondemand: 0 + 32 new'],
  ],
  'a GPU by name and memory': [
    {
      requirements: [
        [`${gpu}-name`, 'In', 'a100'],
        [`${gpu}-memory`, 'Gt', '50000'],
      ],
    },
    ['gpu-p4de-24xlarge-ondemand: 0 + 32 new'],
  ],
  'a number of GPUs': [
    {
      requirements: [
        [`${gpu}-count`, 'Gt', '4'],
        [`${gpu}-name`, 'In', 'l4', 'h100'],
      ],
    },
    ['gpu-g6-48xlarge-ondemand: 0 + 32 new', 'gpu-p5-48xlarge-ondemand: 0 + 32 new'],
  ],
  'the labels of EKS Auto Mode': [
    { requirements: [['eks.amazonaws.com/instance-gpu-name', 'In', 'h200']], group: 'eks.amazonaws.com' },
    ['gpu-p5en-48xlarge-ondemand: 0 + 32 new'],
  ],
  'both capacity types': [
    {
      requirements: [
        [instanceType, 'In', 'g6.xlarge'],
        [capacityType, 'In', 'spot', 'on-demand'],
      ],
    },
    ['gpu-g6-xlarge-ondemand: 0 + 32 new', 'gpu-g6-xlarge-spot: 0 + 32 new'],
  ],
  'a limit of GPUs, some of them in use': [
    {
      requirements: [[instanceType, 'In', 'p5.48xlarge']],
      limits: { 'nvidia.com/gpu': 32 },
      used: { 'nvidia.com/gpu': '8' },
    },
    ['gpu-p5-48xlarge-ondemand: 0 + 3 new'],
  ],
  'a limit of memory': [
    { requirements: [[instanceType, 'In', 'g6.48xlarge']], limits: { memory: '2000Gi', cpu: '1000' } },
    ['gpu-g6-48xlarge-ondemand: 0 + 2 new'],
  ],
  'a limit of nodes': [
    { requirements: [[instanceType, 'In', 'g6.xlarge']], limits: { nodes: 5 } },
    ['gpu-g6-xlarge-ondemand: 0 + 5 new'],
  ],
  'a limit that is used up': [
    { requirements: [[instanceType, 'In', 'g6.xlarge']], limits: { cpu: '16' }, used: { cpu: '15' } },
    [],
  ],
  'a limit that cannot be read': [{ requirements: [[instanceType, 'In', 'g6.xlarge']], limits: { cpu: 'much' } }, []],
  'only CPUs': [{ requirements: [['karpenter.k8s.aws/instance-category', 'In', 'c', 'm', 'r']] }, []],
  'a processor that no GPU machine has': [
    {
      requirements: [
        [`${gpu}-name`, 'In', 'l4'],
        ['kubernetes.io/arch', 'In', 'arm64'],
      ],
    },
    [],
  ],
  'a label of its own': [
    {
      requirements: [
        [instanceType, 'In', 'g6.xlarge'],
        ['team', 'In', 'a'],
      ],
    },
    ['gpu-g6-xlarge-ondemand: 0 + 32 new'],
  ],
  'a fact that the catalogue lacks': [
    {
      requirements: [
        [instanceType, 'In', 'g6.xlarge'],
        ['karpenter.k8s.aws/instance-network-bandwidth', 'Gt', '1'],
      ],
    },
    [],
  ],
};

/** Why nothing is planned on it. */
const silent: Readonly<Record<string, readonly [Options, RegExp]>> = {
  'is not ready': [
    {
      requirements: [[instanceType, 'In', 'g6.xlarge']],
      conditions: [{ type: 'Ready', status: 'False', reason: 'NodeClassNotReady' }],
    },
    /not ready \(NodeClassNotReady\)/,
  ],
  'has fixed replicas': [{ requirements: [[instanceType, 'In', 'g6.xlarge']], replicas: 2 }, /replicas are fixed/],
  'names a machine that nobody knows': [
    { requirements: [[`${gpu}-name`, 'In', 'b9000']] },
    /knows no machine .* ServerPool can state/,
  ],
  'is of another cloud': [
    { requirements: [['karpenter.azure.com/sku-gpu-name', 'In', 'A100']], group: 'karpenter.azure.com' },
    /provider \(karpenter.azure.com\)/,
  ],
};

const h100 = aNodePool('gpu', {
  requirements: [
    [instanceType, 'In', 'p5.48xlarge'],
    ['team', 'In', 'a'],
  ],
  taints: [
    { key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' },
    { key: 'soft', effect: 'PreferNoSchedule' },
  ],
  labels: { shelf: 'top' },
  limits: { 'nvidia.com/gpu': 16 },
});

/** A node that Karpenter has made for it; feature discovery labels it after the start. */
const h100Node = aNode({
  name: 'made-1',
  gpus: 8,
  cpu: '191',
  memory: '1900Gi',
  labels: {
    ...awsLabels('p5.48xlarge', 'NVIDIA-H100-80GB-HBM3', 81_559),
    'karpenter.sh/nodepool': 'gpu',
    team: 'a',
    shelf: 'top',
  },
  taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }],
});

describe('a Karpenter NodePool without nodes', () => {
  for (const [what, [options, want]] of Object.entries(shapes)) {
    it(`with ${what} is planned as what it would make`, () => {
      assert.deepEqual(sizes(discoverWith({ nodePools: [aNodePool('gpu', options)] }).pools), want);
    });
  }

  for (const [what, [options, want]] of Object.entries(silent)) {
    it(`that ${what} is not planned on, and says why`, () => {
      const { pools, findings } = discoverWith({ nodePools: [aNodePool('gpu', options)] });
      assert.deepEqual(pools, []);
      assert.deepEqual(
        findings.map(({ code, pool }) => [code, pool]),
        [['NewNodesUnknown', 'gpu']],
      );
      assert.match(findings[0]?.message ?? '', want);
    });
  }

  it('leads pods by labels that Karpenter knows before the node is there, and past its taints', () => {
    const [pool] = discoverWith({ nodePools: [h100] }).pools;
    assert.ok(pool && isAtZero(pool));
    assert.deepEqual(pool.nodeSelector, {
      'karpenter.sh/nodepool': 'gpu',
      [instanceType]: 'p5.48xlarge',
      [capacityType]: 'on-demand',
    });
    assert.deepEqual(pool.tolerations, [
      { key: 'nvidia.com/gpu', operator: 'Equal', value: 'true', effect: 'NoSchedule' },
    ]);
    assert.deepEqual([pool.labels.team, pool.labels.shelf], ['a', 'top']);
    assert.deepEqual([pool.gpu?.product, pool.gpu?.perNode, pool.gpu?.memoryGib], ['H100-SXM', 8, 80]);
    assert.equal(pool.newNodesFrom, 'NodePool gpu');
    assert.ok(pool.price.known && pool.price.perNodeHour === '55.04');
    // What a real p5.48xlarge lets pods have, by the AWS provider's reserves, is more than this.
    const { cpuMillis, memoryBytes } = podShape(pool, 8);
    assert.ok(cpuMillis < 190_000 && memoryBytes < 1_800 * 1024 ** 3);
  });

  it('keeps its name when its first node comes, and what is there is not counted again', () => {
    const used = { ...h100, status: { resources: { 'nvidia.com/gpu': '8' } } };
    const [pool, ...others] = discoverWith({ nodePools: [used] }, [h100Node]).pools;
    assert.deepEqual(others, []);
    assert.ok(pool);
    assert.deepEqual(sizes([pool]), ['gpu-p5-48xlarge-ondemand: 1 + 1 new']);
    assert.equal(pool.nodeSelector['nvidia.com/gpu.product'], undefined);
    assert.deepEqual(
      pool.nodes.map(({ totalMemoryBytes }) => totalMemoryBytes),
      [1900 * 1024 ** 3, 1900 * 1024 ** 3],
    );
  });

  it('takes the region of the cluster where it names none', () => {
    const anywhere = aNodePool('gpu', {
      requirements: [
        [instanceType, 'In', 'p5.48xlarge'],
        ['topology.kubernetes.io/zone', 'Exists'],
      ],
    });
    const cpu = aNode({ name: 'cpu', labels: { 'topology.kubernetes.io/region': 'us-east-1' } });
    const regions = (nodes: Parameters<typeof discoverWith>[1]) =>
      discoverWith({ nodePools: [anywhere] }, nodes)
        .pools.filter(isAtZero)
        .map(({ region, price }) => [region, price.known]);
    assert.deepEqual(regions([cpu]), [['us-east-1', true]]);
    assert.deepEqual(regions([]), [[null, false]]);
  });
});
