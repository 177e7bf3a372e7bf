import assert from 'node:assert/strict';
import type { JobView } from '../../../../src/domain/quota/job-view.ts';
import { nothing } from '../../../../src/domain/quota/usage.ts';
import { aJob } from '../../../support/builders/job.ts';
import { aQuota } from '../../../support/builders/quota.ts';
import { podCeiling } from '../../../../src/domain/pod-ceiling.ts';
import { World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

const job = aJob()
  .spec({ constraints: { budget: { amount: '20.00' } } })
  .build();

/** Another job that has run since before ours, with so many GPUs. */
function another(gpus: number): JobView {
  const identity = { uid: 'other', name: 'other', priority: 0, created: 0, currency: 'USD', usage: nothing };
  return {
    ...identity,
    ended: false,
    released: false,
    livePods: 1,
    mayStart: false,
    queued: false,
    heldGpus: gpus,
    ask: { gpus, minimum: nothing, wanted: nothing, unpriced: false },
  };
}

function entry(w: World) {
  return w.quotas[0]?.status?.entries?.find(({ jobUID }) => jobUID === w.job.metadata.uid);
}

describe('a job under a DistillationQuota', () => {
  tell({
    'has no such condition without one': { job, story: (w) => w.settle(), want: { QuotaReserved: 'absent' } },
    'starts only once the ledger grants it, and holds a finalizer by then': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { cost: '100.00' } })];
        w.look();
        assert.deepEqual(w.created, [], 'nothing is created before the ledger is written');
        w.settle();
      },
      want: { QuotaReserved: 'True QuotaReserved' },
      wantJobs: ['profile'],
      wantEvents: ['QuotaReserved'],
      check: (w) => {
        assert.deepEqual(w.job.metadata.finalizers, ['distill.stratos.dev/bookkeeping']);
        assert.equal(entry(w)?.state, 'Granted');
      },
    },
    'waits while others hold the GPUs, and says who': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { gpus: 4 } })];
        w.keepLedgers([another(4)]);
        w.keepLedgers([another(4)]);
        w.look();
        w.keepLedgers([another(4)]);
        w.look();
        w.look();
      },
      want: { QuotaReserved: 'False GpuCap', Succeeded: 'Unknown WaitingForQuota' },
      wantMessage: /spec\.limits\.gpus is 4 GPU\(s\).*1 GPU\(s\) more than is left; held by other \(4 GPU\(s\)\)/,
      wantJobs: [],
      wantEvents: ['WaitingForQuota'],
    },
    'starts when they are gone': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { gpus: 4 } })];
        w.keepLedgers([another(4)]);
        w.look();
        w.settle();
      },
      want: { QuotaReserved: 'True QuotaReserved' },
      wantJobs: ['profile'],
    },
    'says at once that it can never start, and that the cap or the job has to change': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { gpus: 0 } })];
        w.settle();
      },
      want: { QuotaReserved: 'False GpuCap' },
      wantMessage: /can only start if the cap is raised/,
    },
    'stops after a checkpoint where its grant ends, and goes on in the next period': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ period: 'Day', limits: { gpuHours: '1' } })];
        w.settle().run('Profile');
        w.settle();
        for (let minutes = 0; minutes < 70; minutes += 1) {
          w.pass(60);
          w.settle();
        }
        assert.equal(w.condition('QuotaReserved'), 'False GpuHoursCap');
        assert.equal(w.live('Profile')?.spec.suspend, true);
        assert.ok(
          (w.status.cost?.gpuSeconds ?? 0) <= 3600,
          `${w.status.cost?.gpuSeconds} GPU-seconds are over the cap`,
        );
        w.pass(86_400);
      },
      check: (w) => {
        w.settle();
        assert.equal(w.condition('QuotaReserved'), 'True QuotaReserved');
        assert.equal(w.live('Profile')?.spec.suspend, false);
      },
    },
    'is settled once when it has ended, and let go': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { cost: '100.00' } })];
        w.runThrough('Publish').settle();
      },
      want: { QuotaReserved: 'False Settled', Succeeded: 'True Distilled' },
      check: (w) => {
        const [quota] = w.quotas;
        assert.equal(quota?.status?.spent?.cost, w.status.cost?.spent);
        assert.equal(quota?.status?.reserved?.cost, '0.00');
        assert.equal(quota?.status?.spent?.gpuSeconds, w.status.cost?.gpuSeconds);
        assert.deepEqual(w.job.metadata.finalizers, []);
      },
    },
    'that is deleted while it runs is charged to its end before it goes': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { cost: '100.00' } })];
        w.settle().run('Profile');
        w.settle();
        w.pass(600);
        w.delete();
        assert.equal(w.gone, false, 'the finalizer holds it');
        w.settle();
      },
      check: (w) => {
        assert.equal(w.gone, true);
        assert.deepEqual([...w.jobs.keys()], [], 'its Job is deleted');
        const [quota] = w.quotas;
        assert.equal(quota?.status?.spent?.gpuSeconds, 600);
        assert.equal(entry(w)?.state, 'Settled');
      },
    },
    'that is deleted after the quota was, goes at once': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { cost: '100.00' } })];
        w.settle();
        w.quotas = [];
        w.delete();
        w.settle();
      },
      check: (w) => assert.equal(w.gone, true),
    },
    'goes on when the quota comes after it, and is charged from then on': {
      job,
      story: (w) => {
        w.settle().run('Profile');
        w.pass(300);
        w.settle();
        w.quotas = [aQuota({ limits: { gpus: 0 } })];
        w.look();
        assert.equal(w.live('Profile')?.spec.suspend, undefined, 'it was not stopped');
        w.settle();
      },
      check: (w) => assert.equal(w.quotas[0]?.status?.spent?.gpuSeconds, 0, 'what was before is not this quota’s'),
    },
    'gives back what it holds while the user suspends it': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ limits: { gpus: 4, cost: '100.00' } })];
        w.settle().run('Profile');
        w.settle();
        w.edit({ suspend: true });
        w.settle();
      },
      check: (w) => {
        assert.deepEqual(w.quotas[0]?.status?.reserved, { cost: '0.00', gpuSeconds: 0, gpus: 0, jobs: 0 });
        assert.equal(entry(w)?.state, 'Idle');
      },
    },
    'is planned only on what the quota allows': {
      job,
      story: (w) => {
        w.quotas = [aQuota({ allowedGpuProducts: ['H100-SXM'] })];
        w.settle();
      },
      wantJobs: [],
      want: { Succeeded: 'Unknown Profiling' },
    },
  });

  const ceiling = (quota: Record<string, string>) =>
    podCeiling([{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'compute' }, spec: { hard: quota } }], []);

  tell({
    'of Kubernetes is met by what its pods ask for': {
      job,
      story: (w) => {
        w.podCeiling = ceiling({ 'requests.memory': '16Gi' });
        w.settle();
      },
      check: (w) => {
        const { resources } = w.created[0]?.spec.template.spec.containers[0] ?? {};
        assert.equal(resources?.requests?.['memory'], '16Gi');
      },
    },
    'of Kubernetes without GPUs leaves it no pool with GPUs': {
      job,
      story: (w) => {
        w.settle().complete('Profile');
        w.podCeiling = ceiling({ 'requests.nvidia.com/gpu': '0' });
        w.settle();
      },
      want: { PlanSelected: 'False ForbiddenByQuota' },
      wantMessage: /ResourceQuota compute allows no nvidia\.com\/gpu/,
    },
  });

  it('is told why the Job controller could create no pod', () => {
    const w = new World(job);
    w.settle();
    w.pass(60);
    const name = w.created[0]?.metadata.name ?? '';
    w.refusals = new Map([[name, 'Error creating: pods "x" is forbidden: exceeded quota: compute']]);
    w.settle();
    assert.match(w.message('Profiled'), /has no pod: Error creating: .*exceeded quota: compute/);
  });
});
