import assert from 'node:assert/strict';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { planStatus } from '../../../../src/domain/planning/plan-status.ts';
import { type Quantization, quantized, refuseQuantization } from '../../../../src/domain/planning/quantization.ts';
import { servingDevice } from '../../../../src/domain/planning/serving-site.ts';
import { servingEstimate } from '../../../../src/domain/planning/serving.ts';
import { a100Node, aNode, aRequest, cpuNode, facts, h100Node, l4Node, planInputs, poolsOf } from './builders.ts';

const poolOf = (node: ReturnType<typeof aNode>) => {
  const [pool] = poolsOf(node);
  assert.ok(pool);
  return pool;
};
const t4 = aNode({ gpus: 1, labels: { 'nvidia.com/gpu.product': 'Tesla-T4', 'nvidia.com/gpu.memory': '15360' } });
const mi300 = aNode({
  gpus: 8,
  resource: 'amd.com/gpu',
  labels: { 'amd.com/gpu.product-name': 'AMD-Instinct-MI300X' },
});

const refusals: Record<string, { quantization: Quantization; node: ReturnType<typeof aNode>; want: string | null }> = {
  'nothing is always possible': { quantization: 'None', node: cpuNode(), want: null },
  'eight-bit floats on Hopper': { quantization: 'FP8', node: h100Node(), want: null },
  'eight-bit floats on Ampere, by widening': { quantization: 'FP8', node: a100Node(), want: null },
  'eight-bit floats on Turing are refused': { quantization: 'FP8', node: t4, want: 'CapabilityTooOld' },
  'four-bit integers on Turing': { quantization: 'INT4', node: t4, want: null },
  'eight-bit floats on MI300X': { quantization: 'FP8', node: mi300, want: null },
  'four-bit integers on MI300X are refused': { quantization: 'INT4', node: mi300, want: 'MethodNotApplicable' },
  'anything on a CPU is refused': { quantization: 'INT4', node: cpuNode(), want: 'MethodNotApplicable' },
};

describe('quantised serving', () => {
  for (const [name, { quantization, node, want }] of Object.entries(refusals)) {
    it(name, () => assert.equal(refuseQuantization(quantization, poolOf(node))?.reason ?? null, want));
  }

  const model = facts('Qwen/Qwen2.5-7B-Instruct');
  const estimate = (node: ReturnType<typeof aNode>, quantization: Quantization, concurrency: number) => {
    const pool = poolOf(node);
    const served = quantized(model, servingDevice(pool, 1), pool, quantization);
    return servingEstimate(served, { inputTokens: 2_000, outputTokens: 200, concurrency });
  };

  it('reads fewer bytes for a token, on any hardware', () => {
    for (const node of [h100Node(), a100Node(), l4Node()])
      assert.ok(estimate(node, 'FP8', 1).interTokenSeconds < 0.85 * estimate(node, 'None', 1).interTokenSeconds);
  });

  it('reads prompts faster where the hardware multiplies in that format, and not elsewhere', () => {
    const first = (node: ReturnType<typeof aNode>, quantization: Quantization) =>
      estimate(node, quantization, 1).timeToFirstTokenSeconds - estimate(node, quantization, 1).interTokenSeconds;
    assert.ok(first(h100Node(), 'FP8') < 0.9 * first(h100Node(), 'None'));
    assert.ok(Math.abs(first(a100Node(), 'FP8') / first(a100Node(), 'None') - 1) < 0.03);
  });

  it('keeps embeddings and head as they are', () => {
    const pool = poolOf(h100Node());
    const small = facts('Qwen/Qwen2.5-0.5B-Instruct');
    const { bytesPerParameter = 0 } = quantized(small, servingDevice(pool, 1), pool, 'FP8');
    // 28 % of its parameters are the embedding.
    assert.ok(bytesPerParameter > 1.25 && bytesPerParameter < 1.3, String(bytesPerParameter));
  });
});

describe('a plan with a quantised deployment', () => {
  const plan = makePlan(planInputs({ request: aRequest({ quantizations: ['FP8'] }) }));

  it('publishes how the student is served', () => assert.equal(planStatus(plan).selected?.quantization, 'FP8'));

  it('says that the loss is not predicted', () =>
    assert.ok(plan.notes.some((note) => note.includes('by serving in FP8 is not predicted'))));

  it('says what the evaluation asks', () => {
    const notes = (quantizedBy: 'Publication' | 'Server') =>
      makePlan(planInputs({ request: aRequest({ quantizations: ['FP8'], quantizedBy }) })).notes.join('; ');
    assert.match(notes('Server'), /the evaluation runs unquantised/);
    assert.match(notes('Publication'), /the evaluation asks the quantised student/);
  });

  it('of several allowed ways takes the faster when latency comes first', () => {
    const seconds = (...quantizations: readonly Quantization[]) => {
      const request = aRequest({ quantizations, objective: { policy: 'LatencyFirst' } });
      return makePlan(planInputs({ request })).selected?.objectives.requestSeconds ?? Infinity;
    };
    assert.ok(seconds('FP8') < seconds('None'));
    assert.ok(seconds('None', 'FP8') <= seconds('FP8') * 1.05);
  });
});
