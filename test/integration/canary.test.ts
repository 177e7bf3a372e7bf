// Canaries on the real control plane, with servers without a model that answer, fail and dawdle for real.
import assert from 'node:assert/strict';
import { deployments, pods, studentDeployments } from '../../src/controllers/resources.ts';
import { aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Scenario, scenarios } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { startClients } from '../support/inference-load.ts';
import { inferenceSimImages } from '../support/inference-sim/images.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const model = { uri: 'hf://example/tiny' };
const usual = ['--time-to-first-token', '20', '--inter-token-latency', '10'];
const rollout = {
  strategy: 'Canary' as const,
  steps: [
    { weightPercentage: 50, pauseSeconds: 2 },
    { weightPercentage: 100, pauseSeconds: 2 },
  ],
  // Servers that share two cores with the control plane are twice as slow now and then.
  analysis: { minRequests: 15, maxLatencyRegression: '3' },
};

const setArguments = (team: Team, ...args: string[]) =>
  team.patch(studentDeployments, 'tiles', { spec: { runtime: { args } } });
const trackOf = async (team: Team, track: string) =>
  (await team.list(pods))
    .filter(({ metadata }) => metadata.labels?.['distill.stratos.dev/track'] === track)
    .map(({ metadata }) => metadata.uid);

/** A student with one revision that serves, under load while `body` runs. */
async function underLoad(team: Team, { node }: Cluster, body: () => Promise<void>): Promise<void> {
  await team.apply(aStudentDeployment('tiles', { model, rollout, runtime: { args: usual } }));
  await team.studentCondition('Ready', { status: 'True', reason: 'Available' });
  const service = await node.forwardService(team.namespace, 'tiles', 80);
  const clients = startClients({ url: service.url, model: 'tiles', clients: 3, maxTokens: 5 });
  try {
    await body();
  } finally {
    await clients.stop();
    await service.close();
  }
}

async function isTakenBack(team: Team, reason: string): Promise<void> {
  const first = (await team.student()).status?.currentRevision;
  const stable = await trackOf(team, 'stable');
  const { message } = await team.studentCondition('Progressing', { status: 'False', reason: 'RolledBack' });
  const { status } = await team.student();
  assert.equal(status?.failedRevision?.reason, reason, message);
  assert.equal(status?.currentRevision, first);
  await team.studentCondition('Ready', { status: 'True', reason: 'RolledBack' });
  await team.eventually('the canary is gone', async () => (await trackOf(team, 'canary')).length === 0);
  assert.equal((await team.list(deployments)).length, 1);
  assert.deepEqual(await trackOf(team, 'stable'), stable, 'the stable replica was never touched');
}

const cases: Record<string, Scenario> = {
  'a good revision takes the steps and is promoted': async (team, cluster) => {
    await underLoad(team, cluster, async () => {
      const first = (await team.student()).status?.currentRevision;
      await setArguments(team, ...usual, '--seed', '7');
      await team.eventually('the canary serves', async () => (await team.student()).status?.canary?.stepStartTime);
      assert.equal((await trackOf(team, 'stable')).length, 1);
      await team.eventually('the new revision serves alone', async () => {
        const { status } = await team.student();
        return status?.currentRevision !== first && status?.currentRevision === status?.updateRevision;
      });
      await team.studentCondition('Ready', { status: 'True', reason: 'Available' });
      await team.eventually('the canary is gone', async () => (await team.list(deployments)).length === 1);
      assert.equal((await team.student()).status?.canary, undefined);
      const reasons = await team.eventReasons('StudentDeployment', 'tiles');
      assert.ok(reasons.includes('CanaryStepPassed'), reasons.join());
    });
  },

  'one that fails requests is taken back, and the stable one serves': async (team, cluster) => {
    await underLoad(team, cluster, async () => {
      await setArguments(team, ...usual, '--failure-injection-rate', '60');
      await isTakenBack(team, 'CanaryErrors');
    });
  },

  'one whose model never loads is given up by name, and the stable one serves': async (team) => {
    const spec = {
      model,
      rollout: { strategy: 'Canary' as const },
      progressDeadlineSeconds: 8,
      runtime: { args: usual },
    };
    await team.apply(aStudentDeployment('tiles', spec));
    await team.studentCondition('Ready', { status: 'True', reason: 'Available' });
    await setArguments(team, ...usual, '--load-milliseconds=-1');
    const { message } = await team.studentCondition('Progressing', { status: 'True', reason: 'CanaryStarting' });
    await isTakenBack(team, 'ModelNotLoaded');
    const { status } = await team.student();
    assert.match(status?.failedRevision?.message ?? message, /pod tiles-canary-\S+, container server: it runs/);
  },

  'one that answers nonsense at full speed is taken back; one that answers as before is promoted': async (
    team,
    cluster,
  ) => {
    const prompts = Array.from({ length: 60 }, (_, index) => JSON.stringify({ prompt: `what comes after ${index} ?` }));
    await team.kubectl('create', 'configmap', 'questions', `--from-literal=prompts.jsonl=${prompts.join('\n')}`);
    await underLoad(team, cluster, async () => {
      const agreement = { prompts: { configMapRef: { name: 'questions' } }, sampleSize: 40, maxTokens: 6 };
      const analysis = { ...rollout.analysis, minAgreement: '0.9', agreement };
      await team.patch(studentDeployments, 'tiles', { spec: { rollout: { analysis } } });
      await setArguments(team, ...usual, '--mode', 'random');
      await isTakenBack(team, 'CanaryDisagrees');
      const { status } = await team.student();
      assert.match(status?.failedRevision?.message ?? '', /^0 of \d+ answers agree; the floor is 0.9; .* lines \d+/);
      await setArguments(team, ...usual, '--seed', '9');
      await team.eventually('the new revision serves alone', async () => {
        const { status: now } = await team.student();
        return now?.currentRevision !== status?.currentRevision && now?.currentRevision === now?.updateRevision;
      });
    });
  },

  'one that is slow is taken back, and not tried again until the spec changes': async (team, cluster) => {
    await underLoad(team, cluster, async () => {
      await setArguments(team, '--time-to-first-token', '800', '--inter-token-latency', '10');
      await isTakenBack(team, 'CanarySlow');
      await setArguments(team, ...usual);
      await team.studentCondition('Ready', { status: 'True', reason: 'Available' });
      assert.equal((await team.student()).status?.failedRevision, undefined);
    });
  },
};

describe('canaries', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: inferenceSimImages() });
  let operator: OperatorProcess | undefined;
  before('start the operator', async () => {
    operator = await cluster().startOperator({ flags: ['--scrape-period-seconds=1'] });
  });
  after('stop the operator', async () => await operator?.stop());

  scenarios(cluster, cases);
});
