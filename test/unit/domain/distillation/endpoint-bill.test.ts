import assert from 'node:assert/strict';
import type { Pod } from '../../../../src/api/core.ts';
import type { DistillationJobSpec, StageStatus } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { Draft } from '../../../../src/domain/distillation/draft.ts';
import { chargeEndpoints, endpointBudget } from '../../../../src/domain/distillation/endpoint-bill.ts';
import { aJob, startOfTime } from '../../../support/builders/job.ts';
import { failure, success } from '../../../support/builders/results.ts';

type Teachers = DistillationJobSpec['teachers'];

const pricing = { inputPerMillionTokens: '2.00', outputPerMillionTokens: '8.00' };
const endpoint = { url: 'https://api.example.com/v1', model: 'm' };
const priced: Teachers = [{ name: 'large', endpoint: { ...endpoint, pricing } }];
const unpriced: Teachers = [{ name: 'large', endpoint }];
const local: Teachers = [{ name: 'large', uri: 'hf://a/b' }];

const teacher = { role: 'Teacher', name: 'large', promptTokens: 500_000, completionTokens: 250_000 };
const judge = { role: 'Judge', name: 'critic', promptTokens: 1_000_000, completionTokens: 0 };

const record: StageStatus = { name: 'Synthesize', attempt: 1, state: 'Running' };

interface Told {
  readonly shard?: number;
  readonly second?: number;
  readonly usage?: readonly object[];
  readonly failed?: string;
}

function aPod({ shard = 0, second = 0, usage = [], failed }: Told): Pod {
  const message = JSON.parse(failed === undefined ? success('Synthesize') : failure('Synthesize', failed)) as object;
  return {
    metadata: {
      name: `pod-${shard}-${second}`,
      creationTimestamp: new Date(startOfTime + second * 1000).toISOString(),
      labels: { 'batch.kubernetes.io/job-completion-index': String(shard) },
    },
    status: {
      phase: failed === undefined ? 'Succeeded' : 'Failed',
      containerStatuses: [
        { name: 'trainer', state: { terminated: { exitCode: 0, message: JSON.stringify({ ...message, usage }) } } },
      ],
    },
  } as unknown as Pod;
}

function aDraft(teachers: Teachers, spec: object = {}): Draft {
  const job = aJob()
    .spec({ teachers, ...spec })
    .status({ cost: { spent: '1.00', currency: 'USD' } })
    .build();
  return new Draft(job, startOfTime);
}

describe('what APIs charge for a stage', () => {
  interface Case {
    readonly teachers?: Teachers;
    readonly before?: string;
    readonly pods: readonly Told[];
    /** Of a job that had spent 1.00. */
    readonly wantSpent: string;
    readonly wantUnknown?: boolean;
  }
  const cases: Record<string, Case> = {
    'is the tokens at the prices of the spec': { pods: [{ usage: [teacher] }], wantSpent: '4.00' },
    'counts every shard': { pods: [{ usage: [teacher] }, { shard: 1, usage: [teacher] }], wantSpent: '7.00' },
    'counts the newest message of a shard, which is the whole of it': {
      pods: [
        { second: 9, usage: [teacher] },
        { second: 1, usage: [{ ...teacher, promptTokens: 1 }], failed: 'TeacherUnavailable' },
      ],
      wantSpent: '4.00',
    },
    'is charged for a stage that failed, too': {
      pods: [{ usage: [teacher], failed: 'BudgetExhausted' }],
      wantSpent: '4.00',
    },
    'is charged once, though the ledger tells it again': {
      before: '2.00',
      pods: [{ usage: [teacher] }],
      wantSpent: '2.00',
    },
    'is never given back': { before: '5.00', pods: [{ usage: [teacher] }], wantSpent: '1.00' },
    'has the judge on it': { pods: [{ usage: [teacher, judge] }], wantSpent: '14.00' },
    'is unknown, and not nothing, without prices': {
      teachers: unpriced,
      pods: [{ usage: [teacher] }],
      wantSpent: '1.00',
      wantUnknown: true,
    },
    'is unknown for an account that is not in the spec': {
      pods: [{ usage: [{ ...teacher, name: 'somebody' }] }],
      wantSpent: '1.00',
      wantUnknown: true,
    },
    'is nothing for weights that the job serves itself': { teachers: local, pods: [{}], wantSpent: '1.00' },
  };
  const judged = {
    task: {
      metric: {
        type: 'Judge',
        judge: {
          endpoint: {
            ...endpoint,
            model: 'critic',
            pricing: { inputPerMillionTokens: '10.00', outputPerMillionTokens: '1.00' },
          },
          votes: 1,
        },
      },
    },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, () => {
      const draft = aDraft(tc.teachers ?? priced, judged);
      const before = tc.before === undefined ? record : { ...record, endpointCost: tc.before };
      const charged = chargeEndpoints(draft, before, tc.pods.map(aPod));
      assert.deepEqual([draft.status.cost?.spent, draft.status.cost?.unknown], [tc.wantSpent, tc.wantUnknown]);
      const again = chargeEndpoints(draft, charged, tc.pods.map(aPod));
      assert.deepEqual([draft.status.cost?.spent, again], [tc.wantSpent, charged]);
    });
  }
});

describe('what a pod may spend on APIs', () => {
  const budget = { constraints: { budget: { amount: '11.00', currency: 'USD' } } };
  interface Case {
    readonly teachers?: Teachers;
    readonly spec?: object;
    readonly record?: Partial<StageStatus>;
    readonly want: string | undefined;
  }
  const cases: Record<string, Case> = {
    'is what is left of the budget': { want: '10.00' },
    'is shared by the shards, and rounded down': { spec: { synthesis: { shards: 3 } }, want: '3.333333' },
    'is not shared by a stage of one pod': {
      spec: { synthesis: { shards: 3 } },
      record: { name: 'Evaluate' },
      want: '10.00',
    },
    'counts again what this very stage was charged before': { record: { endpointCost: '0.75' }, want: '10.75' },
    'is nothing when all is spent': {
      spec: { constraints: { budget: { amount: '0.50', currency: 'USD' } } },
      want: '0.00',
    },
    'has no limit without a budget': { spec: { constraints: {} }, want: undefined },
    'need not be told to weights': { teachers: local, want: undefined },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, () => {
      const draft = aDraft(tc.teachers ?? priced, { ...budget, ...tc.spec });
      assert.equal(endpointBudget(draft, { ...record, ...tc.record }), tc.want);
    });
  }
});
