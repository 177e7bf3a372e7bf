import type { Job } from '../../../src/api/core.ts';
import { childLabels } from '../../../src/api/labels.ts';

type JobCondition = NonNullable<NonNullable<Job['status']>['conditions']>[number];

/** A stage's Job as the Job controller sees it: created, its pods started. */
export function aStageJob(name = 'tiles-train-1'): StageJobBuilder {
  return new StageJobBuilder(name);
}

export class StageJobBuilder {
  readonly #job: Job;

  constructor(name: string) {
    this.#job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        namespace: 'team-a',
        uid: `${name}-uid`,
        creationTimestamp: '2026-03-01T12:00:00Z',
        labels: childLabels({ job: 'tiles', stage: 'train', attempt: 1 }),
      },
      spec: { completions: 1, template: { metadata: { labels: {} }, spec: { containers: [] } } },
      status: {},
    };
  }

  uid(uid: string): this {
    this.#job.metadata.uid = uid;
    return this;
  }

  created(creationTimestamp: string): this {
    this.#job.metadata.creationTimestamp = creationTimestamp;
    return this;
  }

  shards(completions: number): this {
    this.#job.spec.completions = completions;
    return this;
  }

  suspended(): this {
    this.#job.spec.suspend = true;
    return this;
  }

  complete(completionTime = '2026-03-01T13:00:00Z'): this {
    this.#job.status = { completionTime, conditions: [condition({ type: 'Complete' })] };
    return this;
  }

  failed(reason = 'BackoffLimitExceeded', message = 'Job has reached the specified backoff limit'): this {
    this.#job.status = { conditions: [condition({ type: 'Failed', reason, message })] };
    return this;
  }

  deleting(): this {
    this.#job.metadata.deletionTimestamp = '2026-03-01T13:00:00Z';
    return this;
  }

  build(): Job {
    return structuredClone(this.#job);
  }
}

function condition(fields: Pick<JobCondition, 'type' | 'reason' | 'message'>): JobCondition {
  return { status: 'True', ...fields };
}
