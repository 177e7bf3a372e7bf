// Quotas on a real control plane: what an administrator writes, what a team sees, and what is left in the ledger.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { DistillationQuota } from '../../src/api/v1alpha1/distillation-quota.gen.ts';
import { distillationJobs, distillationQuotas } from '../../src/controllers/resources.ts';
import { ignoreNotFound } from '../../src/kube/errors.ts';
import { AuditMark } from '../support/cluster-audit.ts';
import { aClaim, aDistillationJob, aDistillationQuota } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

const commandLine = resolve(import.meta.dirname, '../../src/cli/stratos.ts');
const slow = { script: { train: { milliseconds: 4000 } } };
const quota = (team: Team, name = 'team'): Promise<DistillationQuota> => team.get(distillationQuotas, name);

async function succeeded(team: Team, ...names: string[]): Promise<void> {
  for (const name of names) await team.jobCondition('Succeeded', { status: 'True' }, { name, withinMs: 90_000 });
}

async function settled(team: Team, jobName: string): Promise<void> {
  await team.eventually(`${jobName} is settled`, async () => {
    const { status } = await quota(team);
    return status?.entries?.some((entry) => entry.jobName === jobName && entry.state === 'Settled');
  });
}

/** The command line of this tree, as somebody with the cluster's kubeconfig runs it. */
async function stratos({ controlPlane }: Cluster, ...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], KUBECONFIG: controlPlane.kubeconfig };
  return (await promisify(execFile)(process.execPath, [commandLine, ...args], { env })).stdout;
}

const lives: Record<string, Scenario> = {
  'jobs over the cap wait, say who is before them, and run in the order of their age': async (team, cluster) => {
    await team.apply(aClaim(), aDistillationQuota('team', { limits: { jobs: 1, cost: '100.00' } }));
    await team.apply(aDistillationJob('first', slow));
    await team.jobCondition('QuotaReserved', { status: 'True' }, { name: 'first' });
    await team.apply(aDistillationJob('second', slow));
    const waiting = await team.jobCondition('QuotaReserved', { reason: 'JobCap' }, { name: 'second' });
    assert.match(waiting.message, /spec\.limits\.jobs is 1 job\(s\).*held by first \(1 job\(s\)\)/);
    assert.match(
      await team.kubectl('get', 'dquota', 'team'),
      /SPENT +COST-CAP +RESERVED +GPUS +GPU-CAP +JOBS +WAITING/,
    );
    await succeeded(team, 'first', 'second');
    await settled(team, 'second');
    const [{ status }, first, second] = await Promise.all([quota(team), team.job('first'), team.job('second')]);
    const sum = Number(first.status?.cost?.spent) + Number(second.status?.cost?.spent);
    assert.equal(Number(status?.spent?.cost).toFixed(6), sum.toFixed(6));
    assert.deepEqual(status?.reserved, { cost: '0.00', gpuSeconds: 0, gpus: 0, jobs: 0 });
    assert.match(await stratos(cluster, 'cost', '--all-namespaces'), new RegExp(`${team.namespace} +2 +`));
    const report = JSON.parse(await stratos(cluster, 'cost', '-n', team.namespace, '-o', 'json'));
    assert.equal(Number(report.teams[0].spent).toFixed(6), sum.toFixed(6));
    assert.deepEqual([report.quotas[0].name, report.quotas[0].spent], ['team', status?.spent?.cost]);
    assert.match(await stratos(cluster, 'compare', 'first', 'second', '-n', team.namespace), /\naccuracy +0\.\d+ /);
    const reasons = await team.eventReasons('DistillationJob', 'second');
    assert.ok(reasons.includes('WaitingForQuota') && reasons.includes('QuotaReserved'), reasons.join(', '));
  },

  'a raised cap lets the job go that waits for it': async (team) => {
    await team.apply(aClaim(), aDistillationQuota('team', { limits: { gpus: 0 } }));
    await team.apply(aDistillationJob('tiles'));
    await team.jobCondition('QuotaReserved', { reason: 'GpuCap' });
    await team.patch(distillationQuotas, 'team', { spec: { limits: { gpus: 2 } } });
    await succeeded(team, 'tiles');
  },

  'a job that is deleted while it runs leaves its cost in the ledger': async (team) => {
    await team.apply(aClaim(), aDistillationQuota('team', { limits: { cost: '100.00' } }));
    await team.apply(aDistillationJob('tiles', slow));
    await team.jobCondition('Trained', { reason: 'Training' });
    await team.kubectl('delete', 'distillationjob', 'tiles', '--wait=false');
    await team.eventually('the job is gone', async () => {
      const left = await ignoreNotFound(team.get(distillationJobs, 'tiles'));
      return left === undefined;
    });
    const { status } = await quota(team);
    assert.equal(status?.entries?.[0]?.state, 'Settled');
    assert.ok(Number(status?.spent?.cost) > 0, JSON.stringify(status));
  },

  'a cap that is lowered under what runs stops nothing, and lets nothing new start before enough has ended': async (
    team,
  ) => {
    const names = ['first', 'second', 'third'];
    await team.apply(aClaim(), aDistillationQuota('team', { limits: { jobs: 2 } }));
    await team.apply(aDistillationJob('first', slow), aDistillationJob('second', slow));
    for (const name of ['first', 'second']) await team.jobCondition('Trained', { reason: 'Training' }, { name });
    await team.patch(distillationQuotas, 'team', { spec: { limits: { jobs: 1 } } });
    await team.apply(aDistillationJob('third'));
    const waiting = await team.jobCondition('QuotaReserved', { reason: 'JobCap' }, { name: 'third' });
    assert.match(waiting.message, /spec\.limits\.jobs is 1 job\(s\).*2 job\(s\) more than is left/);
    await succeeded(team, ...names);
    const trained = (await team.pods()).filter(({ metadata }) => metadata.name.includes('-train-'));
    assert.equal(trained.length, names.length, 'each was trained in one go');
  },

  'a namespace that is deleted with a running job goes, and one of its name begins with an empty ledger': async (
    team,
    { controlPlane },
  ) => {
    const objects = [aClaim(), aDistillationQuota('team', { limits: { cost: '100.00', jobs: 1 } })];
    await team.apply(...objects);
    await team.apply(aDistillationJob('tiles', { script: { train: { milliseconds: 60_000 } } }));
    await team.jobCondition('Trained', { reason: 'Training' });
    const { uid } = (await team.job()).metadata;
    await controlPlane.kubectl(['delete', 'namespace', team.namespace, '--timeout=90s']);
    await controlPlane.kubectl(['create', 'namespace', team.namespace]);
    await team.eventually('pods can be made in it', async () => {
      return (await team.kubectl('get', 'serviceaccount', 'default', '--ignore-not-found')) !== '';
    });
    await team.apply(...objects);
    await team.apply(aDistillationJob('tiles'));
    await succeeded(team, 'tiles');
    await settled(team, 'tiles');
    const [{ status }, job] = [await quota(team), await team.job()];
    assert.notEqual(job.metadata.uid, uid);
    assert.deepEqual(
      status?.entries?.map(({ jobUID }) => jobUID),
      [job.metadata.uid],
    );
    assert.equal(status?.spent?.cost, job.status?.cost?.spent);
  },

  'trial runs hold what the ledger grants them, and are in it with all that they cost': async (team) => {
    const students = ['small', 'large'].map((name) => ({ name, uri: 'builtin://models/winning-tiles-student' }));
    const searching = { students, objective: { policy: 'AccuracyFirst' }, search: { maxPilots: 2 } } as const;
    await team.apply(aClaim(), aDistillationQuota('team', { limits: { gpus: 1, jobs: 1, cost: '100.00' } }));
    await team.apply(aDistillationJob('tiles', searching));
    await succeeded(team, 'tiles');
    await settled(team, 'tiles');
    const [{ status }, job] = [await quota(team), await team.job()];
    assert.deepEqual(
      job.status?.pilots?.map(({ state }) => state),
      ['Measured', 'Measured'],
    );
    assert.equal(status?.spent?.cost, job.status?.cost?.spent);
    assert.equal(status?.spent?.gpuSeconds, job.status?.cost?.gpuSeconds);
  },

  'a budget is kept by the pods that it stops, and the job goes on when it is raised': async (team) => {
    const budget = { amount: '0.02', currency: 'USD' };
    const script = { profile: { milliseconds: 45_000 } };
    await team.apply(aClaim(), aDistillationJob('tiles', { constraints: { budget }, script }));
    await team.jobCondition('Succeeded', { reason: 'BudgetExhausted' }, { withinMs: 90_000 });
    await team.eventually('its pods have stopped', async () => {
      return (await team.pods()).every(({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed');
    });
    const { status } = await team.job();
    // An eighth of the machine for a minute is a tick.
    assert.ok(Number(status?.cost?.spent) > 0 && Number(status?.cost?.spent) <= 0.02, status?.cost?.spent);
    await team.patch(distillationJobs, 'tiles', { spec: { constraints: { budget: { amount: '50.00' } } } });
    await succeeded(team, 'tiles');
  },

  'a ResourceQuota that refuses the pods is quoted, and lifted': async (team) => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'compute' } };
    await team.apply(aClaim(), { ...quota, spec: { hard: { pods: '0', 'requests.memory': '32Gi' } } });
    await team.apply(aDistillationJob('tiles'));
    const told = await team.jobCondition('Profiled', { reason: 'PodsNotCreated' }, { withinMs: 90_000 });
    assert.match(told.message, /has no pod: .*exceeded quota: compute, requested: pods=1/);
    await team.apply({ ...quota, spec: { hard: { pods: '10', 'requests.memory': '32Gi' } } });
    await succeeded(team, 'tiles');
    const memory = (await team.stageJobs()).map(({ spec }) => spec.template.spec.containers[0]?.resources?.requests);
    assert.deepEqual(new Set(memory.map((requests) => requests?.['memory'])), new Set(['32Gi']));
  },

  'a product that is not allowed is not planned on, and nothing starts': async (team) => {
    await team.apply(aClaim(), aDistillationQuota('team', { allowedGpuProducts: ['H100-SXM'] }));
    await team.apply(aDistillationJob('tiles'));
    await team.jobCondition('Profiled', { status: 'False', reason: 'PoolUnavailable' });
    assert.deepEqual(await team.stageJobs(), []);
  },
};

describe('a DistillationQuota', function () {
  // Nine lives at once, of which the longest are several jobs after each other.
  this.timeout(240_000);
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: standInImages() });
  let operator: OperatorProcess | undefined;
  let audit: AuditMark | undefined;
  before('start the operator', async () => {
    audit = await AuditMark.set(cluster().controlPlane.audit);
    operator = await cluster().startOperator();
  });
  after('stop the operator', async () => await operator?.stop());

  scenarios(cluster, lives);

  it('needs nothing that the chart does not grant', async () => {
    assert.deepEqual(await audit?.forbidden(), []);
  });
});
