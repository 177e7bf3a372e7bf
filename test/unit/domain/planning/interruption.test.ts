import assert from 'node:assert/strict';
import { availabilityOf, type Interruptions, stretchOf } from '../../../../src/domain/planning/interruption.ts';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { aNode, aRequest, awsLabels, planInputs, poolsOf } from './builders.ts';

const every = (meanSeconds: number): Interruptions => ({ meanSeconds, restartSeconds: 300, saveSeconds: 30 });

describe('interruptions of spot capacity', () => {
  it('stretch a run, and more so the more often they come', () => {
    assert.equal(stretchOf(null), 1);
    assert.ok(stretchOf(every(36_000)) > 1);
    assert.ok(stretchOf(every(3_600)) > stretchOf(every(36_000)));
  });

  it('cost half a checkpoint period and a restart each, and every period a save', () => {
    assert.equal(stretchOf(every(10_000), 600), (1 + 30 / 600) * (1 + (300 + 300) / 10_000));
  });

  it('are met by no other period as well as by Young’s', () => {
    for (const period of [60, 300, 600, 3_000, 10_000])
      assert.ok(stretchOf(every(20_000), period) >= stretchOf(every(20_000)) * 0.999);
  });

  it('leave less than all of the time', () => {
    assert.equal(availabilityOf(null), 1);
    assert.equal(availabilityOf(every(2_700)), 0.9);
  });
});

describe('a plan between spot and on-demand capacity', () => {
  const node = (capacityType: 'spot' | 'on-demand', price: string) =>
    aNode({
      name: capacityType,
      gpus: 8,
      labels: {
        ...awsLabels('p5.48xlarge', 'NVIDIA-H100-80GB-HBM3', 81_559),
        'karpenter.sh/capacity-type': capacityType,
      },
      annotations: { 'distill.stratos.dev/price-per-hour': price },
    });
  const request = aRequest({
    objective: { policy: 'CostFirst' },
    training: { ...aRequest().training, checkpointSeconds: 30 },
  });
  const poolFor = (spotPrice: string) =>
    makePlan(planInputs({ pools: poolsOf(node('spot', spotPrice), node('on-demand', '40')), request }));

  it('serves on spot where it is much cheaper, and says what it assumes', () => {
    const plan = poolFor('12');
    assert.match(plan.selected?.servingPool ?? '', /spot/);
    assert.ok(plan.notes.some((note) => note.startsWith('spot: an interruption every 8 hours')));
  });

  it('counts lost work: saving every 30 s doubles the time, and a discount of a third does not pay for it', () =>
    assert.match(poolFor('26.70').selected?.trainingPool ?? '', /ondemand/));
});
