import assert from 'node:assert/strict';
import { queueLabel } from '../../../../src/api/labels.ts';
import { aJob } from '../../../support/builders/job.ts';
import { withKueue } from '../../../support/builders/queue.ts';
import { queued, stories, trainingIn } from './queue-stories.ts';
import { tell } from './story.ts';

describe('spec.queueName', () => {
  stories({
    'creates Jobs that do not run, with the label that Kueue reads and none of it on their pods': {
      job: {
        ...queued(),
        metadata: {
          ...queued().metadata,
          labels: { 'kueue.x-k8s.io/priority-class': 'night', 'kueue.x-k8s.io/max-exec-time-seconds': '60', team: 'a' },
        },
      },
      story: (w) => {
        withKueue(w);
        w.settle();
      },
      check: (w) => {
        const job = w.live('Profile');
        assert.equal(job?.spec.suspend, true);
        const kueue = (labels = {}) => Object.entries(labels).filter(([key]) => key.startsWith('kueue.'));
        assert.deepEqual(Object.fromEntries(kueue(job?.metadata.labels)), {
          'kueue.x-k8s.io/max-exec-time-seconds': '60',
          'kueue.x-k8s.io/priority-class': 'night',
          [queueLabel]: 'gpus',
        });
        assert.deepEqual(kueue(job?.spec.template.metadata.labels), []);
      },
    },
    'waits with the words of Kueue, and does not take a Job without pods for one in trouble': {
      story: (w) => {
        const queue = withKueue(w);
        w.settle();
        queue.takeIn();
        w.settle().pass(600);
        w.settle();
      },
      want: { Admitted: 'False Pending', Succeeded: 'Unknown Queued', Profiled: 'Unknown Queued' },
      wantMessage: /^LocalQueue gpus: couldn't assign flavors .* 1 more needed$/,
      check: (w) => assert.equal(w.look().requeueAfterMs, undefined, 'Kueue wakes it'),
    },
    'and is in none in the moment after it is admitted, when its Job is old and the Job controller has not seen it yet':
      {
        story: (w) => {
          const queue = withKueue(w);
          w.settle();
          const job = w.live('Profile');
          assert.ok(job);
          w.update(job, { status: { conditions: [{ type: 'Suspended', status: 'True' }] } });
          w.settle().pass(600);
          queue.admit();
          const admitted = w.live('Profile');
          assert.ok(admitted);
          w.update(admitted, { status: { startTime: undefined } });
          w.settle();
        },
        want: { Admitted: 'True Admitted', Profiled: 'Unknown Profiling' },
      },
    'says so when Kueue has not looked at the Job': {
      story: (w) => {
        withKueue(w);
        w.settle();
      },
      want: { Admitted: 'False NotTakenIn', Succeeded: 'Unknown Queued' },
    },
    'runs each stage once Kueue has admitted its Job': {
      story: (w) => trainingIn(w),
      want: { Admitted: 'True Admitted', Succeeded: 'Unknown Training' },
      wantJobs: ['profile', 'synthesize', 'train'],
      wantEvents: ['ProfileJobCreated', 'Admitted', 'SynthesisJobCreated', 'Admitted', 'Admitted'],
      check: (w) =>
        assert.match(w.message('Admitted'), /^LocalQueue gpus: ClusterQueue gpus admitted Job .* on flavor l4$/),
    },
    'tells what an admission check is waiting for': {
      story: (w) => {
        const queue = withKueue(w);
        w.settle();
        queue.takeIn().set(['QuotaReserved', 'True', 'QuotaReserved', 'Quota reserved in ClusterQueue gpus']);
        w.settle();
      },
      want: { Admitted: 'False AdmissionChecksPending' },
    },
    'tells that a Workload can never start': {
      story: (w) => {
        const queue = withKueue(w);
        w.settle();
        queue.takeIn().set(['Finished', 'True', 'FailedToStart', 'conflict for key pool']);
        w.settle();
      },
      want: { Admitted: 'False FailedToStart' },
    },
    'starts nothing where there is no Kueue, and says what to do': {
      story: (w) => w.settle(),
      want: { Admitted: 'False KueueNotFound', Succeeded: 'Unknown Queued' },
      wantMessage: /install Kueue, or remove spec\.queueName/,
      wantJobs: [],
      check: (w) => {
        assert.equal(w.look().requeueAfterMs, 60_000);
        w.edit({ queueName: undefined });
        w.settle();
        assert.deepEqual([w.condition('Admitted'), w.condition('Succeeded')], ['absent', 'Unknown Profiling']);
      },
    },
    'leaves no condition behind when the job has ended': {
      story: (w) => {
        const queue = trainingIn(w);
        w.complete('Train').settle();
        for (const stage of ['Evaluate', 'Publish'] as const) {
          queue.admit();
          w.settle().complete(stage).settle();
        }
      },
      want: { Admitted: 'absent', Succeeded: 'True Distilled' },
    },
    'moves a Job that waits when it is changed': {
      story: (w) => {
        const queue = withKueue(w);
        w.settle();
        queue.takeIn();
        w.settle().edit({ queueName: 'others' });
        w.settle();
        queue.takeIn();
        w.settle();
      },
      want: { Admitted: 'False Pending' },
      wantJobs: ['profile', 'profile'],
      check: (w) => assert.equal(w.live('Profile')?.metadata.labels?.[queueLabel], 'others'),
    },
    'does not disturb a Job that runs when it is changed': {
      story: (w) => {
        trainingIn(w);
        w.edit({ queueName: 'others' });
        w.settle();
      },
      want: { Succeeded: 'Unknown Training' },
      check: (w) => assert.equal(w.live('Train')?.metadata.labels?.[queueLabel], 'gpus'),
    },
  });
});

describe('a label of Kueue on a DistillationJob', () => {
  const { metadata, ...rest } = aJob().build();
  tell({
    'is refused before anything is spent, with the field that is meant': {
      job: { ...rest, metadata: { ...metadata, labels: { [queueLabel]: 'gpus' } } },
      story: (w) => w.settle(),
      want: { Accepted: 'False Unsupported' },
      wantMessage: /remove it and set spec\.queueName to gpus/,
      wantJobs: [],
    },
  });
});

describe('a Job that Kueue manages without being asked', () => {
  tell({
    'is left to it when only a Workload tells, as where Kueue manages every Job': {
      story: (w) => {
        w.settle();
        const job = w.live('Profile');
        assert.ok(job);
        w.update(job, { spec: { suspend: true } });
        const conditions = [
          {
            type: 'QuotaReserved',
            status: 'False',
            reason: 'Inadmissible',
            message: 'no such queue',
            lastTransitionTime: '',
          },
        ] as const;
        const workload = { apiVersion: '', kind: 'Workload', metadata: { name: 'w' }, status: { conditions } } as const;
        w.kueue = () => ({ served: true, workloads: new Map([[job.metadata.uid ?? '', workload]]) });
        w.settle();
      },
      want: { Admitted: 'False Inadmissible' },
      wantMessage: /^LocalQueue \(none\): no such queue$/,
      check: (w) => assert.deepEqual(w.look().actions, []),
    },
    'is left to it, whoever put the label there': {
      story: (w) => {
        const queue = withKueue(w);
        w.settle();
        const job = w.live('Profile');
        assert.ok(job);
        w.update(job, { metadata: { labels: { [queueLabel]: 'default' } }, spec: { suspend: true } });
        queue.takeIn();
        w.settle();
      },
      want: { Admitted: 'False Pending' },
      check: (w) => assert.deepEqual(w.look().actions, []),
    },
  });
});

describe('an eviction', () => {
  stories({
    'is told in the words of Kueue, and nothing is created in place of the Job': {
      story: (w) => {
        trainingIn(w).evict();
        w.settle();
      },
      want: { Admitted: 'False Preempted', Succeeded: 'Unknown Queued', Trained: 'Unknown Queued' },
      wantMessage: /^LocalQueue gpus: Preempted to accommodate .*; couldn't assign flavors/,
      wantEvents: ['TrainingJobCreated', 'Admitted', 'Evicted'],
      wantJobs: ['profile', 'synthesize', 'train'],
    },
    'ends with the same Job, from its checkpoint': {
      story: (w) => {
        const queue = trainingIn(w);
        queue.evict();
        w.settle().pass(300);
        queue.admit();
        w.settle();
      },
      want: { Admitted: 'True Admitted', Succeeded: 'Unknown Training' },
      wantEvents: ['Evicted', 'Admitted'],
      wantJobs: ['profile', 'synthesize', 'train'],
    },
    'charges the pods that come after it from their first second on, and none of the wait': {
      story: (w) => {
        const queue = trainingIn(w);
        w.pass(60);
        w.settle();
        queue.evict();
        w.settle().pass(3600);
        queue.admit();
        w.settle().run('Train').settle().pass(60);
        w.settle();
      },
      // Four minutes of an hour that costs 1.20: profile, synthesis, and training before and after.
      check: (w) => assert.equal(w.status.cost?.spent, '0.08'),
    },
    'says how a Workload that was deactivated queues again': {
      story: (w) => {
        trainingIn(w).deactivate();
        w.settle();
      },
      want: { Admitted: 'False Deactivated' },
      wantMessage: /set spec\.active of Workload job-tiles-train-.* to true to queue it again$/,
    },
  });
});

describe('activeDeadlineSeconds in a queue', () => {
  stories({
    'does not pass while a Job waits, and goes on from where it stood': {
      job: queued({ activeDeadlineSeconds: 100 }),
      story: (w) => {
        const queue = withKueue(w);
        w.settle().pass(60);
        queue.admit();
        w.settle().run('Profile').settle().pass(50);
        w.settle();
        queue.evict();
        w.settle().pass(3600);
        queue.admit();
        w.settle().pass(49);
        w.settle();
        assert.equal(w.condition('Failed'), 'absent');
        w.pass(1);
        w.settle();
      },
      want: { Failed: 'True DeadlineExceeded' },
      check: (w) => assert.deepEqual(w.liveJobs(), []),
    },
  });
});
