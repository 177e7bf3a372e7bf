import assert from 'node:assert/strict';
import { accrue } from '../../../../../src/domain/student/autoscale/usage.ts';
import { measure, measuredStatus } from '../../../../../src/domain/student/autoscale/measured.ts';
import { objectiveVerdict } from '../../../../../src/domain/student/autoscale/objective.ts';
import { aStudentDeployment } from '../../../../support/builders/student.ts';
import { stage, whole } from '../stage.ts';
import { aTick, histogramOf } from './builders.ts';

const latency = (seconds: number, observations = 100) => ({
  meanSeconds: seconds,
  medianSeconds: seconds,
  highSeconds: seconds,
  observations,
});
const measured = (seconds: number, at = 0, observations = 100) => ({
  at,
  requestsPerSecond: 2,
  failedShare: 0,
  firstToken: latency(seconds, observations),
  interToken: undefined,
});

describe('what was measured', () => {
  it('is over all looks that are kept', () => {
    const ticks = [
      aTick(0, { succeeded: 10, firstToken: histogramOf([0.04, 0.04]) }),
      aTick(15_000, { succeeded: 18, failed: 2, firstToken: histogramOf([0.4, 0.4]) }),
    ];
    const result = measure(ticks);
    assert.equal(result?.requestsPerSecond, 1);
    assert.equal(result.firstToken?.observations, 4);
    assert.equal(result.failedShare.toFixed(3), '0.067');
  });

  const writes: Record<string, { after: number; seconds: number; want: string | undefined }> = {
    'a change within 15 % is not written': { after: 120_000, seconds: 0.11, want: '100' },
    'a larger one is': { after: 120_000, seconds: 0.2, want: '200' },
    'but not within a minute': { after: 30_000, seconds: 0.2, want: '100' },
  };
  for (const [name, { after, seconds, want }] of Object.entries(writes)) {
    it(name, () => {
      const first = measuredStatus(undefined, measured(0.1));
      const second = measuredStatus(first, measured(seconds, after));
      assert.equal(second?.timeToFirstTokenMilliseconds, want);
      assert.equal(second === first, want === '100');
    });
  }

  it('has two digits', () => {
    const status = (seconds: number) => measuredStatus(undefined, measured(seconds))?.timeToFirstTokenMilliseconds;
    assert.deepEqual([0.123456, 0.0012345, 0.0000456, 12.3456].map(status), ['120', '1.2', '0.046', '12000']);
  });
});

describe('the objective', () => {
  const targets = { maxTimeToFirstTokenMilliseconds: 1000 };
  const cases: Record<string, { seconds: number; was?: string; observations?: number; want: string | undefined }> = {
    'is met below the target': { seconds: 0.5, want: 'True' },
    'is missed above it': { seconds: 1.2, want: 'False' },
    'holds a little above it, once met': { seconds: 1.04, was: 'True', want: 'True' },
    'stays missed a little below it, once missed': { seconds: 0.98, was: 'False', want: 'False' },
    'says nothing with few requests': { seconds: 5, observations: 5, want: 'Unknown' },
    'keeps what it said while no request comes': { seconds: 5, observations: 5, was: 'True', want: undefined },
  };
  for (const [name, { seconds, was, observations, want }] of Object.entries(cases)) {
    it(name, () => assert.equal(objectiveVerdict(targets, measured(seconds, 0, observations), was)?.status, want));
  }

  it('without a target there is none', () => assert.equal(objectiveVerdict({}, measured(9), undefined), undefined));
});

describe('usage', () => {
  const at = (seconds: number, hourlyCost?: string) => ({ now: seconds * 1000, hourlyCost });

  it('is added up when the number of replicas changes, and stands still in between', () => {
    const first = accrue(undefined, 2, at(0, '3.60'));
    assert.equal(accrue(first, 2, at(100, '3.60')), first);
    const second = accrue(first, 3, at(100, '3.60'));
    assert.deepEqual([second?.replicaSeconds, second?.cost], [200, '0.20']);
    const third = accrue(second, 0, at(110, '3.60'));
    assert.deepEqual([third?.replicas, third?.replicaSeconds, third?.cost], [0, 230, '0.23']);
  });

  it('is added up once an hour, for prices change', () => {
    const first = accrue(undefined, 1, at(0));
    assert.equal(accrue(first, 1, at(3600, '1'))?.cost, '1.00');
  });

  it('without a price has no cost', () => {
    assert.equal(accrue(accrue(undefined, 1, at(0)), 2, at(50))?.cost, undefined);
  });
});

describe('a student under autoscaling', () => {
  const autoscaling = { maxReplicas: 4 };
  const verdict = (replicas: number, message = 'why') => ({
    verdict: { replicas, reason: 'Scaling' as const, message },
    measured: undefined,
  });

  it('has as many replicas as the scaler says, and tells it once', () => {
    const s = stage({ autoscaling }).settle().rolledOut(whole(1));
    s.load = verdict(3);
    s.settle();
    assert.equal(s.deployment?.spec.replicas, 3);
    assert.equal(s.status.autoscaling?.message, 'why');
    assert.equal(s.condition('AutoscalerActive'), 'True Scaling');
    s.load = verdict(3, 'another number of waiting requests');
    const before = s.applied;
    s.settle();
    assert.equal(s.applied, before);
    assert.equal(s.status.autoscaling?.message, 'why');
  });

  it('keeps its replicas and its condition while a new process has not looked yet', () => {
    const s = stage({ autoscaling }).settle();
    s.load = verdict(3);
    s.settle();
    s.load = undefined;
    s.settle();
    assert.equal(s.deployment?.spec.replicas, 3);
    assert.equal(s.condition('AutoscalerActive'), 'True Scaling');
  });

  it('by an HPA leaves the number out of what is applied, but for the first time', () => {
    const s = stage({ autoscaling: { ...autoscaling, provider: 'HPA' } }).settle();
    assert.equal(s.scalers.autoscalers[0]?.spec.maxReplicas, 4);
    assert.ok(s.deployment);
    s.deployment = { ...s.deployment, spec: { ...s.deployment.spec, replicas: 3, revisionHistoryLimit: 99 } };
    const [action] = s.look().actions;
    assert.equal(action?.type === 'apply-deployment' && action.deployment.spec.replicas, undefined);
    s.settle();
    assert.equal(s.deployment.spec.replicas, 3);
  });

  it('back to the built-in scaler removes the HPA', () => {
    const s = stage({ autoscaling: { ...autoscaling, provider: 'HPA' } }).settle();
    s.student = aStudentDeployment().spec({ autoscaling }).build();
    s.settle();
    assert.deepEqual(s.scalers.autoscalers, []);
  });

  const auto: Record<string, { idleReplicas?: number; keda: boolean; prometheusUrl: string; want: string }> = {
    'Auto is built in': { keda: true, prometheusUrl: 'http://p', want: 'BuiltIn' },
    'Auto is KEDA where it is to wake from zero': {
      idleReplicas: 0,
      keda: true,
      prometheusUrl: 'http://p',
      want: 'KEDA',
    },
    'Auto without KEDA is built in': { idleReplicas: 0, keda: false, prometheusUrl: 'http://p', want: 'BuiltIn' },
    'Auto without Prometheus is built in': { idleReplicas: 0, keda: true, prometheusUrl: '', want: 'BuiltIn' },
  };
  for (const [name, { want, idleReplicas, ...scalers }] of Object.entries(auto)) {
    it(name, () => {
      const s = stage({ autoscaling: { ...autoscaling, ...(idleReplicas === undefined ? {} : { idleReplicas }) } });
      s.scalers = { ...s.scalers, ...scalers };
      s.settle();
      assert.equal(s.status.autoscaling?.provider, want);
      assert.equal(s.scalers.scaledObject !== undefined, want === 'KEDA');
    });
  }
});
