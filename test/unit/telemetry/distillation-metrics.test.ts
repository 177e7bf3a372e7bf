import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import type { DistillationJob } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { DistillationMetrics } from '../../../src/telemetry/distillation-metrics.ts';
import { aJob } from '../../support/builders/job.ts';
import { failure, profileOfTwo, twoStudents } from '../../support/builders/results.ts';
import { World } from '../../support/builders/world.ts';

/** What is scraped, line by line, without comments and buckets. */
async function scrape(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket'));
}

/** Tells the metrics of every status that the world stores. */
function watch(world: World, metrics: DistillationMetrics): () => void {
  let before = world.job.status;
  return () => {
    metrics.stored(before, world.status);
    before = world.job.status;
  };
}

describe('the metrics of distillation', () => {
  it('count each end of a stage once, with its duration', async () => {
    const registry = new Registry();
    const world = new World();
    const tell = watch(world, new DistillationMetrics(registry, { list: () => [] }));
    for (const stage of ['Profile', 'Synthesize'] as const) {
      world.runThrough(stage);
      tell();
    }
    tell();
    const lines = await scrape(registry);
    assert.ok(
      lines.includes('stratos_stage_duration_seconds_sum{stage="Profile",state="Succeeded"} 60'),
      lines.join('\n'),
    );
    assert.ok(lines.includes('stratos_stage_duration_seconds_count{stage="Synthesize",state="Succeeded"} 1'));
    assert.ok(lines.includes('stratos_plans_total{result="selected"} 1'));
    assert.ok(lines.includes('stratos_plans_total{result="infeasible"} 0'));
  });

  it('count each trial run once, and the plan that follows', async () => {
    const registry = new Registry();
    const job = aJob()
      .spec({ students: twoStudents, search: { maxPilots: 2 }, training: { loss: 'SequenceLevel' } })
      .build();
    const world = new World(job);
    const tell = watch(world, new DistillationMetrics(registry, { list: () => [] }));
    world.runThrough('Profile', { Profile: profileOfTwo() });
    tell();
    world.breakDown('Pilot', { exitCode: 2, message: failure('Pilot', 'OutOfMemory') }).settle();
    tell();
    tell();
    const lines = await scrape(registry);
    assert.ok(lines.includes('stratos_pilots_total{state="Failed"} 1'), lines.join('\n'));
    assert.ok(lines.includes('stratos_plans_replaced_total 1'), lines.join('\n'));
  });

  it('count a failed try by its reason', async () => {
    const registry = new Registry();
    const world = new World();
    const tell = watch(world, new DistillationMetrics(registry, { list: () => [] }));
    world
      .settle()
      .breakDown('Profile', { exitCode: 2, message: failure('Profile', 'DataUnreadable') })
      .settle();
    tell();
    tell();
    assert.ok(
      (await scrape(registry)).includes('stratos_stage_failures_total{stage="Profile",reason="DataUnreadable"} 1'),
    );
  });

  it('show the jobs that are there and what they spent, and forget those that are gone', async () => {
    const registry = new Registry();
    let jobs: DistillationJob[] = [new World().job, new World().runThrough('Publish').job];
    const metrics = new DistillationMetrics(registry, { list: () => jobs });
    metrics.stored(undefined, {});
    const lines = await scrape(registry);
    assert.ok(lines.includes('stratos_distillation_jobs{namespace="team-a",state="New"} 1'));
    assert.ok(lines.includes('stratos_distillation_jobs{namespace="team-a",state="Distilled"} 1'));
    assert.ok(lines.includes('stratos_spent{namespace="team-a",currency="USD"} 0.09'));
    jobs = [];
    assert.deepEqual(
      (await scrape(registry)).filter((line) => line.startsWith('stratos_distillation_jobs')),
      [],
    );
  });
});
