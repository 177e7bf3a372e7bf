import assert from 'node:assert/strict';
import { withKueue } from '../../../support/builders/queue.ts';
import { aQuota } from '../../../support/builders/quota.ts';
import { nothing } from '../../../../src/domain/quota/usage.ts';
import type { JobView } from '../../../../src/domain/quota/job-view.ts';
import type { World } from '../../../support/builders/world.ts';
import { stories } from './queue-stories.ts';

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
