import assert from 'node:assert/strict';
import { shippedCatalogue } from '../../../../src/data/catalogue.ts';
import { discoverPools } from '../../../../src/domain/planning/discover.ts';
import { aNode, h100Node } from './builders.ts';

const slice = (nodeName: string, driver = 'gpu.nvidia.com', devices = 8) => ({
  spec: {
    driver,
    nodeName,
    devices: Array.from({ length: devices }, (_, i) => ({
      name: `gpu-${i}`,
      attributes: { productName: { string: 'NVIDIA H100 80GB HBM3' } },
    })),
  },
});

const claimOnly = (slices: readonly object[], ...nodes: Parameters<typeof discoverPools>[0]) =>
  discoverPools(nodes, [], shippedCatalogue, { slices }).findings.filter(({ code }) => code === 'GpusByClaimOnly');

describe('GPUs that only resource claims can have', () => {
  it('are reported once per pool, with product and number', () => {
    const found = claimOnly([slice('a'), slice('b')], aNode({ name: 'a' }), aNode({ name: 'b' }));
    assert.equal(found.length, 1);
    assert.equal(found[0]?.nodes, 2);
    assert.match(found[0]?.message ?? '', /^16 × NVIDIA H100 80GB HBM3 are offered to resource claims only/);
  });

  it('are read in the form of the beta API as well', () => {
    const devices = [{ name: 'gpu-0', basic: { attributes: { productName: { string: 'NVIDIA L4' } } } }];
    const [found] = claimOnly([{ spec: { driver: 'gpu.nvidia.com', nodeName: 'a', devices } }], aNode({ name: 'a' }));
    assert.match(found?.message ?? '', /^1 × NVIDIA L4 /);
  });

  it('are no news where the device plugin offers them too', () =>
    assert.deepEqual(claimOnly([slice('h100-1')], h100Node()), []));

  it('are not devices of other drivers', () =>
    assert.deepEqual(claimOnly([slice('a', 'dra.cpu')], aNode({ name: 'a' })), []));

  it('leave the pool to be planned on by its CPUs', () => {
    const { pools } = discoverPools([aNode({ name: 'a' })], [], shippedCatalogue, { slices: [slice('a')] });
    assert.equal(pools[0]?.gpu, null);
  });
});

const GPU_CLASS = {
  metadata: { name: 'gpu.nvidia.com' },
  spec: {
    extendedResourceName: 'nvidia.com/gpu',
    selectors: [
      { cel: { expression: "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'gpu'" } },
    ],
  },
};

/** A slice in the shape of `resource.k8s.io/v1`, as NVIDIA's driver publishes it. */
const fullSlice = (nodeName: string, gpus: number) => ({
  spec: {
    driver: 'gpu.nvidia.com',
    nodeName,
    pool: { name: nodeName, generation: 1, resourceSliceCount: 1 },
    devices: Array.from({ length: gpus }, (_, i) => ({
      name: `gpu-${i}`,
      attributes: { type: { string: 'gpu' }, productName: { string: 'NVIDIA L4' } },
      capacity: { memory: { value: '23034Mi' } },
    })),
  },
});

const allocation = (...devices: readonly string[]) => ({
  status: {
    allocation: {
      devices: {
        results: devices.map((device) => ({ request: 'gpu', driver: 'gpu.nvidia.com', pool: 'a', device })),
      },
    },
  },
});

describe('GPUs of a DeviceClass that stands for an extended resource', () => {
  const discoverDra = (
    node: Parameters<typeof discoverPools>[0][number],
    claims: Parameters<typeof discoverPools>[1] = [],
  ) =>
    discoverPools([node], claims, shippedCatalogue, {
      slices: [fullSlice('a', 4)],
      deviceClasses: [GPU_CLASS],
      resourceClaims: [allocation('gpu-0'), allocation('gpu-0', 'gpu-3'), {}],
    });

  it('are planned on, with product and memory, less those that claims have', () => {
    const { pools, findings } = discoverDra(aNode({ name: 'a' }));
    const [pool] = pools;
    assert.deepEqual([pool?.gpu?.product, pool?.gpu?.resource, pool?.gpu?.perNode], ['L4', 'nvidia.com/gpu', 4]);
    assert.ok(Math.abs((pool?.gpu?.memoryGib ?? 0) - 22.5) < 0.1);
    assert.deepEqual([pool?.nodes[0]?.freeGpus, pool?.nodes[0]?.totalGpus], [2, 4]);
    assert.deepEqual(findings, []);
  });

  it('are not counted twice for a pod that asks for the resource, as the scheduler makes a claim for it', () => {
    const pod = { nodeName: 'a', gpus: { 'nvidia.com/gpu': 1 }, cpuMillis: 1000, memoryBytes: 0 };
    const [pool] = discoverDra(aNode({ name: 'a' }), [pod]).pools;
    assert.equal(pool?.nodes[0]?.freeGpus, 2);
    assert.equal(pool.nodes[0].freeCpuMillis, 95_000);
  });

  it('are the device plugin’s where it offers the resource already', () => {
    const labels = { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' };
    const [pool] = discoverDra(aNode({ name: 'a', gpus: 8, labels })).pools;
    assert.deepEqual([pool?.gpu?.product, pool?.nodes[0]?.freeGpus], ['H100-SXM', 8]);
  });
});

const claimClass = (name: string, expression: string) => ({
  metadata: { name },
  spec: { selectors: [{ cel: { expression } }] },
});
const isGpu = "device.attributes['gpu.nvidia.com'].type == 'gpu'";
const plain = claimClass('gpu.nvidia.com', `device.driver == 'gpu.nvidia.com' && ${isGpu}`);

describe('GPUs of a DeviceClass that stands for no extended resource', () => {
  const discoverDra = (deviceClasses: readonly object[], claims: Parameters<typeof discoverPools>[1] = []) =>
    discoverPools([aNode({ name: 'a' })], claims, shippedCatalogue, {
      slices: [fullSlice('a', 4)],
      deviceClasses,
      resourceClaims: [allocation('gpu-0'), allocation('gpu-0', 'gpu-3'), {}],
    });
  const selector =
    'has(device.attributes["gpu.nvidia.com"].productName) && device.attributes["gpu.nvidia.com"].productName == "NVIDIA L4"';

  it('are planned on by a claim, less those that claims have, and counted as a ResourceQuota calls them', () => {
    const { pools, findings } = discoverDra([plain]);
    const [pool] = pools;
    assert.deepEqual(pool?.gpu?.claim, { deviceClassName: 'gpu.nvidia.com', selector });
    assert.equal(pool.gpu.resource, 'gpu.nvidia.com.deviceclass.resource.k8s.io/devices');
    assert.deepEqual([pool.gpu.product, pool.nodes[0]?.freeGpus, pool.nodes[0]?.totalGpus], ['L4', 2, 4]);
    assert.deepEqual(findings, []);
  });

  it('are not counted twice for a pod of ours, whose claim is allocated', () => {
    const resource = 'gpu.nvidia.com.deviceclass.resource.k8s.io/devices';
    const pod = { nodeName: 'a', gpus: { [resource]: 2 }, cpuMillis: 0, memoryBytes: 0 };
    assert.equal(discoverDra([plain], [pod]).pools[0]?.nodes[0]?.freeGpus, 2);
  });

  const uses: Readonly<Record<string, [classes: readonly object[], deviceClass: string | undefined]>> = {
    'a class with an extended resource goes first: pods need no claim of their own': [[plain, GPU_CLASS], undefined],
    'of several classes, the first by name': [
      [claimClass('z', "device.driver == 'gpu.nvidia.com'"), plain],
      'gpu.nvidia.com',
    ],
    'conditions may stand in selectors of their own': [
      [
        {
          metadata: { name: 'gpus' },
          spec: {
            selectors: ["device.driver == 'gpu.nvidia.com'", isGpu].map((expression) => ({ cel: { expression } })),
          },
        },
      ],
      'gpus',
    ],
  };
  for (const [name, [classes, want]] of Object.entries(uses))
    it(name, () => assert.equal(discoverDra(classes).pools[0]?.gpu?.claim?.deviceClassName, want));

  it('need no selector where the class takes one product', () => {
    const only = claimClass(
      'l4',
      `device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].productName == "NVIDIA L4"`,
    );
    assert.deepEqual(discoverDra([only]).pools[0]?.gpu?.claim, { deviceClassName: 'l4' });
  });

  const unusable: Readonly<Record<string, object>> = {
    'slices of GPUs': claimClass(
      'mig',
      "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'mig'",
    ),
    'another product': claimClass(
      'h',
      "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].productName == 'NVIDIA H100'",
    ),
    'devices by a condition that is not understood': claimClass(
      'x',
      `device.driver == 'gpu.nvidia.com' && (${isGpu} || true)`,
    ),
    'devices of any driver': claimClass('any', isGpu),
    'devices of a driver that is none of GPUs': claimClass('nic', "device.driver == 'nic.example.com'"),
  };
  for (const [what, deviceClass] of Object.entries(unusable))
    it(`are left alone, and reported, where the class takes ${what}`, () => {
      const { pools, findings } = discoverDra([deviceClass]);
      assert.equal(pools[0]?.gpu, null);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['GpusByClaimOnly'],
      );
    });

  it('are the device plugin’s where it offers GPUs of the node', () => {
    const labels = { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' };
    const objects = { slices: [fullSlice('a', 4)], deviceClasses: [plain] };
    const [pool] = discoverPools([aNode({ name: 'a', gpus: 8, labels })], [], shippedCatalogue, objects).pools;
    assert.deepEqual(
      [pool?.gpu?.resource, pool?.gpu?.claim, pool?.nodes[0]?.freeGpus],
      ['nvidia.com/gpu', undefined, 8],
    );
  });
});
