// A rolling update, the death of the operator and a node drain, under a steady load of streams: no request may be lost.
import assert from 'node:assert/strict';
import { deployments, nodes, studentDeployments } from '../../src/controllers/resources.ts';
import { aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import type { Team } from '../support/cluster-team.ts';
import { inferenceSimImages } from '../support/inference-sim/images.ts';
import type { Forward } from '../support/local-node/service-forwarder.ts';
import type { NodeTemplate } from '../support/local-node/types.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { type Answered, type Load, startStreaming } from '../support/streaming-load.ts';

const replicas = 2;
const clients = 4;
/** 40 tokens of 25 ms: a stream is under way whenever a server is told to end. */
const args = ['--time-to-first-token', '50', '--inter-token-latency', '25'];

/** Nodes of one GPU each, of which a team has the use alone. */
function ownNodes(team: Team, count: number): NodeTemplate {
  return {
    name: `own-${team.namespace}`,
    count,
    labels: {
      'nvidia.com/gpu.product': 'NVIDIA-L4',
      'nvidia.com/gpu.memory': '23034',
      'nvidia.com/gpu.count': '1',
      'distill.stratos.dev/pool': `own-${team.namespace}`,
      team: team.namespace,
    },
    capacity: { cpu: '8', memory: '32Gi', pods: '20', 'nvidia.com/gpu': '1' },
  };
}

interface Story {
  readonly sentence: string;
  /** GPUs besides those of the replicas. */
  readonly spare: number;
  readonly wantSurge: number;
}

const stories: readonly Story[] = [
  { sentence: 'with a spare GPU, a pod more at a time', spare: 1, wantSurge: 1 },
  { sentence: 'without a spare GPU, a pod less at a time', spare: 0, wantSurge: 0 },
];

class Act {
  readonly team: Team;
  readonly #cluster: Cluster;
  readonly #story: Story;
  #forward: Forward | undefined;
  #load: Load | undefined;

  constructor(team: Team, cluster: Cluster, story: Story) {
    this.team = team;
    this.#cluster = cluster;
    this.#story = story;
  }

  get #template(): NodeTemplate {
    return ownNodes(this.team, replicas + this.#story.spare);
  }

  async serve(): Promise<void> {
    await this.#cluster.node.addNodes(this.#template);
    const placement = { poolSelector: { matchLabels: { team: this.team.namespace } } };
    await this.team.apply(
      aStudentDeployment('tiles', { model: { uri: 'hf://example/tiny' }, runtime: { args }, placement, replicas }),
    );
    await this.whole();
    this.#forward = await this.#cluster.node.forwardService(this.team.namespace, 'tiles', 80);
    this.#load = startStreaming(this.#forward.url, 'tiles', clients);
    await this.allAnswer();
  }

  async stopLoad(): Promise<Answered | undefined> {
    return await this.#load?.stop();
  }

  async beginUpdate(): Promise<void> {
    const before = (await this.team.student()).status?.updateRevision;
    await this.team.patch(studentDeployments, 'tiles', { spec: { runtime: { args: [...args, '--seed', '7'] } } });
    await this.team.eventually('the update is under way', async () => {
      const { status } = await this.team.student();
      return (
        status?.updateRevision !== before && (status?.updatedReplicas ?? 0) > 0 && status?.currentRevision === before
      );
    });
    const { spec } = await this.team.get(deployments, 'tiles');
    assert.equal(spec.strategy?.rollingUpdate.maxSurge, this.#story.wantSurge);
  }

  /** All replicas are there, of the newest revision. */
  async whole(): Promise<void> {
    await this.team.eventually('all replicas are there and ready', async () => {
      const { metadata, status } = await this.team.student();
      const ended =
        status?.currentRevision === status?.updateRevision && status?.observedGeneration === metadata.generation;
      return ended && status?.currentRevision !== undefined && status.readyRatio === `${replicas}/${replicas}`;
    });
  }

  async drainOneNode(): Promise<void> {
    await this.allAnswer();
    const [pod] = await this.team.pods();
    const node = pod?.spec.nodeName ?? '';
    await this.team.kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s');
    const left = (await this.team.pods()).filter(({ spec }) => spec.nodeName === node);
    assert.deepEqual(left, [], 'the node is empty');
    await this.team.kubectl('uncordon', node);
    await this.allAnswer();
  }

  /** Each replica has ended a stream: those that came last, too. */
  async allAnswer(): Promise<void> {
    await this.team.eventually('every replica answers', async () => {
      const answering = this.#load?.answered.pods;
      const pods = await this.team.pods();
      return pods.length === replicas && pods.every(({ metadata }) => answering?.has(metadata.name));
    });
  }

  async leave(): Promise<void> {
    await this.#load?.stop();
    await this.#forward?.close();
    const { name } = this.#template;
    await this.team.disband();
    const all = await this.#cluster.client.list(nodes);
    for (const { metadata } of all.items) {
      if (metadata.name.startsWith(name)) await this.#cluster.node.removeNode(metadata.name);
    }
  }
}

describe('streams through a rolling update, the death of the operator and a node drain', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 1)], images: inferenceSimImages() });
  let operator: OperatorProcess | undefined;
  after('stop the operator', async () => await operator?.stop());

  it('all end well, with and without a spare GPU', async () => {
    operator = await cluster().startOperator();
    const acts = await Promise.all(
      stories.map(async (story) => ({ story, act: new Act(await cluster().newTeam(), cluster(), story) })),
    );
    try {
      await Promise.all(acts.map(({ act }) => act.serve()));
      await Promise.all(acts.map(({ act }) => act.beginUpdate()));
      await operator.kill();
      operator = await cluster().startOperator();
      await Promise.all(acts.map(({ act }) => act.whole()));
      await Promise.all(acts.map(({ act }) => act.drainOneNode()));
      for (const { story, act } of acts) judge(story.sentence, await act.stopLoad());
    } finally {
      for (const { act } of acts) await act.leave();
    }
  }).timeout(150_000);
});

function judge(sentence: string, answered: Answered | undefined): void {
  assert.ok(answered);
  const { whole, failures, pods, slowestFirstTokenMs } = answered;
  assert.deepEqual(failures, [], sentence);
  assert.ok(whole > 20, `${sentence}: only ${whole} streams`);
  assert.ok(pods.size >= 5, `${sentence}: two of each revision and the one after the drain, not ${pods.size}`);
  const first = `first token after ${slowestFirstTokenMs.toFixed(0)} ms at most`;
  process.stdout.write(`      ${sentence}: ${whole} streams, 0 failed; ${first}\n`);
}
