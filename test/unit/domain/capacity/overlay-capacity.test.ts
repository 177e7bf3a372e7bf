import assert from 'node:assert/strict';
import type { Pool } from '../../../../src/domain/planning/pool.ts';
import { refusePool } from '../../../../src/domain/planning/placement.ts';
import { aNode, awsLabels } from '../planning/builders.ts';
import { aNodePool, anOverlay, discoverWith, instanceType } from './builders.ts';

const machine = 'p4d.24xlarge';
const here = [instanceType, 'In', machine] as const;
const capacity = (amounts: object, more: object = {}): object => ({ capacity: amounts, ...more });

function discovered(overlays: readonly object[], limits?: object) {
  const nodePools = [aNodePool('gpu', { requirements: [here], ...(limits === undefined ? {} : { limits }) })];
  return discoverWith({ nodePools, nodeOverlays: overlays });
}

const told = ({ gpu, nodes }: Pool): string =>
  gpu === null
    ? 'no GPU'
    : `${gpu.perNode} x ${gpu.resource} of ${gpu.product}, ${gpu.sharing}${gpu.memoryGib === null ? '' : `, ${gpu.memoryGib} GiB`}; ${nodes.length} new`;

const cases: Record<string, { overlays: readonly object[]; limits?: object; want: string }> = {
  'without an overlay it is what the catalogue has': {
    overlays: [],
    want: '8 x nvidia.com/gpu of A100-40GB, Whole, 40 GiB; 32 new',
  },
  'slices are what is planned on, since whole GPUs are gone with them': {
    overlays: [anOverlay('mig', [here], capacity({ 'nvidia.com/mig-3g.20gb': '16' }))],
    want: '16 x nvidia.com/mig-3g.20gb of A100-40GB, Mig, 20 GiB; 32 new',
  },
  'whole GPUs beside slices, where the overlay says so': {
    overlays: [anOverlay('mig', [here], capacity({ 'nvidia.com/mig-3g.20gb': 2, 'nvidia.com/gpu': 7 }))],
    want: '7 x nvidia.com/gpu of A100-40GB, Whole, 40 GiB; 32 new',
  },
  'more GPUs than the machine has are shared ones': {
    overlays: [anOverlay('sliced', [here], capacity({ 'nvidia.com/gpu': '32' }))],
    want: '32 x nvidia.com/gpu of A100-40GB, TimeSliced, 40 GiB; 32 new',
  },
  'none, where the overlay takes them away': {
    overlays: [anOverlay('none', [here], capacity({ 'nvidia.com/gpu': '0' }))],
    want: 'no GPU',
  },
  'an overlay for other machines says nothing': {
    overlays: [anOverlay('other', [[instanceType, 'In', 'g6.xlarge']], capacity({ 'nvidia.com/gpu': '1' }))],
    want: '8 x nvidia.com/gpu of A100-40GB, Whole, 40 GiB; 32 new',
  },
  'an overlay of the NodePool does': {
    overlays: [anOverlay('own', [['karpenter.sh/nodepool', 'In', 'gpu']], capacity({ 'nvidia.com/gpu': '4' }))],
    want: '4 x nvidia.com/gpu of A100-40GB, Whole, 40 GiB; 32 new',
  },
  'the heaviest overlay wins, resource by resource': {
    overlays: [
      anOverlay('a', [here], capacity({ 'nvidia.com/gpu': '2' })),
      anOverlay('b', [here], capacity({ 'nvidia.com/gpu': '6' }, { weight: 5 })),
    ],
    want: '6 x nvidia.com/gpu of A100-40GB, Whole, 40 GiB; 32 new',
  },
  'what Karpenter takes from no overlay is not taken here': {
    overlays: [anOverlay('cpu', [here], capacity({ cpu: '1', memory: '1Gi' }))],
    want: '8 x nvidia.com/gpu of A100-40GB, Whole, 40 GiB; 32 new',
  },
  'limits count what the overlay says': {
    overlays: [anOverlay('mig', [here], capacity({ 'nvidia.com/mig-3g.20gb': '16' }))],
    limits: { 'nvidia.com/mig-3g.20gb': '48' },
    want: '16 x nvidia.com/mig-3g.20gb of A100-40GB, Mig, 20 GiB; 3 new',
  },
};

describe('what a NodeOverlay adds to nodes that Karpenter would make', () => {
  for (const [name, { overlays, limits, want }] of Object.entries(cases))
    it(`: ${name}`, () => assert.deepEqual(discovered(overlays, limits).pools.map(told), [want]));

  it(': shared GPUs are not planned on', () => {
    const { pools } = discovered([anOverlay('sliced', [here], capacity({ 'nvidia.com/gpu': '32' }))]);
    assert.ok(pools[0]);
    assert.equal(refusePool(pools[0], {})?.reason, 'GpuTimeSliced');
  });

  it(': two of one weight that differ are believed neither, and told', () => {
    const { pools, findings } = discovered([
      anOverlay('a', [here], capacity({ 'nvidia.com/gpu': '2' })),
      anOverlay('b', [here], capacity({ 'nvidia.com/gpu': '6' })),
    ]);
    assert.deepEqual(pools.map(told), ['8 x nvidia.com/gpu of A100-40GB, Whole, 40 GiB; 32 new']);
    assert.deepEqual(
      findings.map(({ code, pool, message }) => [code, pool, message]),
      [
        [
          'OverlaysContradict',
          'gpu',
          'NodeOverlays a and b have the same weight and say different amounts of nvidia.com/gpu',
        ],
      ],
    );
  });

  it(': huge pages are taken off the memory', () => {
    const memory = (overlays: readonly object[]) => discovered(overlays).pools[0]?.nodes[0]?.totalMemoryBytes ?? 0;
    const huge = [anOverlay('huge', [here], capacity({ 'hugepages-2Mi': '64Gi' }))];
    assert.equal(memory([]) - memory(huge), 64 * 1024 ** 3);
  });

  it(': nodes that are there are what they are', () => {
    const labels = { ...awsLabels(machine, 'NVIDIA-A100-SXM4-40GB', 40_960), 'karpenter.sh/nodepool': 'gpu' };
    const overlays = [anOverlay('mig', [here], capacity({ 'nvidia.com/mig-3g.20gb': '16' }))];
    const nodePools = [aNodePool('gpu', { requirements: [here], limits: { nodes: 1 }, used: { nodes: '1' } })];
    const { pools } = discoverWith({ nodePools, nodeOverlays: overlays }, [aNode({ gpus: 8, labels })]);
    assert.deepEqual(
      pools.map(({ gpu }) => gpu?.resource),
      ['nvidia.com/gpu'],
    );
  });
});
