import assert from 'node:assert/strict';
import { aJob } from '../../../support/builders/job.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { failure, goodResults } from '../../../support/builders/results.ts';
import type { World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

const manual = aJob().spec({ planApproval: 'Manual' }).build();
const poolOf = (w: World): string | undefined => w.status.plan?.selected?.trainingPool;

function approve(w: World): World {
  w.edit({ approvedPlan: w.status.plan?.id });
  return w.settle();
}

describe('a plan that waits for approval', () => {
  tell({
    'is made anew when its pool is gone, and says why': {
      job: manual,
      pools: [aPool('cheap').price('0.50').build(), aPool('dear').price('5.00').build()],
      story: (w) => {
        const first = w.runThrough('Profile').status.plan?.id;
        w.pools = w.pools.filter(({ name }) => name !== 'cheap');
        w.settle();
        assert.equal(w.status.plan?.replacedPlan, first);
      },
      want: { PlanSelected: 'False AwaitingApproval' },
      wantEvents: ['PlanSelected', 'PlanReplaced', 'PlanSelected'],
      check: (w) => {
        assert.equal(poolOf(w), 'dear');
        assert.match(w.status.plan?.replacedReason ?? '', /^pool cheap of small-\w{8} is gone$/);
      },
    },
    'is not approved by the approval of the plan it replaced, and says so': {
      job: manual,
      pools: [aPool('cheap').price('0.50').build(), aPool('dear').price('5.00').build()],
      story: (w) => {
        const first = w.runThrough('Profile').status.plan?.id;
        w.pools = w.pools.filter(({ name }) => name !== 'cheap');
        w.edit({ approvedPlan: first });
        w.settle();
      },
      want: { PlanSelected: 'False AwaitingApproval' },
      wantMessage:
        /the approval of plan [0-9a-f]{12} does not carry over: it was replaced \(pool cheap of .* is gone\)$/,
      wantJobs: ['profile'],
    },
    'runs with the new one, once that is approved': {
      job: manual,
      pools: [aPool('cheap').price('0.50').build(), aPool('dear').price('5.00').build()],
      story: (w) => {
        w.runThrough('Profile');
        w.pools = w.pools.filter(({ name }) => name !== 'cheap');
        approve(w.settle());
      },
      want: { PlanSelected: 'True PlanSelected', Succeeded: 'Unknown Synthesizing' },
      check: (w) => assert.equal(w.stage('Synthesize')?.pool, 'dear'),
    },
    'is made anew when its price has risen, though the choice is the same': {
      job: manual,
      story: (w) => {
        w.runThrough('Profile');
        w.pools = [aPool().price('2.40').build()];
        w.settle();
      },
      check: (w) => assert.match(w.status.plan?.replacedReason ?? '', /has risen from .* to /),
    },
    'stands when others come and go elsewhere': {
      job: manual,
      pools: [aPool('cheap').price('0.50').build(), aPool('dear').gpus('L4', 4).price('9.00').build()],
      story: (w) => {
        const { plan } = w.runThrough('Profile').status;
        w.pools = [aPool('cheap').price('0.50').build(), aPool('dear').gpus('L4', 4).free(1).price('9.00').build()];
        w.settle();
        assert.deepEqual(w.status.plan, plan);
      },
      want: { PlanSelected: 'False AwaitingApproval' },
      check: (w) => assert.ok(!w.events.includes('PlanReplaced')),
    },
    'waits for a pool when nothing is feasible any more, and remembers what it replaced': {
      job: manual,
      story: (w) => {
        w.runThrough('Profile');
        const { pools } = w;
        w.pools = [];
        w.settle();
        assert.equal(w.condition('PlanSelected'), 'False NoPools');
        w.pools = pools;
        w.settle();
      },
      want: { PlanSelected: 'False AwaitingApproval' },
      wantEvents: ['NoFeasiblePlan', 'PlanSelected'],
      check: (w) => assert.match(w.status.plan?.replacedReason ?? '', /is gone$/),
    },
  });
});

describe('a plan whose data is written', () => {
  const pools = [aPool('cheap').price('0.50').build(), aPool('dear').price('5.00').build()];
  const loseCheap = (w: World): World => {
    w.settle();
    w.pools = w.pools.filter(({ name }) => name !== 'cheap');
    return w.complete('Synthesize').settle();
  };
  tell({
    'trains elsewhere when its pool is gone, on the same data': {
      pools,
      story: (w) => loseCheap(w.runThrough('Profile')).runThrough('Publish'),
      want: { Succeeded: 'True Distilled' },
      wantJobs: ['profile', 'synthesize', 'train', 'evaluate', 'publish'],
      wantEvents: ['DataVerified', 'PlanReplaced', 'TrainingJobCreated'],
      check: (w) => {
        assert.deepEqual([w.stage('Synthesize')?.pool, w.stage('Train')?.pool], ['cheap', 'dear']);
        assert.deepEqual(
          w.status.attempts?.map(({ number, planId }) => [number, planId]),
          [[1, w.status.plan?.id]],
        );
      },
    },
    'waits for the approval of that, where plans are approved': {
      job: manual,
      pools,
      story: (w) => loseCheap(approve(w.runThrough('Profile'))),
      want: { PlanSelected: 'False AwaitingApproval', Succeeded: 'Unknown AwaitingApproval' },
      wantJobs: ['profile', 'synthesize'],
      check: (w) => {
        approve(w).runThrough('Train');
        assert.equal(w.stage('Train')?.pool, 'dear');
      },
    },
    'waits for its pool when there is no other': {
      story: (w) => {
        w.runThrough('Profile').settle();
        w.pools = [];
        w.complete('Synthesize').settle();
      },
      want: { Trained: 'False PoolUnavailable', PlanSelected: 'True PlanSelected' },
    },
    'stands once training has begun': {
      pools,
      story: (w) => {
        const { plan } = w.runThrough('Synthesize').run('Train').settle().status;
        w.pools = w.pools.filter(({ name }) => name !== 'cheap');
        w.settle();
        assert.deepEqual(w.status.plan, plan);
      },
      want: { Succeeded: 'Unknown Training' },
    },
  });
});

describe('a probe that does not decide the strategy', () => {
  const profile = (samples: number, correct: number): object => ({
    ...(goodResults.Profile() as { models: { role: string }[] }),
    models: (goodResults.Profile() as { models: { role: string }[] }).models.map((model) =>
      model.role === 'Teacher' ? { ...model, samples, correct } : model,
    ),
  });
  const undecided = (w: World): World => w.settle().complete('Profile', profile(200, 110)).settle();
  tell({
    'is repeated with as many examples as decide it': {
      story: undecided,
      want: { Profiled: 'Unknown Profiling', PlanSelected: 'absent' },
      wantJobs: ['profile', 'profile'],
      wantEvents: ['ProfileMeasured', 'ProbeRepeated', 'ProfileJobCreated'],
      check: (w) => {
        assert.equal(w.status.profile?.nextProbeSamples, 400);
        assert.notEqual(w.created[0]?.metadata.name, w.created[1]?.metadata.name);
      },
    },
    'and when that decides, the plan follows it': {
      story: (w) => undecided(w).complete('Profile', profile(400, 230)).settle(),
      want: { Profiled: 'True ProfileMeasured', Succeeded: 'Unknown Synthesizing' },
      wantJobs: ['profile', 'profile', 'synthesize'],
      check: (w) => {
        assert.equal(w.status.plan?.selected?.strategy, 'KnowledgeAlignment');
        assert.deepEqual([w.status.profile?.probeSamples, w.status.profile?.nextProbeSamples], [400, undefined]);
      },
    },
    'and when no probe within the limits would, the strategies are mixed': {
      story: (w) => undecided(w).complete('Profile', profile(400, 200)).settle(),
      want: { Succeeded: 'Unknown Synthesizing' },
      wantJobs: ['profile', 'profile', 'synthesize'],
      check: (w) => assert.equal(w.status.plan?.selected?.strategy, 'KnowledgeMixture'),
    },
    'or tried, where trial runs are allowed': {
      job: aJob()
        .spec({ search: { maxPilots: 3 } })
        .build(),
      story: (w) => undecided(w).complete('Profile', profile(400, 200)).settle(),
      want: { Piloted: 'Unknown Piloting' },
      check: (w) => assert.ok((w.status.pilots ?? []).every(({ strategy }) => strategy.startsWith('Knowledge'))),
    },
    'is not repeated when the mode is given': {
      job: aJob()
        .spec({ strategy: { mode: 'KnowledgeInjection' } })
        .build(),
      story: undecided,
      wantJobs: ['profile', 'synthesize'],
    },
    'is not repeated when that would cost more than its share of the budget': {
      job: aJob()
        .spec({ constraints: { budget: { amount: '0.30' } } })
        .build(),
      story: undecided,
      wantJobs: ['profile', 'synthesize'],
    },
    'stands, when the larger one fails': {
      story: (w) => {
        undecided(w).breakDown('Profile', { exitCode: 2, message: failure('Profile', 'OutOfMemory') });
        w.settle();
      },
      want: { Profiled: 'True ProfileMeasured', Succeeded: 'Unknown Synthesizing', Failed: 'absent' },
      check: (w) => assert.equal(w.status.plan?.selected?.strategy, 'KnowledgeMixture'),
    },
  });
});
