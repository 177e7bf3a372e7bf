import assert from 'node:assert/strict';
import { decide } from '../../../../src/domain/distillation/decide.ts';
import { aJob } from '../../../support/builders/job.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { evaluationResult } from '../../../support/builders/results.ts';
import { settings, World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

const everyStage = ['profile', 'synthesize', 'train', 'evaluate', 'publish'];

describe('a job that goes well', () => {
  tell({
    'is accepted at the first look, and its first stage is only announced': {
      story: (w) => w.look(),
      want: {
        Accepted: 'True Accepted',
        Succeeded: 'Unknown Profiling',
        Reconciling: 'True Profiling',
        Failed: 'absent',
      },
      wantJobs: [],
      check: (w) => {
        assert.equal(w.stage('Profile')?.state, 'Pending');
        assert.match(w.actions.join(), /^create-claim tiles-workspace-[0-9a-f]{8}$/);
      },
    },
    'has the Job of its first stage created once the record is stored': {
      story: (w) => [w.look(), w.look()],
      wantJobs: ['profile'],
      check: (w) => assert.equal(w.created[0]?.metadata.name, w.stage('Profile')?.jobName),
    },
    'runs every stage once, in order': {
      story: (w) => w.runThrough('Publish'),
      want: {
        Accepted: 'True Accepted',
        Profiled: 'True ProfileMeasured',
        PlanSelected: 'True PlanSelected',
        DataReady: 'True DataVerified',
        Trained: 'True TrainingComplete',
        Evaluated: 'True EvaluationMeasured',
        Published: 'True ArtifactPublished',
        Succeeded: 'True Distilled',
        Failed: 'absent',
        Stalled: 'absent',
        Reconciling: 'absent',
      },
      wantJobs: everyStage,
      wantEvents: [
        'ProfileJobCreated',
        'PlanSelected',
        'SynthesisJobCreated',
        'TrainingComplete',
        'DistillationSucceeded',
      ],
      check: (w) => assert.equal(w.status.progress, '100%', 'whatever was reported last'),
    },
    'shows its state in one word while it trains': {
      story: (w) => w.runThrough('Synthesize').run('Train').settle(),
      want: { Succeeded: 'Unknown Training', Trained: 'Unknown Training', Reconciling: 'absent' },
      check: (w) => assert.equal(w.stage('Train')?.state, 'Running'),
    },
    'keeps a result with the stage that found it': {
      story: (w) => w.runThrough('Train'),
      check: (w) => {
        assert.equal(w.stage('Train')?.state, 'Succeeded');
        assert.match(w.stage('Train')?.result ?? '', /"steps":300/);
        assert.match(w.stage('Train')?.message ?? '', /^300 steps/);
      },
    },
    'measures accuracies with their intervals': {
      story: (w) => w.runThrough('Profile'),
      check: (w) => {
        const teacher = w.status.profile?.models?.find(({ role }) => role === 'Teacher');
        assert.deepEqual([teacher?.accuracy, teacher?.accuracyLow, teacher?.accuracyHigh], ['0.950', '0.910', '0.973']);
      },
    },
    'says how sure the comparison with the teacher is': {
      story: (w) => w.runThrough('Evaluate'),
      check: (w) => {
        const { pairedBetter, pairedWorse, pairedPValue, contaminated } = w.status.evaluation ?? {};
        assert.deepEqual([pairedBetter, pairedWorse, pairedPValue, contaminated], [10, 12, '0.831800000', 0]);
      },
    },
    'takes an evaluation that compares nothing and counts nothing twice': {
      story: (w) => {
        const { comparisons: _, contaminated: __, ...result } = evaluationResult();
        return w.runThrough('Evaluate', { Evaluate: result });
      },
      check: (w) => {
        assert.equal(w.status.evaluation?.pairedPValue, undefined);
        assert.equal(w.status.evaluation?.contaminated, undefined);
      },
    },
    'is published when the lower bound reaches the floor': {
      job: aJob()
        .spec({ constraints: { minAccuracy: '0.92' } })
        .build(),
      story: (w) => w.runThrough('Publish'),
      want: { Evaluated: 'True AccuracyReached', Succeeded: 'True Distilled' },
    },
    'runs without a GPU where there is none': {
      pools: [aPool('cpus').withoutGpus().build()],
      story: (w) => w.runThrough('Publish'),
      want: { Succeeded: 'True Distilled' },
      wantJobs: everyStage,
    },
    'collects one result from each shard of the synthesis': {
      job: aJob()
        .spec({ synthesis: { shards: 3 } })
        .build(),
      story: (w) => w.runThrough('Synthesize'),
      check: (w) => assert.match(w.stage('Synthesize')?.message ?? '', /^kept 5970 of 6000 rows/),
    },
  });

  it('never has a stage whose Job was created under another name in another process', () => {
    const names = [0, 1].map(() => new World().runThrough('Publish').created.map(({ metadata }) => metadata.name));
    assert.deepEqual(names[0], names[1]);
    assert.equal(new Set(names[0]).size, 5);
  });

  it('has the same decision from the same view, whatever the object is frozen or read before', () => {
    const world = new World().runThrough('Train');
    const observed = world.observed();
    assert.deepEqual(decide(observed, settings, world.now), decide(observed, settings, world.now));
  });

  it('does not write when nothing but time has passed', () => {
    const world = new World().runThrough('Publish');
    world.pass(3600);
    assert.deepEqual(decide(world.observed(), settings, world.now).status, world.status);
  });
});

describe('the workspace', () => {
  const own = { workspace: { claimName: 'scratch' } };
  tell({
    'is a claim of the job, owned by it': {
      story: (w) => w.look(),
      check: (w) => {
        assert.equal(w.claim?.metadata.ownerReferences?.[0]?.uid, 'job-uid');
        assert.deepEqual(w.claim?.spec.resources.requests, { storage: w.job.spec.workspace.size });
      },
    },
    'is the one that the spec names, and is never created then': {
      job: aJob().spec(own).build(),
      story: (w) => w.settle(),
      want: { Profiled: 'False WorkspaceNotFound', Succeeded: 'Unknown Profiling' },
      wantMessage: /PersistentVolumeClaim scratch .* does not exist/,
      wantJobs: [],
      check: (w) => assert.deepEqual(w.actions, []),
    },
    'is not the one that a deleted job of the same name left': {
      story: (w) => {
        w.look();
        assert.ok(w.claim);
        const [owner] = w.claim.metadata.ownerReferences ?? [];
        assert.ok(owner);
        w.claim = { ...w.claim, metadata: { ...w.claim.metadata, ownerReferences: [{ ...owner, uid: 'uid-before' }] } };
        w.settle();
        assert.deepEqual([w.condition('Profiled'), w.created], ['False WorkspaceTaken', []]);
        w.claim = undefined;
        w.settle();
      },
      want: { Succeeded: 'Unknown Profiling' },
      wantJobs: ['profile'],
      check: (w) => assert.equal(w.claim?.metadata.ownerReferences?.[0]?.uid, 'job-uid'),
    },
    'is waited for, and the job goes on once it is there': {
      job: aJob().spec(own).build(),
      story: (w) => {
        w.settle();
        w.claim = {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'scratch' },
          spec: { accessModes: [], resources: {} },
        };
        w.runThrough('Publish');
      },
      want: { Profiled: 'True ProfileMeasured', Succeeded: 'True Distilled' },
    },
  });
});

describe('the plan', () => {
  const manual = aJob().spec({ planApproval: 'Manual' }).build();
  tell({
    'waits for its approval, and says how to give it': {
      job: manual,
      story: (w) => w.runThrough('Profile'),
      want: { PlanSelected: 'False AwaitingApproval', Succeeded: 'Unknown AwaitingApproval', Reconciling: 'absent' },
      wantMessage: /set spec\.approvedPlan to [0-9a-f]{12}/,
      wantJobs: ['profile'],
    },
    'is not approved by the name of another plan': {
      job: manual,
      story: (w) => {
        w.runThrough('Profile').edit({ approvedPlan: '0123456789ab' });
        w.settle();
      },
      want: { PlanSelected: 'False AwaitingApproval' },
      wantJobs: ['profile'],
    },
    'runs once it is approved by its name': {
      job: manual,
      story: (w) => {
        w.runThrough('Profile').edit({ approvedPlan: w.status.plan?.id });
        w.settle();
      },
      want: { PlanSelected: 'True PlanSelected', Succeeded: 'Unknown Synthesizing', Reconciling: 'absent' },
      wantJobs: ['profile', 'synthesize'],
      wantEvents: ['PlanSelected', 'PlanApproved', 'SynthesisJobCreated'],
    },
    'is made again when the cluster changes, as long as nothing is feasible': {
      job: aJob()
        .spec({ constraints: { serving: { maxHourlyCost: '0.50' } } })
        .build(),
      story: (w) => {
        w.runThrough('Profile');
        assert.equal(w.condition('PlanSelected').split(' ')[0], 'False');
        assert.equal(w.condition('Succeeded'), 'Unknown Planning');
        w.pools = [...w.pools, aPool('cheap').price('0.40').build()];
        w.settle();
      },
      want: { PlanSelected: 'True PlanSelected', Succeeded: 'Unknown Synthesizing' },
      wantEvents: ['NoFeasiblePlan', 'PlanSelected'],
    },
    'stands once it is made, whatever the cluster does': {
      story: (w) => {
        w.runThrough('Profile');
        const before = w.status.plan;
        w.pools = [...w.pools, aPool('cheap').price('0.10').build()];
        w.runThrough('Publish');
        assert.deepEqual(w.status.plan, before);
      },
      want: { Succeeded: 'True Distilled' },
    },
    'obeys the pool that the placement names': {
      job: aJob()
        .spec({ placement: { poolName: 'dear' } })
        .build(),
      pools: [aPool('cheap').price('0.10').build(), aPool('dear').price('9.00').build()],
      story: (w) => w.runThrough('Train'),
      check: (w) => assert.deepEqual([w.stage('Profile')?.pool, w.stage('Train')?.pool], ['dear', 'dear']),
    },
    'obeys the labels that the placement selects': {
      job: aJob()
        .spec({ placement: { poolSelector: { matchLabels: { 'distill.stratos.dev/pool': 'dear' } } } })
        .build(),
      pools: [aPool('cheap').price('0.10').build(), aPool('dear').price('9.00').build()],
      story: (w) => w.runThrough('Train'),
      check: (w) => assert.deepEqual([w.stage('Profile')?.pool, w.stage('Train')?.pool], ['dear', 'dear']),
    },
    'keeps its running stage when the pool leaves the cluster, and starts nothing new': {
      story: (w) => {
        w.runThrough('Synthesize');
        w.pools = [];
        w.settle().complete('Train').settle();
      },
      want: { Trained: 'True TrainingComplete', Evaluated: 'False PoolUnavailable', Succeeded: 'Unknown Evaluating' },
      wantJobs: ['profile', 'synthesize', 'train'],
    },
    'goes on when the pool is back': {
      story: (w) => {
        const { pools } = w;
        w.runThrough('Synthesize');
        w.pools = [];
        w.settle().complete('Train').settle();
        w.pools = pools;
        w.runThrough('Publish');
      },
      want: { Succeeded: 'True Distilled' },
    },
  });
});

describe('the accuracy gate', () => {
  const demanding = aJob()
    .spec({ constraints: { minAccuracy: '0.94' } })
    .build();
  tell({
    'holds the floor against the lower bound, not against the measured accuracy': {
      job: demanding,
      story: (w) => w.runThrough('Evaluate', { Evaluate: evaluationResult({ samples: 400, correct: 380 }) }),
      want: {
        Evaluated: 'False AccuracyNotMet',
        Succeeded: 'False AccuracyNotMet',
        Failed: 'True AccuracyNotMet',
        Published: 'absent',
      },
      wantMessage: /0\.950 \[0\.924, 0\.967\].*below the floor 0\.94/,
      wantEvents: ['AccuracyTargetMissed', 'DistillationFailed'],
    },
    'never shows a student as fit before it is judged': {
      job: demanding,
      story: (w) => {
        w.runThrough('Train')
          .settle()
          .complete('Evaluate', evaluationResult({ samples: 400, correct: 300 }));
        w.look();
      },
      want: { Evaluated: 'False AccuracyNotMet', Succeeded: 'Unknown Evaluating' },
    },
    'does not pass a student that was never asked anything': {
      job: demanding,
      story: (w) => w.runThrough('Evaluate', { Evaluate: evaluationResult({ samples: 0, correct: 0 }) }),
      want: { Evaluated: 'False AccuracyNotMet', Failed: 'True AccuracyNotMet' },
    },
  });
});
