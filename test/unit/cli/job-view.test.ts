import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import type { StageStatus, TrainerStatus } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { renderJob, renderScores } from '../../../src/cli/job-view.ts';
import { aJob } from '../../support/builders/job.ts';

const start = '2026-03-01T12:00:00Z';
const now = Date.parse('2026-03-01T12:01:30Z');
const train: StageStatus = { name: 'Train', attempt: 1, state: 'Running', pool: 'l4', startTime: start };
const report: TrainerStatus = {
  progressPercentage: 50,
  estimatedRemainingSeconds: 90,
  metrics: [{ name: 'loss', value: '0.5' }],
  lastUpdatedTime: '2026-03-01T12:01:00Z',
};

function shown(stages: StageStatus[], trainerStatus: TrainerStatus | undefined): string {
  const status = { stages, ...(trainerStatus === undefined ? {} : { trainerStatus }) };
  return stripVTControlCharacters(renderJob(aJob().status(status).build(), now));
}

describe('the view of a job', () => {
  const cases: Record<string, { stages: StageStatus[]; report?: TrainerStatus; want: RegExp }> = {
    'shows how far the running stage is, and what is left': {
      stages: [train],
      report,
      want: /Train\s+90 s\s+l4\s+█{10}░{10} 50%, 90 s left {2}loss 0\.5/,
    },
    'does not take the report of the stage before for one of this': {
      stages: [train],
      report: { ...report, lastUpdatedTime: '2026-03-01T11:59:59Z' },
      want: /Train\s+90 s\s+l4\s+running/,
    },
    'says what a finished stage found, and how long it took': {
      stages: [{ ...train, state: 'Succeeded', completionTime: '2026-03-01T12:00:07Z', message: '7 steps' }],
      want: /Train\s+7 s\s+l4\s+7 steps/,
    },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, () => assert.match(shown(tc.stages, tc.report), tc.want));
  }

  it('puts teacher and student side by side, with their intervals', () => {
    const score = { samples: 400, correct: 346, accuracy: '0.865', accuracyLow: '0.828', accuracyHigh: '0.895' };
    const job = aJob()
      .status({ evaluation: { student: score, teacher: { ...score, accuracy: '0.000' } } })
      .build();
    const lines = stripVTControlCharacters(renderScores(job)).split('\n');
    assert.match(lines[1] ?? '', /^teacher\s+0\.000/);
    assert.match(lines[2] ?? '', /^student\s+0\.865\s+\[0\.828, 0\.895\]\s+400$/);
  });
});
