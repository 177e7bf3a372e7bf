import assert from 'node:assert/strict';
import { stageNames } from '../../../../src/domain/distillation/stage.ts';
import { aJob } from '../../../support/builders/job.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { failure } from '../../../support/builders/results.ts';
import type { World } from '../../../support/builders/world.ts';
import { tell } from './story.ts';

describe('spec.suspend', () => {
  const suspend = (w: World, value: boolean) => {
    w.edit({ suspend: value });
    return w.settle();
  };
  tell({
    'keeps a new job from starting anything': {
      job: aJob().spec({ suspend: true }).build(),
      story: (w) => w.settle(),
      want: {
        Accepted: 'True Accepted',
        Suspended: 'True SuspendedByUser',
        Succeeded: 'Unknown Suspended',
        Reconciling: 'absent',
      },
      wantJobs: [],
    },
    'stops the stage that runs, and keeps its Job': {
      story: (w) => suspend(w.runThrough('Synthesize').settle().run('Train').settle(), true),
      want: { Suspended: 'True SuspendedByUser', Succeeded: 'Unknown Suspended' },
      check: (w) => {
        assert.equal(w.live('Train')?.spec.suspend, true);
        assert.equal(w.status.startTime, undefined);
      },
    },
    'stops a Job that was created a moment ago and that the status does not know yet': {
      story: (w) => {
        w.look();
        w.look();
        assert.equal(w.stage('Profile')?.state, 'Pending');
        suspend(w, true);
      },
      check: (w) => assert.equal(w.live('Profile')?.spec.suspend, true),
    },
    'lets the stage go on when it is taken back': {
      story: (w) => {
        suspend(w.runThrough('Synthesize').settle(), true);
        suspend(w, false);
      },
      want: { Suspended: 'False Resumed', Succeeded: 'Unknown Training' },
      wantJobs: ['profile', 'synthesize', 'train'],
      wantEvents: ['Suspended', 'Resumed'],
      check: (w) => assert.equal(w.live('Train')?.spec.suspend, false),
    },
    'charges what ran until then': {
      story: (w) => {
        w.runThrough('Synthesize').settle().run('Train').settle();
        w.pass(30);
        suspend(w, true);
      },
      // 60 s each of profiling and of the data before it.
      check: (w) => assert.equal(w.status.cost?.gpuSeconds, 150),
    },
    'charges what its pods still take to stop': {
      story: (w) => {
        w.slowStops = true;
        w.runThrough('Synthesize').settle().run('Train').settle();
        w.pass(30);
        suspend(w, true);
        w.pass(25);
        w.settle();
        assert.equal(w.status.cost?.gpuSeconds, 175);
        w.endStops().settle();
        suspend(w, false).settle().run('Train').settle().pass(60);
        w.settle();
      },
      check: (w) =>
        assert.equal(w.status.cost?.gpuSeconds, 120 + 55 + 60, 'and those that come after it from their first second'),
    },
    'charges the pods that come after it from their first minute on': {
      story: (w) => {
        w.runThrough('Synthesize').settle().run('Train').pass(600);
        suspend(w.settle(), true);
        suspend(w, false).settle().run('Train').settle().pass(300);
        w.settle();
      },
      // Ten minutes and five of an hour that costs 1.20, and what the two stages before it cost.
      check: (w) => assert.equal(w.status.cost?.spent, '0.34'),
    },
    'starts the deadline anew': {
      job: aJob().spec({ activeDeadlineSeconds: 100 }).build(),
      story: (w) => {
        w.settle().pass(90);
        suspend(w, true).pass(1000);
        suspend(w, false).pass(90);
        w.settle();
      },
      want: { Succeeded: 'Unknown Profiling' },
    },
  });
});

describe('spec.activeDeadlineSeconds', () => {
  const job = aJob().spec({ activeDeadlineSeconds: 600 }).build();
  tell({
    'is when a waiting job is looked at again': {
      job,
      story: (w) => assert.equal(w.look().requeueAfterMs, 600_000),
      check: (w) => {
        w.settle().run('Profile').settle();
        assert.equal(w.look().requeueAfterMs, 60_000, 'the cost of a running stage is looked at more often');
        w.pools = [];
      },
    },
    'ends the job, its attempt and what runs for it': {
      job,
      story: (w) => {
        w.runThrough('Synthesize').settle().run('Train').settle().pass(600);
        w.settle();
      },
      want: { Succeeded: 'False DeadlineExceeded', Failed: 'True DeadlineExceeded' },
      check: (w) => {
        assert.deepEqual(w.liveJobs(), []);
        assert.deepEqual(
          w.status.attempts?.map(({ state, reason }) => `${state} ${reason}`),
          ['Failed DeadlineExceeded'],
        );
        assert.equal(w.stage('Train')?.state, 'Failed');
        assert.equal(w.stage('Train')?.podSeconds, 600, 'charged before it was stopped');
      },
    },
  });
});

describe('spec.ttlSecondsAfterFinished', () => {
  const job = aJob().spec({ ttlSecondsAfterFinished: 60 }).build();
  tell({
    'keeps the Jobs until then': {
      job,
      story: (w) => w.runThrough('Publish').pass(59),
      check: (w) => {
        assert.equal(w.look().requeueAfterMs, 1000);
        assert.equal(w.jobs.size, 5);
      },
    },
    'removes the Jobs, never the job': {
      job,
      story: (w) => {
        w.runThrough('Publish').pass(60);
        w.settle();
      },
      want: { Succeeded: 'True Distilled' },
      check: (w) => assert.equal(w.jobs.size, 0),
    },
    'does not ask for another look while the Jobs are on their way out': {
      job,
      story: (w) => {
        w.runThrough('Publish').pass(61);
        for (const [name, child] of w.jobs)
          w.jobs.set(name, { ...child, metadata: { ...child.metadata, deletionTimestamp: 'now' } });
      },
      check: (w) => assert.deepEqual([w.look().requeueAfterMs, w.look().actions], [undefined, []]),
    },
  });
});

describe('spec.deployment', () => {
  const deployment = { metadata: { name: 'served', labels: { team: 'a' } }, spec: { replicas: 2 } } as never;
  const job = aJob().spec({ deployment }).build();
  tell({
    'is created once the weights are published, after its name is stored': {
      job,
      story: (w) => w.runThrough('Publish').settle(),
      want: { Succeeded: 'True Distilled' },
      check: (w) => {
        assert.equal(w.status.deploymentName, 'served');
        assert.deepEqual(w.deployment?.spec.model, { distillationJobRef: { name: 'tiles' } });
        assert.equal(w.deployment?.spec.replicas, 2);
        assert.equal(w.deployment?.metadata.labels?.['team'], 'a');
        assert.equal(w.deployment?.metadata.ownerReferences?.[0]?.uid, 'job-uid');
      },
    },
    'belongs to the team afterwards: one that is deleted is not created again': {
      job,
      story: (w) => {
        w.runThrough('Publish').settle();
        w.deployment = undefined;
        w.settle();
      },
      check: (w) => assert.equal(w.deployment, undefined),
    },
    'is not created for a student that fails': {
      job,
      story: (w) =>
        w
          .runThrough('Evaluate')
          .settle()
          .breakDown('Publish', { exitCode: 2, message: failure('Publish', 'ModelIncompatible') })
          .settle(),
      want: { Failed: 'True ModelIncompatible' },
      check: (w) => assert.equal(w.deployment, undefined),
    },
  });
});

describe('the cost', () => {
  tell({
    'is that of the seconds of every pod on its share of the node, once': {
      // 60 s of an hour that costs 1.20, for each of the four stages with the GPU, and half of that for the last.
      story: (w) => w.runThrough('Publish'),
      check: (w) => {
        assert.equal(w.status.cost?.spent, '0.09');
        assert.deepEqual(
          stageNames.flatMap((name) => w.stage(name)?.cost ?? []),
          ['0.02', '0.02', '0.02', '0.02', '0.01'],
        );
      },
    },
    'grows while a stage runs, a minute at a time': {
      story: (w) => {
        w.settle().run('Profile').settle();
        w.pass(59);
        w.settle();
        assert.equal(w.status.cost?.spent, '0');
        w.pass(61);
        w.settle();
      },
      check: (w) => assert.equal(w.status.cost?.spent, '0.04'),
    },
    'counts failed tries, which leave their record': {
      story: (w) => {
        w.settle()
          .breakDown('Profile', { exitCode: 2, message: failure('Profile', 'DataUnreadable') })
          .settle();
        w.pass(10);
        w.runThrough('Profile');
      },
      check: (w) => assert.deepEqual([w.status.cost?.spent, w.stage('Profile')?.cost], ['0.04', '0.02']),
    },
    'is unknown, and not zero, where a price is unknown': {
      pools: [aPool().unpriced().build()],
      story: (w) => w.runThrough('Profile'),
      check: (w) =>
        assert.deepEqual(
          [w.status.cost?.unknown, w.stage('Profile')?.cost, w.stage('Profile')?.podSeconds],
          [true, undefined, 60],
        ),
    },
    'is unknown where a price is in another currency than the budget': {
      job: aJob()
        .spec({ constraints: { budget: { currency: 'EUR', amount: '100' } } })
        .build(),
      pools: [aPool().price('1.20', 'USD').build()],
      story: (w) => w.settle().complete('Profile').settle(),
      check: (w) => assert.deepEqual(w.status.cost, { spent: '0', currency: 'EUR', gpuSeconds: 60, unknown: true }),
    },
    'does not fall when a price falls': {
      story: (w) => {
        w.settle().run('Profile').settle();
        w.pass(3600);
        w.settle();
        w.pools = [aPool().price('0.60').build()];
        w.pass(3600);
        w.settle();
      },
      check: (w) => assert.equal(w.status.cost?.spent, '1.80'),
    },
    'does not count pods of a deleted Job of the same name': {
      story: (w) => {
        w.settle().run('Profile').settle();
        w.pass(60);
        w.settle();
        const pods = w.pods.all;
        w.remove(w.stage('Profile')?.jobName ?? '').settle();
        w.pods.all = [...w.pods.all, ...pods];
        w.pass(60);
        w.settle();
      },
      check: (w) => assert.equal(w.status.cost?.spent, '0.02'),
    },
  });
});

describe('an output outside of the cluster', () => {
  for (const uri of ['hf://acme/tiles', 's3://acme/tiles', 'gs://acme/tiles', 'oci://registry.example/tiles:v1']) {
    tell({
      [`is published to, and its exact version is recorded: ${uri}`]: {
        job: aJob().spec({ output: { uri } }).build(),
        story: (w) => {
          const result = { uri: `${uri}@version`, digest: `sha256:${'0'.repeat(64)}`, bytes: 1, files: 1 };
          return w.runThrough('Publish', { Publish: result });
        },
        want: { Succeeded: 'True Distilled' },
        check: (w) => assert.equal(w.status.artifact?.uri, `${uri}@version`),
      },
    });
  }
});

describe('an output in fewer bits', () => {
  tell({
    'is what the plan counts on, what the trainer is told, and what the artifact says': {
      job: aJob()
        .spec({ output: { uri: 'pvc://students/tiles', quantization: 'FP8' } })
        .build(),
      story: (w) => w.runThrough('Publish'),
      want: { Succeeded: 'True Distilled' },
      check: (w) => {
        assert.equal(w.status.plan?.selected?.quantization, 'FP8');
        assert.equal(w.status.artifact?.quantization, 'FP8');
        for (const job of w.created) {
          const { env = [] } = job.spec.template.spec.containers[0] ?? {};
          const document = JSON.parse(env.find(({ name }) => name === 'STRATOS_STAGE_CONFIG')?.value ?? '{}');
          assert.equal(document.output.quantization, 'FP8', job.metadata.name);
        }
      },
    },
  });
});

describe('what this version cannot do', () => {
  const cases: Record<string, { spec: object; want: RegExp }> = {
    'serving an artifact of a registry': {
      spec: { output: { uri: 'oci://registry.example/tiles:v1' }, deployment: {} },
      want: /spec\.deployment cannot serve/,
    },
    'a teacher in an image': {
      spec: { teachers: [{ name: 'tiny', uri: 'oci://registry.example/teacher:1' }] },
      want: /spec\.teachers\[tiny\]\.uri/,
    },
    'several things, each by its name': {
      spec: {
        teachers: [{ name: 'tiny', uri: 'oci://registry.example/teacher:1' }],
        students: [{ name: 'small', uri: 'oci://registry.example/student:1' }],
      },
      want: /spec\.teachers\[tiny\]\.uri.*; .*spec\.students\[small\]\.uri/,
    },
  };
  tell(
    Object.fromEntries(
      Object.entries(cases).map(([name, { spec, want }]) => [
        `is refused before anything is spent: ${name}`,
        {
          job: aJob().spec(spec).build(),
          story: (w: World) => w.settle(),
          want: {
            Accepted: 'False Unsupported',
            Succeeded: 'False Unsupported',
            Failed: 'True Unsupported',
            Stalled: 'True Unsupported',
          },
          wantMessage: want,
          wantJobs: [],
          check: (w: World) => assert.deepEqual(w.actions, []),
        },
      ]),
    ),
  );
});
