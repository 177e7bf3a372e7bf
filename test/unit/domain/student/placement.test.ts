import assert from 'node:assert/strict';
import { startOfTime } from '../../../support/builders/job.ts';
import { merge } from '../../../support/builders/merge.ts';
import { aPool, type PoolBuilder } from '../../../support/builders/pool.ts';
import { type Stage, stage, whole } from './stage.ts';

type Spec = Parameters<typeof stage>[0];

/** 7 billion parameters, whose sizes the catalogue knows. */
const known = { model: { uri: 'hf://Qwen/Qwen2.5-7B-Instruct' } };
const hour = 3_600_000;

const on = (spec: Spec, ...pools: PoolBuilder[]): Stage =>
  Object.assign(stage(merge(known, spec as object)), { pools: pools.map((pool) => pool.build()) });
const placed = (s: Stage) => {
  const { pool, gpus } = s.settle().status.placement ?? {};
  return `${pool}/${gpus}`;
};
const change = (s: Stage, spec: object): Stage => {
  s.student = {
    ...s.student,
    metadata: { ...s.student.metadata, generation: (s.student.metadata.generation ?? 0) + 1 },
    spec: merge(s.student.spec, spec),
  };
  return s;
};

const slow = () => aPool('slow').gpus('L4', 4).price('1.00');
const fast = () => aPool('fast').gpus('H100-SXM', 4).price('12.00');

describe('the pool of a student whose size is known', () => {
  it('is the cheapest that holds the targets, and the front of the others is told', () => {
    const s = on({}, fast(), slow());
    assert.equal(placed(s), 'slow/1');
    const { front = [], message = '', timeToFirstTokenMilliseconds, hourlyCost } = s.status.placement ?? {};
    assert.equal(front[0]?.pool, 'slow');
    assert.ok(front.some(({ pool }) => pool === 'fast'));
    assert.ok(Number(timeToFirstTokenMilliseconds) > 0);
    assert.equal(hourlyCost, '0.25');
    assert.match(message, /the best of \d+ way\(s\) that hold the targets/);
  });

  it('is a faster one when the targets ask for it', () => {
    assert.equal(placed(on({ serving: { maxInterTokenLatencyMilliseconds: 12 } }, fast(), slow())), 'fast/1');
  });

  it('is awaited when none holds the targets, and each reason is told', () => {
    const s = on({ serving: { maxInterTokenLatencyMilliseconds: 1 } }, fast(), slow()).settle();
    assert.equal(s.condition('Placed'), 'False NoFeasiblePool');
    const { message = '' } = s.status.conditions?.find(({ type }) => type === 'Placed') ?? {};
    assert.match(message, /inter-token latency is [\d.]+ ms; the limit is 1 ms/);
  });

  it('is not one that costs more than all replicas may', () => {
    const s = on({ replicas: 3, serving: { maxHourlyCost: '0.70' } }, slow()).settle();
    assert.match(s.status.conditions?.find(({ type }) => type === 'Placed')?.message ?? '', /3 replicas cost 0.75 USD/);
  });

  it('is said to be too few replicas for the load', () => {
    const s = on({ serving: { requestsPerSecond: '12' } }, slow()).settle();
    assert.match(s.status.placement?.message ?? '', /the load needs \d replicas, and 1 are wanted/);
  });

  it('serves eight-bit weights only when whole ones are too slow, unless the spec says which', () => {
    const serving = { maxInterTokenLatencyMilliseconds: 45 };
    assert.equal(on({}, slow()).settle().status.placement?.quantization, undefined);
    const one = () => aPool('slow').gpus('L4', 1).price('1.00');
    const s = on({ serving }, one()).settle();
    assert.equal(s.status.placement?.quantization, 'FP8');
    assert.match(s.deployment?.spec.template.spec.containers[0]?.args?.join(' ') ?? '', /--quantization fp8/);
    assert.equal(
      on({ serving, runtime: { quantization: 'None' } }, one())
        .settle()
        .condition('Placed'),
      'False NoFeasiblePool',
    );
  });

  it('has a length of requests that its memory holds', () => {
    const s = on({ model: { uri: 'hf://meta-llama/Llama-3.1-8B-Instruct' } }, aPool('small').gpus('L4', 1)).settle();
    const length = s.status.placement?.maxModelLength ?? 0;
    assert.ok(length > 4096 && length < 131_072, String(length));
    assert.match(
      s.deployment?.spec.template.spec.containers[0]?.args?.join(' ') ?? '',
      new RegExp(`--max-model-len ${length}`),
    );
  });
});

describe('a student that serves', () => {
  const served = (spec: Spec, ...pools: PoolBuilder[]) =>
    on(spec, ...pools)
      .settle()
      .rolledOut(whole(1));
  const cheaper = () => aPool('cheaper').gpus('L4', 4).price('0.70');

  it('stays when a far better pool comes, without permission', () => {
    const s = served({}, slow());
    const before = s.status.updateRevision;
    s.pools = [slow().build(), cheaper().build()];
    s.now = startOfTime + 10 * hour;
    assert.deepEqual([placed(s), s.status.updateRevision], ['slow/1', before]);
  });

  it('moves with permission, once an hour at most, and says so', () => {
    const s = served({ placement: { replan: 'WhenBetter' } }, slow());
    s.pools = [slow().build(), cheaper().build()];
    s.now = startOfTime + hour - 1000;
    assert.equal(placed(s), 'slow/1');
    s.now = startOfTime + hour;
    assert.equal(placed(s), 'cheaper/1');
    assert.equal(s.status.placement?.reason, 'FarBetter');
    assert.ok(s.events.includes('PoolChanged'));
    assert.equal(s.condition('Ready'), 'True RollingOut');
  });

  it('does not move for less than a quarter of the bill, nor back and forth', () => {
    const s = served({ placement: { replan: 'WhenBetter' } }, slow());
    s.pools = [slow().build(), aPool('cheaper').gpus('L4', 4).price('0.80').build()];
    s.now = startOfTime + 10 * hour;
    assert.equal(placed(s), 'slow/1');
  });

  it('does not move while it is paused or rolls out', () => {
    const paused = served({ paused: true, placement: { replan: 'WhenBetter' } }, slow());
    const rolling = change(served({ placement: { replan: 'WhenBetter' } }, slow()), {
      runtime: { args: ['--seed', '1'] },
    });
    for (const s of [paused, rolling.settle()]) {
      s.pools = [slow().build(), cheaper().build()];
      s.now = startOfTime + 10 * hour;
      assert.equal(placed(s), 'slow/1');
    }
  });

  it('moves when its pool is gone, unless it may never move', () => {
    const s = served({}, slow());
    s.pools = [cheaper().build()];
    assert.equal(placed(s), 'cheaper/1');
    const stuck = served({ placement: { replan: 'Never' } }, slow());
    stuck.pools = [cheaper().build()];
    stuck.settle();
    assert.equal(stuck.condition('Placed'), 'False NoFeasiblePool');
    assert.match(
      stuck.status.conditions?.find(({ type }) => type === 'Placed')?.message ?? '',
      /pool slow is gone.*Never/,
    );
    assert.equal(stuck.condition('Ready'), 'True Available');
  });

  it('stays when new targets are not held there, and says so', () => {
    const s = change(served({}, slow()), { serving: { maxInterTokenLatencyMilliseconds: 1 } });
    const before = s.status.updateRevision;
    assert.deepEqual([placed(s), s.status.updateRevision], ['slow/1', before]);
    assert.match(s.status.placement?.message ?? '', /does not hold the targets of spec.serving/);
  });

  it('writes nothing when somebody else takes or frees a GPU', () => {
    const s = served({ placement: { replan: 'WhenBetter' } }, slow(), fast());
    const before = JSON.stringify(s.status);
    s.now = startOfTime + 10 * hour;
    s.pools = [slow().free(1).build(), fast().free(0).build()];
    assert.equal(JSON.stringify(s.settle().status), before);
  });
});
