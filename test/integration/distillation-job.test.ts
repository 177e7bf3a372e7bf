// The whole operator on a real control plane, as a process with the chart's rights; pods are processes of the local node.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { claims, deployments, distillationJobs, studentDeployments } from '../../src/controllers/resources.ts';
import { aClaim, aDistillationJob } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play, type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages, trainerStandIn } from '../support/stage-image/images.ts';

/** A stage whose input somebody has to mend is tried again after 10 s. */
const mendedMs = 60_000;

const done = (team: Team, withinMs = 90_000) => team.jobCondition('Succeeded', { status: 'True' }, { withinMs });
const suspend = (team: Team, value: boolean) => team.patch(distillationJobs, 'tiles', { spec: { suspend: value } });

async function conditionsOf(team: Team): Promise<Record<string, string>> {
  const { conditions = [] } = (await team.job()).status ?? {};
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

async function stageOf(team: Team, name: string) {
  return (await team.job()).status?.stages?.find((stage) => stage.name === name);
}

const cases: Record<string, Scenario> = {
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
    assert.deepEqual(status?.stages?.map(({ name, state, restarts }) => [name, state, restarts]), [
      ['Profile', 'Succeeded', 0],
      ['Synthesize', 'Succeeded', 0],
      ['Train', 'Succeeded', 0],
      ['Evaluate', 'Succeeded', 0],
      ['Publish', 'Succeeded', 0],
    ]);
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

  'a missing Secret is named, in the words of the kubelet, until it is there': async (team) => {
    const endpoint = { url: 'https://api.example.com/v1', model: 'large', secretRef: { name: 'api-token', key: 'token' } };
    await team.apply(aClaim(), aDistillationJob('tiles', { teachers: [{ name: 'large', endpoint }] }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'CreateContainerConfigError' });
    assert.match(message, /^pod tiles-profile-1-\w+-0-\w+, container trainer: secret "api-token" not found/);
    await team.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'api-token' }, stringData: { token: 'hush' } });
    await team.jobCondition('Profiled', { status: 'True' });
  },

  'an unreadable data set is named, and read once it is there': async (team) => {
    const data = (content: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'tasks' },
      data: { 'test.jsonl': '{}', ...content },
    });
    const task = {
      train: { uri: 'configmap://tasks/train.jsonl' },
      evaluation: { uri: 'configmap://tasks/test.jsonl' },
      metric: { type: 'ExactMatch' },
    } as const;
    await team.apply(aClaim(), data({}), aDistillationJob('tiles', { task }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'DataUnreadable' });
    assert.equal(message, 'cannot read configmap://tasks/train.jsonl: there is no such file');
    await team.apply(data({ 'train.jsonl': '{}' }));
    await team.jobCondition('Profiled', { status: 'True' }, { withinMs: mendedMs });
    await done(team);
    const { status } = await team.job();
    assert.equal(status?.lastFailure?.reason, 'DataUnreadable');
    assert.equal(status.attempts?.length, 1);
    await team.eventually('the failed Job is swept up', async () => (await team.stageJobs()).length === 5);
  },

  'a job without a feasible pool waits, and goes on when a node is added': async (team, { node }) => {
    const name = `late-${team.namespace}`;
    const placement = { poolSelector: { matchLabels: { team: team.namespace } } };
    await team.apply(aClaim(), aDistillationJob('tiles', { placement }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'PoolUnavailable' });
    assert.equal(message, 'no pool that could run Profile is in the cluster now; waiting for one');
    await node.addNodes(l4Pool(name, 1, { team: team.namespace }));
    await done(team);
    assert.equal((await team.job()).status?.plan?.selected?.trainingPool, name);
    await node.removeNode(`${name}-0`);
  },

  'a crashed trainer is retried within backoffLimit': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { backoffLimit: 1, script: { train: { crashes: 1 } } }));
    await done(team);
    const train = await stageOf(team, 'Train');
    assert.deepEqual([train?.state, train?.restarts], ['Succeeded', 0]);
    const trainPods = (await team.pods()).filter(({ metadata }) => metadata.name.startsWith('tiles-train-'));
    assert.deepEqual(trainPods.map(({ status }) => status?.phase).sort(), ['Failed', 'Succeeded']);
  },

  "and fails with the trainer's message beyond it": async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { backoffLimit: 0, script: { train: { crashes: 9 } } }));
    const { reason, message } = await team.jobCondition('Failed', { status: 'True' });
    assert.deepEqual([reason, message], ['Internal', 'attempt 1 of at most 1: crash 1 of 9']);
    assert.deepEqual(await conditionsOf(team), {
      Accepted: 'True Accepted',
      Profiled: 'True ProfileMeasured',
      PlanSelected: 'True PlanSelected',
      DataReady: 'True DataVerified',
      Trained: 'False Internal',
      Succeeded: 'False Internal',
      Failed: 'True Internal',
      Stalled: 'True Internal',
    });
  },

  'bad input ends a stage at once, whatever backoffLimit says': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { script: { synthesize: { refuses: 'NoDataAccepted' } } }));
    const { message } = await team.jobCondition('Failed', { status: 'True', reason: 'NoDataAccepted' });
    assert.equal(message, 'attempt 1 of at most 1: the script refuses to synthesize');
    const pods = (await team.pods()).filter(({ metadata }) => metadata.name.startsWith('tiles-synthesize-'));
    assert.equal(pods.length, 1);
  },

  'an image that cannot be pulled is named until it can': async (team, { node }) => {
    const image = `example.dev/${team.namespace}`;
    await team.apply(aClaim(), aDistillationJob('tiles', { image: `${image}:1` }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'ImagePullBackOff' });
    assert.match(message, new RegExp(`container trainer: .*${image}`));
    node.addImage(image, trainerStandIn);
    await done(team);
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
    assert.deepEqual((await team.list(claims)).map(({ metadata }) => metadata.uid), workspace);
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
    const students = ['small', 'smaller'].map((name) => ({ name, uri: 'builtin://models/winning-tiles-student' }));
    const limits = { constraints: { minAccuracy: '0.7' }, maxAttempts: 2 };
    await team.apply(aClaim(), aDistillationJob('tiles', { students, ...limits, script: { evaluate: { correct: 60 } } }));
    const { message } = await team.jobCondition('Failed', { status: 'True', reason: 'AccuracyNotMet' }, { withinMs: 90_000 });
    assert.match(message, /^attempt 2 of at most 2: accuracy 0\.600 \[0\.\d+, 0\.\d+\] on 100 examples: the lower bound is below the floor 0\.7$/);
    const { status } = await team.job();
    assert.deepEqual(status?.attempts?.map(({ number, state, reason, accuracy }) => [number, state, reason, accuracy]), [
      [1, 'Failed', 'AccuracyNotMet', '0.600'],
      [2, 'Failed', 'AccuracyNotMet', '0.600'],
    ]);
    assert.notEqual(status.attempts[0]?.candidate, status.attempts[1]?.candidate);
    assert.equal(status.artifact, undefined);
    const published = (await team.stageJobs()).filter(({ metadata }) => metadata.name.includes('-publish-'));
    assert.deepEqual(published, []);
  },

  'a job past its deadline fails, and what runs for it is stopped': async (team) => {
    const script = { train: { milliseconds: 120_000 } };
    await team.apply(aClaim(), aDistillationJob('tiles', { activeDeadlineSeconds: 15, script }));
    await team.jobCondition('Failed', { status: 'True', reason: 'DeadlineExceeded' });
    await team.eventually('no pod runs', async () => (await team.pods()).every(({ status }) => status?.phase !== 'Running'));
  },

  'the Jobs of a finished job go when their time is up; job, weights and student stay': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { ttlSecondsAfterFinished: 2, deployment: { spec: { replicas: 1 } } }));
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
      const left = [...(await team.stageJobs()), ...(await team.list(studentDeployments)), ...(await team.list(deployments))];
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

describe('a DistillationJob', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 8)], images: standInImages() });
  let operator: OperatorProcess | undefined;
  before('start the operator', async () => void (operator = await cluster().startOperator()));
  after('stop the operator', async () => await operator?.stop());

  scenarios(cluster, cases);

  it('survives a crash of the API server in mid-run', async () => {
    await play(cluster(), async (team, { controlPlane }) => {
      await team.apply(aClaim(), aDistillationJob('tiles', { script: { train: { milliseconds: 3000 } } }));
      await team.jobCondition('Trained', { status: 'Unknown', reason: 'Training' });
      await controlPlane.stopApiServer();
      await controlPlane.startApiServer();
      await done(team);
      const trained = (await team.stageJobs()).filter(({ metadata }) => metadata.name.startsWith('tiles-train-'));
      assert.equal(trained.length, 1);
    });
  });

  it('asks for no more than the chart grants, and never stumbles', async () => {
    const metrics = await (await fetch(`${operator?.url}/metrics`)).text();
    const refused = metrics.split('\n').filter((line) => /code="(401|403|422)"/.test(line));
    assert.deepEqual(refused, []);
  });
});
