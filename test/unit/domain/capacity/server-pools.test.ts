import assert from 'node:assert/strict';
import { poolDevice } from '../../../../src/domain/planning/device.ts';
import { isAtZero } from '../../../../src/domain/planning/pool.ts';
import { aNode } from '../planning/builders.ts';
import { aFlavor, aNodePool, aServerPool, discoverWith, instanceType, sizes } from './builders.ts';

const stated = { cpu: '96', memory: '768Gi', gpu: { product: 'NVIDIA-H100-80GB-HBM3', count: 8 } };
const machine = (name: string, pool: string, more: object = {}) =>
  aNode({ name, gpus: 8, labels: { pool, 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', ...more } });

describe('a ServerPool', () => {
  it('without nodes is planned as what it says, as many as it allows', () => {
    const pool = aServerPool('onprem', {
      node: stated,
      limits: { maxNodes: 2 },
      region: 'cellar',
      capacityType: 'Reserved',
      taints: [{ key: 'gpu', effect: 'NoSchedule' }],
      price: { amount: '9.50', currency: 'EUR' },
    });
    const [found, ...others] = discoverWith({ serverPools: [pool] }).pools;
    assert.deepEqual(others, []);
    assert.ok(found && isAtZero(found));
    const { name, nodeSelector, region, capacityType, tolerations, serverPool, nodes } = found;
    assert.deepEqual(
      { name, nodeSelector, region, capacityType, tolerations, serverPool, nodes: nodes.length },
      {
        name: 'onprem',
        nodeSelector: { pool: 'onprem' },
        region: 'cellar',
        capacityType: 'Reserved',
        tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
        serverPool: 'onprem',
        nodes: 2,
      },
    );
    assert.equal(nodes[0]?.totalMemoryBytes, 768 * 1024 ** 3);
  });

  it('names the nodes that have its labels, and grows by what is left of its limit', () => {
    const pool = aServerPool('onprem', { node: stated, limits: { maxNodes: 3 } });
    const nodes = [machine('a', 'onprem'), machine('b', 'onprem'), machine('c', 'other')];
    const { pools } = discoverWith({ serverPools: [pool] }, nodes);
    assert.deepEqual(sizes(pools), ['h100-sxm-x8: 1 + 0 new', 'onprem: 2 + 1 new']);
    const at = pools.find(({ name }) => name === 'onprem');
    assert.deepEqual(at?.nodeSelector, { pool: 'onprem' });
  });

  it('tells its nodes from equal ones by its own labels even when it cannot grow', () => {
    const { pools, findings } = discoverWith({ serverPools: [aServerPool('onprem', {})] }, [
      machine('a', 'onprem'),
      machine('c', 'other'),
    ]);
    assert.equal(pools.find(({ name }) => name === 'onprem')?.nodeSelector.pool, 'onprem');
    assert.deepEqual(
      findings.filter(({ pool }) => pool === 'onprem'),
      [],
    );
  });

  it('fills in what nodes do not say', () => {
    const bare = aNode({ name: 'bare', gpus: 4, labels: { pool: 'onprem' } });
    const pool = aServerPool('onprem', {
      region: 'cellar',
      capacityType: 'Reserved',
      node: { cpu: '96', memory: '768Gi', gpu: { product: 'L40S', count: 4, memoryGibibytes: 48 } },
      interconnect: { fabric: 'PCIe' },
    });
    const [found] = discoverWith({ serverPools: [pool] }, [bare]).pools;
    assert.deepEqual(
      [found?.gpu?.product, found?.region, found?.capacityType, found?.gpu?.linkGBps],
      ['L40S', 'cellar', 'Reserved', 32],
    );
    assert.ok(found?.gpu?.facts);
    assert.equal(poolDevice(found.gpu, found.gpu.facts, 2).link, 32e9);
  });

  const contradictions: Readonly<Record<string, readonly [object, RegExp]>> = {
    'another product': [
      { node: { ...stated, gpu: { product: 'L4', count: 8 } } },
      /GPU product L4, and nodes say H100-SXM/,
    ],
    'another number of GPUs': [
      { node: { ...stated, gpu: { ...stated.gpu, count: 4 } } },
      /GPUs per node 4, and nodes say 8/,
    ],
    'another region': [{ region: 'cellar' }, /region cellar, and nodes say attic/],
    'another capacity type': [{ capacityType: 'Spot' }, /capacity type Spot, and nodes say OnDemand/],
  };
  for (const [what, [spec, want]] of Object.entries(contradictions)) {
    it(`that says ${what} is contradicted, and what nodes say is planned on`, () => {
      const node = machine('a', 'onprem', {
        'topology.kubernetes.io/region': 'attic',
        'karpenter.sh/capacity-type': 'on-demand',
      });
      const { pools, findings } = discoverWith({ serverPools: [aServerPool('onprem', spec)] }, [node]);
      const [found] = findings.filter(({ code }) => code === 'ServerPoolContradicted');
      assert.match(found?.message ?? '', want);
      assert.deepEqual(
        [pools[0]?.gpu?.product, pools[0]?.gpu?.perNode, pools[0]?.region, pools[0]?.capacityType],
        ['H100-SXM', 8, 'attic', 'OnDemand'],
      );
    });
  }

  it('that claims nodes of an older one leaves them to it, and both hear of it', () => {
    const older = aServerPool('z-old', { nodeSelector: { pool: 'shared' } }, '2025-01-01T00:00:00Z');
    const younger = aServerPool('a-new', { nodeSelector: { pool: 'shared' } }, '2026-01-01T00:00:00Z');
    const { pools, findings } = discoverWith({ serverPools: [younger, older] }, [machine('n', 'shared')]);
    assert.deepEqual(sizes(pools), ['z-old: 1 + 0 new']);
    const overlaps = findings.filter(({ code }) => code === 'ServerPoolsOverlap');
    assert.deepEqual(
      overlaps.map(({ pool }) => pool),
      ['a-new', 'z-old'],
    );
  });

  it('of what a NodePool makes adds no nodes, sets their price, and may allow fewer', () => {
    const nodePools = [
      aNodePool('gpu', { requirements: [[instanceType, 'In', 'p5.48xlarge']], labels: { pool: 'h100' } }),
    ];
    const serverPools = [aServerPool('h100', { node: stated, limits: { maxNodes: 2 }, price: { amount: '40' } })];
    const { pools } = discoverWith({ nodePools, serverPools });
    assert.deepEqual(sizes(pools), ['h100: 0 + 2 new']);
    assert.ok(pools[0]?.price.known && pools[0].price.perNodeHour === '40.00');
    assert.equal(pools[0].nodeSelector['karpenter.sh/nodepool'], 'gpu');
  });

  it('of several machines calls each by its type, whether one is there or not', () => {
    const nodePools = [
      aNodePool('gpu', { requirements: [[instanceType, 'In', 'p5.48xlarge', 'g6.xlarge']], labels: { pool: 'mine' } }),
    ];
    const node = machine('n', 'mine', {
      [instanceType]: 'p5.48xlarge',
      'karpenter.sh/nodepool': 'gpu',
      'karpenter.sh/capacity-type': 'on-demand',
    });
    const names = (nodes: Parameters<typeof discoverWith>[1]) =>
      discoverWith({ nodePools, serverPools: [aServerPool('mine', {})] }, nodes).pools.map(({ name }) => name);
    assert.deepEqual(names([]), ['mine-g6-xlarge-ondemand', 'mine-p5-48xlarge-ondemand']);
    assert.deepEqual(names([node]), names([]));
  });

  it('without nodes that does not say what they would have is reported', () => {
    const { pools, findings } = discoverWith({ serverPools: [aServerPool('ghost', { price: { amount: '1' } })] });
    assert.deepEqual(pools, []);
    assert.match(findings[0]?.message ?? '', /node and limits.maxNodes say what could be made/);
  });

  it('with a product that nobody knows is kept and reported', () => {
    const spec = { node: { ...stated, gpu: { product: 'B9000', count: 8 } }, limits: { maxNodes: 1 } };
    const { pools, findings } = discoverWith({ serverPools: [aServerPool('next', spec)] });
    assert.deepEqual([pools[0]?.gpu?.product, findings[0]?.code], ['B9000', 'UnknownGpuProduct']);
  });
});

describe('a Kueue ResourceFlavor', () => {
  const labels = { [instanceType]: 'g6.48xlarge', 'topology.kubernetes.io/region': 'us-east-1' };
  const flavor = aFlavor('l4-flavor', labels, [{ key: 'gpu', value: 'l4', effect: 'NoSchedule' }]);

  it('whose labels name a machine of the catalogue is one node of it', () => {
    const [pool] = discoverWith({ resourceFlavors: [flavor] }).pools;
    assert.ok(pool);
    assert.deepEqual(sizes([pool]), ['l4-flavor: 0 + 1 new']);
    assert.deepEqual(pool.nodeSelector, labels);
    assert.deepEqual([pool.gpu?.product, pool.gpu?.perNode, pool.taints.length], ['L4', 8, 1]);
    assert.equal(pool.price.known, true);
  });

  it('keeps its name when its nodes come, and adds none to them', () => {
    const node = aNode({ name: 'n', gpus: 8, labels: { ...labels, 'nvidia.com/gpu.product': 'NVIDIA-L4' } });
    const { pools } = discoverWith({ resourceFlavors: [flavor] }, [node]);
    assert.deepEqual(sizes(pools), ['l4-flavor: 1 + 0 new']);
  });

  it('that describes what a NodePool makes adds nothing', () => {
    const nodePools = [aNodePool('gpu', { requirements: [[instanceType, 'In', 'g6.48xlarge']], limits: { nodes: 4 } })];
    const byPool = aFlavor('by-pool', { 'karpenter.sh/nodepool': 'gpu' });
    const { pools } = discoverWith({ nodePools, resourceFlavors: [byPool] });
    assert.deepEqual(sizes(pools), ['gpu-g6-48xlarge-ondemand: 0 + 4 new']);
  });

  it('whose labels say only which GPU it is, is reported', () => {
    const unknown = aFlavor('a100', { 'cloud.google.com/gke-accelerator': 'nvidia-a100-80gb' });
    const { pools, findings } = discoverWith({ resourceFlavors: [unknown] });
    assert.deepEqual([pools.length, findings[0]?.code], [0, 'NewNodesUnknown']);
  });

  it('without GPUs or without labels says nothing', () => {
    const plain = [aFlavor('default', {}), aFlavor('cpu', { disk: 'ssd' })];
    assert.deepEqual(discoverWith({ resourceFlavors: plain }), { pools: [], findings: [] });
  });
});
