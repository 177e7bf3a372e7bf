// What goes wrong around a DistillationJob: said in its conditions, in the original words, and over once it is mended.
import assert from 'node:assert/strict';
import { aClaim, aDistillationJob } from '../../support/cluster-objects.ts';
import { l4Pool } from '../../support/cluster-pools.ts';
import type { Scenario } from '../../support/cluster-scenarios.ts';
import { trainerStandIn } from '../../support/stage-image/images.ts';
import { conditionsOf, done, stageOf } from './looks.ts';

/** A stage whose input somebody has to mend is tried again after 10 s. */
const mendedMs = 60_000;

export const troubles: Record<string, Scenario> = {
  'a missing Secret is named, in the words of the kubelet, until it is there': async (team) => {
    const endpoint = {
      url: 'https://api.example.com/v1',
      model: 'large',
      secretRef: { name: 'api-token', key: 'token' },
    };
    await team.apply(aClaim(), aDistillationJob('tiles', { teachers: [{ name: 'large', endpoint }] }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'CreateContainerConfigError' });
    assert.match(message, /^pod tiles-profile-1-\w+-0-\w+, container trainer: secret "api-token" not found/);
    await team.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'api-token' },
      stringData: { token: 'hush' },
    });
    await team.jobCondition('Profiled', { status: 'True' });
  },

  'an unreadable data set is named, and read once it is there': async (team) => {
    const data = (content: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'tasks' },
      data: { 'test.jsonl': '{}', ...content },
    });
    const task = {
      train: { uri: 'configmap://tasks/train.jsonl' },
      evaluation: { uri: 'configmap://tasks/test.jsonl' },
      metric: { type: 'ExactMatch' },
    } as const;
    await team.apply(aClaim(), data({}), aDistillationJob('tiles', { task }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'DataUnreadable' });
    assert.equal(message, 'cannot read configmap://tasks/train.jsonl: there is no such file');
    await team.apply(data({ 'train.jsonl': '{}' }));
    await team.jobCondition('Profiled', { status: 'True' }, { withinMs: mendedMs });
    await done(team);
    const { status } = await team.job();
    assert.equal(status?.lastFailure?.reason, 'DataUnreadable');
    assert.equal(status.attempts?.length, 1);
    await team.eventually('the failed Job is swept up', async () => (await team.stageJobs()).length === 5);
  },

  'a job without a feasible pool waits, and goes on when a node is added': async (team, { node }) => {
    const name = `late-${team.namespace}`;
    const placement = { poolSelector: { matchLabels: { team: team.namespace } } };
    await team.apply(aClaim(), aDistillationJob('tiles', { placement }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'PoolUnavailable' });
    assert.equal(message, 'no pool that could run Profile is in the cluster now; waiting for one');
    await node.addNodes(l4Pool(name, 1, { team: team.namespace }));
    await done(team);
    assert.equal((await team.job()).status?.plan?.selected?.trainingPool, name);
    await node.removeNode(`${name}-0`);
  },

  'a crashed trainer is retried within backoffLimit': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { backoffLimit: 1, script: { train: { crashes: 1 } } }));
    await done(team);
    const train = await stageOf(team, 'Train');
    assert.deepEqual([train?.state, train?.restarts], ['Succeeded', 0]);
    const trainPods = (await team.pods()).filter(({ metadata }) => metadata.name.startsWith('tiles-train-'));
    assert.deepEqual(new Set(trainPods.map(({ status }) => status?.phase)), new Set(['Failed', 'Succeeded']));
  },

  "and fails with the trainer's message beyond it": async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { backoffLimit: 0, script: { train: { crashes: 9 } } }));
    const { reason, message } = await team.jobCondition('Failed', { status: 'True' });
    assert.deepEqual([reason, message], ['Internal', 'attempt 1 of at most 1: crash 1 of 9']);
    assert.deepEqual(await conditionsOf(team), {
      Accepted: 'True Accepted',
      Profiled: 'True ProfileMeasured',
      PlanSelected: 'True PlanSelected',
      DataReady: 'True DataVerified',
      Trained: 'False Internal',
      Succeeded: 'False Internal',
      Failed: 'True Internal',
      Stalled: 'True Internal',
    });
  },

  'bad input ends a stage at once, whatever backoffLimit says': async (team) => {
    await team.apply(aClaim(), aDistillationJob('tiles', { script: { synthesize: { refuses: 'NoDataAccepted' } } }));
    const { message } = await team.jobCondition('Failed', { status: 'True', reason: 'NoDataAccepted' });
    assert.equal(message, 'attempt 1 of at most 1: the script refuses to synthesize');
    const pods = (await team.pods()).filter(({ metadata }) => metadata.name.startsWith('tiles-synthesize-'));
    assert.equal(pods.length, 1);
  },

  'an image that cannot be pulled is named until it can': async (team, { node }) => {
    const image = `example.dev/${team.namespace}`;
    await team.apply(aClaim(), aDistillationJob('tiles', { image: `${image}:1` }));
    const { message } = await team.jobCondition('Profiled', { status: 'False', reason: 'ImagePullBackOff' });
    assert.match(message, new RegExp(`container trainer: .*${image}`));
    node.addImage(image, trainerStandIn);
    await done(team);
  },
};
