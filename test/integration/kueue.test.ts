// The real Kueue beside the operator: who waits, in whose words, and that neither undoes what the other does.
import assert from 'node:assert/strict';
import type { Workload } from '../../src/api/kueue.ts';
import { queueLabel } from '../../src/api/labels.ts';
import { distillationJobs, workloads } from '../../src/controllers/resources.ts';
import type { Stored } from '../../src/kube/types.ts';
import { AuditMark } from '../support/cluster-audit.ts';
import { aClaim, aDistillationJob, aDistillationQuota, type JobChange } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play, type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { type Kueue, startKueue } from '../support/kueue.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { done, stageOf } from './distillation-job/looks.ts';

const [newest] = workloads;
const queueName = 'gpus';

function aQueuedJob(name: string, change: JobChange = {}, labels: Record<string, string> = {}): object {
  return { ...aDistillationJob(name, { queueName, ...change }), metadata: { name, labels } };
}

const training = (milliseconds: number): JobChange => ({ script: { train: { milliseconds } } });

/** A queue of the team's own with one GPU of the pool. */
async function openQueue(team: Team, { controlPlane }: Cluster): Promise<void> {
  const apiVersion = 'kueue.x-k8s.io/v1beta2';
  const name = team.namespace;
  const quotas = { cpu: '1000', memory: '4000Gi', 'nvidia.com/gpu': '1' };
  const flavor = {
    apiVersion,
    kind: 'ResourceFlavor',
    metadata: { name: 'l4' },
    spec: { nodeLabels: { 'distill.stratos.dev/pool': 'l4' } },
  };
  const clusterQueue = {
    apiVersion,
    kind: 'ClusterQueue',
    metadata: { name },
    spec: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
      preemption: { withinClusterQueue: 'LowerPriority' },
      resourceGroups: [
        {
          coveredResources: Object.keys(quotas),
          flavors: [
            {
              name: 'l4',
              resources: Object.entries(quotas).map(([resource, nominalQuota]) => ({ name: resource, nominalQuota })),
            },
          ],
        },
      ],
    },
  };
  const localQueue = {
    apiVersion,
    kind: 'LocalQueue',
    metadata: { name: queueName, namespace: team.namespace },
    spec: { clusterQueue: name },
  };
  for (const object of [flavor, clusterQueue, localQueue])
    await controlPlane.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
  await team.apply(aClaim());
}

async function running(team: Team, job = 'tiles'): Promise<string[]> {
  const pods = await team.pods();
  return pods
    .filter(({ metadata, status }) => metadata.name.startsWith(`${job}-`) && status?.phase === 'Running')
    .map(({ metadata }) => metadata.name);
}

async function worksFrom(team: Team, { node }: Cluster, job = 'tiles'): Promise<void> {
  await team.eventually(`the trainer of ${job} has made steps`, async () => {
    const [pod] = (await running(team, job)).filter((name) => name.startsWith(`${job}-train-`));
    return pod !== undefined && (await node.logs(team.namespace, pod, 'trainer')).includes('working from step 0');
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** How far its training had come when it went on. */
async function resumedFrom(team: Team): Promise<number> {
  const train = await stageOf(team, 'Train');
  return (JSON.parse(train?.result ?? '{}') as { resumedFromStep?: number }).resumedFromStep ?? 0;
}

async function workloadOf(team: Team, stage: string): Promise<Stored<Workload>> {
  return await team.eventually(`Kueue has a Workload of ${stage}`, async () => {
    const all = await team.list(newest);
    return all.find(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name.startsWith(`tiles-${stage}-`)));
  });
}

/** Somebody else's Job, that has the queue's one GPU and does nothing with it: its image is not to be had. */
async function occupyQueue(team: Team, { controlPlane }: Cluster): Promise<void> {
  const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { 'nvidia.com/gpu': '1' } };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'other', labels: { [queueLabel]: queueName } },
    spec: {
      suspend: true,
      template: {
        spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'example.com/nowhere', resources }] },
      },
    },
  };
  await controlPlane.kubectl(['-n', team.namespace, 'apply', '-f', '-'], JSON.stringify(job));
  await team.eventually('the other Job is admitted', async () => {
    return (await team.kubectl('get', 'job', 'other', '-o', 'jsonpath={.spec.suspend}')) === 'false';
  });
}

const suspend = (team: Team, value: boolean) => team.patch(distillationJobs, 'tiles', { spec: { suspend: value } });

const lives: Record<string, Scenario> = {
  'a job keeps its grant of a DistillationQuota in the queue, who waits for it is told so, and suspending it frees the grant':
    async (team, cluster) => {
      await openQueue(team, cluster);
      await occupyQueue(team, cluster);
      await team.apply(aDistillationQuota('team', { limits: { gpus: 1 } }), aQueuedJob('tiles'));
      await team.jobCondition('Succeeded', { reason: 'Queued' });
      await team.jobCondition('QuotaReserved', { status: 'True' });
      await team.apply(aQueuedJob('next'));
      await team.eventually('the next job is told where its grant is', async () => {
        const { status } = await team.job('next');
        return status?.conditions?.some(({ message }) =>
          /tiles \(1 GPU\(s\), waiting in Kueue's queue\)/.test(message),
        );
      });
      await suspend(team, true);
      await team.jobCondition('QuotaReserved', { status: 'True' }, { name: 'next' });
      const jobs = (await team.stageJobs()).map(({ metadata }) => metadata.name);
      assert.deepEqual(
        jobs.filter((name) => name.startsWith('tiles-')),
        [],
        'it left the queue before its grant went to another',
      );
      await team.kubectl('delete', 'job', 'other');
      await team.jobCondition('Succeeded', { status: 'True' }, { name: 'next', withinMs: 120_000 });
    },

  'the second of two jobs waits for the one GPU, in the words of Kueue, and runs after the first': async (
    team,
    cluster,
  ) => {
    await openQueue(team, cluster);
    await team.apply(aQueuedJob('tiles', training(4000)));
    const admitted = await team.jobCondition('Admitted', { status: 'True' });
    assert.match(
      admitted.message,
      new RegExp(`^LocalQueue gpus: ClusterQueue ${team.namespace} admitted Job tiles-.* on flavor l4$`),
    );
    await team.apply(aQueuedJob('second'));
    const waiting = await team.jobCondition('Succeeded', { reason: 'Queued' }, { name: 'second' });
    assert.match(waiting.message, /^LocalQueue gpus: /);
    const told = await team.eventually('Kueue says what is missing', async () => {
      const { status } = await team.job('second');
      return status?.conditions?.find(({ message }) => /insufficient .*nvidia\.com\/gpu/.test(message));
    });
    assert.equal(told.status === 'True', false);
    await done(team);
    await team.jobCondition('Succeeded', { status: 'True' }, { name: 'second', withinMs: 90_000 });
    const jobs = await team.stageJobs();
    assert.deepEqual(new Set(jobs.map(({ metadata }) => metadata.labels?.[queueLabel])), new Set([queueName]));
  },

  'a job that is preempted stops after a checkpoint and goes on in the same Job': async (team, cluster) => {
    const name = `urgent-${team.namespace}`;
    const apiVersion = 'kueue.x-k8s.io/v1beta2';
    const urgent = { apiVersion, kind: 'WorkloadPriorityClass', metadata: { name }, value: 1000 };
    await cluster.controlPlane.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(urgent));
    await openQueue(team, cluster);
    await team.apply(aQueuedJob('tiles', training(15_000)));
    await team.jobCondition('Trained', { reason: 'Training' });
    await worksFrom(team, cluster);
    const before = await stageOf(team, 'Train');
    await team.apply(aQueuedJob('urgent', {}, { 'kueue.x-k8s.io/priority-class': name }));
    const evicted = await team.jobCondition('Admitted', { status: 'False', reason: 'Preempted' });
    assert.match(evicted.message, /Preempted to accommodate a workload/);
    await team.jobCondition('Succeeded', { status: 'True' }, { name: 'urgent', withinMs: 90_000 });
    await done(team);
    const train = await stageOf(team, 'Train');
    assert.deepEqual([train?.jobUID, train?.restarts], [before?.jobUID, 0]);
    assert.ok((await resumedFrom(team)) > 0, `it went on from step ${await resumedFrom(team)}`);
    assert.ok((await team.eventReasons('DistillationJob', 'tiles')).includes('Evicted'));
  },

  'a Workload that is deactivated waits until it is activated again': async (team, cluster) => {
    await openQueue(team, cluster);
    await team.apply(aQueuedJob('tiles', training(15_000)));
    await team.jobCondition('Trained', { reason: 'Training' });
    await worksFrom(team, cluster);
    const { metadata } = await workloadOf(team, 'train');
    await team.patch(newest, metadata.name, { spec: { active: false } });
    const told = await team.jobCondition('Admitted', { status: 'False', reason: 'Deactivated' });
    assert.match(told.message, /set spec\.active of Workload .* to true to queue it again$/);
    await team.eventually('no pod runs', async () => (await running(team)).length === 0);
    await team.patch(newest, metadata.name, { spec: { active: true } });
    await done(team);
    assert.ok((await resumedFrom(team)) > 0);
  },

  'what its user suspends runs no more, and Kueue gives its GPU to the next; resumed, it queues again': async (
    team,
    cluster,
  ) => {
    await openQueue(team, cluster);
    await team.apply(aQueuedJob('tiles', training(15_000)));
    await team.jobCondition('Trained', { reason: 'Training' });
    await worksFrom(team, cluster);
    await suspend(team, true);
    await team.jobCondition('Suspended', { status: 'True' });
    await team.jobCondition('Admitted', { status: 'False', reason: 'Withdrawn' });
    await team.eventually('its Job is gone, and nothing runs', async () => {
      const jobs = (await team.stageJobs()).filter(({ metadata }) => metadata.name.startsWith('tiles-train-'));
      return jobs.length === 0 && (await running(team)).length === 0;
    });
    await team.apply(aQueuedJob('next'));
    await team.jobCondition('Succeeded', { status: 'True' }, { name: 'next', withinMs: 90_000 });
    assert.deepEqual(await running(team), []);
    await suspend(team, false);
    await done(team);
    assert.ok((await resumedFrom(team)) > 0);
    const train = await stageOf(team, 'Train');
    assert.equal(train?.restarts, 1);
    assert.ok(!(await team.eventReasons('DistillationJob', 'tiles')).includes('StageJobDeleted'));
  },

  'a LocalQueue that does not exist is named, and a changed queueName moves the Job': async (team, cluster) => {
    await openQueue(team, cluster);
    await team.apply(aQueuedJob('tiles', { queueName: 'nowhere' }));
    const told = await team.eventually('Kueue says that there is no such queue', async () => {
      const { status } = await team.job();
      return status?.conditions?.find(({ type, message }) => type === 'Admitted' && /doesn't exist/.test(message));
    });
    assert.match(told.message, /^LocalQueue nowhere: /);
    await team.patch(distillationJobs, 'tiles', { spec: { queueName } });
    await done(team);
  },

  'a job that is deleted takes its place in the queue along': async (team, cluster) => {
    await openQueue(team, cluster);
    await team.apply(aQueuedJob('tiles', training(60_000)));
    await team.jobCondition('Trained', { reason: 'Training' });
    await team.apply(aQueuedJob('next'));
    await team.jobCondition('Succeeded', { reason: 'Queued' }, { name: 'next' });
    await team.kubectl('delete', 'distillationjob', 'tiles', '--wait=false');
    await team.jobCondition('Succeeded', { status: 'True' }, { name: 'next', withinMs: 90_000 });
  },
};

describe('Kueue', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 2)], images: standInImages() });
  let operator: OperatorProcess | undefined;
  let audit: AuditMark | undefined;
  let kueue: Kueue | undefined;
  before('start the operator', async () => {
    audit = await AuditMark.set(cluster().controlPlane.audit);
    operator = await cluster().startOperator();
  });
  after('stop Kueue and the operator', async () => {
    await kueue?.remove();
    await operator?.stop();
  });

  it('is missed by a job that names a queue, which goes on when it is installed', async () => {
    await play(cluster(), async (team) => {
      await team.apply(aClaim(), aQueuedJob('tiles'));
      await team.jobCondition('Admitted', { status: 'False', reason: 'KueueNotFound' });
      assert.deepEqual(await team.stageJobs(), []);
      kueue = await startKueue(cluster().controlPlane, cluster().dir);
      await openQueue(team, cluster());
      // Looked for every 30 to 60 seconds, and the job looks again once a minute.
      await team.jobCondition('Admitted', { status: 'True' }, { withinMs: 150_000 });
      await done(team);
    });
  }).timeout(300_000);

  describe('with the operator', () => scenarios(cluster, lives));

  it('needs no right of the operator that the chart does not grant', async () => {
    assert.deepEqual(await audit?.forbidden(), []);
  });
});
