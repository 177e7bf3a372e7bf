// What `flux reconcile`, `helm --wait` and `kubectl apply --wait` of kpt wait for: kstatus on real objects in every state.
import assert from 'node:assert/strict';
import type { Condition } from '../../src/api/condition-list.ts';
import * as resources from '../../src/controllers/resources.ts';
import type { KubeObject, Resource } from '../../src/kube/types.ts';
import { aClaim, aDistillationJob, aDistillationQuota, aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { type KstatusVerdict, kstatusOf } from '../support/kstatus.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

type Status = KstatusVerdict['status'];

const { distillationJobs, distillationQuotas, serverPools, studentDeployments } = resources;
const forAWhile = { script: { train: { milliseconds: 60_000 } } };
const model = { uri: 'hf://example/tiny' };

async function judged(object: object | Promise<object>): Promise<Status | undefined> {
  const [verdict] = await kstatusOf(await object);
  return verdict?.status;
}

async function applyPool(cluster: Cluster, name: string, spec: object): Promise<void> {
  const pool = { apiVersion: 'distill.stratos.dev/v1alpha1', kind: 'ServerPool', metadata: { name }, spec };
  await cluster.controlPlane.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(pool));
}

/** The verdict on a job once it reads like this. */
async function jobThatIs(team: Team, type: string, want: Partial<Condition>): Promise<Status | undefined> {
  await team.jobCondition(type, want);
  return await judged(team.job());
}

/** The verdict on an object that is being deleted. Ours go at once, unless somebody holds them. */
async function deleted<T extends KubeObject>(team: Team, resource: Resource<T>, name = 'tiles'): Promise<unknown> {
  await team.patch(resource, name, { metadata: { finalizers: ['example.com/hold'] } });
  await team.kubectl('delete', `${resource.plural}.distill.stratos.dev`, name, '--wait=false');
  const verdict = await judged(team.get(resource, name));
  await team.patch(resource, name, { metadata: { finalizers: null } });
  return verdict;
}

const states: Record<string, Scenario> = {
  'a job without a pool is in progress': async (team) => {
    const placement = { poolSelector: { matchLabels: { team: team.namespace } } };
    await team.apply(aClaim(), aDistillationJob('tiles', { placement }));
    assert.equal(await jobThatIs(team, 'Profiled', { reason: 'PoolUnavailable' }), 'InProgress');
  },

  'a job whose plan waits for a person is current': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { planApproval: 'Manual' }));
    assert.equal(await jobThatIs(team, 'Succeeded', { reason: 'AwaitingApproval' }), 'Current');
  },

  'a job that waits for its quota is in progress': async (team) => {
    await team.apply(aClaim(), aDistillationQuota('team', { limits: { gpus: 0 } }), aDistillationJob('tiles'));
    assert.equal(await jobThatIs(team, 'Succeeded', { reason: 'WaitingForQuota' }), 'InProgress');
    assert.equal(await judged(team.get(distillationQuotas, 'team')), 'Current');
  },

  'a job that trains is current, and stays so while it is suspended': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', forAWhile));
    assert.equal(await jobThatIs(team, 'Succeeded', { reason: 'Training' }), 'Current');
    await team.patch(distillationJobs, 'tiles', { spec: { suspend: true } });
    assert.equal(await jobThatIs(team, 'Suspended', { status: 'True' }), 'Current');
    assert.equal(await deleted(team, distillationJobs), 'Terminating');
  },

  'a job that has published is current': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles'));
    assert.equal(await jobThatIs(team, 'Succeeded', { status: 'True' }), 'Current');
  },

  'a job that misses its floor has failed': async (team) => {
    const script = { evaluate: { correct: 10 } };
    await team.apply(aClaim(), aDistillationJob('tiles', { constraints: { minAccuracy: '0.6' }, script }));
    assert.equal(await jobThatIs(team, 'Failed', { status: 'True', reason: 'AccuracyNotMet' }), 'Failed');
  },

  'a job that asks for what cannot be done has failed': async (team) => {
    const endpoint = { url: 'https://169.254.169.254/v1', model: 'large' };
    await team.apply(aClaim(), aDistillationJob('tiles', { teachers: [{ name: 'large', endpoint }] }));
    assert.equal(await jobThatIs(team, 'Stalled', { status: 'True' }), 'Failed');
  },

  'a student without weights is in progress': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model: { distillationJobRef: { name: 'later' } } }));
    await team.studentCondition('ModelAvailable', { status: 'False' });
    assert.equal(await judged(team.student()), 'InProgress');
  },

  'a student that answers is current; one whose rollout is stuck has failed': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, progressDeadlineSeconds: 5 }));
    await team.studentCondition('Ready', { reason: 'Available' });
    assert.equal(await judged(team.student()), 'Current');
    await team.patch(studentDeployments, 'tiles', { spec: { runtime: { args: ['--no-such-flag'] } } });
    await team.studentCondition('Stalled', { status: 'True' });
    assert.equal(await judged(team.student()), 'Failed');
    assert.equal(await deleted(team, studentDeployments), 'Terminating');
  },

  'a student that is paused before a change is current: it waits for a person': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model }));
    await team.studentCondition('Ready', { reason: 'Available' });
    const spec = { paused: true, runtime: { args: ['--max-num-seqs', '8'] } };
    await team.patch(studentDeployments, 'tiles', { spec });
    await team.studentCondition('Progressing', { reason: 'Paused' });
    assert.equal(await judged(team.student()), 'Current');
  },

  'a quota is current, and terminating while something holds it': async (team) => {
    await team.apply(aDistillationQuota('team', { limits: { jobs: 1 } }));
    await team.eventually('the ledger is kept', async () => {
      return (await team.get(distillationQuotas, 'team')).status?.conditions !== undefined;
    });
    assert.equal(await judged(team.get(distillationQuotas, 'team')), 'Current');
    assert.equal(await deleted(team, distillationQuotas, 'team'), 'Terminating');
  },

  'a pool with nodes is current, one without has failed': async (team, cluster) => {
    const names = { current: `${team.namespace}-l4`, failed: `${team.namespace}-none` };
    await applyPool(cluster, names.current, { nodeSelector: { 'distill.stratos.dev/pool': 'l4' } });
    await applyPool(cluster, names.failed, { nodeSelector: { 'distill.stratos.dev/pool': names.failed } });
    for (const [want, name] of [['Current', names.current] as const, ['Failed', names.failed] as const]) {
      await team.eventually(`${name} is ${want}`, async () => {
        return (await judged(cluster.client.get(serverPools, { namespace: '', name }))) === want;
      });
    }
    await team.kubectl('delete', 'serverpool', names.current, names.failed);
  },
};

describe('kstatus', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: standInImages() });
  let operator: OperatorProcess | undefined;

  it('holds what the operator has not looked at for in progress', async () => {
    const team = await cluster().newTeam();
    await applyPool(cluster(), team.namespace, { nodeSelector: { 'distill.stratos.dev/pool': 'nowhere' } });
    await team.apply(aDistillationJob('tiles'), aStudentDeployment('tiles', { model }));
    await team.apply(aDistillationQuota('team', { limits: { jobs: 1 } }));
    const objects = await Promise.all([
      team.job(),
      team.student(),
      team.get(distillationQuotas, 'team'),
      cluster().client.get(serverPools, { namespace: '', name: team.namespace }),
    ]);
    const verdicts = await kstatusOf(...objects);
    assert.deepEqual(
      verdicts.map(({ status }) => status),
      objects.map(() => 'InProgress'),
    );
    await team.kubectl('delete', 'serverpool', team.namespace);
    await team.disband();
  });

  describe('beside the operator', () => {
    before('start the operator', async () => void (operator = await cluster().startOperator()));
    after('stop the operator', async () => await operator?.stop());
    scenarios(cluster, states);
  });

  it('holds a change that the operator has not seen for in progress', async () => {
    const team = await cluster().newTeam();
    await team.apply(aDistillationQuota('team', { limits: { jobs: 1 } }));
    const again = await cluster().startOperator();
    await team.eventually('the ledger is kept', async () => {
      return (await judged(team.get(distillationQuotas, 'team'))) === 'Current';
    });
    await again.stop();
    await team.patch(distillationQuotas, 'team', { spec: { limits: { jobs: 2 } } });
    assert.equal(await judged(team.get(distillationQuotas, 'team')), 'InProgress');
    await team.disband();
  });
});
