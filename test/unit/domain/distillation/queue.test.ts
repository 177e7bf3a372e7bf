import assert from 'node:assert/strict';
import { queueLabel } from '../../../../src/api/labels.ts';
import type { DistillationJobSpec } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { aJob } from '../../../support/builders/job.ts';
import { withKueue } from '../../../support/builders/queue.ts';
import { aQuota } from '../../../support/builders/quota.ts';
import { nothing } from '../../../../src/domain/quota/usage.ts';
import type { JobView } from '../../../../src/domain/quota/job-view.ts';
import type { Changes } from '../../../support/builders/merge.ts';
import type { World } from '../../../support/builders/world.ts';
import { type Story, tell } from './story.ts';

const queued = (spec: Changes<DistillationJobSpec> = {}) =>
  aJob()
    .spec({ queueName: 'gpus', ...spec })
    .build();

/** Each stage as far as `run` says, admitted as soon as it asks. */
function trainingIn(w: World) {
  const queue = withKueue(w);
  for (const stage of ['Profile', 'Synthesize'] as const) {
    w.settle();
    queue.admit();
    w.settle().complete(stage).settle();
  }
  w.settle();
  queue.admit();
  w.settle().run('Train').settle();
  return queue;
}

function stories(cases: Readonly<Record<string, Story>>): void {
  tell(Object.fromEntries(Object.entries(cases).map(([name, tc]) => [name, { job: queued(), ...tc }])));
}

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

describe('stopping what Kueue manages', () => {
  const stopped = (w: World) => {
    assert.deepEqual(w.liveJobs(), []);
    assert.equal(w.condition('Admitted'), 'False Withdrawn');
  };
  stories({
    'deletes the Job that runs, since Kueue would resume it': {
      story: (w) => {
        trainingIn(w).takeIn();
        w.edit({ suspend: true });
        w.settle();
      },
      want: { Suspended: 'True SuspendedByUser', Succeeded: 'Unknown Suspended' },
      check: stopped,
    },
    'stores first that it is going to': {
      story: (w) => {
        trainingIn(w);
        w.edit({ suspend: true });
        w.look();
        assert.deepEqual([w.condition('Admitted'), w.liveJobs().length], ['False Withdrawn', 1]);
        w.settle();
      },
      check: stopped,
    },
    'deletes a Job that waits, which Kueue would admit': {
      story: (w) => {
        const queue = withKueue(w);
        w.settle();
        queue.takeIn();
        w.settle().edit({ suspend: true });
        w.settle();
      },
      check: stopped,
    },
    'and resuming queues again under the same name, with no word of a Job that somebody deleted': {
      story: (w) => {
        const queue = trainingIn(w);
        w.edit({ suspend: true });
        w.settle().edit({ suspend: false });
        w.settle();
        queue.admit();
        w.settle();
      },
      want: { Admitted: 'True Admitted', Succeeded: 'Unknown Training' },
      wantJobs: ['profile', 'synthesize', 'train', 'train'],
      check: (w) => {
        assert.ok(!w.events.includes('StageJobDeleted'), w.events.join(', '));
        assert.equal(new Set(w.created.slice(2).map(({ metadata }) => metadata.name)).size, 1);
        assert.equal(w.stage('Train')?.restarts, 1);
      },
    },
    'while a Job that somebody else deletes is told of': {
      story: (w) => {
        trainingIn(w);
        w.remove(w.stage('Train')?.jobName ?? '').settle();
      },
      wantEvents: ['StageJobDeleted'],
    },
    'charges its pods until they have ended': {
      story: (w) => {
        trainingIn(w);
        w.slowDeletions = true;
        w.edit({ suspend: true });
        w.settle().pass(20);
        assert.equal(w.look().requeueAfterMs, 10_000);
        w.endDeletions().settle();
      },
      want: { Succeeded: 'Unknown Suspended' },
      check: (w) => assert.equal(w.stage('Train')?.podSeconds, 20),
    },
    'waits for its pods to end before the next Job, however soon it is resumed': {
      story: (w) => {
        trainingIn(w);
        w.slowDeletions = true;
        w.edit({ suspend: true });
        w.settle().edit({ suspend: false });
        w.settle();
        assert.equal(w.created.length, 3);
        assert.match(w.message('Succeeded'), /is on its way out/);
        w.endDeletions().settle();
      },
      want: { Admitted: 'False NotTakenIn', Succeeded: 'Unknown Queued' },
      wantJobs: ['profile', 'synthesize', 'train', 'train'],
      check: (w) => assert.ok(!w.events.includes('StageJobDeleted')),
    },
    'holds for a budget that is spent': {
      job: queued({ constraints: { budget: { currency: 'USD', amount: '0.50' } } }),
      story: (w) => {
        trainingIn(w);
        w.pass(7200);
        w.settle();
      },
      want: { BudgetAvailable: 'False BudgetExhausted' },
      check: stopped,
    },
    'holds for a quota that takes its grant back, and the ledger comes before the queue': {
      story: (w) => {
        w.quotas = [aQuota({ limits: { gpus: 1 } })];
        trainingIn(w);
        w.quotas = [aQuota({ limits: { gpus: 0 } })];
        w.settle();
      },
      want: { QuotaReserved: 'False GpuCap' },
      check: stopped,
    },
    'holds for a deadline, which ends the job': {
      job: queued({ activeDeadlineSeconds: 600 }),
      story: (w) => {
        trainingIn(w);
        w.pass(600);
        w.settle();
      },
      want: { Failed: 'True DeadlineExceeded', Admitted: 'absent' },
      check: (w) => assert.deepEqual(w.liveJobs(), []),
    },
  });
});

describe('a job without room in its DistillationQuota', () => {
  /** Younger than ours, and of the same size. */
  const next: JobView = {
    uid: 'next',
    name: 'next',
    priority: 0,
    created: Date.parse('2026-12-31T00:00:00Z'),
    currency: 'USD',
    usage: nothing,
    ended: false,
    released: false,
    livePods: 0,
    mayStart: false,
    queued: false,
    heldGpus: 0,
    ask: { gpus: 1, minimum: nothing, wanted: nothing, unpriced: false },
  };
  const entry = (w: World, uid: string) => w.quotas[0]?.status?.entries?.find(({ jobUID }) => jobUID === uid);
  /** Ours is granted, and stands in Kueue's queue; the other asks too. */
  const inTheQueue = (w: World) => {
    const queue = withKueue(w);
    w.quotas = [aQuota({ limits: { gpus: 1 } })];
    w.settle();
    queue.takeIn();
    w.settle();
    w.keepLedgers([next]);
    return queue;
  };

  stories({
    'waits for one that stands in the queue with a grant, and is told so': {
      story: inTheQueue,
      want: { QuotaReserved: 'True QuotaReserved', Succeeded: 'Unknown Queued' },
      check: (w) => {
        assert.equal(entry(w, 'next')?.state, 'Waiting');
        const held = /held by .* \(1 GPU\(s\), waiting in Kueue's queue\)/;
        assert.match(entry(w, 'next')?.message ?? '', held);
        assert.equal(w.status.cost?.spent, '0', 'waiting costs nothing, and its grant is not used up');
      },
    },
    'gets its grant when that one is suspended, which takes it out of the queue first': {
      story: (w) => {
        inTheQueue(w);
        w.edit({ suspend: true });
        w.look();
        assert.equal(w.status.conditions?.find(({ type }) => type === 'Admitted')?.reason, 'Withdrawn');
        w.keepLedgers([next]);
        assert.equal(entry(w, 'next')?.state, 'Waiting', 'Kueue could still start the Job that is being withdrawn');
        w.settle();
        assert.deepEqual(w.liveJobs(), []);
        w.keepLedgers([next]);
        assert.equal(entry(w, 'next')?.state, 'Granted');
        w.edit({ suspend: false });
        w.look();
        w.keepLedgers([{ ...next, livePods: 1, heldGpus: 1 }]);
        w.look();
      },
      want: { QuotaReserved: 'False GpuCap', Succeeded: 'Unknown WaitingForQuota' },
    },
    'is in no queue': {
      story: (w) => {
        withKueue(w);
        w.quotas = [aQuota({ limits: { jobs: 0 } })];
        w.settle();
      },
      want: { QuotaReserved: 'False JobCap', Admitted: 'absent' },
      wantJobs: [],
    },
  });
});
