/** Stories of a job whose stages wait in a queue of Kueue's. */
import type { DistillationJobSpec } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { aJob } from '../../../support/builders/job.ts';
import { withKueue } from '../../../support/builders/queue.ts';
import type { Changes } from '../../../support/builders/merge.ts';
import type { World } from '../../../support/builders/world.ts';
import { type Story, tell } from './story.ts';

export const queued = (spec: Changes<DistillationJobSpec> = {}) =>
  aJob()
    .spec({ queueName: 'gpus', ...spec })
    .build();

/** Each stage as far as `run` says, admitted as soon as it asks. */
export function trainingIn(w: World) {
  const queue = withKueue(w);
  for (const stage of ['Profile', 'Synthesize'] as const) {
    w.settle();
    queue.admit();
    w.settle().complete(stage).settle();
  }
  w.settle();
  queue.admit();
  w.settle().run('Train').settle();
  return queue;
}

export function stories(cases: Readonly<Record<string, Story>>): void {
  tell(Object.fromEntries(Object.entries(cases).map(([name, tc]) => [name, { job: queued(), ...tc }])));
}
