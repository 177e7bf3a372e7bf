// Once without stand-ins: the trainer of this tree teaches, and vLLM serves what came of it. Little is learned in so few steps.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { DistillationJob } from '../../src/api/v1alpha1/distillation-job.gen.ts';
import { studentDeployments } from '../../src/controllers/resources.ts';
import { aClaim } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play } from '../support/cluster-scenarios.ts';
import type { Team } from '../support/cluster-team.ts';
import { Cluster } from '../support/cluster.ts';
import { localImages } from '../support/local-images.ts';

const sample = resolve(import.meta.dirname, '../../manifests/samples/arithmetic.yaml');
const minutes = 60_000;

/** The sample that people copy, cut down to a few steps. */
async function shortened(): Promise<object> {
  const documents = parseAllDocuments(await readFile(sample, 'utf8')).map(
    (document) => document.toJS() as DistillationJob,
  );
  const job = documents.find(({ kind }) => kind === 'DistillationJob');
  assert.ok(job);
  const { spec } = job;
  return {
    ...job,
    spec: {
      ...spec,
      task: { ...spec.task, probeSamples: 16, evaluationSamples: 32 },
      synthesis: { maxRows: 128 },
      training: { ...spec.training, maxSteps: 20 },
    },
  };
}

describe('with the real trainer and the real vLLM', () => {
  let cluster: Cluster | undefined;
  before('start a local node', async () => {
    cluster = await Cluster.start({ nodes: [l4Pool('l4', 1)], images: await localImages() });
  });
  after('stop the local node', async () => await cluster?.stop());

  it('a student is distilled, published and answers over HTTP', async function () {
    this.timeout(8 * minutes);
    assert.ok(cluster);
    const operator = await cluster.startOperator({ flags: ['--scrape-period-seconds=1'] });
    try {
      await play(cluster, async (team, { node }) => {
        await team.apply(aClaim(), await shortened());
        const arithmetic = { name: 'arithmetic', withinMs: 4 * minutes };
        await team.jobCondition('Succeeded', { status: 'True' }, arithmetic);
        const { status } = await team.job('arithmetic');
        assert.equal(status?.evaluation?.student?.samples, 32);
        assert.match(status.artifact?.digest ?? '', /^sha256:[0-9a-f]{64}$/);
        await team.studentCondition('Ready', { status: 'True', reason: 'Available' }, arithmetic);
        const service = await node.forwardService(team.namespace, 'arithmetic', 80);
        assert.equal(typeof (await answerOf(service.url)), 'string');
        await isMeasured(team, service.url);
        await service.close();
      });
    } finally {
      await operator.stop();
    }
  });
});

/** The metrics of this vLLM are those that the autoscaler reads. */
async function isMeasured(team: Team, url: string): Promise<void> {
  const spec = { replicas: null, autoscaling: { maxReplicas: 1, targets: { waitingRequests: 1 } } };
  await team.patch(studentDeployments, 'arithmetic', { spec });
  await team.studentCondition('AutoscalerActive', { status: 'True' }, { name: 'arithmetic' });
  await team.eventually('latencies of the real vLLM are in status', async () => {
    await answerOf(url);
    const { measured } = (await team.student('arithmetic')).status ?? {};
    return Number(measured?.timeToFirstTokenMilliseconds) > 0 && Number(measured?.interTokenLatencyMilliseconds) > 0;
  });
}

async function answerOf(url: string): Promise<unknown> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'arithmetic', messages: [{ role: 'user', content: '12+7*3' }], max_tokens: 16 }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content;
}
