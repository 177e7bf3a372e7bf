/** Kueue, as the API server shows what it does to stage Jobs: a Workload for each Job in a queue, admitted and evicted on demand. */
import assert from 'node:assert/strict';
import type { Job } from '../../../src/api/core.ts';
import type { Workload } from '../../../src/api/kueue.ts';
import { queueLabel } from '../../../src/api/labels.ts';
import type { Kueue } from '../../../src/domain/distillation/queue.ts';
import { timestamp } from '../../../src/domain/time.ts';
import type { World } from './world.ts';

type Conditions = NonNullable<NonNullable<Workload['status']>['conditions']>;
type Change = readonly [type: string, status: 'True' | 'False', reason: string, message: string];

const fullMessage =
  "couldn't assign flavors to pod set main: insufficient unused quota for nvidia.com/gpu in flavor l4, 1 more needed";

/** Kueue takes the world's Jobs into its hands. */
export function withKueue(world: World): Queue {
  return new Queue(world);
}

class Queue {
  readonly #world: World;
  readonly #workloads = new Map<string, Workload>();
  served = true;

  constructor(world: World) {
    this.#world = world;
    world.kueue = () => this.view();
  }

  view(): Kueue {
    return { served: this.served, workloads: new Map(this.#workloads) };
  }

  /** Finds the Jobs that are new to it, and has no room for them. */
  takeIn(): this {
    for (const job of this.#mine()) {
      if (this.#workloads.has(uidOf(job))) continue;
      const workload: Workload = {
        apiVersion: 'kueue.x-k8s.io/v1beta2',
        kind: 'Workload',
        metadata: { name: `job-${job.metadata.name}`, namespace: 'team-a' },
        spec: { queueName: job.metadata.labels?.[queueLabel] ?? '', active: true },
      };
      this.#workloads.set(uidOf(job), workload);
      this.#change(job, ['QuotaReserved', 'False', 'Pending', fullMessage]);
    }
    return this;
  }

  /** Admits whatever waits. */
  admit(): this {
    for (const job of this.takeIn().#mine().filter(isHeld)) {
      this.#change(
        job,
        ['Evicted', 'False', 'QuotaReserved', 'Previously: evicted'],
        ['QuotaReserved', 'True', 'QuotaReserved', 'Quota reserved in ClusterQueue gpus'],
        ['Admitted', 'True', 'Admitted', 'The workload is admitted'],
      );
      this.#world.update(job, { spec: { suspend: false }, status: { startTime: timestamp(this.#world.now) } });
    }
    return this;
  }

  /** Stops what runs; its pods are gone when this returns. */
  evict(reason = 'Preempted', message = 'Preempted to accommodate a workload of higher priority'): this {
    for (const job of this.#mine().filter((candidate) => !isHeld(candidate))) {
      this.#change(
        job,
        ['Evicted', 'True', reason, message],
        ['QuotaReserved', 'False', 'Pending', fullMessage],
        ['Admitted', 'False', 'NoReservation', 'The workload has no reservation'],
      );
      this.#world.update(job, { spec: { suspend: true } });
      this.#world.pods.removeOf(uidOf(job), ({ status }) => status?.phase === 'Running');
    }
    return this;
  }

  /** Lets the Workload of the one Job that is in the queue read otherwise. */
  set(...changes: readonly Change[]): this {
    const [job] = this.#mine();
    assert.ok(job, 'no Job is in the queue');
    this.#change(job, ...changes);
    return this;
  }

  deactivate(): this {
    for (const [uid, workload] of this.#workloads)
      this.#workloads.set(uid, { ...workload, spec: { ...workload.spec, active: false } });
    return this.evict('Deactivated', 'The workload is deactivated');
  }

  #mine(): Job[] {
    return this.#world.liveJobs().filter((job) => job.metadata.labels?.[queueLabel] !== undefined);
  }

  #change(job: Job, ...changes: readonly Change[]): void {
    const workload = this.#workloads.get(uidOf(job));
    assert.ok(workload, 'Kueue has no Workload of the Job');
    const lastTransitionTime = timestamp(this.#world.now);
    const conditions: Conditions = changes.map(([type, status, reason, message]) => ({
      type,
      status,
      reason,
      message,
      lastTransitionTime,
    }));
    const kept = workload.status?.conditions?.filter(({ type }) => !conditions.some((c) => c.type === type)) ?? [];
    const admission = { clusterQueue: 'gpus', podSetAssignments: [{ flavors: { 'nvidia.com/gpu': 'l4', cpu: 'l4' } }] };
    this.#workloads.set(uidOf(job), {
      ...workload,
      status: { ...workload.status, admission, conditions: [...kept, ...conditions] },
    });
  }
}

function uidOf({ metadata }: Job): string {
  return metadata.uid ?? '';
}

function isHeld({ spec }: Job): boolean {
  return spec.suspend === true;
}
