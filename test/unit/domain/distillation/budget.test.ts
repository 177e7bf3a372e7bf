import assert from 'node:assert/strict';
import { aJob } from '../../../support/builders/job.ts';
import type { World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

const budget = (amount: string, onExceeded: 'Suspend' | 'Fail' = 'Suspend') => ({
  constraints: { budget: { currency: 'USD', amount, onExceeded, allowUnknownPrices: false } },
});

function spendAll(w: World): void {
  w.settle().run('Profile');
  w.settle();
  w.pass(7200);
  w.settle();
}

describe('constraints.budget', () => {
  const poor = aJob().spec(budget('0.50')).build();
  tell({
    'is no condition of a job without one': {
      job: aJob().spec({ constraints: {} }).build(),
      story: (w) => w.settle(),
      want: { BudgetAvailable: 'absent' },
    },
    'lets a job run while less is spent': {
      job: poor,
      story: (w) => w.settle(),
      want: { BudgetAvailable: 'True WithinBudget', Succeeded: 'Unknown Profiling' },
    },
    'suspends the running Job once it is spent, and keeps it': {
      job: poor,
      story: spendAll,
      want: {
        BudgetAvailable: 'False BudgetExhausted',
        Succeeded: 'Unknown BudgetExhausted',
        Failed: 'absent',
        Reconciling: 'absent',
      },
      wantEvents: ['BudgetExhausted'],
      check: (w) => assert.equal(w.live('Profile')?.spec.suspend, true),
    },
    'lets the same Job go on when it is raised': {
      job: poor,
      story: (w) => {
        spendAll(w);
        w.edit(budget('50.00'));
        w.settle();
      },
      want: { BudgetAvailable: 'True WithinBudget', Succeeded: 'Unknown Profiling' },
      wantJobs: ['profile'],
      check: (w) => assert.equal(w.live('Profile')?.spec.suspend, false),
    },
    'is looked at when it ends, and not a tick later': {
      job: poor,
      story: (w) => {
        w.settle().run('Profile').settle();
        // 0.50 USD are 1,500 s of the pod, the last 30 of which are kept for its stop.
        w.pass(1469);
        w.settle();
        assert.equal(w.condition('BudgetAvailable'), 'True WithinBudget');
        const { requeueAfterMs = Infinity } = w.look();
        assert.ok(requeueAfterMs > 0 && requeueAfterMs <= 1100, String(requeueAfterMs));
        w.pass(1.1);
        w.settle();
      },
      want: { BudgetAvailable: 'False BudgetExhausted' },
      wantMessage: /^0\.49\d* USD are spent of a budget of 0\.50, and the rest is kept for the pods to stop; raise/,
    },
    'that is too small for all pods of a stage starts none of them, rather than again and again': {
      job: aJob()
        .spec({ synthesis: { shards: 3 }, ...budget('0.045') })
        .build(),
      // A minute of profiling is 0.02; three pods need 0.03 to stop.
      story: (w) => w.settle().complete('Profile').settle(),
      want: { BudgetAvailable: 'False BudgetExhausted' },
      wantJobs: ['profile'],
    },
    'ends the job when the spec says Fail': {
      job: aJob().spec(budget('0.50', 'Fail')).build(),
      story: spendAll,
      want: { Failed: 'True BudgetExhausted', Succeeded: 'False BudgetExhausted' },
      check: (w) => {
        assert.equal(w.live('Profile'), undefined, 'what ran for it is stopped');
        assert.equal(w.stage('Profile')?.state, 'Failed', 'and is told as ended');
      },
    },
  });
});
