import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ClusterObjects } from '../../../../src/domain/capacity/cluster-objects.ts';
import { aFlavor, aNodePool, anOverlay, aServerPool, discoverWith } from '../../../unit/domain/capacity/builders.ts';
import { aNode, h100Node, l4Node } from '../../../unit/domain/planning/builders.ts';

const kinds = [
  'serverPools',
  'nodePools',
  'nodeOverlays',
  'resourceFlavors',
  'slices',
  'deviceClasses',
  'resourceClaims',
] as const;

const names =
  `metadata spec status name labels template requirements key operator values taints effect limits resources price
  priceAdjustment amount nodeSelector node gpu count cpu memory product maxNodes nodeLabels nodeTaints driver devices nodeName
  capacity allocation results device pool extendedResourceName attributes selectors`.split(/\s+/);

/** An object whose fields have the names that are read, and hold anything. */
const garbage = fc.object({ key: fc.constantFrom(...names), maxDepth: 5, maxKeys: 20, withBigInt: false });

const objects: fc.Arbitrary<ClusterObjects> = fc.record(
  Object.fromEntries(kinds.map((kind) => [kind, fc.array(garbage, { maxLength: 3 })])),
);

describe('discovery, for any objects,', () => {
  it('never throws, and says the same twice', () => {
    fc.assert(
      fc.property(objects, (found) => {
        const nodes = [h100Node(), l4Node(), aNode({ name: 'cpu' })];
        assert.deepEqual(discoverWith(found, nodes), discoverWith(found, nodes));
      }),
      { numRuns: 100 },
    );
  });

  it('does not depend on their order', () => {
    const said = {
      serverPools: [
        aServerPool('a', { nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-L4' } }),
        aServerPool('b', { nodeSelector: { 'topology.kubernetes.io/region': 'us-east-1' } }),
      ],
      nodePools: [
        aNodePool('x', { requirements: [['karpenter.k8s.aws/instance-family', 'In', 'g6', 'p5']] }),
        aNodePool('y', { requirements: [['node.kubernetes.io/instance-type', 'In', 'g6.xlarge']] }),
      ],
      nodeOverlays: [
        anOverlay('o', [['karpenter.sh/nodepool', 'In', 'x']], { price: '3' }),
        anOverlay('p', [['karpenter.sh/nodepool', 'Exists']], { priceAdjustment: '+10%' }),
      ],
      resourceFlavors: [
        aFlavor('f', { 'node.kubernetes.io/instance-type': 'g5.xlarge' }),
        aFlavor('g', { 'node.kubernetes.io/instance-type': 'g5.xlarge', spot: 'true' }),
      ],
    };
    const nodes = [h100Node(), h100Node('h100-2'), l4Node(), aNode({ name: 'cpu' })];
    const want = discoverWith(said, nodes);
    const shuffled = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });
    const worlds = fc.record({
      serverPools: shuffled(said.serverPools),
      nodePools: shuffled(said.nodePools),
      nodeOverlays: shuffled(said.nodeOverlays),
      resourceFlavors: shuffled(said.resourceFlavors),
    });
    fc.assert(
      fc.property(worlds, shuffled(nodes), (found, order) => assert.deepEqual(discoverWith(found, order), want)),
      { numRuns: 100 },
    );
  });
});
