import type { ContainerState, Pod } from '../../../src/api/core.ts';

export interface Ending {
  readonly exitCode?: number;
  /** The termination message. */
  readonly message?: string;
  readonly reason?: string;
  readonly finishedAt?: string;
  /** The Job's own deadline ended it. */
  readonly deadline?: boolean;
}

/** A pod of a stage's Job that was just created. */
export function aPod(name = 'tiles-train-0'): PodBuilder {
  return new PodBuilder(name);
}

export class PodBuilder {
  readonly #pod: Pod;

  constructor(name: string) {
    this.#pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'team-a', labels: {} },
      spec: { containers: [{ name: 'trainer', image: 'trainer' }] },
      status: { phase: 'Pending' },
    };
  }

  /** The Job that controls it. */
  of(job: { readonly name: string; readonly uid?: string }, index = 0): this {
    const { metadata } = this.#pod;
    metadata.labels = {
      'batch.kubernetes.io/job-name': job.name,
      'batch.kubernetes.io/job-completion-index': String(index),
    };
    metadata.ownerReferences = [
      { apiVersion: 'batch/v1', kind: 'Job', name: job.name, uid: job.uid ?? '', controller: true },
    ];
    return this;
  }

  unschedulable(message: string): this {
    return this.#status({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] });
  }

  waiting(reason: string, message: string): this {
    return this.#state({ waiting: { reason, message } });
  }

  running(startTime: string): this {
    return this.#status({ phase: 'Running', startTime }).#state({ running: { startedAt: startTime } });
  }

  succeeded(message: string, finishedAt = '2026-03-01T13:00:00Z'): this {
    return this.#status({ phase: 'Succeeded' }).#state({
      terminated: { exitCode: 0, reason: 'Completed', message, finishedAt },
    });
  }

  failed({ exitCode = 1, message, reason = 'Error', finishedAt = '2026-03-01T13:00:00Z' }: Ending = {}): this {
    const said = message === undefined ? {} : { message };
    return this.#status({ phase: 'Failed' }).#state({ terminated: { exitCode, reason, ...said, finishedAt } });
  }

  /** Taken off its node: the container says nothing. */
  evicted(message: string): this {
    return this.#status({ phase: 'Failed', reason: 'Evicted', message });
  }

  build(): Pod {
    return structuredClone(this.#pod);
  }

  #status(status: NonNullable<Pod['status']>): this {
    this.#pod.status = { ...this.#pod.status, ...status };
    return this;
  }

  #state(state: ContainerState): this {
    return this.#status({ containerStatuses: [{ name: 'trainer', ready: false, restartCount: 0, state }] });
  }
}
