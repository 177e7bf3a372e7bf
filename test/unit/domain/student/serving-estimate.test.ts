import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import type { ServingEstimate } from '../../../../src/api/v1alpha1/student-deployment.gen.ts';
import { calibrate } from '../../../../src/domain/planning/calibration.ts';
import type { Pool } from '../../../../src/domain/planning/pool.ts';
import type { QuietWindow } from '../../../../src/domain/student/autoscale/quiet-window.ts';
import {
  estimateServing,
  estimatesStatus,
  servingObservations,
} from '../../../../src/domain/student/serving-estimate.ts';
import { EstimateMetrics } from '../../../../src/telemetry/estimate-metrics.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { aStudentDeployment } from '../../../support/builders/student.ts';
import { Stage } from './stage.ts';

const window: QuietWindow = {
  at: Date.parse('2026-03-01T12:30:00Z'),
  requests: 200,
  firstTokenSeconds: 0.06,
  interTokenSeconds: 0.02,
  inputTokens: 500,
  outputTokens: 100,
  concurrency: 2,
};

const spec = { model: { uri: 'hf://Qwen/Qwen2.5-0.5B-Instruct' } };
type Spec = Parameters<ReturnType<typeof aStudentDeployment>['spec']>[0];

/** Rolled out as a whole. */
function served(changes: Spec = {}, pools: readonly Pool[] = [aPool().build()]): Stage {
  const stage = new Stage(aStudentDeployment().spec(spec).spec(changes).build());
  stage.pools = [...pools];
  stage.settle();
  const revision = { currentRevision: 'tiles-1', updateRevision: 'tiles-1' };
  stage.student = { ...stage.student, status: { ...stage.status, ...revision } };
  return stage;
}

function estimates(stage: Stage, seen: QuietWindow | undefined = window): readonly ServingEstimate[] {
  const { student, source, pools } = stage;
  return estimateServing({ student, source, pools }, seen, stage.settings);
}

/** A stage after a look at which its replicas measured this. */
function measured(stage: Stage, seen: QuietWindow = window): Stage {
  stage.load = { verdict: undefined, measured: undefined, estimates: estimates(stage, seen) };
  return stage.settle();
}

describe('what serving teaches the planner', () => {
  it('is what the estimators say of the very load, beside what was measured', () => {
    const [first, inter] = estimates(served());
    assert.equal(first?.quantity, 'TimeToFirstToken');
    assert.equal(first.measuredMilliseconds, '60.000');
    assert.equal(inter?.measuredMilliseconds, '20.000');
    assert.equal(first.version, 'vllm:test');
    const [heavier] = estimates(served(), { ...window, inputTokens: 5_000 });
    assert.ok(Number(heavier?.predictedMilliseconds) > Number(first.predictedMilliseconds));
  });

  it('is of the weights as they are stored, whatever else is asked for', () => {
    const tokenTime = (quantization?: 'FP8' | 'INT4', asked: Spec = {}): number => {
      const stage = served(asked);
      const stored = quantization === undefined ? {} : { modelQuantization: quantization };
      stage.student = { ...stage.student, status: { ...stage.status, ...stored } };
      return Number(estimates(stage)[1]?.predictedMilliseconds);
    };
    assert.ok(tokenTime('INT4') < tokenTime('FP8') && tokenTime('FP8') < tokenTime());
    assert.equal(tokenTime('INT4', { runtime: { quantization: 'FP8' } }), tokenTime('INT4'));
  });

  const nothing: Record<string, Spec> = {
    'a server with arguments of its own': { runtime: { args: ['--enforce-eager'] } },
    'a server with an environment of its own': { runtime: { env: [{ name: 'VLLM_USE_V1', value: '0' }] } },
    'a pod with an environment of its own': { template: { env: [{ name: 'VLLM_USE_V1', value: '0' }] } },
    'a pod with resources of its own': { template: { resources: { limits: { cpu: '1' } } } },
    'weights in 32 bits': { runtime: { dtype: 'Float32' } },
    'a model of unknown size': { model: { uri: 'pvc://students/tiles' } },
  };
  for (const [name, changes] of Object.entries(nothing))
    it(`is nothing from ${name}`, () => assert.deepEqual(estimates(served(changes)), []));

  it('is nothing while a revision is being rolled out, or where nothing was measured', () => {
    const moving = served();
    moving.student = { ...moving.student, status: { ...moving.status, updateRevision: 'tiles-2' } };
    assert.deepEqual(estimates(moving), []);
    assert.deepEqual(estimateServing(served(), undefined, served().settings), []);
  });

  it('is kept in the status, and stands until it has changed by what can be told apart', () => {
    const before = estimates(served());
    const later = (minutes: number, firstTokenSeconds: number) =>
      estimates(served(), { ...window, firstTokenSeconds, at: window.at + minutes * 60_000 });
    assert.equal(estimatesStatus(before, later(5, 0.09)), before, 'too soon');
    assert.equal(estimatesStatus(before, later(20, 0.061)), before, 'too little');
    assert.notEqual(estimatesStatus(before, later(20, 0.09)), before);
    assert.equal(estimatesStatus(before, []), before, 'a busy window takes nothing back');
    assert.deepEqual(measured(served()).status.estimates, JSON.parse(JSON.stringify(before)));
  });

  it('corrects the prediction for the next student on such a GPU, and for no other image', () => {
    const slow = measured(served(), { ...window, firstTokenSeconds: 2, interTokenSeconds: 0.5 }).student;
    const factors = calibrate([slow, slow, slow].flatMap(servingObservations));
    assert.deepEqual(
      factors.map(({ quantity }) => quantity),
      ['InterTokenLatency', 'TimeToFirstToken'],
    );
    const placed = (version: string) => {
      const stage = new Stage(aStudentDeployment().spec(spec).build());
      stage.calibration = factors.map((factor) => ({ ...factor, version }));
      const { timeToFirstTokenMilliseconds, interTokenLatencyMilliseconds } = stage.settle().status.placement ?? {};
      return [Number(timeToFirstTokenMilliseconds), Number(interTokenLatencyMilliseconds)];
    };
    const [plain, corrected] = [placed('vllm:other'), placed('vllm:test')];
    for (const [i, quantity] of (['TimeToFirstToken', 'InterTokenLatency'] as const).entries()) {
      const factor = factors.find((one) => one.quantity === quantity)?.factor ?? 0;
      const ratio = (corrected[i] ?? 0) / (plain[i] ?? 1);
      assert.ok(factor > 1.5 && Math.abs(ratio / factor - 1) < 0.01, `${quantity}: ${ratio} for ${factor}`);
    }
  });

  it('calibrates nothing on nodes that play their GPUs, and is no error of the estimators', async () => {
    const played = measured(served({}, [{ ...aPool().build(), simulated: true }])).student;
    assert.equal(played.status?.estimates?.length, 2);
    assert.deepEqual(calibrate(servingObservations(played)), []);
    const registry = new Registry();
    const metrics = new EstimateMetrics(registry);
    metrics.stored([], servingObservations(played));
    metrics.stored([], servingObservations(measured(served()).student));
    const text = await registry.metrics();
    assert.match(text, /_count\{quantity="TimeToFirstToken",device="[^"]+"\} 1\n/);
    assert.match(text, /_count\{quantity="InterTokenLatency",device="[^"]+"\} 1\n/);
  });
});
