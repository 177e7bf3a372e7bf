import assert from 'node:assert/strict';
import type { Job } from '../../src/api/core.ts';
import type { DistillationJob, StageStatus } from '../../src/api/v1alpha1/distillation-job.gen.ts';
import { carryOut } from '../../src/controllers/carry-out.ts';
import { distillationJobs, jobs } from '../../src/controllers/resources.ts';
import { ignoreNotFound } from '../../src/kube/errors.ts';
import type { Stored } from '../../src/kube/types.ts';
import { aDistillationJob } from '../support/cluster-objects.ts';
import { withNamespace } from '../support/control-plane/namespace.ts';
import { type Connection, connect } from './kube/cluster.ts';

const record: StageStatus = { name: 'Train', attempt: 1, state: 'Pending', jobName: 'tiles-train-1-abc' };

describe('creating the Job of a stage', () => {
  // Before its namespace goes: operators of other tests would take the job for theirs.
  afterEach(async () => {
    await ignoreNotFound(connection.client.delete(distillationJobs, key()));
  });
  const namespace = withNamespace();
  let connection: Connection;
  before(() => {
    connection = connect();
  });
  after(() => connection[Symbol.asyncDispose]());

  const key = () => ({ namespace: namespace(), name: 'tiles' });
  const stored = async (stage: StageStatus): Promise<Stored<DistillationJob>> => {
    const body = { status: { stages: [stage] } };
    return await connection.client.patch(distillationJobs, key(), { type: 'merge', body, subresource: 'status' });
  };
  const create = async (owner: Stored<DistillationJob>) => {
    const { client } = connection;
    await carryOut(
      { type: 'create-stage-job', job: trainingJob(namespace()) },
      { client, owner, signal: AbortSignal.timeout(10_000) },
    );
    return await ignoreNotFound(client.get(jobs, { namespace: namespace(), name: 'tiles-train-1-abc' }));
  };
  beforeEach(async () => {
    const job = aDistillationJob('tiles') as DistillationJob;
    await connection.client.create(distillationJobs, { ...job, metadata: { ...job.metadata, namespace: namespace() } });
  });

  it('is done while the API server holds the intent, and once however often', async () => {
    const owner = await stored(record);
    const first = await create(owner);
    assert.ok(first);
    assert.equal((await create(owner))?.metadata.uid, first.metadata.uid);
  });

  it('is not done for a cache that is behind: the stage has ended since', async () => {
    const behind = await stored(record);
    await stored({ ...record, state: 'Succeeded' });
    assert.equal(await create(behind), undefined);
  });

  it('is not done for a job that was deleted', async () => {
    const behind = await stored(record);
    await connection.client.delete(distillationJobs, key());
    assert.equal(await create(behind), undefined);
  });
});

function trainingJob(namespace: string): Job {
  const container = { name: 'trainer', image: 'nowhere/trainer' };
  const template = { metadata: { labels: {} }, spec: { restartPolicy: 'Never' as const, containers: [container] } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'tiles-train-1-abc', namespace },
    spec: { suspend: true, template },
  };
}
