// An operator without a single right that reaches beyond its namespace: the chart's `rbac.clusterRole: false`, on a real API
// server. It sees no node, and plans on what the chart's `serverPools` tell it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderChart } from '../generate/manifests.ts';
import { AuditMark } from '../support/cluster-audit.ts';
import { aClaim, aDistillationJob, aDistillationQuota } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import type { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import { grantAccess } from '../support/operator-access.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

const taint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
const declared = {
  name: 'hidden',
  spec: {
    nodeSelector: { 'distill.stratos.dev/pool': 'hidden' },
    capacityType: 'OnDemand',
    node: { cpu: '190', memory: '700Gi', gpu: { product: 'NVIDIA-L4', count: 8 } },
    limits: { maxNodes: 1 },
    taints: [taint],
    price: { amount: '13.35' },
  },
};

/** The times of a pod are whole seconds: a stage of less than one may cost nothing. */
const costly = { script: { train: { milliseconds: 2_000 } } };

/** What has no namespace, and is asked for in vain; all of it is optional. */
const vain = ['deviceclasses', 'nodes', 'priorityclasses', 'resourceslices', 'serverpools'];

describe('an operator without a ClusterRole', () => {
  const cluster = withCluster({ nodes: [l4Pool('hidden', 1)], images: standInImages() });
  let team: Team;
  let token: string;
  let audit: AuditMark;
  let operator: OperatorProcess | undefined;

  before('grant it what the chart grants in one namespace', async () => {
    const { controlPlane } = cluster();
    team = await cluster().newTeam();
    audit = await AuditMark.set(controlPlane.audit);
    const mode =
      'fullnameOverride=blind,rbac.clusterRole=false,rbac.aggregateClusterRoles=false,progress.enabled=false';
    const manifests = await renderChart([mode, `watchNamespaces={${team.namespace}}`, 'crds.enabled=false']);
    assert.deepEqual(
      manifests.filter(({ kind }) => kind.startsWith('ClusterRole')),
      [],
    );
    token = await grantAccess(controlPlane, manifests);
  });

  afterEach('stop the operator', async () => {
    await operator?.stop();
    operator = undefined;
  });
  after('disband the team', async () => await team.disband());

  async function start(flags: string[]): Promise<void> {
    const kubeconfig = await cluster().controlPlane.kubeconfigFor({ token });
    const namespaces = [team.namespace];
    operator = await cluster().startOperator({
      kubeconfig,
      namespaces,
      leaderElect: true,
      flags: ['--progress-url=', ...flags],
    });
  }

  it('is ready, and says in the job that it sees no nodes and what to do about it', async () => {
    await start([]);
    const quota = aDistillationQuota('team', { limits: { cost: '100.00' } });
    await team.apply(aClaim(), quota, aDistillationJob('tiles', costly));
    const { message } = await team.jobCondition('Profiled', { reason: 'PoolUnavailable' });
    assert.match(message, /may not read nodes.*ServerPool with limits\.maxNodes or the value serverPools of the chart/);
  });

  it('runs the job on the pool that it is told of, at its price, and keeps the ledger', async () => {
    const file = join(cluster().dir, 'server-pools.json');
    await writeFile(file, JSON.stringify([declared]));
    await start([`--server-pools-file=${file}`]);
    await team.jobCondition('Succeeded', { status: 'True' }, { withinMs: 90_000 });
    const { status } = await team.job();
    assert.equal(status?.plan?.selected?.trainingPool, 'hidden');
    assert.ok(Number(status?.cost?.spent) > 0);
    assert.notEqual(status?.cost?.unknown, true);
    assert.match(
      await team.kubectl('get', 'dquota', 'team', '-o', 'jsonpath={.status.entries[0].state}'),
      /Settled|Granted/,
    );
  });

  it('has asked in vain for what has no namespace, and for nothing else', async () => {
    const asked = (await audit.forbidden()).map((deed) => deed.replace(/^(list|watch) /, '').split('/')[0] ?? '');
    assert.deepEqual([...new Set(asked)].toSorted(), vain);
  });

  it('is refused by its own command line for a file that holds no pools', async () => {
    const file = join(cluster().dir, 'wrong.json');
    await writeFile(file, JSON.stringify([{ name: 'a', spec: { nodeSelector: { a: 'b' }, limits: { maxNodes: 1 } } }]));
    await assert.rejects(start([`--server-pools-file=${file}`]), /the operator ended \(2\)/);
  });
});
