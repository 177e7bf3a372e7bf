// Ways besides the Service: kinds that are not there at first, and come and go while the operator runs.
import assert from 'node:assert/strict';
import { httpRoutes, inferencePools, services, studentDeployments } from '../../src/controllers/resources.ts';
import { aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import type { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import { gatewayCrds } from '../support/gateway-crds.ts';
import { inferenceSimImages } from '../support/inference-sim/images.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const route = {
  httpRoute: { parentRefs: [{ name: 'public' }], hostnames: ['tiles.example.dev'] },
  inferencePool: { endpointPickerRef: { name: 'picker' } },
};
/** The operator looks for kinds once or twice a minute. */
const found = { withinMs: 90_000 };

/** What the controller of a gateway would say. */
async function gatewayTakes(team: Team): Promise<void> {
  const verdict = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'taken', observedGeneration: 1 };
  const conditions = [{ ...verdict, lastTransitionTime: '2026-03-01T12:00:00Z' }];
  const parents = [{ controllerName: 'example.dev/gateway', parentRef: { name: 'public' }, conditions }];
  const patch = JSON.stringify({ status: { parents } });
  await team.kubectl('patch', 'httproute', 'tiles', '--subresource=status', '--type=merge', '-p', patch);
}

async function sharesOf(team: Team): Promise<string> {
  const { spec } = await team.get(httpRoutes, 'tiles');
  return (spec.rules[0]?.backendRefs ?? []).map(({ name, weight }) => `${name} ${weight}`).join(', ');
}

describe('the route of a StudentDeployment', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: inferenceSimImages() });
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

    await gatewayTakes(team);
    await team.studentCondition('RouteReady', { status: 'True', reason: 'RouteAccepted' });

    await team.patch(studentDeployments, 'tiles', { spec: { route: null } });
    await team.eventually('route and pool are removed', async () => {
      return (await team.list(httpRoutes)).length + (await team.list(inferencePools)).length === 0;
    });
    await team.disband();
  }).timeout(180_000);

  it('weighs a canary as its step says, and leads to one Service again once it is promoted', async () => {
    await cluster().controlPlane.kubectl(['apply', '--server-side', ...crds]);
    const team = await cluster().newTeam();
    const rollout = { strategy: 'Canary' as const, steps: [{ weightPercentage: 10, pauseSeconds: 3600 }] };
    const spec = { model: { uri: 'hf://example/tiny' }, replicas: 2, rollout, route: { httpRoute: route.httpRoute } };
    await team.apply(aStudentDeployment('tiles', spec));
    await team.studentCondition('RouteReady', { status: 'Unknown', reason: 'RoutePending' }, found);
    assert.equal(await sharesOf(team), 'tiles 1');
    await gatewayTakes(team);
    await team.studentCondition('RouteReady', { status: 'True', reason: 'RouteAccepted' });
    await team.studentCondition('Ready', { status: 'True', reason: 'Available' });

    await team.patch(studentDeployments, 'tiles', { spec: { runtime: { args: ['--seed', '7'] } } });
    await team.studentCondition('Progressing', { status: 'True', reason: 'CanaryRunning' });
    await team.eventually('the canary has its weight', async () => {
      return (await sharesOf(team)) === 'tiles-stable 90, tiles-canary 10';
    });
    const { status } = await team.student();
    assert.deepEqual([status?.canary?.weightPercentage, status?.readyRatio], [10, '3/2']);
    const all = await team.list(services);
    assert.deepEqual(all.map(({ metadata }) => metadata.name).toSorted(), ['tiles', 'tiles-canary', 'tiles-stable']);
    const track = ({ spec: { selector = {} } }: (typeof all)[number]) => selector['distill.stratos.dev/track'];
    assert.deepEqual(all.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name)).map(track), [
      'stable',
      'canary',
      'stable',
    ]);

    const promoted = { strategy: 'RollingUpdate', steps: null };
    await team.patch(studentDeployments, 'tiles', { spec: { rollout: promoted } });
    await team.studentCondition('Progressing', { status: 'True', reason: 'RolloutComplete' });
    await team.eventually('the route leads to one Service', async () => (await sharesOf(team)) === 'tiles 1');
    await team.disband();
  }).timeout(240_000);
});
