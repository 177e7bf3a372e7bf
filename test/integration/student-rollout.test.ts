// Revisions, rollbacks and what stands around the replicas, on the real control plane.
import assert from 'node:assert/strict';
import {
  controllerRevisions,
  deployments,
  disruptionBudgets,
  distillationJobs,
  networkPolicies,
  studentDeployments,
} from '../../src/controllers/resources.ts';
import { aClaim, aDistillationJob, aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

const model = { uri: 'hf://example/tiny' };
const ready = (team: Team) => team.studentCondition('Ready', { status: 'True', reason: 'Available' });
const serving = async (team: Team) => (await team.student()).status?.currentRevision;
const setArguments = (team: Team, ...args: string[]) =>
  team.patch(studentDeployments, 'tiles', { spec: { runtime: { args } } });

/** A new revision serves; its name. */
async function roll(team: Team, ...args: string[]): Promise<string> {
  const before = await serving(team);
  await setArguments(team, ...args);
  return await team.eventually('the next revision serves', async () => {
    const { status } = await team.student();
    const name = status?.currentRevision;
    return name !== before && name === status?.updateRevision && name;
  });
}

const cases: Record<string, Scenario> = {
  'where the restricted Pod Security Standard is enforced, with a budget and a policy': async (team) => {
    await team.kubectl('label', 'namespace', team.namespace, 'pod-security.kubernetes.io/enforce=restricted');
    await team.apply(aStudentDeployment('tiles', { model, replicas: 2 }));
    await ready(team);
    const { status } = (await team.get(disruptionBudgets, 'tiles')) as { status?: { expectedPods?: number } };
    assert.equal(status?.expectedPods, 2);
    assert.equal((await team.list(networkPolicies)).length, 1);
    await team.kubectl('scale', 'studentdeployment/tiles', '--replicas=1');
    await team.eventually('the budget is gone', async () => (await team.list(disruptionBudgets)).length === 0);
  },

  'a revision that cannot start is given up, the last one serves, and the next is tried': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, progressDeadlineSeconds: 6 }));
    await ready(team);
    const first = await serving(team);
    await setArguments(team, '--no-such-flag');
    const { message } = await team.studentCondition('Progressing', { status: 'False', reason: 'RolledBack' });
    assert.match(message, new RegExp(`${first} serves.*container server: .*Unknown option '--no-such-flag'`));
    await team.studentCondition('Ready', { status: 'True', reason: 'RolledBack' });
    await team.studentCondition('Stalled', { status: 'True', reason: 'RolledBack' });
    assert.equal(await serving(team), first);
    const [reasons] = [await team.eventReasons('StudentDeployment', 'tiles')];
    assert.ok(reasons.includes('RolledBack'), reasons.join());
    await roll(team, '--seed', '7');
    await ready(team);
    assert.equal((await team.student()).status?.failedRevision, undefined);
  },

  'an image that cannot be pulled is named, and the old revision is back': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, progressDeadlineSeconds: 6 }));
    await ready(team);
    await team.patch(studentDeployments, 'tiles', { spec: { runtime: { image: 'example.dev/no-such:1' } } });
    const named = await team.studentCondition('Progressing', { status: 'True', reason: 'ReplicaStuck' });
    assert.match(named.message, /(ErrImagePull|ImagePullBackOff): pod tiles-\w+-\w+, container server: .*no-such/);
    const { message } = await team.studentCondition('Progressing', { status: 'False', reason: 'RolledBack' });
    assert.match(message, /pod tiles-\w+-\w+, container server: .*no-such/);
    assert.match((await team.student()).status?.failedRevision?.reason ?? '', /^(ErrImagePull|ImagePullBackOff)$/);
    await team.studentCondition('Ready', { status: 'True', reason: 'RolledBack' });
  },

  'with one replica on a full pool the old one goes first: what keeps the new one is named long before the deadline':
    async (team) => {
      await team.apply(aStudentDeployment('tiles', { model, rollout: { maxSurge: 0, maxUnavailable: 1 } }));
      await ready(team);
      await setArguments(team, '--no-such-flag');
      const { message } = await team.studentCondition('Progressing', { status: 'True', reason: 'ReplicaStuck' });
      assert.match(message, /0 available; \w+: pod tiles-\w+-\w+, container server: .*Unknown option '--no-such-flag'/);
      assert.equal((await team.student()).status?.failedRevision, undefined);
      await roll(team, '--seed', '7');
      await ready(team);
    },

  'a quota that refuses the new pod is quoted, and the old revision is back': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, progressDeadlineSeconds: 6 }));
    await ready(team);
    await team.kubectl('create', 'quota', 'few', '--hard=pods=1');
    await setArguments(team, '--seed', '7');
    const { message } = await team.studentCondition('Progressing', { status: 'False', reason: 'RolledBack' });
    assert.match(message, /exceeded quota: few/);
    await team.studentCondition('Ready', { status: 'True', reason: 'RolledBack' });
  },

  'an old revision can be pinned and let go; of the others as many are kept as asked': async (team) => {
    await team.apply(aStudentDeployment('tiles', { model, revisionHistoryLimit: 2 }));
    await ready(team);
    const names = [await serving(team)];
    for (const seed of ['2', '3', '4']) names.push(await roll(team, '--seed', seed));
    const want = names.slice(-3).map((name) => `tiles-${name}`);
    await team.eventually('the oldest is removed', async () => {
      const kept = (await team.list(controllerRevisions)).toSorted((a, b) => a.revision - b.revision);
      return kept.map(({ metadata }) => metadata.name).join() === want.join();
    });
    await team.patch(studentDeployments, 'tiles', { spec: { rollout: { revision: names[1] } } });
    await team.studentCondition('Progressing', { status: 'True', reason: 'Pinned' });
    const { spec } = await team.get(deployments, 'tiles');
    assert.ok(spec.template.spec.containers[0]?.args?.join(' ').includes('--seed 2'));
    await team.patch(studentDeployments, 'tiles', { spec: { rollout: { revision: null } } });
    await team.studentCondition('Progressing', { status: 'True', reason: 'RolloutComplete' });
    assert.equal(await serving(team), names.at(-1));
  },

  'it follows what its job publishes, and outlives the job': async (team) => {
    await team.apply(aClaim(), aDistillationJob('maker', {}));
    await team.apply(aStudentDeployment('tiles', { model: { distillationJobRef: { name: 'maker' } } }));
    await ready(team);
    const { status } = await team.student();
    assert.match(status?.modelDigest ?? '', /^sha256:/);
    assert.equal(status?.placement?.reason, 'PlannedByJob');
    assert.ok(status?.placement?.front?.length, 'the front of ways to serve is told');
    await team.kubectl('delete', 'distillationjob', 'maker');
    await team.eventually('the job is gone', async () => (await team.list(distillationJobs)).length === 0);
    await team.studentCondition('ModelAvailable', { status: 'False', reason: 'JobNotFound' });
    const after = await team.student();
    assert.deepEqual(
      [after.status?.currentRevision, after.status?.updateRevision],
      [status?.currentRevision, status?.currentRevision],
    );
    await ready(team);
  },

  'a Deployment that an older version made, with another selector, is replaced while it serves': async (team) => {
    await team.apply(aStudentDeployment('donor', { model }));
    await team.studentCondition('Ready', { status: 'True', reason: 'Available' }, { name: 'donor' });
    const donor = await team.get(deployments, 'donor');
    await team.apply(aStudentDeployment('tiles', { model: { distillationJobRef: { name: 'none' } } }));
    const labels = { 'distill.stratos.dev/student-deployment': 'tiles' };
    const { uid } = (await team.student()).metadata;
    const owner = { apiVersion: 'distill.stratos.dev/v1alpha1', kind: 'StudentDeployment', name: 'tiles', uid };
    const { spec } = donor.spec.template;
    await team.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'tiles', labels, ownerReferences: [{ ...owner, controller: true }] },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    const before = await team.eventually('the old one serves', async () => {
      const { metadata, status } = await team.get(deployments, 'tiles');
      return status?.availableReplicas === 1 && metadata.uid;
    });
    await team.patch(studentDeployments, 'tiles', { spec: { model: { distillationJobRef: null, ...model } } });
    await team.studentCondition('Progressing', { status: 'True', reason: 'Replacing' });
    await team.studentCondition('Progressing', { status: 'True', reason: 'RolloutComplete' });
    await ready(team);
    const { metadata, spec: after } = await team.get(deployments, 'tiles');
    assert.notEqual(metadata.uid, before);
    assert.equal(after.selector.matchLabels['distill.stratos.dev/track'], 'stable');
    await team.eventually('the second one is gone', async () => (await team.list(deployments)).length === 2);
  },

  'a student that missed the floor is never rolled out': async (team) => {
    const script = { evaluate: { correct: 1 } };
    const constraints = { minAccuracy: '0.6' };
    await team.apply(aClaim(), aDistillationJob('poor', { script, constraints }));
    await team.apply(aStudentDeployment('tiles', { model: { distillationJobRef: { name: 'poor' } } }));
    await team.studentCondition('Stalled', { status: 'True', reason: 'JobFailed' });
    assert.deepEqual(await team.list(deployments), []);
  },
};

describe('the rollout of a StudentDeployment', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: standInImages() });
  let operator: OperatorProcess | undefined;
  before('start the operator', async () => void (operator = await cluster().startOperator()));
  after('stop the operator', async () => await operator?.stop());

  scenarios(cluster, cases);
});
