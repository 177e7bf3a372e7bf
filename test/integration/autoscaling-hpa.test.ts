// An HPA as it is run by the real controller manager, on metrics that come through the real aggregation layer.
import assert from 'node:assert/strict';
import { autoscalers, deployments } from '../../src/controllers/resources.ts';
import { aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play } from '../support/cluster-scenarios.ts';
import { withCluster } from '../support/cluster.ts';
import { ExternalMetrics } from '../support/external-metrics.ts';
import { inferenceSimImages } from '../support/inference-sim/images.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

describe('autoscaling by an HPA', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: inferenceSimImages() });
  let operator: OperatorProcess | undefined;
  before('start the operator', async () => void (operator = await cluster().startOperator()));
  after('stop the operator', async () => await operator?.stop());

  it('follows waiting requests up and down, and the student says what it is told', async function () {
    this.timeout(240_000);
    await play(cluster(), async (team, { client }) => {
      const metrics = await ExternalMetrics.start(client, team.namespace);
      try {
        metrics.values.set('vllm_num_requests_waiting', 4);
        const autoscaling = { maxReplicas: 4, provider: 'HPA', scaleDownStabilizationSeconds: 0 } as const;
        await team.apply(aStudentDeployment('tiles', { model: { uri: 'hf://example/tiny' }, autoscaling }));
        await team.studentCondition('AutoscalerActive', { status: 'True', reason: 'Scaling' }, { withinMs: 120_000 });
        metrics.values.set('vllm_num_requests_waiting', 12);
        const replicas = async (count: number) =>
          await team.eventually(
            `${count} replicas`,
            async () => (await team.get(deployments, 'tiles')).spec.replicas === count,
            90_000,
          );
        await replicas(3);
        assert.match(metrics.asked[0] ?? '', /labelSelector=model_name%3Dtiles/);
        assert.equal((await team.student()).status?.autoscaling?.provider, 'HPA');
        metrics.values.set('vllm_num_requests_waiting', 0);
        await replicas(1);
        metrics.values.delete('vllm_num_requests_waiting');
        await team.studentCondition(
          'AutoscalerActive',
          { status: 'False', reason: 'MetricsMissing' },
          { withinMs: 90_000 },
        );
        assert.equal((await team.list(autoscalers)).length, 1);
      } finally {
        await metrics.stop();
      }
    });
  });
});
