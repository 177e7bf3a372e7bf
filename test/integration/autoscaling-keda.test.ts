// ScaledObjects against KEDA's own CRD, which comes and goes while the operator runs. KEDA itself does not run.
import assert from 'node:assert/strict';
import { deployments, scaledObjects } from '../../src/controllers/resources.ts';
import { covers } from '../../src/domain/covers.ts';
import { buildScaledObject } from '../../src/domain/student/autoscale/autoscalers.ts';
import { aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play } from '../support/cluster-scenarios.ts';
import { withCluster } from '../support/cluster.ts';
import { inferenceSimImages } from '../support/inference-sim/images.ts';
import { scaledObjectDefinition } from '../support/keda-crd.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const prometheusUrl = 'http://prometheus.monitoring:9090';

describe('autoscaling by KEDA', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: inferenceSimImages() });
  let operator: OperatorProcess | undefined;
  before('start the operator', async () => {
    operator = await cluster().startOperator({ flags: [`--prometheus-url=${prometheusUrl}`] });
  });
  after('stop the operator', async () => await operator?.stop());
  after("remove KEDA's definition", async () => {
    await cluster()
      .client.raw('DELETE', `${definitions}/scaledobjects.keda.sh`)
      .catch(() => undefined);
  });

  it('begins when KEDA is installed: its API server keeps every field that we send', async function () {
    this.timeout(240_000);
    await play(cluster(), async (team, { client }) => {
      const targets = { waitingRequests: 5, kvCacheUtilizationPercentage: 80, timeToFirstTokenMilliseconds: 500 };
      const autoscaling = { maxReplicas: 3, idleReplicas: 0, provider: 'KEDA', targets } as const;
      await team.apply(aStudentDeployment('tiles', { model: { uri: 'hf://example/tiny' }, autoscaling }));
      const { message } = await team.studentCondition('AutoscalerActive', { reason: 'ProviderUnavailable' });
      assert.match(message, /^KEDA is not installed/);
      await client.raw('POST', definitions, await scaledObjectDefinition());
      const stored = await team.eventually(
        'the ScaledObject is there',
        async () => (await team.list(scaledObjects).catch(() => []))[0],
        120_000,
      );
      const student = await team.student();
      assert.ok(student.spec.autoscaling);
      const wanted = buildScaledObject(student, student.spec.autoscaling, prometheusUrl);
      assert.ok(covers(stored, wanted), JSON.stringify(stored, undefined, 1));
      await team.kubectl('scale', 'deployment/tiles', '--replicas=2');
      await team.eventually('what KEDA writes stays', async () => (await team.student()).status?.readyRatio === '2/2');
      assert.equal((await team.get(deployments, 'tiles')).spec.replicas, 2);
    });
  });
});
