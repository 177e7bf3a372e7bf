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
