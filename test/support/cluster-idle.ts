// Many jobs on which there is nothing to do: an operator that writes anything about them has a bug.
import { distillationJobs } from '../../src/controllers/resources.ts';
import { fieldManager } from '../../src/controllers/stores.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { inParallel } from './cluster-lanes.ts';
import { aClaim, aDistillationJob, type JobChange } from './cluster-objects.ts';
import type { Team } from './cluster-team.ts';
import type { FaultProxy, RecordedRequest } from './fault-proxy.ts';
import { isWrite } from './fault-proxy-request.ts';

const workspace = { claimName: 'students' };

/**
 * Half of them finished, half waiting for approval. One of each is run for real; the others get a copy of its status, under
 * the operator's name, since that is what the operator itself would have left behind.
 */
export async function makeIdleJobs(client: KubeClient, team: Team, count: number): Promise<void> {
  const waits: JobChange = { workspace, planApproval: 'Manual' };
  const ends: JobChange = { workspace };
  await team.apply(aClaim(), aDistillationJob('waiting', waits), aDistillationJob('finished', ends));
  await team.jobCondition('Succeeded', { reason: 'AwaitingApproval' }, { name: 'waiting' });
  await team.jobCondition('Succeeded', { status: 'True' }, { name: 'finished' });
  const models = [
    { change: waits, status: (await team.job('waiting')).status ?? {} },
    { change: ends, status: (await team.job('finished')).status ?? {} },
  ];
  await inParallel(16, Array.from({ length: count - models.length }), async (_, index) => {
    const { change, status = {} } = models[index % models.length] ?? {};
    const name = `idle-${index}`;
    await team.apply(aDistillationJob(name, change));
    const identity = { apiVersion: 'distill.stratos.dev/v1alpha1', kind: 'DistillationJob' } as const;
    const metadata = { name, namespace: team.namespace };
    await client.apply(distillationJobs, { ...identity, metadata, status }, { fieldManager, subresource: 'status' });
  });
}

/** What an operator wrote since it had sent this many requests: Leases are how it lives, and not counted. */
export function writesSince(proxy: FaultProxy, from: number): RecordedRequest[] {
  return proxy.requests.slice(from).filter((request) => isWrite(request) && request.resource !== 'leases');
}
