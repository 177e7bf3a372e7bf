/** Runs tables of stories: what happens to a job, and what is then to be seen. */
import assert from 'node:assert/strict';
import type { DistillationJob } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import type { Pool } from '../../../../src/domain/planning/pool.ts';
import { World } from '../../../support/builders/world.ts';

export interface Story {
  readonly job?: DistillationJob;
  readonly pools?: readonly Pool[];
  readonly story: (world: World) => unknown;
  /** Conditions by type, as `Status Reason`, or `absent`. */
  readonly want?: Readonly<Record<string, string>>;
  /** What the message of the summary must hold. */
  readonly wantMessage?: RegExp;
  /** The stages of the Jobs that were created, in order. */
  readonly wantJobs?: readonly string[];
  /** Events that must have been published, in this order; others may stand between. */
  readonly wantEvents?: readonly string[];
  readonly check?: (world: World) => void;
}

export function tell(stories: Readonly<Record<string, Story>>): void {
  for (const [name, tc] of Object.entries(stories)) {
    it(name, () => {
      const world = new World(tc.job, tc.pools);
      tc.story(world);
      assert.deepEqual(conditionsOf(world, tc.want ?? {}), tc.want ?? {});
      if (tc.wantMessage) assert.match(world.message('Succeeded'), tc.wantMessage);
      if (tc.wantJobs) assert.deepEqual(stagesOf(world), tc.wantJobs);
      if (tc.wantEvents)
        assert.deepEqual(inOrder(world.events, tc.wantEvents), tc.wantEvents, `events were ${world.events.join(', ')}`);
      tc.check?.(world);
    });
  }
}

function conditionsOf(world: World, wanted: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(wanted).map((type) => [type, world.condition(type)]));
}

function stagesOf({ created }: World): string[] {
  return created.map(({ metadata }) => metadata.labels?.['distill.stratos.dev/stage'] ?? '');
}

/** The longest beginning of `wanted` that is found in `events` in its order. */
function inOrder(events: readonly string[], wanted: readonly string[]): string[] {
  const found: string[] = [];
  for (const event of events) if (event === wanted[found.length]) found.push(event);
  return found;
}
