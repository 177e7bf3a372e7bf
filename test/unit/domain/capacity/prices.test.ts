import assert from 'node:assert/strict';
import type { ClusterObjects } from '../../../../src/domain/capacity/cluster-objects.ts';
import { aNode, awsLabels } from '../planning/builders.ts';
import { anOverlay, aServerPool, capacityType, discoverWith, instanceType } from './builders.ts';

const labels = { ...awsLabels('p5.48xlarge', 'NVIDIA-H100-80GB-HBM3', 81_559), pool: 'h100' };
const priceAnnotation = 'distill.stratos.dev/price-per-hour';

/** The price of one H100 node under such statements: "amount currency (date) source", or the code of what is wrong with it. */
function priced(objects: ClusterObjects, annotation?: string): string {
  const annotations = annotation === undefined ? {} : { [priceAnnotation]: annotation };
  const { pools, findings } = discoverWith(objects, [aNode({ gpus: 8, labels, annotations })]);
  const price = pools[0]?.price;
  if (!price?.known) return findings.map(({ code }) => code).join() || 'unknown';
  return `${price.perNodeHour} ${price.currency} (${price.date}) ${price.source.split(' ').slice(0, 2).join(' ')}`;
}

const all = [instanceType, 'Exists'] as const;
const own = (price: object, more: object = {}) => ({ serverPools: [aServerPool('h100', { price, ...more })] });
const overlays = (...list: readonly object[]) => ({ nodeOverlays: list });

const chain: Readonly<Record<string, readonly [ClusterObjects, string | undefined, string]>> = {
  'a ServerPool is believed first': [
    { ...own({ amount: '10', currency: 'EUR' }), ...overlays(anOverlay('o', [all], { price: '20' })) },
    '30',
    '10.00 EUR (2026-01-01) ServerPool h100',
  ],
  'and says since when': [
    own({ amount: '10', effectiveDate: '2025-06-01' }),
    undefined,
    '10.00 USD (2025-06-01) ServerPool h100',
  ],
  'a NodeOverlay comes before an annotation': [
    overlays(anOverlay('o', [all], { price: '20' })),
    '30',
    '20.00 USD (2026-01-02) NodeOverlay o;',
  ],
  'an annotation comes before the catalogue': [{}, '30', '30.00 USD (null) node annotation'],
  'the catalogue comes last': [
    {},
    undefined,
    '55.04 USD (2025-12) aws/karpenter-provider-aws pkg/providers/pricing/zz_generated.pricing_aws.go',
  ],
  'a price for other nodes says nothing': [
    own({ amount: '10', capacityType: 'Spot' }),
    '30',
    '30.00 USD (null) node annotation',
  ],
  'an overlay of other nodes says nothing': [
    overlays(anOverlay('o', [[instanceType, 'In', 'g6.xlarge']], { price: '20' })),
    '30',
    '30.00 USD (null) node annotation',
  ],
  'an overlay that needs a label that is not there says nothing': [
    overlays(anOverlay('o', [['shelf', 'In', 'top']], { price: '20' })),
    '30',
    '30.00 USD (null) node annotation',
  ],
  'an overlay adjusts the catalogue’s price by a part': [
    overlays(anOverlay('o', [all], { priceAdjustment: '-50%' })),
    undefined,
    '27.52 USD (2025-12) aws/karpenter-provider-aws pkg/providers/pricing/zz_generated.pricing_aws.go',
  ],
  'or by an amount': [
    overlays(anOverlay('o', [all], { priceAdjustment: '+.96' })),
    undefined,
    '56.00 USD (2025-12) aws/karpenter-provider-aws pkg/providers/pricing/zz_generated.pricing_aws.go',
  ],
  'the heaviest overlay wins': [
    overlays(anOverlay('a', [all], { price: '20' }), anOverlay('b', [all], { price: '21', weight: 10 })),
    undefined,
    '21.00 USD (2026-01-02) NodeOverlay b;',
  ],
  'two that say the same do not contradict each other': [
    overlays(anOverlay('a', [all], { price: '20' }), anOverlay('b', [all], { price: '20' })),
    undefined,
    '20.00 USD (2026-01-02) NodeOverlay a;',
  ],
  'two of one weight that do not are believed neither': [
    overlays(anOverlay('a', [all], { price: '20' }), anOverlay('b', [all], { price: '21' })),
    '30',
    'PriceContradictory',
  ],
  'a price for another capacity type than the pool’s is a contradiction': [
    own({ amount: '10', capacityType: 'Spot' }, { capacityType: 'OnDemand' }),
    undefined,
    'PriceContradictory',
  ],
  'zero is a mistake': [own({ amount: '0.00' }), '30', 'PriceZero'],
  'an overlay of zero is, too': [overlays(anOverlay('o', [all], { price: '0' })), '30', 'PriceZero'],
  'less than nothing is a mistake': [
    overlays(anOverlay('o', [all], { priceAdjustment: '-60' })),
    '30',
    'PriceNegative',
  ],
  'NaN is no amount': [own({ amount: 'NaN' }), '30', 'PriceInvalid'],
  'a currency has three letters': [own({ amount: '10', currency: 'dollars' }), '30', 'PriceInvalid'],
  'an adjustment has a sign': [overlays(anOverlay('o', [all], { priceAdjustment: '10%' })), '30', 'PriceInvalid'],
};

describe('the price of a pool', () => {
  for (const [what, [objects, annotation, want]] of Object.entries(chain)) {
    it(`: ${what}`, () => assert.equal(priced(objects, annotation), want));
  }

  it(': an adjustment of a price that nobody knows leaves it unknown', () => {
    const nowhere = aNode({ gpus: 8, labels: { ...labels, 'topology.kubernetes.io/region': 'mars' } });
    const { pools } = discoverWith(overlays(anOverlay('o', [all], { priceAdjustment: '+10%' })), [nowhere]);
    assert.equal(pools[0]?.price.known, false);
  });

  it(': spot nodes of a ServerPool have their own', () => {
    const spot = aNode({ name: 'spot', gpus: 8, labels: { ...labels, [capacityType]: 'spot' } });
    const { pools } = discoverWith(own({ amount: '10', capacityType: 'Spot' }), [aNode({ gpus: 8, labels }), spot]);
    const byType = new Map(pools.map((pool) => [pool.capacityType, pool.price.known && pool.price.perNodeHour]));
    assert.deepEqual([byType.get('Spot'), byType.get('OnDemand')], ['10.00', '55.04']);
  });
});
