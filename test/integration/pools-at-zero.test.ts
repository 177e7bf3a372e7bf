// A cluster without nodes: the operator plans on what Karpenter would make, and this test makes it when a pod asks.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverPools } from '../../src/controllers/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { installManifest } from '../generate/manifests.ts';
import { aClaim, aDistillationJob } from '../support/cluster-objects.ts';
import { Team } from '../support/cluster-team.ts';
import { until } from '../support/control-plane/http.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import { installKarpenter, removeKarpenter } from '../support/karpenter.ts';
import { servingImage, trainerImage } from '../support/local-images.ts';
import { type LocalNode, startLocalNode } from '../support/local-node/local-node.ts';
import { storageClassName } from '../support/local-node/provisioner.ts';
import type { NodeTemplate } from '../support/local-node/types.ts';
import { grantAccess } from '../support/operator-access.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { aNodePool, aServerPool, capacityType, instanceType } from '../unit/domain/capacity/builders.ts';
import { done } from './distillation-job/looks.ts';
import { connect, type Connection } from './kube/cluster.ts';

const poolName = 'zero-g6-48xlarge-ondemand';
const taint = { key: 'example.com/gpu', value: 'l4', effect: 'NoSchedule' };
const nodePool = aNodePool('zero', {
  requirements: [[instanceType, 'In', 'g6.48xlarge']],
  taints: [taint],
  limits: { 'nvidia.com/gpu': 8 },
});

/** What Karpenter would make of it. */
const made: NodeTemplate = {
  name: 'made',
  count: 1,
  labels: {
    [instanceType]: 'g6.48xlarge',
    [capacityType]: 'on-demand',
    'topology.kubernetes.io/region': 'us-east-1',
    'karpenter.sh/nodepool': 'zero',
    'nvidia.com/gpu.product': 'NVIDIA-L4',
    'nvidia.com/gpu.memory': '23034',
  },
  taints: [taint],
  capacity: { cpu: '191', memory: '740Gi', pods: '110', 'nvidia.com/gpu': '8' },
};

const placement = { poolName, tolerations: [{ key: taint.key, operator: 'Exists' }] } as const;

describe('pools at zero', () => {
  let connection: Connection;
  let client: KubeClient;
  let operator: OperatorProcess | undefined;
  let node: LocalNode | undefined;
  let team: Team;
  let dir: string;

  before('an operator without nodes', async () => {
    const controlPlane = sharedControlPlane();
    connection = connect();
    client = connection.client;
    dir = await mkdtemp(join(tmpdir(), 'stratos-zero-'));
    team = await Team.create(client, controlPlane);
    const token = await grantAccess(controlPlane, await installManifest());
    const kubeconfig = await controlPlane.kubeconfigFor({ token });
    operator = await startOperator({ kubeconfig, logFile: join(dir, 'operator.log'), trainerImage, servingImage });
  });

  after(async () => {
    await operator?.stop();
    await node?.stop();
    const kubectl = (args: string[]) => sharedControlPlane().kubectl(args);
    await kubectl(['delete', 'node', '--ignore-not-found', 'made', 'made-1']);
    await kubectl(['delete', 'serverpool', '--ignore-not-found', 'zero', 'price']);
    await kubectl(['delete', 'storageclass', '--ignore-not-found', storageClassName]);
    await removeKarpenter(sharedControlPlane());
    await team.disband();
    await connection[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  const apply = (object: object) => sharedControlPlane().kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const serverPool = (name: string) => client.get(serverPools, { namespace: '', name });
  const readyReason = async (name: string) =>
    (await serverPool(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  const becomes = (name: string, reason: string) =>
    until(`ServerPool ${name} to be ${reason}`, { withinMs: 30_000 }, async () => (await readyReason(name)) === reason);

  it('of a ServerPool are told apart from those of which nothing is known', async () => {
    const { spec } = aServerPool('zero', { node: { cpu: '8', memory: '32Gi' } }) as { spec: object };
    const pool = { apiVersion: 'distill.stratos.dev/v1alpha1', kind: 'ServerPool', metadata: { name: 'zero' }, spec };
    await apply(pool);
    await becomes('zero', 'NoNodes');
    await apply({ ...pool, spec: { ...spec, limits: { maxNodes: 3 }, price: { amount: '0.50' } } });
    await becomes('zero', 'AtZero');
    const { status } = await serverPool('zero');
    assert.deepEqual(status?.nodes, { total: 0, ready: 0, new: 3 });
    assert.equal(status?.price?.source, 'ServerPool zero');
  });

  it('of a NodePool are found when Karpenter is installed, and a job runs on the node that its pod has made', async () => {
    await team.apply(aClaim(), aDistillationJob('tiles', { placement }));
    await team.jobCondition('Profiled', { status: 'False', reason: 'PoolUnavailable' });
    await installKarpenter(sharedControlPlane());
    await apply({ ...nodePool, status: undefined });
    // Looked for every 30 to 60 seconds.
    const [job] = await team.eventually(
      'the first stage to ask for a node',
      async () => {
        const jobs = await team.stageJobs();
        return jobs.length > 0 && jobs;
      },
      90_000,
    );
    const { nodeSelector, tolerations } = job?.spec.template.spec ?? {};
    assert.deepEqual(nodeSelector, {
      'karpenter.sh/nodepool': 'zero',
      [instanceType]: 'g6.48xlarge',
      [capacityType]: 'on-demand',
    });
    assert.ok(tolerations?.some(({ key, value }) => key === taint.key && value === taint.value));

    const { kubeconfig } = sharedControlPlane();
    const backoff = { firstMs: 300, mostMs: 3000 };
    node = await startLocalNode({
      kubeconfig,
      dataDir: join(dir, 'node'),
      nodes: [made],
      images: standInImages(),
      backoff,
    });
    await done(team);
    const { status } = await team.job();
    assert.deepEqual([status?.plan?.selected?.trainingPool, status?.plan?.poolsAtZero], [poolName, undefined]);
  }).timeout(240_000);

  it('and what a ServerPool finds there follows nodes and NodePools, without a write when nothing changes', async () => {
    const pool = aServerPool('price', { nodeSelector: { 'karpenter.sh/nodepool': 'zero' }, price: { amount: '9.99' } });
    const { spec } = pool as { spec: object };
    await apply({ apiVersion: 'distill.stratos.dev/v1alpha1', kind: 'ServerPool', metadata: { name: 'price' }, spec });
    await becomes('price', 'NodesFound');
    const { status, metadata } = await serverPool('price');
    assert.deepEqual(
      [status?.gpus?.total, status?.gpus?.product, status?.price?.amount, status?.pools],
      [8, 'L4', '9.99', ['price']],
    );
    // Longer than it takes to look again, with heartbeats of the node in between.
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    assert.equal((await serverPool('price')).metadata.resourceVersion, metadata.resourceVersion);
  });
});
