import assert from 'node:assert/strict';
import { withKueue } from '../../../support/builders/queue.ts';
import { aQuota } from '../../../support/builders/quota.ts';
import type { World } from '../../../support/builders/world.ts';
import { queued, stories, trainingIn } from './queue-stories.ts';

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
