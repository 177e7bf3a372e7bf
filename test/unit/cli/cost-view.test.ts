import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { renderComparison } from '../../../src/cli/compare-view.ts';
import { costReport, renderCosts } from '../../../src/cli/cost-view.ts';
import type { DistillationJob } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { aJob } from '../../support/builders/job.ts';
import { aQuota } from '../../support/builders/quota.ts';

const lines = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trimEnd());

function job(
  name: string,
  spent: string,
  more: Parameters<ReturnType<typeof aJob>['status']>[0] = {},
): DistillationJob {
  return aJob(name)
    .status({ cost: { spent, currency: 'USD', gpuSeconds: 3600 }, ...more })
    .build();
}

const score = (accuracy: string, accuracyLow: string, accuracyHigh: string) => ({
  evaluation: { student: { samples: 400, correct: 1, accuracy, accuracyLow, accuracyHigh } },
});

describe('stratos cost', () => {
  const quota = {
    ...aQuota({ limits: { cost: '10.00' } }),
    status: { spent: { cost: '4.50', gpuSeconds: 7200 }, waiting: 2 },
  };

  it('lists the jobs of a namespace, the dearest first, with their sum and the quota', () => {
    const text = renderCosts(costReport([job('a', '1.005'), job('b', '2.50')], [quota]), true);
    assert.deepEqual(lines(text), [
      'JOB    STATE  SPENT USD  BUDGET  GPU-HOURS  ACCURACY',
      'b      New         2.50               1.00',
      'a      New         1.01               1.00',
      '(all)              3.51               2.00',
      '',
      'QUOTA   SPENT  RESERVED    CAP  CURRENCY  GPU-HOURS  WAITING  PERIOD ENDS',
      'team-a   4.50      0.00  10.00  USD            2.00        2',
    ]);
  });

  it('sums up by namespace, and says when a price is unknown', () => {
    const unknown = job('c', '1.00', { cost: { spent: '1.00', currency: 'USD', unknown: true } });
    assert.match(lines(renderCosts(costReport([unknown], []), false))[1] ?? '', /^team-a +1 +1\.00 \+ unknown +USD/);
  });

  it('keeps currencies apart', () => {
    const euros = job('e', '3.00', { cost: { spent: '3.00', currency: 'EUR' } });
    assert.deepEqual(
      costReport([job('a', '1.00'), euros], []).teams.map(({ currency, spent }) => [currency, spent]),
      [
        ['EUR', '3.00'],
        ['USD', '1.00'],
      ],
    );
  });

  it('says so when there is nothing', () => {
    assert.match(renderCosts(costReport([], []), false), /no DistillationJob and no DistillationQuota/);
  });
});

describe('stratos compare', () => {
  it('tells two students apart where their intervals do not meet', () => {
    const text = renderComparison([
      job('a', '1.00', score('0.900', '0.870', '0.930')),
      job('b', '2.00', score('0.700', '0.650', '0.750')),
    ]);
    assert.match(text, /a is the most accurate: its 95 % interval lies above the others/);
    assert.ok(
      lines(text).some((line) => /^accuracy +0\.900 \[0\.870, 0\.930\] +0\.700 \[0\.650, 0\.750\]$/.test(line)),
      text,
    );
  });

  it('does not where they do', () => {
    const text = renderComparison([
      job('a', '1', score('0.90', '0.87', '0.93')),
      job('b', '2', score('0.88', '0.85', '0.91')),
    ]);
    assert.match(text, /intervals of a and b overlap/);
  });

  it('does not compare accuracies of different tasks', () => {
    const other = aJob('b')
      .spec({ task: { metric: { type: 'NumericAnswer' } } })
      .build();
    assert.match(renderComparison([job('a', '1'), other]), /their accuracies do not compare/);
  });
});
