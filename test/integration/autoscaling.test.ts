// Load, metrics and scaling as a team sees them: servers without a model that queue for real, everything around them real.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { autoscalers, deployments, studentDeployments } from '../../src/controllers/resources.ts';
import { aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { startClients } from '../support/inference-load.ts';
import { inferenceSimImages } from '../support/inference-sim/images.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const model = { uri: 'hf://example/tiny' };
/** One request at a time, half a second each. */
const slow = ['--max-num-seqs', '1', '--time-to-first-token', '100', '--inter-token-latency', '40'];
const builtIn = { minReplicas: 1, maxReplicas: 3, targets: { waitingRequests: 1 }, scaleDownStabilizationSeconds: 6 };

const ready = (team: Team) => team.studentCondition('Ready', { status: 'True', reason: 'Available' });

async function replicasAre(team: Team, count: number): Promise<void> {
  await team.eventually(`${count} replica(s) are ready`, async () => {
    const { status } = await team.student();
    return status?.readyRatio === `${count}/${count}` && status.replicas === count;
  });
}

async function lie(team: Team, { node }: Cluster, metrics: object): Promise<void> {
  const service = await node.forwardService(team.namespace, 'tiles', 80);
  const response = await fetch(`${service.url}/sim/metrics`, { method: 'POST', body: JSON.stringify(metrics) });
  assert.equal(response.status, 200);
  await service.close();
}

const cases: Record<string, Scenario> = {
  'load adds replicas, and its end takes them away; what was measured is in status': async (team, { node }) => {
    const serving = { maxTimeToFirstTokenMilliseconds: 50 };
    await team.apply(aStudentDeployment('tiles', { model, serving, runtime: { args: slow }, autoscaling: builtIn }));
    await ready(team);
    const service = await node.forwardService(team.namespace, 'tiles', 80);
    const clients = startClients({ url: service.url, model: 'tiles', clients: 9, maxTokens: 10 });
    await replicasAre(team, 3);
    await team.studentCondition('AutoscalerActive', { status: 'True' });
    await team.studentCondition('SLOMet', { status: 'False', reason: 'TargetsMissed' });
    const measured = await team.eventually(
      'latencies are measured',
      async () => (await team.student()).status?.measured,
    );
    assert.ok(Number(measured.timeToFirstTokenMilliseconds) > 100, JSON.stringify(measured));
    await clients.stop();
    assert.ok(clients.answered() > 10);
    await replicasAre(team, 1);
    const reasons = await team.eventReasons('StudentDeployment', 'tiles');
    assert.ok(reasons.includes('ScaledUp') && reasons.includes('ScaledDown'), reasons.join());
    const { usage, autoscaling } = (await team.student()).status ?? {};
    assert.ok((usage?.replicaSeconds ?? 0) > 0, JSON.stringify(usage));
    assert.equal(autoscaling?.provider, 'BuiltIn');
    await service.close();
  },

  'a load without a queue is kept beside what the estimators say of it, as measured on a node that plays its GPU':
    async (team, { node }) => {
      await team.apply(aStudentDeployment('tiles', { model: { uri: 'hf://Qwen/Qwen2.5-0.5B-Instruct' } }));
      await ready(team);
      const service = await node.forwardService(team.namespace, 'tiles', 80);
      const clients = startClients({ url: service.url, model: 'tiles', clients: 2, maxTokens: 10 });
      const estimates = await team.eventually(
        'what was measured is beside what was predicted',
        async () => (await team.student()).status?.estimates,
      );
      await clients.stop();
      await service.close();
      assert.deepEqual(
        estimates.map(({ quantity, device, devices, simulated }) => ({ quantity, device, devices, simulated })),
        ['TimeToFirstToken', 'InterTokenLatency'].map((quantity) => ({
          quantity,
          device: 'L4',
          devices: 1,
          simulated: true,
        })),
      );
      for (const { predictedMilliseconds, measuredMilliseconds, requests } of estimates)
        assert.ok(Number(predictedMilliseconds) > 0 && Number(measuredMilliseconds) > 0 && requests >= 30);
    },

  'a replica that shows no number takes none away, and the condition says so': async (team, cluster) => {
    const autoscaling = { ...builtIn, minReplicas: 2, scaleDownStabilizationSeconds: 1 };
    await team.apply(aStudentDeployment('tiles', { model, autoscaling }));
    await replicasAre(team, 2);
    await lie(team, cluster, { 'vllm:num_requests_waiting': 'NaN' });
    await team.studentCondition('AutoscalerActive', { status: 'False', reason: 'MetricsInvalid' });
    await team.patch(studentDeployments, 'tiles', { spec: { autoscaling: { minReplicas: 1 } } });
    await sleep(5000);
    assert.equal((await team.get(deployments, 'tiles')).spec.replicas, 2);
  },

  'a model that never loads: the old revision serves and is scaled on, and nothing flaps': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, autoscaling: builtIn, progressDeadlineSeconds: 8 }));
    await ready(team);
    await team.studentCondition('AutoscalerActive', { status: 'True', reason: 'Scaling' });
    await team.patch(studentDeployments, 'tiles', { spec: { runtime: { args: ['--load-milliseconds=-1'] } } });
    await team.studentCondition('Progressing', { status: 'False', reason: 'RolledBack' });
    await team.studentCondition('Ready', { status: 'True', reason: 'RolledBack' });
    await replicasAre(team, 1);
    const { lastTransitionTime } = await team.studentCondition('AutoscalerActive', { status: 'True' });
    await sleep(4000);
    const after = await team.studentCondition('AutoscalerActive', { status: 'True', reason: 'Scaling' });
    assert.equal(after.lastTransitionTime, lastTransitionTime);
    const reasons = await team.eventReasons('StudentDeployment', 'tiles');
    assert.deepEqual(
      reasons.filter((reason) => reason.startsWith('Scaled')),
      [],
    );
  },

  'idle it goes to zero, and an annotation wakes it': async (team) => {
    const autoscaling = { ...builtIn, idleReplicas: 0, scaleDownStabilizationSeconds: 2 };
    await team.apply(aStudentDeployment('tiles', { model, autoscaling }));
    await replicasAre(team, 0);
    await team.studentCondition('AutoscalerActive', { reason: 'Idle' });
    await sleep(1000);
    await team.kubectl('annotate', 'studentdeployment/tiles', `distill.stratos.dev/wake=${new Date().toISOString()}`);
    await team.eventually('one replica is ready', async () => (await team.student()).status?.readyReplicas === 1);
  },

  'an HPA takes the number over, keeps it through a rollout, and gives it back': async (team) => {
    const autoscaling = { minReplicas: 1, maxReplicas: 4, provider: 'HPA' } as const;
    await team.apply(aStudentDeployment('tiles', { model, autoscaling }));
    await ready(team);
    const hpa = await team.eventually('the HPA is there', async () => (await team.list(autoscalers))[0]);
    assert.equal(hpa.spec.scaleTargetRef.name, 'tiles');
    await team.kubectl('scale', 'deployment/tiles', '--replicas=3');
    await replicasAre(team, 3);
    await team.patch(studentDeployments, 'tiles', { spec: { runtime: { args: ['--seed', '7'] } } });
    await team.eventually('the new revision serves alone', async () => {
      const { status } = await team.student();
      return status?.currentRevision === status?.updateRevision && status?.readyRatio === '3/3';
    });
    assert.equal((await team.get(deployments, 'tiles')).spec.replicas, 3, 'the rollout left the number alone');
    const ours = { provider: 'BuiltIn', targets: { waitingRequests: 1 }, scaleDownStabilizationSeconds: 2 };
    await team.patch(studentDeployments, 'tiles', { spec: { autoscaling: ours } });
    await team.eventually('the HPA is gone', async () => (await team.list(autoscalers)).length === 0);
    await replicasAre(team, 1);
  },

  "somebody else's HPA has the number, and is named": async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, autoscaling: builtIn }));
    await ready(team);
    await team.kubectl('autoscale', 'deployment/tiles', '--name=mine', '--min=2', '--max=3', '--cpu=50%');
    const { message } = await team.studentCondition('AutoscalerActive', {
      status: 'False',
      reason: 'ForeignAutoscaler',
    });
    assert.match(message, /HorizontalPodAutoscaler mine scales Deployment tiles too/);
    await replicasAre(team, 2);
    await team.kubectl('delete', 'hpa', 'mine');
    await replicasAre(team, 1);
  },

  'an HPA of a person on the scale subresource writes spec.replicas, and is obeyed': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, replicas: 1 }));
    await ready(team);
    await team.kubectl('autoscale', 'studentdeployment/tiles', '--name=mine', '--min=2', '--max=3', '--cpu=50%');
    await replicasAre(team, 2);
    assert.equal((await team.student()).spec.replicas, 2);
  },

  'KEDA that is not installed changes nothing, and is said': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, autoscaling: { maxReplicas: 2, provider: 'KEDA' } }));
    await ready(team);
    await team.studentCondition('AutoscalerActive', { status: 'False', reason: 'ProviderUnavailable' });
  },
};

describe('autoscaling', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: inferenceSimImages() });
  let operator: OperatorProcess | undefined;
  before('start the operator', async () => {
    operator = await cluster().startOperator({ flags: ['--scrape-period-seconds=1'] });
  });
  after('stop the operator', async () => await operator?.stop());

  scenarios(cluster, cases);
});
