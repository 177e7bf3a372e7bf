// How long after its creation an object, or its first child, is seen by a watch.
import { jobLabel } from '../../../src/api/labels.ts';
import type { Job } from '../../../src/api/core.ts';
import { distillationJobs, jobs } from '../../../src/controllers/resources.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { WatchEvent } from '../../../src/kube/watch-events.ts';
import { aDistillationJob } from '../../support/cluster-objects.ts';
import type { Team } from '../../support/cluster-team.ts';

/** What one watch of Jobs has seen: the arrival of the first Job that belongs to a name. */
class Arrivals {
  readonly #seen = new Map<string, PromiseWithResolvers<number>>();
  readonly #stop = new AbortController();

  static async of(client: KubeClient, team: Team): Promise<Arrivals> {
    const arrivals = new Arrivals();
    const signal = arrivals.#stop.signal;
    void arrivals.#read(await client.watch(jobs, { namespace: team.namespace }, signal)).catch(() => undefined);
    return arrivals;
  }

  async first(name: string): Promise<number> {
    return await this.#of(name).promise;
  }

  close(): void {
    this.#stop.abort();
  }

  async #read(events: AsyncIterable<WatchEvent<Job>>): Promise<void> {
    for await (const event of events) {
      if (event.type !== 'ADDED') continue;
      const { metadata } = event.object;
      this.#of(metadata.labels?.[jobLabel] ?? metadata.name).resolve(performance.now());
    }
  }

  #of(name: string): PromiseWithResolvers<number> {
    const known = this.#seen.get(name) ?? Promise.withResolvers<number>();
    this.#seen.set(name, known);
    return known;
  }
}

/** The limit of what any operator could reach. */
export async function timePlainJobs(client: KubeClient, team: Team, count: number): Promise<number[]> {
  return await timeEach(client, team, {
    count,
    prefix: 'plain',
    create: (name) => client.create(jobs, plainJob(team, name)),
  });
}

/** Planning waits for approval, so that no sample disturbs the next ones for long. */
export async function timeFirstChildren(client: KubeClient, team: Team, count: number): Promise<number[]> {
  return await timeEach(client, team, {
    count,
    prefix: 'distilled',
    create: (name) => team.apply(aDistillationJob(name, { planApproval: 'Manual' })),
    after: (name) => client.delete(distillationJobs, { namespace: team.namespace, name }),
  });
}

interface Sampling {
  readonly count: number;
  readonly prefix: string;
  readonly create: (name: string) => Promise<unknown>;
  readonly after?: (name: string) => Promise<unknown>;
}

async function timeEach(client: KubeClient, team: Team, { count, prefix, create, after }: Sampling): Promise<number[]> {
  const arrivals = await Arrivals.of(client, team);
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const name = `${prefix}-${index}`;
    const started = performance.now();
    const [arrived] = await Promise.all([arrivals.first(name), create(name)]);
    times.push(arrived - started);
    await after?.(name);
  }
  arrivals.close();
  return times;
}

function plainJob({ namespace }: Team, name: string): Job {
  const containers = [{ name: 'main', image: 'example.dev/none' }];
  const template = { metadata: {}, spec: { restartPolicy: 'Never', nodeSelector: { nowhere: 'true' }, containers } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec: { template } } as unknown as Job;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
