import assert from 'node:assert/strict';
import { decide } from '../../../../src/domain/distillation/decide.ts';
import { aJob } from '../../../support/builders/job.ts';
import { evaluationResult, failure, profileOfTwo, success, twoStudents } from '../../../support/builders/results.ts';
import { settings, type World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

const unreadable = (stage: 'Profile' | 'Synthesize' | 'Train') => ({
  exitCode: 2,
  message: failure(stage, 'DataUnreadable', 'no such file: train.jsonl'),
});

const api = {
  name: 'tiny',
  endpoint: {
    url: 'https://api.example.com/v1',
    model: 'm',
    pricing: { inputPerMillionTokens: '10.00', outputPerMillionTokens: '10.00' },
  },
};

describe('a stage that fails', () => {
  tell({
    'is tried again under a new name after a pause, if somebody can mend it': {
      story: (w) => {
        w.settle().breakDown('Profile', unreadable('Profile')).settle();
        assert.equal(w.created.length, 1, 'no second try before the pause is over');
        assert.equal(w.condition('Profiled'), 'False DataUnreadable');
        assert.match(w.message('Succeeded'), /no such file: train\.jsonl/);
        w.pass(10);
        w.settle();
      },
      want: { Profiled: 'Unknown Profiling', Succeeded: 'Unknown Profiling', Failed: 'absent' },
      wantJobs: ['profile', 'profile'],
      wantEvents: ['ProfileJobCreated', 'StageFailed'],
      check: (w) => {
        assert.notEqual(w.created[0]?.metadata.name, w.created[1]?.metadata.name);
        assert.equal(w.stage('Profile')?.restarts, 1);
        assert.equal(w.status.lastFailure?.exitCode, 2);
      },
    },
    'is billed for its APIs when it fails, and once over all its tries': {
      job: aJob()
        .spec({ teachers: [api], constraints: { budget: { amount: '100', currency: 'USD' } } })
        .build(),
      story: (w) => {
        const told = (text: string, promptTokens: number) =>
          JSON.stringify({
            ...JSON.parse(text),
            usage: [{ role: 'Teacher', name: 'tiny', promptTokens, completionTokens: 0 }],
          });
        const billed = () => Number(w.stage('Profile')?.endpointCost);
        const poor = failure('Profile', 'BudgetExhausted');
        w.settle()
          .breakDown('Profile', { exitCode: 2, message: told(poor, 4_000_000) })
          .settle();
        assert.equal(billed(), 40);
        w.pass(10);
        w.settle();
        // Its own forty are not counted against it: it may spend them, as it has.
        const budget = /"budget":\{"amount":"(\d+)/.exec(JSON.stringify(w.created.at(-1)).replaceAll('\\', ''))?.[1];
        assert.ok(Number(budget) >= 99);
        w.breakDown('Profile', { exitCode: 2, message: told(poor, 6_000_000) }).settle();
        assert.equal(billed(), 60);
        assert.equal(Math.round(Number(w.status.cost?.spent)), 60);
      },
    },
    'is tried again at a slowing pace': {
      story: (w) => {
        const pauses: number[] = [];
        for (let tries = 0; tries < 6; tries += 1) {
          w.settle().breakDown('Profile', unreadable('Profile'), 0);
          const failed = w.now;
          while (w.live('Profile') === undefined) {
            w.settle();
            if (w.live('Profile') === undefined) w.pass(5);
          }
          pauses.push((w.now - failed) / 1000);
        }
        assert.deepEqual(pauses, [10, 20, 40, 80, 160, 300]);
      },
    },
    'goes well in the end once it was mended': {
      story: (w) => {
        w.settle().breakDown('Profile', unreadable('Profile')).settle();
        w.pass(10);
        w.runThrough('Publish');
      },
      want: { Profiled: 'True ProfileMeasured', Succeeded: 'True Distilled' },
    },
    'leaves its failed Job until the next try has started': {
      story: (w) => {
        w.settle().breakDown('Profile', unreadable('Profile')).settle();
        assert.equal(w.jobs.size, 1);
        w.pass(10);
        w.settle();
      },
      check: (w) => assert.deepEqual([...w.jobs.keys()], [w.created[1]?.metadata.name]),
    },
    'ends the job when the profile fails for good': {
      story: (w) =>
        w
          .settle()
          .breakDown('Profile', { exitCode: 2, message: failure('Profile', 'ConfigInvalid', 'seed must be positive') })
          .settle(),
      want: {
        Succeeded: 'False ConfigInvalid',
        Failed: 'True ConfigInvalid',
        Stalled: 'True ConfigInvalid',
        Reconciling: 'absent',
      },
      wantMessage: /profile: seed must be positive/,
      wantJobs: ['profile'],
    },
    'is over when it crashes more often than backoffLimit allows': {
      story: (w) =>
        w
          .runThrough('Synthesize')
          .settle()
          .breakDown('Train', { exitCode: 137, reason: 'OOMKilled', message: 'Killed' })
          .settle(),
      want: { Trained: 'False OOMKilled', Failed: 'True OOMKilled' },
      wantMessage: /attempt 1 of at most \d+: pod .*, container trainer, exit code 137: Killed/,
    },
    'speaks with the words of the Job when no pod is left to ask': {
      story: (w) => {
        w.runThrough('Synthesize').settle().breakDown('Train');
        w.pods.all = [];
        w.settle();
      },
      want: { Failed: 'True BackoffLimitExceeded' },
    },
    'cannot put into a condition what the API server would refuse': {
      story: (w) =>
        w
          .settle()
          .breakDown('Profile', { exitCode: 1, message: failure('Profile', 'no such reason!') })
          .settle(),
      want: { Failed: 'True Internal' },
    },
    'may fill the whole termination message': {
      story: (w) =>
        w
          .settle()
          .breakDown('Profile', { exitCode: 1, message: `Traceback: ${'x'.repeat(4000)}` })
          .settle(),
      want: { Failed: 'True Error' },
    },
  });
});

describe('a Job that is deleted before its stage is done', () => {
  tell({
    'is started again': {
      story: (w) => {
        w.runThrough('Synthesize').settle().run('Train').settle();
        w.remove(w.stage('Train')?.jobName ?? '').settle();
      },
      want: { Succeeded: 'Unknown Training' },
      wantJobs: ['profile', 'synthesize', 'train', 'train'],
      wantEvents: ['StageJobDeleted', 'TrainingJobCreated'],
      check: (w) => assert.equal(w.stage('Train')?.restarts, 1),
    },
    'keeps its name, so that one which is there after all is not doubled': {
      story: (w) => {
        w.runThrough('Synthesize').run('Train').settle();
        const blind = { ...w.observed(), stageJobs: new Map(), pods: new Map() };
        const { status, events } = decide(blind, settings, w.now);
        const train = status.stages?.find(({ name }) => name === 'Train');
        assert.deepEqual([train?.state, train?.jobName], ['Pending', w.live('Train')?.metadata.name]);
        assert.deepEqual(
          events.map(({ reason }) => reason),
          ['StageJobDeleted'],
        );
      },
    },
    'is not run again once its result is stored': {
      story: (w) => {
        w.runThrough('Train').remove(w.stage('Train')?.jobName ?? '');
        w.runThrough('Publish');
      },
      want: { Succeeded: 'True Distilled' },
      wantJobs: ['profile', 'synthesize', 'train', 'evaluate', 'publish'],
    },
  });
});

describe('a stage without a readable result', () => {
  const mute = (w: World) => {
    w.settle().complete('Profile', ['']).settle();
    w.pass(10);
    w.settle();
    w.pass(300);
    w.settle();
  };
  tell({
    'is waited for, since the pods may be seen later than their Job': {
      story: (w) => {
        w.settle().complete('Profile');
        const pods = w.pods.all;
        w.pods.all = [];
        w.settle();
        assert.equal(w.condition('Profiled'), 'Unknown Profiling');
        w.pods.all = pods;
        w.settle();
      },
      want: { Profiled: 'True ProfileMeasured' },
      wantJobs: ['profile', 'synthesize'],
    },
    'runs again': {
      story: mute,
      wantJobs: ['profile', 'profile'],
      wantEvents: ['ResultUnreadable'],
      check: (w) => assert.equal(w.status.lastFailure?.reason, 'ResultUnreadable'),
    },
    'fails in the end': {
      story: (w) => [0, 1, 2, 3].forEach(() => mute(w)),
      want: { Failed: 'True ResultUnreadable' },
      wantJobs: ['profile', 'profile', 'profile', 'profile'],
    },
    'is not taken for done by the result of another stage': {
      story: (w) =>
        w
          .settle()
          .complete('Profile', [success('Train')])
          .settle(),
      want: { Profiled: 'Unknown Profiling' },
    },
    'is not taken for done when a shard is missing, though another one spoke twice': {
      job: aJob()
        .spec({ synthesis: { shards: 2 } })
        .build(),
      story: (w) => {
        w.runThrough('Profile')
          .settle()
          .complete('Synthesize', [success('Synthesize'), '']);
        w.pods.all = w.pods.all.flatMap((pod) => [
          pod,
          { ...pod, metadata: { ...pod.metadata, name: `${pod.metadata.name}-twin` } },
        ]);
        w.settle();
      },
      want: { DataReady: 'Unknown Synthesizing' },
      check: (w) => assert.equal(w.stage('Synthesize')?.state, 'Running'),
    },
  });
});

describe('the next attempt', () => {
  const demanding = aJob()
    .spec({ students: twoStudents, maxAttempts: 2, constraints: { minAccuracy: '0.94' } })
    .build();
  const missed = { Profile: profileOfTwo(), Evaluate: evaluationResult({ samples: 400, correct: 380 }) };
  tell({
    'follows the ladder of the plan when the floor is missed': {
      job: demanding,
      story: (w) => w.runThrough('Evaluate', missed),
      want: {
        Succeeded: 'Unknown Synthesizing',
        Trained: 'absent',
        Evaluated: 'absent',
        PlanSelected: 'True PlanSelected',
      },
      wantJobs: ['profile', 'synthesize', 'train', 'evaluate', 'synthesize'],
      wantEvents: ['AccuracyTargetMissed', 'AttemptStarted'],
      check: (w) => {
        const [first, second] = w.status.attempts ?? [];
        assert.deepEqual([first?.state, first?.reason, first?.accuracy], ['Failed', 'AccuracyNotMet', '0.950']);
        assert.deepEqual([second?.number, second?.state], [2, 'Running']);
        assert.notEqual(first?.candidate, second?.candidate);
        const trained = w.created.map(({ metadata }) => metadata.labels?.['distill.stratos.dev/attempt']);
        assert.deepEqual(trained, ['1', '1', '1', '1', '2']);
      },
    },
    'is not judged by the student of the one before': {
      job: demanding,
      story: (w) => {
        w.runThrough('Evaluate', missed);
        w.runThrough('Synthesize').settle().breakDown('Train', { exitCode: 1, message: 'CUDA error' }).settle();
      },
      check: (w) =>
        assert.deepEqual(
          w.status.attempts?.map(({ accuracy }) => accuracy),
          ['0.950', undefined],
        ),
    },
    'can succeed': {
      job: demanding,
      story: (w) => {
        w.runThrough('Evaluate', missed);
        w.runThrough('Publish', { Evaluate: evaluationResult({ samples: 400, correct: 396 }) });
      },
      want: { Succeeded: 'True Distilled', Failed: 'absent', Evaluated: 'True AccuracyReached' },
      check: (w) =>
        assert.deepEqual(
          w.status.attempts?.map(({ state }) => state),
          ['Failed', 'Succeeded'],
        ),
    },
    'is not made beyond maxAttempts': {
      job: aJob()
        .spec({ students: twoStudents, maxAttempts: 1, constraints: { minAccuracy: '0.94' } })
        .build(),
      story: (w) => w.runThrough('Evaluate', missed),
      want: { Failed: 'True AccuracyNotMet' },
      wantMessage: /^attempt 1 of at most 1:/,
    },
    'is not made with what was tried before': {
      job: aJob()
        .spec({ maxAttempts: 5, constraints: { minAccuracy: '0.94' } })
        .build(),
      story: (w) => w.runThrough('Evaluate', { Evaluate: evaluationResult({ samples: 400, correct: 380 }) }),
      want: { Failed: 'True AccuracyNotMet' },
      wantMessage: /^attempt 1 of at most 5:/,
    },
    'sweeps up the Jobs of the one before once it has started': {
      job: demanding,
      story: (w) => w.runThrough('Evaluate', missed).runThrough('Synthesize'),
      check: (w) => {
        const labels = [...w.jobs.values()].map(({ metadata }) => metadata.labels?.['distill.stratos.dev/attempt']);
        assert.deepEqual(labels, ['1', '2', '2'], 'the profile, and the second attempt');
      },
    },
  });
});

describe('a Job without pods', () => {
  tell({
    'is given time, then points at the events that say why, and clears by itself': {
      story: (w) => {
        w.settle().pass(20);
        assert.equal(w.settle().condition('Profiled'), 'Unknown Profiling');
        w.pass(20);
        assert.equal(w.settle().condition('Profiled'), 'False PodsNotCreated');
        w.run('Profile').settle();
      },
      want: { Profiled: 'Unknown Profiling' },
    },
  });
});

describe('a job that waits for a pool', () => {
  const wakes = (w: World): void => assert.equal(w.settle().look().requeueAfterMs, 60_000);
  tell({
    'looks again by itself, because no node changes when somebody gives GPUs back': {
      pools: [],
      story: wakes,
      want: { Profiled: 'False PoolUnavailable' },
    },
    'does so for its plan, too': {
      story: (w) => {
        w.settle().complete('Profile');
        w.pools = [];
        wakes(w);
      },
      want: { PlanSelected: 'False NoPools' },
    },
  });
});
