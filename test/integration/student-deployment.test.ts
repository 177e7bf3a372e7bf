// Rollouts as a team sees them: a stand-in for vLLM answers, everything around it is real.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { deployments, services, studentDeployments } from '../../src/controllers/resources.ts';
import { aClaim, aDistillationJob, aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

const model = { uri: 'hf://example/tiny' };

const ready = (team: Team) => team.studentCondition('Ready', { status: 'True', reason: 'Available' });
const setArguments = (team: Team, ...args: string[]) =>
  team.patch(studentDeployments, 'tiles', { spec: { runtime: { args } } });

async function rolledOut(team: Team): Promise<void> {
  await team.eventually('the newest spec is rolled out', async () => {
    const { metadata, status } = await team.student();
    const complete = status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'Available');
    return (
      complete && status?.observedGeneration === metadata.generation && status.currentRevision === status.updateRevision
    );
  });
}

const cases: Record<string, Scenario> = {
  'kubectl scale changes the replicas, up and down': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, replicas: 1 }));
    await ready(team);
    for (const replicas of [3, 1]) {
      await team.kubectl('scale', 'studentdeployment/tiles', `--replicas=${replicas}`);
      await team.eventually(`${replicas} replicas are ready`, async () => {
        return (await team.student()).status?.readyRatio === `${replicas}/${replicas}`;
      });
      await rolledOut(team);
    }
    const { status } = await team.student();
    assert.deepEqual([status?.replicas, status?.readyReplicas, status?.availableReplicas], [1, 1, 1]);
  },

  'a rolling update loses no request': async (team, { node }) => {
    await team.apply(aStudentDeployment('tiles', { model, replicas: 2 }));
    await ready(team);
    const service = await node.forwardService(team.namespace, 'tiles', 80);
    const asked = { answers: 0, failures: [] as string[], pods: new Set<string>() };
    const clients = new AbortController();
    const asking = Promise.all([1, 2].map(() => askUntil(clients.signal, service.url, asked)));
    const before = (await team.student()).status?.updateRevision;
    await sleep(1000);
    await setArguments(team, '--max-num-seqs', '8');
    await team.eventually('the update has begun', async () => (await team.student()).status?.updateRevision !== before);
    await rolledOut(team);
    await sleep(1000);
    clients.abort();
    await asking;
    await service.close();
    assert.deepEqual(asked.failures, []);
    assert.ok(asked.answers > 50, `only ${asked.answers} answers`);
    assert.equal(asked.pods.size, 4, 'two pods of each revision answered');
  },

  'a rollout that is stuck names the pod and what it said, while the old revision serves; mended, it goes on': async (
    team,
  ) => {
    const rollout = { autoRollback: false };
    await team.apply(aStudentDeployment('tiles', { model, progressDeadlineSeconds: 8, rollout }));
    await ready(team);
    await setArguments(team, '--no-such-flag');
    const { message } = await team.studentCondition('Progressing', {
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
    assert.match(
      message,
      /pod tiles-\w+-\w+, container server: .*last exit code 2: vllm: error: Unknown option '--no-such-flag'/,
    );
    await team.studentCondition('Stalled', { status: 'True' });
    await team.studentCondition('Ready', { status: 'True', reason: 'RollingOut' });
    await setArguments(team);
    await rolledOut(team);
    const types = (await team.student()).status?.conditions?.map(({ type }) => type);
    assert.deepEqual(
      types?.filter((type) => type === 'Stalled' || type === 'Reconciling'),
      [],
    );
  },

  'it waits for a job that does not exist yet, and serves what that publishes': async (team) => {
    await team.apply(aClaim(), aStudentDeployment('tiles', { model: { distillationJobRef: { name: 'later' } } }));
    const { message } = await team.studentCondition('ModelAvailable', { status: 'False', reason: 'JobNotFound' });
    assert.match(message, /^DistillationJob later does not exist; create it/);
    await team.apply(aDistillationJob('later', { script: { profile: { milliseconds: 1000 } } }));
    await team.studentCondition('ModelAvailable', { status: 'Unknown', reason: 'JobRunning' });
    await ready(team);
    assert.equal((await team.student()).status?.modelUri, 'pvc://students/later');
  },

  'a job that fails leaves it stalled, with the reason': async (team) => {
    const script = { train: { refuses: 'OutOfMemory' } };
    await team.apply(aClaim(), aStudentDeployment('tiles', { model: { distillationJobRef: { name: 'failing' } } }));
    await team.apply(aDistillationJob('failing', { script }));
    const { message } = await team.studentCondition('Stalled', { status: 'True', reason: 'JobFailed' });
    assert.match(message, /^DistillationJob failing failed and published nothing: .*the script refuses to train/);
    assert.deepEqual(await team.list(deployments), []);
  },

  'when its pool leaves the cluster it waits for one, and keeps what it has': async (team, { node }) => {
    const pool = l4Pool(`own-${team.namespace}`, 1, { team: team.namespace });
    const placement = { poolSelector: { matchLabels: { team: team.namespace } } };
    await node.addNodes(pool);
    await team.apply(aStudentDeployment('tiles', { model, placement }));
    await ready(team);
    await node.removeNode(`${pool.name}-0`);
    await team.studentCondition('Placed', { status: 'False', reason: 'NoFeasiblePool' });
    assert.equal((await team.list(deployments)).length, 1);
    await node.addNodes(pool);
    await team.studentCondition('Placed', { status: 'True', reason: 'PoolSelected' });
    await ready(team);
    await node.removeNode(`${pool.name}-0`);
  },

  'what somebody changes in its Deployment and Service is put right': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model }));
    await ready(team);
    await team.kubectl('scale', 'deployment/tiles', '--replicas=3');
    await team.patch(services, 'tiles', { spec: { selector: { app: 'other' } } });
    const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'example.dev/other:1' }];
    await team.kubectl('patch', 'deployment', 'tiles', '--type=json', '-p', JSON.stringify(image));
    await team.eventually('the Deployment is as it was', async () => {
      const { spec } = await team.get(deployments, 'tiles');
      return spec.replicas === 1 && spec.template.spec.containers[0]?.image !== 'example.dev/other:1';
    });
    await team.eventually('the Service is as it was', async () => {
      const { spec } = await team.get(services, 'tiles');
      return (
        spec.selector?.['distill.stratos.dev/student-deployment'] === 'tiles' && spec.selector['app'] === undefined
      );
    });
    await team.kubectl('delete', 'deployment', 'tiles');
    await team.eventually('the Deployment is back', async () => (await team.list(deployments)).length === 1);
    await ready(team);
  },

  'paused, it rolls nothing out; resumed, it does': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model }));
    await ready(team);
    const pods = async () => (await team.pods()).map(({ metadata }) => metadata.name).sort();
    const before = await pods();
    await team.patch(studentDeployments, 'tiles', { spec: { paused: true, runtime: { args: ['--seed', '7'] } } });
    await team.studentCondition('Progressing', { status: 'True', reason: 'Paused' });
    await sleep(2000);
    assert.deepEqual(await pods(), before);
    await team.patch(studentDeployments, 'tiles', { spec: { paused: false } });
    await rolledOut(team);
    assert.notDeepEqual(await pods(), before);
  },
};

interface Asked {
  answers: number;
  readonly failures: string[];
  readonly pods: Set<string>;
}

/** One request after another, each over a connection of its own, as through a Service. */
async function askUntil(signal: AbortSignal, url: string, asked: Asked): Promise<void> {
  const headers = { connection: 'close', 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'tiles', messages: [{ role: 'user', content: '?' }] });
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
      const { system_fingerprint: pod } = (await response.json()) as { system_fingerprint: string };
      asked.answers += 1;
      asked.pods.add(pod);
    } catch (error) {
      asked.failures.push(error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error));
    }
    await sleep(50);
  }
}

describe('a StudentDeployment', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: standInImages() });
  let operator: OperatorProcess | undefined;
  before('start the operator', async () => void (operator = await cluster().startOperator()));
  after('stop the operator', async () => await operator?.stop());

  scenarios(cluster, cases);
});
