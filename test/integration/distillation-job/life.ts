// What a DistillationJob goes through when all is well, and what people do to it on the way.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { claims, deployments, distillationJobs, studentDeployments } from '../../../src/controllers/resources.ts';
import { aClaim, aDistillationJob } from '../../support/cluster-objects.ts';
import type { Scenario } from '../../support/cluster-scenarios.ts';
import type { Team } from '../../support/cluster-team.ts';
import { conditionsOf, done, stageOf } from './looks.ts';

const suspend = (team: Team, value: boolean) => team.patch(distillationJobs, 'tiles', { spec: { suspend: value } });

export const lives: Record<string, Scenario> = {
  'a job runs from its creation to published weights and a student that is served': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { deployment: { spec: { replicas: 1 } } }));
    await team.kubectl('wait', '--for=condition=Succeeded', 'distillationjob/tiles', '--timeout=90s');
    assert.deepEqual(await conditionsOf(team), {
      Accepted: 'True Accepted',
      Profiled: 'True ProfileMeasured',
      PlanSelected: 'True PlanSelected',
      DataReady: 'True DataVerified',
      Trained: 'True TrainingComplete',
      Evaluated: 'True EvaluationMeasured',
      Published: 'True ArtifactPublished',
      Succeeded: 'True Distilled',
    });
    const { status } = await team.job();
    assert.equal(status?.artifact?.uri, 'pvc://students/tiles');
    assert.deepEqual(
      status?.stages?.map(({ name, state, restarts }) => [name, state, restarts]),
      [
        ['Profile', 'Succeeded', 0],
        ['Synthesize', 'Succeeded', 0],
        ['Train', 'Succeeded', 0],
        ['Evaluate', 'Succeeded', 0],
        ['Publish', 'Succeeded', 0],
      ],
    );
    assert.equal((await team.stageJobs()).length, 5);
    await team.kubectl('wait', '--for=condition=Ready', 'studentdeployment/tiles', '--timeout=60s');
  },

  'its events tell the story, each once': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles'));
    await done(team);
    const want = [
      'ProfileJobCreated',
      'ProfileMeasured',
      'PlanSelected',
      'SynthesisJobCreated',
      'DataVerified',
      'TrainingJobCreated',
      'TrainingComplete',
      'EvaluationJobCreated',
      'EvaluationMeasured',
      'PublishJobCreated',
      'ArtifactPublished',
      'DistillationSucceeded',
    ];
    await team.eventually('all events are there', async () => {
      const told = await team.eventReasons('DistillationJob', 'tiles');
      return told.length >= want.length;
    });
    assert.deepEqual((await team.eventReasons('DistillationJob', 'tiles')).sort(), want.toSorted());
  },

  'suspending stops the trainer after a checkpoint, and resuming goes on in the same Job': async (team, { node }) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { script: { train: { milliseconds: 5000 } } }));
    await team.jobCondition('Trained', { status: 'Unknown', reason: 'Training' });
    const running = async () => (await team.pods()).filter(({ status }) => status?.phase === 'Running');
    await team.eventually('the trainer works', async () => {
      const [pod] = await running();
      return pod && (await node.logs(team.namespace, pod.metadata.name, 'trainer')).includes('working from step 0');
    });
    await sleep(1000);
    const [trainer] = (await team.stageJobs()).filter(({ metadata }) => metadata.name.startsWith('tiles-train-'));
    const workspace = (await team.list(claims)).map(({ metadata }) => metadata.uid);
    await suspend(team, true);
    await team.jobCondition('Suspended', { status: 'True', reason: 'SuspendedByUser' });
    await team.eventually('no pod runs', async () => (await running()).length === 0);
    await suspend(team, false);
    await done(team);
    const train = await stageOf(team, 'Train');
    assert.deepEqual([train?.jobUID, train?.restarts], [trainer?.metadata.uid, 0]);
    const { resumedFromStep } = JSON.parse(train?.result ?? '{}') as { resumedFromStep?: number };
    assert.ok((resumedFromStep ?? 0) > 0, `it went on from step ${resumedFromStep}`);
    assert.deepEqual(
      (await team.list(claims)).map(({ metadata }) => metadata.uid),
      workspace,
    );
  },

  'a plan that wants approval is not begun before it has it': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { planApproval: 'Manual' }));
    await team.jobCondition('Succeeded', { status: 'Unknown', reason: 'AwaitingApproval' });
    const { status } = await team.job();
    assert.equal((await team.stageJobs()).length, 1);
    await team.patch(distillationJobs, 'tiles', { spec: { approvedPlan: 'another' } });
    await team.eventually('it has seen the other plan', async () => {
      const { metadata, status: now } = await team.job();
      return now?.observedGeneration === metadata.generation;
    });
    await team.jobCondition('PlanSelected', { status: 'False', reason: 'AwaitingApproval' });
    await team.patch(distillationJobs, 'tiles', { spec: { approvedPlan: status?.plan?.id } });
    await done(team);
  },

  'a student below the floor is not published: the next attempt, and in the end a failure': async (team) => {
    const students = ['small', 'large'].map((name) => ({ name, uri: 'builtin://models/winning-tiles-student' }));
    const limits = { constraints: { minAccuracy: '0.65' }, maxAttempts: 2 };
    await team.apply(
      aClaim(),
      aDistillationJob('tiles', { students, ...limits, script: { evaluate: { correct: 50 } } }),
    );
    const { message } = await team.jobCondition(
      'Failed',
      { status: 'True', reason: 'AccuracyNotMet' },
      { withinMs: 90_000 },
    );
    assert.match(
      message,
      /^attempt 2 of at most 2: accuracy 0\.500 \[0\.\d+, 0\.\d+\] on 100 examples: the lower bound is below the floor 0\.65$/,
    );
    const { status } = await team.job();
    assert.deepEqual(
      status?.attempts?.map(({ number, state, reason, accuracy }) => [number, state, reason, accuracy]),
      [
        [1, 'Failed', 'AccuracyNotMet', '0.500'],
        [2, 'Failed', 'AccuracyNotMet', '0.500'],
      ],
    );
    assert.notEqual(status.attempts[0]?.candidate, status.attempts[1]?.candidate);
    assert.equal(status.artifact, undefined);
    const published = (await team.stageJobs()).filter(({ metadata }) => metadata.name.includes('-publish-'));
    assert.deepEqual(published, []);
  },

  'a job past its deadline fails, and what runs for it is stopped': async (team) => {
    const script = { train: { milliseconds: 120_000 } };
    await team.apply(aClaim(), aDistillationJob('tiles', { activeDeadlineSeconds: 15, script }));
    await team.jobCondition('Failed', { status: 'True', reason: 'DeadlineExceeded' });
    await team.eventually('no pod runs', async () =>
      (await team.pods()).every(({ status }) => status?.phase !== 'Running'),
    );
  },

  'the Jobs of a finished job go when their time is up; job, weights and student stay': async (team) => {
    await team.apply(
      aClaim(),
      aDistillationJob('tiles', { ttlSecondsAfterFinished: 2, deployment: { spec: { replicas: 1 } } }),
    );
    await done(team);
    await team.eventually('the Jobs are gone', async () => (await team.stageJobs()).length === 0);
    assert.equal((await team.job()).status?.artifact?.uri, 'pvc://students/tiles');
    await team.studentCondition('Ready', { status: 'True' });
  },

  'deleting the job takes its children along, and leaves the published weights': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { deployment: { spec: { replicas: 1 } } }));
    await done(team);
    await team.eventually('the student has its Deployment', async () => (await team.list(deployments)).length === 1);
    await team.kubectl('delete', 'distillationjob', 'tiles');
    await team.eventually('the children are gone', async () => {
      const left = [
        ...(await team.stageJobs()),
        ...(await team.list(studentDeployments)),
        ...(await team.list(deployments)),
      ];
      return left.length === 0;
    });
    await team.eventually('the workspace is gone', async () => {
      return (await team.list(claims)).map(({ metadata }) => metadata.name).join() === 'students';
    });
  },

  'a Job that somebody deletes is started again from the workspace': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { script: { train: { milliseconds: 3000 } } }));
    await team.jobCondition('Trained', { status: 'Unknown', reason: 'Training' });
    const { jobName = '' } = (await stageOf(team, 'Train')) ?? {};
    await team.kubectl('delete', 'job', jobName);
    await done(team);
    const train = await stageOf(team, 'Train');
    assert.deepEqual([train?.jobName, train?.restarts], [jobName, 1]);
  },
};
