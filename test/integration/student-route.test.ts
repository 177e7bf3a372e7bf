// Ways besides the Service: kinds that are not there at first, and come and go while the operator runs.
import assert from 'node:assert/strict';
import { httpRoutes, inferencePools, studentDeployments } from '../../src/controllers/resources.ts';
import { aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { withCluster } from '../support/cluster.ts';
import { gatewayCrds } from '../support/gateway-crds.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

const route = {
  httpRoute: { parentRefs: [{ name: 'public' }], hostnames: ['tiles.example.dev'] },
  inferencePool: { endpointPickerRef: { name: 'picker' } },
};
/** The operator looks for kinds once or twice a minute. */
const found = { withinMs: 90_000 };

describe('the route of a StudentDeployment', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 1)], images: standInImages() });
  let operator: OperatorProcess | undefined;
  let crds: string[] = [];
  before('start the operator', async () => {
    crds = (await gatewayCrds()).flatMap((file) => ['-f', file]);
    operator = await cluster().startOperator();
  });
  after('remove what was installed', async () => {
    await operator?.stop();
    await cluster().controlPlane.kubectl(['delete', '--ignore-not-found', ...crds]);
  });

  it('is missed by name and keeps nothing else waiting; it is made once the kinds are installed', async () => {
    const team = await cluster().newTeam();
    await team.apply(aStudentDeployment('tiles', { model: { uri: 'hf://example/tiny' }, route }));
    await team.studentCondition('Ready', { status: 'True', reason: 'Available' });
    const { message } = await team.studentCondition('RouteReady', { status: 'False', reason: 'KindMissing' });
    assert.match(message, /no HTTPRoute .* and no InferencePool/);

    await cluster().controlPlane.kubectl(['apply', '--server-side', ...crds]);
    await team.studentCondition('RouteReady', { status: 'Unknown', reason: 'RoutePending' }, found);
    const { spec } = await team.get(httpRoutes, 'tiles');
    const [backend] = spec.rules[0]?.backendRefs ?? [];
    assert.deepEqual([backend?.kind, backend?.name], ['InferencePool', 'tiles']);
    assert.equal((await team.get(inferencePools, 'tiles')).spec.targetPorts[0]?.number, 8000);

    // What the controller of a gateway would say.
    const verdict = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'taken', observedGeneration: 1 };
    const conditions = [{ ...verdict, lastTransitionTime: '2026-03-01T12:00:00Z' }];
    const parents = [{ controllerName: 'example.dev/gateway', parentRef: { name: 'public' }, conditions }];
    const patch = JSON.stringify({ status: { parents } });
    await team.kubectl('patch', 'httproute', 'tiles', '--subresource=status', '--type=merge', '-p', patch);
    await team.studentCondition('RouteReady', { status: 'True', reason: 'RouteAccepted' });

    await team.patch(studentDeployments, 'tiles', { spec: { route: null } });
    await team.eventually('route and pool are removed', async () => {
      return (await team.list(httpRoutes)).length + (await team.list(inferencePools)).length === 0;
    });
    await team.disband();
  }).timeout(180_000);
});
