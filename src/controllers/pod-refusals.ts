/** Why stage Jobs have no pod: the API server tells the Job controller, and that tells an event. Read only when it is missed. */
import type { Job } from '../api/core.ts';
import type { Observed } from '../domain/distillation/observed.ts';
import { isFinished, isPodless, podsOf } from '../domain/distillation/job-state.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Event, events } from '../kube/resources.ts';

type Seen = Pick<Observed, 'stageJobs' | 'pods'>;

/** The newest refusal of each Job that should have a pod and has none, in the words of whoever refused. */
export async function podRefusals(
  client: KubeClient,
  { stageJobs, pods }: Seen,
  { now, signal }: { readonly now: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const podless = [...stageJobs.values()].filter((job) => !isFinished(job) && isPodless(job, podsOf(pods, job), now));
  const found = await Promise.all(
    podless.map(async (job) => [job.metadata.name, await refusalOf(client, job, signal)]),
  );
  return new Map(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function refusalOf(client: KubeClient, { metadata }: Job, signal: AbortSignal): Promise<string | undefined> {
  const fieldSelector = `regarding.kind=Job,regarding.name=${metadata.name},reason=FailedCreate`;
  const { items } = await client.list(events, { namespace: metadata.namespace, fieldSelector }, { signal });
  const newest = items.toSorted((a, b) => lastSeen(b) - lastSeen(a)).at(0);
  return newest?.note;
}

/** The Job controller still writes its events by the old API, whose times are in other fields. */
function lastSeen({ eventTime, series, deprecatedLastTimestamp }: Event): number {
  return Date.parse(series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime ?? '') || 0;
}
