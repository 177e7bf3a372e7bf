import assert from 'node:assert/strict';
import type { TrackMeasurement } from '../../../../src/domain/student/canary/measurement.ts';
import { stepId } from '../../../../src/domain/student/canary/measurement.ts';
import { merge } from '../../../support/builders/merge.ts';
import { aPod } from '../../../support/builders/pod.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { type Stage, stage } from './stage.ts';

type Spec = NonNullable<Parameters<typeof stage>[0]>;

const steps = [
  { weightPercentage: 25, pauseSeconds: 60 },
  { weightPercentage: 50, pauseSeconds: 60 },
];
const change = (s: Stage, spec: Spec): Stage => {
  s.student = { ...s.student, spec: merge(s.student.spec, spec as object) };
  return s.settle();
};
const seedOf = (deployment: Stage['deployment']) =>
  deployment?.spec.template.spec.containers[0]?.args?.join(' ').match(/--seed (\d+)/)?.[1];
/** `stable seed x replicas + canary seed x replicas`. */
const tracks = (s: Stage) =>
  [s.deployment, s.canary]
    .filter((deployment) => deployment !== undefined)
    .map((deployment) => `${seedOf(deployment)}x${deployment.spec.replicas}`)
    .join(' + ');
const message = (s: Stage) => s.status.conditions?.find(({ type }) => type === 'Progressing')?.message ?? '';

function roomy(s: Stage): Stage {
  s.pools = [aPool().gpus('L4', 16).build()];
  return s;
}

/** Seed 1 serves, and seed 2 is asked for. */
function onTrial(spec: Spec = {}): Stage {
  const rollout = { strategy: 'Canary' as const, steps, analysis: { minRequests: 20 }, ...spec.rollout };
  const s = roomy(stage({ replicas: 4, runtime: { args: ['--seed', '1'] }, ...spec, rollout }));
  s.settle().answered();
  return change(s, { runtime: { args: ['--seed', '2'] } });
}

/** Requests of one latency, in seconds. */
function track(seconds: number, requests = 100, failed = 0): TrackMeasurement {
  const counts = [0.01, 0.1, 1, Infinity].map((bound) => (seconds <= bound ? requests : 0));
  const histogram = { bounds: [0.01, 0.1, 1, Infinity], counts, sum: seconds * requests };
  return { requests, failed, firstToken: histogram, interToken: histogram };
}

function measured(s: Stage, canary: TrackMeasurement, stable = track(0.05)): Stage {
  const id = stepId(s.status.canary) ?? 'none';
  s.load = { verdict: undefined, measured: undefined, trial: { id, canary, stable } };
  return s.settle();
}

/** Measured, and not looked at yet. */
function measuredOnly(s: Stage, canary: TrackMeasurement): Stage {
  const id = stepId(s.status.canary) ?? 'none';
  s.load = { verdict: undefined, measured: undefined, trial: { id, canary, stable: track(0.05) } };
  return s;
}

function after(s: Stage, seconds: number): Stage {
  s.now += seconds * 1000;
  return s.settle();
}

describe('a canary', () => {
  it('takes its steps, is promoted when the last was good, and leaves nothing behind', () => {
    const s = onTrial();
    const second = s.status.updateRevision;
    const seen = [`${tracks(s)} ${s.condition('Progressing')}`];
    const look = (): void => void seen.push(`${tracks(s)} ${s.condition('Progressing')}`);
    s.answered();
    look();
    measured(after(s, 61), track(0.05));
    look();
    s.answered();
    look();
    measured(after(s, 61), track(0.05));
    look();
    s.answered();
    look();
    assert.deepEqual(seen, [
      '1x4 + 2x1 True CanaryStarting',
      '1x3 + 2x1 True CanaryRunning',
      '1x3 + 2x2 True CanaryStarting',
      '1x2 + 2x2 True CanaryRunning',
      '2x4 + 2x2 True RollingOut',
      '2x4 True RolloutComplete',
    ]);
    assert.deepEqual([s.status.currentRevision, s.status.canary], [second, undefined]);
    assert.equal(s.events.filter((reason) => reason === 'CanaryStepPassed').length, 2);
  });

  it('that has passed is promoted though somebody removes its Deployment', () => {
    const s = onTrial({ rollout: { steps: steps.slice(0, 1) } }).answered();
    measured(after(s, 61), track(0.05));
    s.canary = undefined;
    assert.equal(tracks(s.settle()), '2x4');
    assert.equal(s.answered().condition('Progressing'), 'True RolloutComplete');
  });

  it('is Ready all the while', () => {
    const s = onTrial().answered().answered();
    assert.deepEqual([s.condition('Ready'), s.status.readyRatio], ['True RollingOut', '4/4']);
    assert.deepEqual([s.status.canary?.step, s.status.canary?.weightPercentage, s.status.updatedReplicas], [0, 25, 1]);
  });

  const bad: Record<string, { canary: TrackMeasurement; reason: string; at: number }> = {
    'fails requests, before its step is over': { canary: track(0.05, 100, 20), reason: 'CanaryErrors', at: 5 },
    'is slower, when its step is over': { canary: track(0.09), reason: 'CanarySlow', at: 61 },
  };
  for (const [name, { canary, reason, at }] of Object.entries(bad)) {
    it(`that ${name} is taken back, and not tried again until the spec changes`, () => {
      const s = onTrial().answered();
      const [first, second] = [s.status.currentRevision, s.status.updateRevision];
      measured(after(s, at), canary);
      assert.deepEqual([tracks(s), s.condition('Progressing')], ['1x4', 'False RolledBack']);
      s.answered();
      assert.equal(s.condition('Stalled'), 'True RolledBack');
      assert.deepEqual([s.status.failedRevision?.name, s.status.failedRevision?.reason], [second, reason]);
      assert.deepEqual([s.status.currentRevision, s.status.canary], [first, undefined]);
      assert.equal(tracks(after(s, 3600)), '1x4');
      assert.equal(s.events.filter((event) => event === 'RolledBack').length, 1);
      assert.equal(tracks(change(s, { runtime: { args: ['--seed', '3'] } })), '1x4 + 3x1');
      assert.equal(s.status.failedRevision, undefined);
    });
  }

  const unclear: Record<string, { canary: TrackMeasurement; stable?: TrackMeasurement; want: RegExp }> = {
    'has answered too little': { canary: track(0.05, 19), want: /has not answered 20 requests/ },
    'has failed as chance might have it': { canary: track(0.05, 50, 1), want: /whether that is chance/ },
    'has nobody to be compared with': { canary: track(0.05), stable: track(0.05, 3), want: /the stable replicas have/ },
  };
  for (const [name, { canary, stable, want }] of Object.entries(unclear)) {
    it(`that ${name} waits, and says so`, () => {
      const s = measured(after(onTrial().answered(), 61), canary, stable);
      assert.deepEqual([tracks(s), s.condition('Progressing')], ['1x3 + 2x1', 'Unknown CanaryInconclusive']);
      assert.match(message(s), want);
    });
  }

  const configMapRef = { name: 'questions', key: 'prompts.jsonl' };
  const agreement = { prompts: { configMapRef }, sampleSize: 100, maxTokens: 8, match: 'Exact', api: 'Chat' } as const;
  const compared = (s: Stage, agreed: number, asked = 100): Stage => {
    const round = { promptsDigest: '0123456789abcdef', total: 100, asked, compared: asked, agreed: String(agreed) };
    const revision = s.status.updateRevision ?? '';
    s.load = { verdict: undefined, measured: undefined, ...s.load, agreement: { revision, round } };
    return s.settle();
  };
  const asking = () => {
    const analysis = {
      minRequests: 20,
      maxErrorRate: '0.01',
      maxLatencyRegression: '0.2',
      minAgreement: '0.9',
      agreement,
    };
    return onTrial({ rollout: { analysis } }).answered();
  };

  it('whose answers are to be compared waits for them, whatever its speed, and goes on when they agree', () => {
    const s = measured(after(asking(), 61), track(0.05));
    assert.equal(s.condition('Progressing'), 'Unknown CanaryInconclusive');
    assert.match(message(s), /cannot be compared: no answers were compared yet/);
    compared(s, 99);
    assert.deepEqual([s.status.canary?.step, s.status.canary?.agreement?.agreed], [1, '99']);
    assert.match(s.status.canary?.message ?? '', /99 of 100 answers agree; the floor is 0.9/);
    // The answers are the revision's, not the step's: a new process, which has asked nothing, takes them from the status.
    s.load = undefined;
    measured(after(s.answered(), 61), track(0.05));
    assert.equal(s.condition('Progressing'), 'True RollingOut');
  });

  it('that answers nonsense at full speed is taken back before its step is over', () => {
    const s = compared(after(asking(), 5), 1, 16);
    assert.deepEqual([tracks(s), s.condition('Progressing')], ['1x4', 'False RolledBack']);
    assert.equal(s.status.failedRevision?.reason, 'CanaryDisagrees');
    assert.match(s.status.failedRevision?.message ?? '', /^1 of 16 answers agree; the floor is 0.9/);
  });

  it('is not judged by the answers of another revision', () => {
    const s = asking();
    const round = { promptsDigest: '0123456789abcdef', total: 100, asked: 100, compared: 100, agreed: '0' };
    s.load = { verdict: undefined, measured: undefined, agreement: { revision: 'another', round } };
    assert.equal(s.settle().condition('Progressing'), 'True CanaryRunning');
  });

  const httpRoute = { parentRefs: [{ name: 'public' }], pathPrefix: '/' };
  /** A gateway has taken the route before the candidate comes. */
  const routed = (spec: Spec = {}, room = 16): Stage => {
    const fine = { ...spec.rollout, strategy: 'Canary' as const, analysis: { minRequests: 20 } };
    const s = stage({ replicas: 4, route: { httpRoute }, runtime: { args: ['--seed', '1'] }, rollout: fine });
    s.pools = [aPool().gpus('L4', room).build()];
    s.httpRoute = { served: true, object: undefined };
    s.settle().answered();
    const { object } = s.httpRoute;
    assert.ok(object);
    const conditions = [{ type: 'Accepted', status: 'True', reason: 'Accepted' }];
    s.httpRoute = { served: true, object: { ...object, status: { parents: [{ conditions }] } } };
    return change(s.settle(), { runtime: { args: ['--seed', '2'] } });
  };
  const shares = (s: Stage) =>
    s.httpRoute.object?.spec.rules[0]?.backendRefs.map(({ name, weight }) => `${name} ${weight ?? ''}`.trim()).join();
  const five = {
    rollout: {
      steps: [
        { weightPercentage: 5, pauseSeconds: 60 },
        { weightPercentage: 50, pauseSeconds: 60 },
      ],
    },
  };

  it('has its share by weights of the HTTPRoute, however few its replicas, and the Service leaves it alone', () => {
    const s = routed(five);
    const seen: string[] = [];
    const look = (): void => {
      seen.push(`${tracks(s)}: ${shares(s)}; ${Object.keys(s.service?.spec.selector ?? {}).length} labels`);
    };
    look();
    s.answered();
    look();
    assert.equal(s.status.canary?.weightPercentage, 5);
    measured(after(s, 61), track(0.05));
    look();
    s.answered();
    look();
    measured(after(s, 61), track(0.05));
    look();
    s.answered();
    look();
    assert.deepEqual(seen, [
      '1x4 + 2x1: tiles-stable 100,tiles-canary 0; 2 labels',
      '1x4 + 2x1: tiles-stable 95,tiles-canary 5; 2 labels',
      '1x4 + 2x2: tiles-stable 95,tiles-canary 5; 2 labels',
      '1x2 + 2x2: tiles-stable 50,tiles-canary 50; 2 labels',
      '2x4 + 2x2: tiles-stable 67,tiles-canary 33; 1 labels',
      '2x4: tiles; 1 labels',
    ]);
    assert.deepEqual(
      [s.trackServices.stable, s.trackServices.canary].map(
        (service) => service?.spec.selector?.['distill.stratos.dev/track'],
      ),
      ['stable', 'canary'],
    );
  });

  it('that is bad is left by the route before its replicas go', () => {
    const s = measured(after(routed(five).answered(), 5), track(0.05, 100, 30));
    assert.deepEqual([tracks(s), shares(s), s.condition('Progressing')], ['1x4', 'tiles', 'False RolledBack']);
    const failing = measuredOnly(after(routed(five).answered(), 5), track(0.05, 100, 30));
    failing.student = { ...failing.student, status: failing.look().status };
    const types = failing.look().actions.map(({ type }) => type);
    assert.deepEqual(types.slice(-2), ['apply-http-route', 'delete-deployment']);
  });

  it('has a share of replicas where a stable one had to make room, for the others would have more than theirs', () => {
    const s = routed(five, 4).answered();
    assert.deepEqual([tracks(s), shares(s)], ['1x3 + 2x1', 'tiles-stable 75,tiles-canary 25']);
    assert.equal(s.status.canary?.weightPercentage, 25);
  });

  const byReplicas: Record<string, (s: Stage) => void> = {
    'no gateway has taken the route': (s) => {
      const { object } = s.httpRoute;
      if (object !== undefined) delete object.status;
    },
    'the name of a Service is taken': (s) => {
      const metadata = { name: 'tiles-canary', namespace: 'team-a' };
      s.trackServices = { stable: undefined, canary: { apiVersion: 'v1', kind: 'Service', metadata, spec: {} } };
    },
  };
  for (const [name, spoil] of Object.entries(byReplicas)) {
    it(`has a share of replicas where ${name}`, () => {
      const s = routed(five);
      spoil(s);
      s.settle().answered();
      assert.deepEqual([tracks(s), shares(s)], ['1x3 + 2x1', 'tiles']);
    });
  }

  it('is not judged by what was measured in another step', () => {
    const other = onTrial().answered();
    other.load = {
      verdict: undefined,
      measured: undefined,
      trial: { id: 'another', canary: track(0.05, 100, 50), stable: track(0.05) },
    };
    assert.equal(after(other, 61).condition('Progressing'), 'Unknown CanaryInconclusive');
  });

  it('is not slow where a bucket of the histogram ends, nor for one slow request', () => {
    const s = onTrial().answered();
    measured(after(s, 61), track(0.102), track(0.099));
    assert.equal(s.status.canary?.step, 1);
    const other = onTrial().answered();
    const late = { bounds: [0.01, 0.1, 20, 40, Infinity], counts: [0, 99, 99, 100, 100], sum: 99 * 0.05 + 30 };
    measured(after(other, 61), { ...track(0.05), firstToken: late });
    assert.match(message(other), /time to first token varies so much/);
  });

  it('stays where it is while the spec is paused, and goes on afterwards', () => {
    const s = onTrial().answered();
    change(s, { paused: true });
    s.answered();
    measured(after(s, 61), track(0.05));
    assert.deepEqual([tracks(s), s.condition('Progressing')], ['1x3 + 2x1', 'True Paused']);
    s.load = undefined;
    change(s, { paused: false }).answered();
    assert.equal(tracks(measured(s, track(0.05))), '1x3 + 2x2');
  });

  it('does not begin while the spec is paused', () => {
    const s = onTrial({ paused: true });
    assert.deepEqual([tracks(s), s.condition('Progressing')], ['1x4', 'True Paused']);
  });

  it('stays for somebody to look at where autoRollback is off', () => {
    const s = measured(onTrial({ rollout: { autoRollback: false } }).answered(), track(0.05, 100, 20));
    assert.deepEqual(
      [tracks(s), s.condition('Progressing'), s.condition('Stalled')],
      ['1x3 + 2x1', 'False CanaryFailed', 'True CanaryFailed'],
    );
  });

  it('that cannot start is given up with what its pod said', () => {
    const s = onTrial();
    const pod = aPod('tiles-canary-x').waiting('ImagePullBackOff', 'no such image').build();
    pod.metadata.labels = { 'distill.stratos.dev/track': 'canary' };
    s.pods = [pod];
    assert.ok(s.canary);
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    s.canary = { ...s.canary, status: { observedGeneration: s.canary.metadata.generation ?? 0, conditions } };
    s.settle();
    assert.equal(tracks(s), '1x4');
    assert.match(s.status.failedRevision?.message ?? '', /pod tiles-canary-x, container \w+: no such image/);
  });

  it('of another revision begins at the first step', () => {
    const s = onTrial().answered();
    measured(after(s, 61), track(0.05)).answered();
    assert.equal(s.status.canary?.step, 1);
    change(s, { runtime: { args: ['--seed', '3'] } });
    assert.deepEqual([tracks(s), s.status.canary?.step], ['1x4 + 3x1', 0]);
  });

  it('is dropped when the old spec is back, and skipped when the strategy is', () => {
    assert.equal(tracks(change(onTrial().answered(), { runtime: { args: ['--seed', '1'] } })), '1x4');
    assert.equal(
      tracks(change(onTrial().answered(), { rollout: { strategy: 'RollingUpdate', steps: undefined } })),
      '2x4',
    );
  });

  it('is not for a first revision, nor for one that nobody asks', () => {
    const rollout = { strategy: 'Canary' as const, steps };
    assert.equal(tracks(stage({ runtime: { args: ['--seed', '1'] }, rollout }).settle()), '1x1');
    assert.equal(tracks(onTrial({ replicas: 0 })), '2x0');
  });

  it("leaves alone a Deployment of somebody else's that has its name", () => {
    const s = stage({ replicas: 4, runtime: { args: ['--seed', '1'] }, rollout: { strategy: 'Canary', steps } });
    roomy(s).settle().answered();
    const theirs = merge(s.deployment ?? {}, { metadata: { name: 'tiles-canary', ownerReferences: [] } });
    s.canary = theirs as NonNullable<Stage['canary']>;
    change(s, { runtime: { args: ['--seed', '2'] } });
    assert.equal(s.condition('Progressing'), 'False NameTaken');
    assert.equal(s.canary, theirs);
  });

  it('waits where a node has no room for it beside the only replica', () => {
    const s = onTrial({ replicas: 1 });
    assert.equal(tracks(s), '1x1 + 2x1');
    const full = stage({ runtime: { args: ['--seed', '1'] }, rollout: { strategy: 'Canary', steps } });
    roomy(full).settle().answered();
    full.pools = full.pools.map((pool) => ({ ...pool, nodes: pool.nodes.map((node) => ({ ...node, freeGpus: 0 })) }));
    change(full, { runtime: { args: ['--seed', '2'] } });
    assert.deepEqual([tracks(full), full.condition('Progressing')], ['1x1', 'False CanaryNoRoom']);
    assert.equal(tracks(roomy(full).settle()), '1x1 + 2x1');
  });
});
