import { validateDistillationJob } from '../../../src/api/validate.ts';
import type {
  DistillationJob,
  DistillationJobSpec,
  DistillationJobStatus,
} from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { type Changes, merge } from './merge.ts';

export const startOfTime = Date.parse('2026-03-01T12:00:00Z');

const smallest = {
  task: {
    train: { uri: 'builtin://tasks/winning-tiles/train.jsonl' },
    evaluation: { uri: 'builtin://tasks/winning-tiles/test.jsonl' },
  },
  teachers: [{ name: 'tiny', uri: 'builtin://models/tiny-teacher' }],
  students: [{ name: 'small', uri: 'builtin://models/winning-tiles-student' }],
  output: { uri: 'pvc://students/tiles' },
};

/** A stored DistillationJob: the smallest that the API accepts, with every default that the API server would fill in. */
export function aJob(name = 'tiles'): JobBuilder {
  return new JobBuilder(name);
}

export class JobBuilder {
  readonly #name: string;
  #spec: unknown = smallest;
  #status: unknown;
  #generation = 1;

  constructor(name: string) {
    this.#name = name;
  }

  spec(changes: Changes<DistillationJobSpec>): this {
    this.#spec = merge(this.#spec, changes);
    return this;
  }

  status(changes: Changes<DistillationJobStatus>): this {
    this.#status = merge(this.#status ?? {}, changes);
    return this;
  }

  generation(generation: number): this {
    this.#generation = generation;
    return this;
  }

  build(): DistillationJob {
    return accepted({
      apiVersion: 'distill.stratos.dev/v1alpha1',
      kind: 'DistillationJob',
      metadata: {
        name: this.#name,
        namespace: 'team-a',
        uid: 'job-uid',
        resourceVersion: '1',
        generation: this.#generation,
        creationTimestamp: '2026-03-01T12:00:00Z',
      },
      spec: this.#spec,
      ...(this.#status === undefined ? {} : { status: this.#status }),
    });
  }
}

/** The object as the API server would store it; an error for one that it would refuse. */
export function accepted(job: unknown): DistillationJob {
  const validated = validateDistillationJob(job);
  if (validated.ok) return validated.value;
  const errors = validated.errors.map(({ path, message }) => `${path} ${message}`);
  throw new Error(`the API server would refuse this DistillationJob: ${errors.join('; ')}`);
}
