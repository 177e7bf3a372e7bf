import assert from 'node:assert/strict';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { planStatus } from '../../../../src/domain/planning/plan-status.ts';
import type { Constraints, PlanInputs, PlanRequest, Profile } from '../../../../src/domain/planning/request.ts';
import {
  a100Node,
  aNode,
  aProfile,
  aRequest,
  awsLabels,
  cpuNode,
  facts,
  h100Node,
  l4Node,
  planInputs,
  poolsOf,
  tinyFacts,
} from './builders.ts';

const withRequest = (changes: Partial<PlanRequest>): PlanInputs => planInputs({ request: aRequest(changes) });
const withConstraints = (constraints: Constraints): PlanInputs => withRequest({ constraints });
const scores = (teacher: number, student = 40): Profile =>
  aProfile({
    models: aProfile().models.map((model) => ({ ...model, correct: model.role === 'Teacher' ? teacher : student })),
  });

describe('a plan', () => {
  it('names a feasible candidate, its alternatives, and why', () => {
    const plan = makePlan(planInputs());
    assert.deepEqual(plan.selected, plan.front[0]);
    assert.equal(plan.blocker, null);
    assert.match(plan.explanation, /student learns from teacher by KnowledgeAlignment/);
    assert.ok(plan.rejectedTotal > 0);
  });

  it('is JSON through and through', () => {
    const plan = makePlan(planInputs());
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
  });

  it('has an id that the order of the inputs and the day do not change, and a free GPU does', () => {
    const inputs = planInputs();
    const { id } = makePlan(inputs);
    assert.equal(makePlan({ ...inputs, pools: inputs.pools.toReversed(), today: '2027-01-01' }).id, id);
    const [first, ...rest] = inputs.pools;
    assert.ok(first);
    const busier = { ...first, nodes: first.nodes.map((node) => ({ ...node, freeGpus: 0 })) };
    assert.notEqual(makePlan({ ...inputs, pools: [busier, ...rest] }).id, id);
  });

  it('trains a tiny model on a pool without GPUs', () => {
    const models = aProfile().models.map((model) => ({ ...model, facts: tinyFacts }));
    const profile = aProfile({ models, meanPromptTokens: 40, meanCompletionTokens: 12 });
    const plan = makePlan(planInputs({ pools: poolsOf(cpuNode()), profile }));
    assert.equal(plan.selected?.trainingPool, 'cpu-16');
    assert.equal(plan.selected?.trainingGpus, 0);
  });

  it('leaves an unknown price unknown', () => {
    const plan = makePlan(
      planInputs({ pools: poolsOf(aNode({ name: 'a', gpus: 8, labels: { 'nvidia.com/gpu.product': 'NVIDIA-L4' } })) }),
    );
    assert.equal(plan.selected?.predicted.trainingCost, null);
    assert.equal(plan.selected?.predicted.hourlyCost, null);
    assert.ok(plan.notes.some((note) => note.includes('cost is unknown')));
    assert.equal(planStatus(plan).selected?.predicted?.trainingCost, undefined);
  });

  it('says how old the price behind it is', () => {
    const plan = makePlan(planInputs({ pools: poolsOf(h100Node()), today: '2026-12-01' }));
    assert.ok(
      plan.notes.some((note) => note.includes('365 days old')),
      plan.notes.join('\n'),
    );
  });

  it('says when the pools are simulated', () => {
    const labels = {
      ...awsLabels('p5.48xlarge', 'NVIDIA-H100-80GB-HBM3', 81_559),
      'distill.stratos.dev/simulated': 'true',
    };
    const plan = makePlan(planInputs({ pools: poolsOf(aNode({ gpus: 8, labels })) }));
    assert.equal(plan.selected?.simulated, true);
    assert.ok(plan.notes.some((note) => note.startsWith('simulated:')));
  });

  it('ignores weights that sum to nothing, and says so', () => {
    const plan = makePlan(
      withRequest({ objective: { weights: { accuracy: 0, latency: 0, trainingTime: 0, cost: 0 } } }),
    );
    assert.deepEqual(plan.selected, makePlan(planInputs()).selected);
    assert.ok(plan.notes.some((note) => note.includes('weights')));
  });

  it('uses an endpoint teacher by its tokens and not by GPUs', () => {
    const teachers = [{ name: 'teacher', endpoint: { inputPerMillionTokens: '1000', outputPerMillionTokens: '1000' } }];
    const plan = makePlan(
      planInputs({
        request: aRequest({ teachers }),
        profile: aProfile({ models: aProfile().models.map((m) => (m.role === 'Teacher' ? { ...m, facts: null } : m)) }),
      }),
    );
    // 5,000 rows of 300 + 100 tokens at 1,000 a million are 2,000, and the GPUs come on top.
    assert.ok(Number(plan.selected?.predicted.trainingCost) > 2_000);
  });
});

describe('the strategy', () => {
  const cases: Record<string, { profile: Profile; want: string; decided: boolean }> = {
    'is alignment for a teacher clearly above the threshold': {
      profile: scores(180),
      want: 'KnowledgeAlignment',
      decided: true,
    },
    'is injection for a teacher clearly below it': { profile: scores(20), want: 'KnowledgeInjection', decided: true },
    'is a mixture when the interval straddles it, and says it is undecided': {
      profile: scores(104),
      want: 'KnowledgeMixture',
      decided: false,
    },
    'is one from below too': { profile: scores(96), want: 'KnowledgeMixture', decided: false },
  };
  for (const [name, { profile, want, decided }] of Object.entries(cases)) {
    it(name, () => {
      const { selected, strategies } = makePlan(planInputs({ profile }));
      assert.equal(selected?.strategy, want);
      assert.equal(strategies[0]?.decided, decided);
    });
  }

  it('is what the job asks for, whatever the teacher scores', () => {
    const strategy = { ...aRequest().strategy, mode: 'KnowledgeInjection' as const };
    assert.equal(makePlan(withRequest({ strategy })).selected?.strategy, 'KnowledgeInjection');
  });

  it('of injection has an interval up to 1, marked unmeasured', () => {
    const predicted = makePlan(planInputs({ profile: scores(20) })).selected?.predicted;
    assert.equal(predicted?.accuracyHigh, 1);
    assert.equal(predicted?.accuracyBasis, 'Unmeasured');
  });
});

interface RejectionCase {
  readonly inputs: PlanInputs;
  readonly want: string;
  readonly message: RegExp;
}

const mig = aNode({
  gpus: 7,
  resource: 'nvidia.com/mig-1g.10gb',
  labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
});
const v100 = aNode({
  gpus: 8,
  labels: { 'nvidia.com/gpu.product': 'Tesla-V100-SXM2-32GB', 'nvidia.com/gpu.memory': '32768' },
});
const noTokenizers = aProfile().models.map((m) => ({
  ...m,
  facts: m.facts && { ...m.facts, tokenizerDigest: m.role },
}));

const rejections: Record<string, RejectionCase> = {
  'a pool that the selector does not match': {
    inputs: withRequest({ placement: { poolSelector: { matchLabels: { team: 'a' } } } }),
    want: 'PoolNotSelected',
    message: /poolSelector/,
  },
  'a pool in another region': {
    inputs: withRequest({ placement: { regions: ['eu-west-1'] } }),
    want: 'RegionExcluded',
    message: /us-east-1.*eu-west-1/,
  },
  'a pool of another capacity type': {
    inputs: withRequest({ placement: { capacityTypes: ['Spot'] } }),
    want: 'CapacityTypeExcluded',
    message: /OnDemand.*Spot/,
  },
  'a taint that nobody tolerates': {
    inputs: planInputs({ pools: poolsOf(aNode({ taints: [{ key: 'team', value: 'x', effect: 'NoSchedule' }] })) }),
    want: 'TaintNotTolerated',
    message: /team=x:NoSchedule/,
  },
  'a pool without a ready node': {
    inputs: planInputs({ pools: poolsOf(aNode({ ready: false })) }),
    want: 'PoolNotReady',
    message: /none of its 1 nodes/,
  },
  'a GPU nobody knows': {
    inputs: planInputs({ pools: poolsOf(aNode({ gpus: 1, labels: { 'nvidia.com/gpu.product': 'B999' } })) }),
    want: 'GpuUnknown',
    message: /B999/,
  },
  'a GPU too old for the engine': {
    inputs: planInputs({ pools: poolsOf(v100) }),
    want: 'CapabilityTooOld',
    message: /7\.5/,
  },
  'training on a MIG slice': {
    inputs: planInputs({ pools: poolsOf(mig) }),
    want: 'MigNotTrainable',
    message: /never trained on/,
  },
  'a model larger than the GPU': {
    inputs: planInputs({
      pools: poolsOf(l4Node()),
      profile: aProfile({
        models: aProfile().models.map((m) => ({ ...m, facts: facts('Qwen/Qwen2.5-32B-Instruct') })),
      }),
    }),
    want: 'MemoryTooSmall',
    message: /GiB/,
  },
  'losses on logits across tokenizers': {
    inputs: planInputs({
      request: aRequest({ training: { ...aRequest().training, loss: 'Logits' } }),
      profile: aProfile({ models: noTokenizers }),
    }),
    want: 'TokenizerMismatch',
    message: /different tokenizers.*divergence to Universal/,
  },
  'a teacher that does not fit one GPU to score the data': {
    inputs: planInputs({
      request: aRequest({
        training: { ...aRequest().training, loss: 'Logits', comparison: { topTokens: 64, universal: false } },
      }),
      profile: aProfile({
        models: aProfile().models.map((m) =>
          m.role === 'Teacher' ? { ...m, facts: { ...(m.facts ?? tinyFacts), parameters: 200e9 } } : m,
        ),
      }),
    }),
    want: 'MemoryTooSmall',
    message: /scoring by/,
  },
  'adapters on random weights': {
    inputs: withRequest({
      students: [{ name: 'student', randomlyInitialised: true }],
      training: { ...aRequest().training, method: 'LoRA' },
    }),
    want: 'MethodNotApplicable',
    message: /random weights/,
  },
  'an accuracy that cannot be reached': {
    inputs: withConstraints({ minAccuracy: 0.99 }),
    want: 'AccuracyBelowFloor',
    message: /0\.990/,
  },
  'a model of which nothing is known': {
    inputs: planInputs({ profile: aProfile({ models: [] }) }),
    want: 'ModelFactsMissing',
    message: /student/,
  },
  'requests longer than the model’s context': {
    inputs: withConstraints({ serving: { inputTokens: 100_000 } }),
    want: 'ContextTooShort',
    message: /32768/,
  },
  'too slow a first token': {
    inputs: withConstraints({ serving: { maxTimeToFirstTokenMilliseconds: 1 } }),
    want: 'LatencyExceeded',
    message: /limit is 1 ms/,
  },
  'too slow a token': {
    inputs: withConstraints({ serving: { maxInterTokenLatencyMilliseconds: 1 } }),
    want: 'LatencyExceeded',
    message: /inter-token/,
  },
  'more requests than the pools can take': {
    inputs: withConstraints({ serving: { requestsPerSecond: 1e6 } }),
    want: 'ThroughputTooLow',
    message: /replicas/,
  },
  'too dear an hour': {
    inputs: withConstraints({ serving: { maxHourlyCost: '0.01' } }),
    want: 'HourlyCostExceeded',
    message: /limit is 0\.01 USD/,
  },
  'too dear a token': {
    inputs: withConstraints({ serving: { maxCostPerMillionTokens: '0.000001' } }),
    want: 'CostPerTokenExceeded',
    message: /a million tokens/,
  },
  'a budget too small': {
    inputs: withConstraints({ budget: { currency: 'USD', amount: '0.01' } }),
    want: 'BudgetExceeded',
    message: /budget is 0\.01 USD/,
  },
  'a time too short': {
    inputs: withConstraints({ maxTrainingSeconds: 1 }),
    want: 'DeadlineExceeded',
    message: /limit is 1 s/,
  },
  'a budget where the price is unknown': {
    inputs: planInputs({
      request: aRequest({ constraints: { budget: { currency: 'USD', amount: '9' } } }),
      pools: poolsOf(aNode({ gpus: 1, labels: { 'nvidia.com/gpu.product': 'NVIDIA-L4' } })),
    }),
    want: 'PriceUnknown',
    message: /limit in money/,
  },
  'a budget in a currency the prices are not in': {
    inputs: withConstraints({ budget: { currency: 'EUR', amount: '9' } }),
    want: 'CurrencyMismatch',
    message: /USD.*EUR/,
  },
};

describe('a plan refuses, with one reason and the numbers,', () => {
  for (const [name, { inputs, want, message }] of Object.entries(rejections)) {
    it(name, () => {
      const plan = makePlan(inputs);
      const found = plan.rejected.filter(({ reason }) => reason === want);
      assert.ok(found.length > 0, `${want} is not among ${JSON.stringify(plan.rejectedTotals)}`);
      assert.ok(
        found.some((rejection) => message.test(rejection.message)),
        found[0]?.message,
      );
      assert.equal(plan.selected, null);
      assert.equal(plan.blocker?.reason, want);
    });
  }

  it('a gang that no node holds, although the sum would', () => {
    const claims = ['a', 'b'].map((nodeName) => ({ nodeName, gpus: 4 }));
    const pools = poolsOf(h100Node('a'), h100Node('b')).map((pool) => ({
      ...pool,
      nodes: pool.nodes.map((node) => ({
        ...node,
        freeGpus: 8 - (claims.find((claim) => claim.nodeName === node.name)?.gpus ?? 0),
      })),
    }));
    const plan = makePlan(planInputs({ pools }));
    assert.ok(plan.rejected.some(({ reason, trainingGpus }) => reason === 'NotEnoughFreeGpus' && trainingGpus === 8));
    assert.ok((plan.selected?.trainingGpus ?? 9) <= 4);
  });

  it('an empty cluster and an empty list of models', () => {
    assert.equal(makePlan(planInputs({ pools: [] })).blocker?.reason, 'NoPools');
    assert.equal(makePlan(withRequest({ students: [] })).blocker?.reason, 'NoModels');
  });
});

const relaxations: Record<string, { constraints: Constraints; apply: (to: string) => Constraints; field: string }> = {
  'the budget': {
    constraints: { budget: { currency: 'USD', amount: '0.01' } },
    apply: (amount) => ({ budget: { currency: 'USD', amount } }),
    field: 'constraints.budget.amount',
  },
  'the time': {
    constraints: { maxTrainingSeconds: 1 },
    apply: (to) => ({ maxTrainingSeconds: Number(to) }),
    field: 'constraints.maxTrainingSeconds',
  },
  'the latency': {
    constraints: { serving: { maxInterTokenLatencyMilliseconds: 1 } },
    apply: (to) => ({ serving: { maxInterTokenLatencyMilliseconds: Number(to) } }),
    field: 'constraints.serving.maxInterTokenLatencyMilliseconds',
  },
  'the rate': {
    constraints: { serving: { requestsPerSecond: 1e6 } },
    apply: (to) => ({ serving: { requestsPerSecond: Number(to) } }),
    field: 'constraints.serving.requestsPerSecond',
  },
  'the hourly cost': {
    constraints: { serving: { maxHourlyCost: '0.01' } },
    apply: (to) => ({ serving: { maxHourlyCost: to } }),
    field: 'constraints.serving.maxHourlyCost',
  },
  'the floor': {
    constraints: { minAccuracy: 0.99 },
    apply: (to) => ({ minAccuracy: Number(to) }),
    field: 'constraints.minAccuracy',
  },
};

describe('when nothing fits, the smallest relaxation', () => {
  for (const [name, { constraints, apply, field }] of Object.entries(relaxations)) {
    it(`of ${name} admits a candidate`, () => {
      const relaxation = makePlan(withConstraints(constraints)).blocker?.relaxation;
      assert.equal(relaxation?.field, field);
      assert.notEqual(makePlan(withConstraints(apply(relaxation?.to ?? ''))).selected, null);
    });
  }

  it('is none when two limits have to give way', () => {
    const { blocker } = makePlan(
      withConstraints({ maxTrainingSeconds: 1, serving: { maxInterTokenLatencyMilliseconds: 1 } }),
    );
    assert.equal(blocker?.relaxation, null);
  });
});

describe('the published plan', () => {
  it('stays inside the bounds of the status and keeps the totals', () => {
    const plan = makePlan(planInputs({ pools: poolsOf(h100Node(), a100Node(), l4Node(), cpuNode()) }));
    const status = planStatus(plan);
    assert.ok((status.front?.length ?? 0) <= 16 && (status.rejected?.length ?? 0) <= 32);
    assert.equal(status.rejectedTotal, plan.rejectedTotal);
    assert.deepEqual(status.selected, status.front?.[0]);
    assert.match(status.selected?.predicted?.accuracy ?? '', /^0\.\d{3}$/);
  });

  it('shows one rejection of each reason before a second of any', () => {
    const plan = makePlan(planInputs());
    const shown = new Set(planStatus(plan).rejected?.map(({ reason }) => reason));
    assert.deepEqual([...shown].sort(), Object.keys(plan.rejectedTotals).sort());
  });
});

describe('a plan for adapters on four bits', () => {
  const plan = makePlan(withRequest({ training: { ...aRequest().training, method: 'QLoRA' } }));

  it('trains on one GPU, and says why not on more', () => {
    assert.deepEqual(new Set(plan.front.map(({ trainingGpus }) => trainingGpus)), new Set([1]));
    assert.ok(plan.rejected.some(({ message }) => message.includes('QLoRA trains on one GPU')));
  });

  it('may train on a CPU', () => {
    const inputs = withRequest({ training: { ...aRequest().training, method: 'QLoRA' } });
    const { rejected } = makePlan({ ...inputs, pools: poolsOf(cpuNode()) });
    assert.ok(rejected.every(({ message }) => !message.includes('QLoRA')));
  });
});
