import assert from 'node:assert/strict';
import type { ConfigMap, Pod } from '../../../src/api/core.ts';
import { revisionLabel, studentDeploymentLabel, trackLabel } from '../../../src/api/labels.ts';
import type { AgreementStatus, StudentDeployment } from '../../../src/api/v1alpha1/student-deployment.gen.ts';
import { AgreementWatch, type AgreementWatchDeps, type PodAsker } from '../../../src/controllers/agreement-watch.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { MutableStore } from '../../../src/kube/store.ts';
import type { Stored } from '../../../src/kube/types.ts';
import { aPod } from '../../support/builders/pod.ts';
import { aStudentDeployment } from '../../support/builders/student.ts';

const key = { namespace: 'team-a', name: 'tiles' };
const never = new AbortController().signal;
const lines = (count: number) => Array.from({ length: count }, (_, index) => `{"prompt": "${index}"}`).join('\n');

function pod(track: string, revision: string): Pod {
  const { metadata, status, ...rest } = aPod(track).build();
  const labels = { [studentDeploymentLabel]: key.name, [trackLabel]: track, [revisionLabel]: revision };
  const conditions = [{ type: 'Ready', status: 'True' }];
  const stored = { ...metadata, uid: track, resourceVersion: '1', labels };
  return { ...rest, metadata: stored, status: { ...status, podIP: track, conditions } };
}

/** One operator's process: the watch, what it is told, and what it asks. */
class Process {
  readonly asked: string[] = [];
  news = 0;
  prompts: string | undefined = lines(40);
  answers: (host: string, prompt: string) => Awaited<ReturnType<PodAsker['ask']>> = (_, prompt) => ({ text: prompt });
  readonly #students = new MutableStore<StudentDeployment>();
  readonly #pods = new MutableStore<Pod>({ indexes: { student: () => ['team-a/tiles'] } });
  readonly #watch: AgreementWatch;

  constructor(stored?: AgreementStatus) {
    const configMapRef = { name: 'questions', key: 'prompts.jsonl' };
    const agreement = { prompts: { configMapRef }, sampleSize: 40, maxTokens: 8, match: 'Exact', api: 'Chat' } as const;
    const analysis = { minAgreement: '0.9', agreement, maxErrorRate: '0', maxLatencyRegression: '0', minRequests: 1 };
    const student = aStudentDeployment()
      .spec({ rollout: { strategy: 'Canary', analysis } })
      .build();
    const canary = { revision: 'new', step: 0, stepStartTime: '2026-03-01T12:00:00Z' };
    const status = { canary: { ...canary, ...(stored === undefined ? {} : { agreement: stored }) } };
    this.#students.writer().replace([{ ...student, status }]);
    this.#pods.writer().replace([pod('canary', 'new'), pod('stable', 'old')] as Stored<Pod>[]);
    this.#watch = new AgreementWatch({
      stores: { studentDeployments: this.#students, pods: this.#pods },
      client: { get: async () => await this.#read() } as AgreementWatchDeps['client'],
      asker: { ask: async ({ host, prompt }) => await this.#answer(host, prompt) },
      onNews: () => (this.news += 1),
    });
  }

  async #read(): Promise<ConfigMap> {
    if (this.prompts === undefined) throw new KubeError('reading', { type: 'NotFound' });
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'questions' },
      data: { 'prompts.jsonl': this.prompts },
    };
  }

  async #answer(host: string, prompt: string): ReturnType<PodAsker['ask']> {
    if (host === 'canary') this.asked.push(prompt);
    return this.answers(host, prompt);
  }

  look() {
    return this.#watch.controller().reconcile(key, never, undefined as never);
  }

  get round(): AgreementStatus | undefined {
    return this.#watch.roundOf(key)?.round;
  }
}

describe('the watch over the answers of a canary', () => {
  it('asks eight prompts a look, until all are asked', async () => {
    const process = new Process();
    assert.deepEqual(await process.look(), { type: 'requeue', afterMs: 0 });
    assert.deepEqual([process.round?.asked, process.round?.agreed, process.news], [8, '8', 1]);
    for (let looks = 1; looks < 5; looks += 1) await process.look();
    assert.equal(process.round?.asked, 40);
    assert.deepEqual(await process.look(), { type: 'await-change' });
    assert.equal(new Set(process.asked).size, 40);
  });

  it('a new process goes on where the status says that the last one stopped', async () => {
    const first = new Process();
    await first.look();
    await first.look();
    const second = new Process(first.round);
    for (let looks = 0; looks < 3; looks += 1) await second.look();
    assert.deepEqual([second.round?.asked, second.round?.compared], [40, 40]);
    assert.equal(new Set([...first.asked, ...second.asked]).size, 40);
    assert.equal(second.asked.length, 24);
  });

  it('asks nobody once the answers have decided, though the prompts are gone', async () => {
    const done = { promptsDigest: '0123456789abcdef', total: 40, asked: 40, compared: 40, agreed: '40' };
    const process = new Process(done);
    process.prompts = undefined;
    assert.deepEqual(await process.look(), { type: 'await-change' });
    assert.deepEqual([process.round, process.asked], [done, []]);
  });

  it('says what is wrong with the prompts, and finds them once they are mended', async () => {
    const process = new Process();
    process.prompts = undefined;
    assert.deepEqual(await process.look(), { type: 'requeue', afterMs: 15_000 });
    assert.match(process.round?.message ?? '', /ConfigMap questions cannot be used: there is no such ConfigMap/);
    process.prompts = '{}';
    await process.look();
    assert.match(process.round?.message ?? '', /line 1 has no "prompt"/);
    process.prompts = lines(40);
    await process.look();
    assert.deepEqual([process.round?.asked, process.round?.message], [8, undefined]);
  });

  it('waits where nobody answers, and asks the same prompt again', async () => {
    const process = new Process();
    process.answers = () => ({ trouble: 'no answer in 60000 ms' });
    assert.deepEqual(await process.look(), { type: 'requeue', afterMs: 15_000 });
    assert.deepEqual([process.round?.asked, process.round?.message], [0, 'pod stable: no answer in 60000 ms']);
    const [first] = process.asked;
    process.answers = (_, prompt) => ({ text: prompt });
    await process.look();
    assert.equal(process.asked.filter((prompt) => prompt === first).length, 2);
    assert.equal(process.round?.asked, 8);
  });

  it('stops asking a canary that answers nonsense', async () => {
    const process = new Process();
    process.answers = (host, prompt) => ({ text: host === 'canary' ? 'lorem ipsum' : prompt });
    for (let looks = 0; looks < 2; looks += 1) await process.look();
    assert.deepEqual([process.round?.asked, process.round?.agreed], [16, '0']);
    assert.deepEqual(await process.look(), { type: 'await-change' });
  });
});
