import assert from 'node:assert/strict';
import { aJob } from '../../../support/builders/job.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { aQuota } from '../../../support/builders/quota.ts';
import { pilotResult, profileOfTwo, twoStudents } from '../../../support/builders/results.ts';
import type { World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

const searching = aJob()
  .spec({ students: twoStudents, search: { maxPilots: 2 } })
  .build();
/** A pod has one of four GPUs, at 1.20 USD an hour. */
const pools = [aPool().gpus('L4', 4).price('4.80').build()];

/** A first trial is about to start, and runs for so many minutes unless it is stopped. */
function trialOf(minutes: number, w: World): void {
  w.settle().complete('Profile', profileOfTwo(), 60).settle().run('Pilot').settle();
  minutesPass(minutes, w);
}

function minutesPass(minutes: number, w: World): void {
  for (let minute = 0; minute < minutes; minute += 1) {
    w.pass(60);
    w.settle();
  }
}

const pilotsOf = (w: World): string[] => (w.status.pilots ?? []).map(({ state }) => state ?? '');

describe('trial runs under a DistillationQuota', () => {
  tell({
    'hold no more GPUs than the ledger has granted': {
      job: searching,
      pools,
      story: (w) => {
        w.quotas = [aQuota({ limits: { gpus: 1 } })];
        trialOf(1, w);
      },
      check: (w) => {
        const [entry] = w.quotas[0]?.status?.entries ?? [];
        assert.deepEqual([entry?.state, entry?.gpus], ['Granted', w.stage('Pilot')?.gpus]);
      },
    },
    'wait for a grant like every stage, and no Job of theirs is there before': {
      job: searching,
      pools,
      story: (w) => {
        w.quotas = [aQuota({ limits: { gpus: 1 } })];
        w.settle().complete('Profile', profileOfTwo(), 60);
        w.quotas = [aQuota({ limits: { gpus: 0 } })];
        w.settle();
      },
      want: { QuotaReserved: 'False GpuCap', Succeeded: 'Unknown WaitingForQuota' },
      wantJobs: ['profile'],
    },
    'stop after a checkpoint where the GPU-hours end, and go on in the next period': {
      job: searching,
      pools,
      story: (w) => {
        w.quotas = [aQuota({ period: 'Day', limits: { gpuHours: '0.5' } })];
        trialOf(45, w);
        assert.equal(w.condition('QuotaReserved'), 'False GpuHoursCap');
        assert.equal(w.live('Pilot')?.spec.suspend, true);
        assert.ok((w.status.cost?.gpuSeconds ?? 0) <= 1800, `${w.status.cost?.gpuSeconds} of 1800 GPU-seconds`);
        w.pass(86_400);
        w.settle();
      },
      want: { QuotaReserved: 'True QuotaReserved', Succeeded: 'Unknown Piloting' },
      wantJobs: ['profile', 'pilot'],
    },
    'have their share of what the quota gives to one job, so that the rest is left for the training': {
      job: searching,
      pools,
      story: (w) => {
        w.quotas = [aQuota({ largestJob: { cost: '2.00' } })];
        w.settle().complete('Profile', profileOfTwo(), 60).settle();
        // A tenth of 2 USD is 600 s, the last 30 of which are the pod's grace period.
        assert.equal(w.live('Pilot')?.spec.activeDeadlineSeconds, 570);
        w.run('Pilot').settle();
        minutesPass(12, w);
      },
      want: { Piloted: 'True PilotBudgetSpent', QuotaReserved: 'True QuotaReserved' },
      check: (w) => {
        assert.ok(Number(w.status.cost?.spent) < 0.3, w.status.cost?.spent);
        assert.ok(w.status.plan?.selected !== undefined);
      },
    },
    'have it of the budget where that is less': {
      job: aJob()
        .spec({ students: twoStudents, search: { maxPilots: 2 }, constraints: { budget: { amount: '1.00' } } })
        .build(),
      pools,
      story: (w) => {
        w.quotas = [aQuota({ largestJob: { cost: '2.00' } })];
        w.settle().complete('Profile', profileOfTwo(), 60).settle();
      },
      check: (w) => assert.equal(w.live('Pilot')?.spec.activeDeadlineSeconds, 270),
    },
    'are in the ledger with all that they cost': {
      job: searching,
      pools,
      story: (w) => {
        w.quotas = [aQuota({ limits: { cost: '100.00' } })];
        trialOf(2, w);
        w.complete('Pilot', pilotResult({ samples: 200, correct: 20 })).settle();
        w.complete('Pilot', pilotResult({ samples: 200, correct: 150 })).settle();
        w.runThrough('Publish').settle();
      },
      want: { QuotaReserved: 'False Settled', Succeeded: 'True Distilled' },
      check: (w) => {
        assert.deepEqual(pilotsOf(w), ['Measured', 'Measured']);
        const [quota] = w.quotas;
        assert.equal(quota?.status?.spent?.cost, w.status.cost?.spent);
        assert.equal(quota?.status?.spent?.gpuSeconds, w.status.cost?.gpuSeconds);
      },
    },
  });
});
