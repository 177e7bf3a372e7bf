import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type {
  DistillationJob,
  DistillationJobSpec,
  PilotStatus,
} from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { aJob } from '../../../support/builders/job.ts';
import type { Changes } from '../../../support/builders/merge.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { failure, pilotResult, profileOfTwo, profileResult, twoStudents } from '../../../support/builders/results.ts';
import type { World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

const searching = (changes: Changes<DistillationJobSpec> = {}) =>
  aJob()
    .spec({ students: twoStudents, search: { maxPilots: 2 }, training: { loss: 'SequenceLevel' } })
    .spec(changes)
    .build();
const profiled = (w: World): World => w.runThrough('Profile', { Profile: profileOfTwo() });
const pilotsOf = (w: World): string[] => (w.status.pilots ?? []).map(({ student, state }) => `${student} ${state}`);
const running = (w: World): PilotStatus | undefined => w.status.pilots?.find(({ state }) => state === 'Running');
/** What the document of the stage that runs says of training. */
function trainingOf(w: World): { readonly loss?: string } {
  const env = w.liveJobs()[0]?.spec.template.spec.containers[0]?.env ?? [];
  const text = env.map(({ value = '' }) => value).find((value) => value.startsWith('{')) ?? '{}';
  return JSON.parse(text).training;
}

const answers = (correct: number) => pilotResult({ samples: 200, correct });

describe('trial runs', () => {
  tell({
    'are not made when the spec allows none': {
      job: aJob().spec({ students: twoStudents }).build(),
      story: profiled,
      want: { Piloted: 'absent', Succeeded: 'Unknown Synthesizing' },
      wantJobs: ['profile', 'synthesize'],
    },
    'are not made when there is nothing to choose, and the job says so': {
      job: aJob()
        .spec({ search: { maxPilots: 4 }, training: { loss: 'SequenceLevel' } })
        .build(),
      story: (w) => w.runThrough('Profile'),
      want: { Piloted: 'True NothingToDecide', Succeeded: 'Unknown Synthesizing' },
      wantJobs: ['profile', 'synthesize'],
      check: (w) => {
        assert.equal(w.status.pilots, undefined);
        assert.ok(!w.events.includes('PlanReplaced'));
      },
    },
    'compare what the teacher writes with what it finds likely, where the spec leaves that open': {
      job: aJob()
        .spec({ search: { maxPilots: 4 } })
        .build(),
      story: (w) =>
        w.runThrough('Profile').complete('Pilot', answers(60)).settle().complete('Pilot', answers(190)).settle(),
      want: { Piloted: 'True PilotsMeasured' },
      check: (w) => {
        assert.deepEqual(
          w.status.pilots?.map(({ loss = 'text' }) => loss),
          ['text', 'Logits'],
        );
        assert.equal(w.status.plan?.selected?.loss, 'Logits');
        assert.match(w.message('PlanSelected'), /\(Full, Logits\)/);
        w.complete('Synthesize').settle();
        assert.equal(trainingOf(w).loss, 'Logits');
      },
    },
    'are made one after the other, each announced before its Job is created': {
      job: searching(),
      story: profiled,
      want: { Piloted: 'Unknown Piloting', Succeeded: 'Unknown Piloting' },
      wantJobs: ['profile', 'pilot'],
      check: (w) => {
        assert.deepEqual(pilotsOf(w), ['small Running', 'large Pending']);
        assert.equal(w.stage('Pilot')?.state, 'Running');
        assert.deepEqual([running(w)?.steps, running(w)?.rows], [40, 640]);
      },
    },
    'have their measurements in the plan that is then made anew': {
      job: searching(),
      story: (w) => {
        const first = profiled(w).status.plan?.id;
        w.complete('Pilot', answers(20)).settle().complete('Pilot', answers(150)).settle();
        assert.equal(w.status.plan?.replacedPlan, first);
      },
      want: { Piloted: 'True PilotsMeasured', PlanSelected: 'True PlanSelected', Succeeded: 'Unknown Synthesizing' },
      wantJobs: ['profile', 'pilot', 'pilot', 'synthesize'],
      wantEvents: ['PlanSelected', 'PilotJobCreated', 'PilotMeasured', 'PilotsFinished', 'PlanReplaced'],
      check: (w) => {
        assert.deepEqual(pilotsOf(w), ['small Measured', 'large Measured']);
        const { predicted, student } = w.status.plan?.selected ?? {};
        assert.deepEqual([student, predicted?.accuracyLow, predicted?.accuracyBasis], ['large', '0.686', 'Piloted']);
      },
    },
    'are paid by the job, each with its own bill': {
      job: searching(),
      story: (w) => profiled(w).complete('Pilot', answers(20), 120).settle().complete('Pilot', answers(150)).settle(),
      check: (w) => {
        assert.deepEqual(
          w.status.pilots?.map(({ cost }) => cost),
          ['0.04', '0.02'],
        );
        assert.equal(w.status.cost?.spent, '0.08');
      },
    },
    'come before the approval: one plan is approved, the one with their measurements': {
      job: searching({ planApproval: 'Manual' }),
      story: (w) => {
        const first = profiled(w).status.plan?.id;
        w.edit({ approvedPlan: first });
        w.settle().complete('Pilot', answers(20)).settle().complete('Pilot', answers(150)).settle();
      },
      want: { Piloted: 'True PilotsMeasured', PlanSelected: 'False AwaitingApproval' },
      wantMessage: /the approval of plan [0-9a-f]{12} does not carry over: it was replaced \(trial runs are over/,
      wantJobs: ['profile', 'pilot', 'pilot'],
    },
    'that fail rule out their recipe alone, with the reason': {
      job: searching(),
      story: (w) => {
        profiled(w).breakDown('Pilot', {
          exitCode: 2,
          message: failure('Pilot', 'ModelIncompatible', 'no such layer'),
        });
        w.settle();
      },
      // One recipe is left: its accuracy is no longer a question.
      want: { Failed: 'absent', Piloted: 'True ChoiceDecided', Succeeded: 'Unknown Synthesizing' },
      wantEvents: ['StageFailed', 'PilotFailed', 'PilotsFinished'],
      check: (w) => {
        assert.deepEqual(pilotsOf(w), ['small Failed', 'large Dropped']);
        const lost = w.status.plan?.rejected?.find(({ reason }) => reason === 'PilotFailed');
        assert.match(lost?.message ?? '', /its trial run failed: no such layer/);
        assert.equal(w.status.plan?.selected?.student, 'large');
      },
    },
    'that somebody can mend wait for it, like every stage': {
      job: searching(),
      story: (w) => {
        profiled(w).breakDown('Pilot', { exitCode: 2, message: failure('Pilot', 'DataUnreadable') });
        w.settle().pass(15);
        w.settle();
      },
      want: { Piloted: 'Unknown Piloting' },
      wantJobs: ['profile', 'pilot', 'pilot'],
      check: (w) => assert.deepEqual([running(w)?.rung, w.stage('Pilot')?.restarts], [0, 1]),
    },
    'that all fail leave nothing to choose': {
      job: searching({ constraints: { minAccuracy: '0.5' } }),
      story: (w) => {
        const bad = { exitCode: 2, message: failure('Pilot', 'ModelIncompatible') };
        profiled(w).breakDown('Pilot', bad).settle();
        while (w.live('Pilot')) w.breakDown('Pilot', bad).settle();
      },
      want: { PlanSelected: 'False PilotFailed', Succeeded: 'Unknown Planning' },
    },
    'stop with the job, and go on in the same Job': {
      job: searching(),
      story: (w) => {
        profiled(w).run('Pilot').settle();
        w.edit({ suspend: true });
        w.settle();
        assert.equal(w.live('Pilot')?.spec.suspend, true);
        w.edit({ suspend: false });
        w.settle();
      },
      want: { Suspended: 'False Resumed', Piloted: 'Unknown Piloting' },
      wantJobs: ['profile', 'pilot'],
    },
    'end with the job at its deadline': {
      job: searching({ activeDeadlineSeconds: 300 }),
      story: (w) => {
        profiled(w).run('Pilot').settle().pass(400);
        w.settle();
      },
      want: { Failed: 'True DeadlineExceeded' },
      check: (w) => assert.deepEqual([w.stage('Pilot')?.state, w.liveJobs()], ['Failed', []]),
    },
  });
});

const priced = {
  url: 'https://models.example/v1',
  model: 'large-1',
  pricing: { inputPerMillionTokens: '2.50', outputPerMillionTokens: '10.00' },
};

describe('the sample with trial runs', () => {
  const sample = readFileSync('manifests/samples/mahjong-pilots.yaml', 'utf8');
  const [, manifest = {}] = parseAllDocuments(sample).map((document) => document.toJS() as Partial<DistillationJob>);
  tell({
    'makes them, one of each student': {
      job: aJob('mahjong-pilots')
        .spec(manifest.spec ?? {})
        .build(),
      story: (w) => {
        const measure = { teachers: { 'tiny-teacher': { samples: 200, correct: 4 } } };
        const students = {
          'winning-tiles-student': { samples: 200, correct: 0 },
          'arithmetic-student': { samples: 200, correct: 0 },
        };
        w.settle()
          .complete('Profile', profileResult({ ...measure, students }))
          .settle();
        w.complete('Pilot', answers(60)).settle().complete('Pilot', answers(5)).settle();
      },
      want: { Piloted: 'True PilotsMeasured', Succeeded: 'Unknown Synthesizing' },
      check: (w) => {
        assert.deepEqual(
          pilotsOf(w).map((text) => text.split(' ')[1]),
          ['Measured', 'Measured'],
        );
        const best = w.status.pilots?.find(({ measured }) => measured?.correct === 60)?.student;
        assert.equal(w.status.plan?.selected?.student, best);
      },
    },
  });
});

describe('the money for trial runs', () => {
  const withBudget = (amount: string, maxBudgetFraction: string) =>
    aJob()
      .spec({ students: twoStudents, search: { maxPilots: 2, maxBudgetFraction }, constraints: { budget: { amount } } })
      .build();
  tell({
    'is a share of the budget: none is started that would exceed it': {
      job: withBudget('1.00', '0.01'),
      story: profiled,
      want: { Piloted: 'True PilotBudgetSpent', Succeeded: 'Unknown Synthesizing' },
      wantJobs: ['profile', 'synthesize'],
    },
    'sets the deadline of each Job': {
      // 1 USD at 1.20 an hour is 3,000 s, the last 30 of which are the pod's grace period.
      job: withBudget('10.00', '0.1'),
      story: profiled,
      check: (w) => assert.equal(w.live('Pilot')?.spec.activeDeadlineSeconds, 2970),
    },
    'is what the rest has left of the budget, when that is less': {
      job: withBudget('1.00', '1'),
      // The profile has cost 0.50.
      story: (w) => w.settle().complete('Profile', profileOfTwo(), 1500).settle(),
      check: (w) => assert.equal(w.live('Pilot')?.spec.activeDeadlineSeconds, 1470),
    },
    'that runs out in the middle of a trial says nothing of its recipe': {
      job: withBudget('10.00', '0.1'),
      story: (w) => {
        profiled(w).breakDown('Pilot', { exitCode: 143, deadline: true }, 2990);
        w.settle();
      },
      want: { Piloted: 'True PilotBudgetSpent', Succeeded: 'Unknown Synthesizing' },
      check: (w) => {
        assert.deepEqual(pilotsOf(w), ['small Dropped', 'large Dropped']);
        assert.notEqual(w.status.plan?.selected, undefined);
      },
    },
    'ends a trial whose charges exceed it, whatever its Job says': {
      job: withBudget('10.00', '0.1'),
      story: (w) => {
        profiled(w).run('Pilot').settle().pass(3100);
        w.settle();
      },
      want: { Piloted: 'True PilotBudgetSpent' },
      check: (w) =>
        assert.deepEqual(
          w.liveJobs().map(({ metadata }) => metadata.labels?.['distill.stratos.dev/stage']),
          ['synthesize'],
        ),
    },
    'is divided between the pod and the tokens of an API, and what is spent of either ends the trial alone': {
      job: aJob()
        .spec({
          teachers: [{ name: 'tiny', endpoint: priced }],
          students: twoStudents,
          search: { maxPilots: 2, maxBudgetFraction: '0.1' },
          constraints: { budget: { amount: '10.00' } },
        })
        .build(),
      story: (w) => {
        profiled(w);
        const { endpointBudget, deadlineSeconds = 0 } = running(w) ?? {};
        // At 1.20 an hour.
        assert.ok(Number(endpointBudget) + ((deadlineSeconds + 30) * 1.2) / 3600 <= 1.001);
        assert.ok(Number(endpointBudget) > 0.4);
        w.breakDown('Pilot', { exitCode: 2, message: failure('Pilot', 'BudgetExhausted') });
        w.settle();
      },
      want: { Failed: 'absent' },
      check: (w) => {
        assert.match(pilotsOf(w)[0] ?? '', /Dropped$/);
        assert.ok(!pilotsOf(w).some((text) => text.endsWith('Failed')));
      },
    },
    'of pools without a price is not known, and limits nothing where such pools are allowed': {
      job: aJob()
        .spec({
          students: twoStudents,
          search: { maxPilots: 2 },
          constraints: { budget: { amount: '1.00', allowUnknownPrices: true } },
        })
        .build(),
      pools: [aPool().unpriced().build()],
      story: profiled,
      want: { Piloted: 'Unknown Piloting' },
      check: (w) => assert.equal(w.live('Pilot')?.spec.activeDeadlineSeconds, undefined),
    },
  });
});
