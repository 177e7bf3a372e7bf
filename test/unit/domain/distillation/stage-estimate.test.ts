import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { observationsOf } from '../../../../src/domain/distillation/observations.ts';
import { calibrate } from '../../../../src/domain/planning/calibration.ts';
import { EstimateMetrics } from '../../../../src/telemetry/estimate-metrics.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { World } from '../../../support/builders/world.ts';
import { aJob } from '../../../support/builders/job.ts';

const ran = (simulated = false): World =>
  new World(aJob().build(), [aPool().with({ simulated }).build()]).runThrough('Train');

describe('a finished stage', () => {
  it('of training keeps what was predicted and what it took', () => {
    const estimate = ran().stage('Train')?.estimate;
    assert.equal(estimate?.version, 'trainer:test');
    assert.equal(estimate?.method, 'Full');
    assert.equal(estimate?.simulated, false);
    const tokens = Number(estimate?.measuredTokensPerSecond) * Number(estimate?.measuredSeconds);
    assert.ok(
      Math.abs(tokens / (Number(estimate?.predictedTokensPerSecond) * Number(estimate?.predictedSeconds)) - 1) < 0.01,
    );
  });
  it('of the teacher’s answers goes by the stage’s own clock', () => {
    const estimate = ran().stage('Synthesize')?.estimate;
    assert.equal(estimate?.measuredSeconds, '93.200');
    assert.equal(estimate?.method, undefined);
  });
  it('of profiling keeps nothing: nothing was predicted', () =>
    assert.equal(ran().stage('Profile')?.estimate, undefined));
  it('keeps nothing where the figures are missing', () => {
    const world = new World().runThrough('Synthesize').runThrough('Train', { Train: { steps: 5 } });
    assert.equal(world.stage('Train')?.state, 'Succeeded');
    assert.equal(world.stage('Train')?.estimate, undefined);
  });

  it('calibrates later plans', () => {
    const factors = calibrate([ran(), ran(), ran()].flatMap(({ job }) => observationsOf(job)));
    assert.deepEqual(
      factors.map(({ quantity, runs, version }) => [quantity, runs, version]),
      [
        ['Generation', 3, 'trainer:test'],
        ['Training', 3, 'trainer:test'],
      ],
    );
    const world = new World();
    world.calibration = factors;
    world.runThrough('Profile');
    assert.match(world.message('PlanSelected'), /calibrated by 3 runs/);
  });
  it('of another image does not', () => {
    const world = new World();
    world.calibration = calibrate(observationsOf(ran().job)).map((factor) => ({ ...factor, version: 'trainer:other' }));
    world.runThrough('Profile');
    assert.doesNotMatch(world.message('PlanSelected'), /calibrated/);
  });
  it('on a simulated node does not', () => assert.deepEqual(calibrate(observationsOf(ran(true).job)), []));
  it('of a job that still runs does not', () => assert.deepEqual(observationsOf(new World().job), []));

  it('shows in the metrics how far off the estimators were, on real hardware only', async () => {
    const registry = new Registry();
    const metrics = new EstimateMetrics(registry);
    const observations = observationsOf(ran().job);
    metrics.stored([], observations);
    metrics.stored(observations, observations);
    metrics.stored([], observationsOf(ran(true).job));
    const text = await registry.metrics();
    assert.match(text, /stratos_estimate_error_ratio_count\{quantity="Training",device="[^"]+"\} 1\n/);
    assert.match(text, /stratos_estimate_error_ratio_count\{quantity="Generation",device="[^"]+"\} 1\n/);
  });
});
