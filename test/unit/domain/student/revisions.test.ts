import assert from 'node:assert/strict';
import type { ContainerState, Pod } from '../../../../src/api/core.ts';
import { merge } from '../../../support/builders/merge.ts';
import { aPod } from '../../../support/builders/pod.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { type Stage, stage, whole } from './stage.ts';

type Spec = Parameters<typeof stage>[0];

const change = (s: Stage, spec: Spec): Stage => {
  s.student = { ...s.student, spec: merge(s.student.spec, spec as object) };
  return s;
};
const stuckConditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
const seeds = (s: Stage) => s.deployment?.spec.template.spec.containers[0]?.args?.join(' ').match(/--seed (\d+)/)?.[1];
const names = (s: Stage) =>
  s.revisions.toSorted((a, b) => a.revision - b.revision).map(({ metadata }) => metadata.name.replace('tiles-', ''));

/** A first revision serves, and a second one is rolled out. */
function updated(spec: Spec = {}): { s: Stage; first: string; second: string } {
  const s = stage({ runtime: { args: ['--seed', '1'] }, ...spec })
    .settle()
    .rolledOut(whole(1));
  const first = s.status.currentRevision ?? '';
  change(s, { runtime: { args: ['--seed', '2'] } }).settle();
  return { s, first, second: s.status.updateRevision ?? '' };
}

function stuck(spec: Spec = {}) {
  const parts = updated(spec);
  parts.s.pods = [aPod('tiles-new').waiting('ImagePullBackOff', 'no such image').build()];
  parts.s.rolledOut({
    replicas: 2,
    updatedReplicas: 1,
    availableReplicas: 1,
    readyReplicas: 1,
    conditions: stuckConditions,
  });
  return parts;
}

describe('a new replica that does not start', () => {
  const label = (pod: Pod, second: string): Pod => {
    pod.metadata.labels = { 'distill.stratos.dev/revision': second };
    return pod;
  };
  const ended = (pod: Pod, lastState: ContainerState): Pod => {
    const containerStatuses = (pod.status?.containerStatuses ?? []).map((one) => ({ ...one, ready: false, lastState }));
    pod.status = { ...pod.status, containerStatuses };
    return pod;
  };
  const oom = { terminated: { exitCode: 137, reason: 'OOMKilled', message: 'Loading weights: 80 %' } };
  const cases: Record<string, { pod: Pod; want: RegExp }> = {
    'for its image': {
      pod: aPod('tiles-new').waiting('ImagePullBackOff', 'Back-off pulling image "no/such:1"').build(),
      want: /; ImagePullBackOff: pod tiles-new, container \w+: Back-off pulling image "no\/such:1"/,
    },
    'because it crashes': {
      pod: ended(aPod('tiles-new').waiting('CrashLoopBackOff', 'back-off 40s').build(), {
        terminated: { exitCode: 1, reason: 'Error', message: 'Traceback\nValueError: no such file' },
      }),
      want: /; CrashLoopBackOff: pod tiles-new, container \w+: back-off 40s; last exit code 1: ValueError: no such file/,
    },
    'because it is out of memory': {
      pod: ended(aPod('tiles-new').waiting('CrashLoopBackOff', 'back-off 40s').build(), oom),
      want: /; OOMKilled: pod tiles-new, container \w+: back-off 40s; last exit code 137 \(OOMKilled\): Loading weights/,
    },
    'because it was out of memory, and tries again': {
      pod: ended(aPod('tiles-new').running('2026-03-01T12:00:00Z').build(), oom),
      want: /; OOMKilled: pod tiles-new, container \w+: last exit code 137 \(OOMKilled\): Loading weights/,
    },
    'for want of a node': {
      pod: aPod('tiles-new').unschedulable('0/3 nodes are available: 3 Insufficient nvidia.com/gpu.').build(),
      want: /; Unschedulable: pod tiles-new is not scheduled: 0\/3 nodes are available: 3 Insufficient nvidia/,
    },
    'for a Secret that is not there': {
      pod: aPod('tiles-new').waiting('CreateContainerConfigError', 'secret "hub" not found').build(),
      want: /; CreateContainerConfigError: pod tiles-new, container \w+: secret "hub" not found/,
    },
  };
  const waits = { replicas: 1, updatedReplicas: 1, availableReplicas: 0, readyReplicas: 0 };
  for (const [name, { pod, want }] of Object.entries(cases)) {
    it(`${name} is named at once, in the deadline's time`, () => {
      const { s, second } = updated();
      s.pods = [label(pod, second)];
      s.rolledOut(waits);
      assert.equal(s.condition('Progressing'), 'True ReplicaStuck');
      assert.match(s.status.conditions?.find(({ type }) => type === 'Progressing')?.message ?? '', want);
      assert.equal(s.status.failedRevision, undefined);
      // Of a surge, which leaves the old one serving.
      s.rolledOut({ replicas: 2, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 });
      assert.deepEqual([s.condition('Ready'), s.condition('Progressing')], ['True RollingOut', 'True ReplicaStuck']);
      s.pods = [];
      s.rolledOut(whole(1));
      assert.equal(s.condition('Progressing'), 'True RolloutComplete');
    });
  }

  it('because its model never loads is no trouble at first, and what it is given up for in the end', () => {
    const { s, second } = updated();
    s.pods = [label(ended(aPod('tiles-new').running('2026-03-01T12:00:00Z').build(), {}), second)];
    s.rolledOut(waits);
    const words = /pod tiles-new, container \w+: it runs, and does not list the model at \/v1\/models yet/;
    assert.deepEqual(
      [s.condition('Ready'), s.condition('Progressing')],
      ['False ReplicasUnavailable', 'True RollingOut'],
    );
    assert.match(s.status.conditions?.find(({ type }) => type === 'Progressing')?.message ?? '', words);
    s.rolledOut({ ...waits, conditions: stuckConditions });
    assert.equal(s.status.failedRevision?.reason, 'ModelNotLoaded');
    assert.match(s.status.failedRevision?.message ?? '', words);
  });
});

describe('a revision that gets stuck', () => {
  it('is given up for the last one that served, which goes on serving', () => {
    const { s, first, second } = stuck();
    assert.equal(seeds(s), '1');
    assert.equal(s.status.failedRevision?.name, second);
    assert.match(s.status.failedRevision?.message ?? '', /pod tiles-new, container \w+: no such image/);
    s.pods = [];
    s.rolledOut(whole(1));
    assert.deepEqual(
      [s.condition('Ready'), s.condition('Progressing'), s.condition('Stalled'), s.condition('Reconciling')],
      ['True RolledBack', 'False RolledBack', 'True RolledBack', 'absent'],
    );
    assert.match(s.status.conditions?.find(({ type }) => type === 'Progressing')?.message ?? '', /no such image/);
    assert.deepEqual([s.status.currentRevision, s.status.updateRevision], [first, second]);
    assert.equal(s.events.filter((reason) => reason === 'RolledBack').length, 1);
  });

  it('is told by what ended it last, though it is just being tried again, and not by what ails older pods', () => {
    const { s, second } = updated();
    const labels = { 'distill.stratos.dev/revision': second };
    const again = aPod('tiles-new').running('2026-03-01T12:00:00Z').build();
    const [status] = again.status?.containerStatuses ?? [];
    assert.ok(status);
    const lastState = { terminated: { exitCode: 1, message: 'Traceback\nOutOfMemoryError: CUDA out of memory' } };
    again.metadata.labels = labels;
    again.status = { ...again.status, containerStatuses: [{ ...status, ready: false, restartCount: 1, lastState }] };
    s.pods = [aPod('tiles-a-old').waiting('CrashLoopBackOff', 'an old pod').build(), again];
    s.rolledOut({ replicas: 2, updatedReplicas: 1, availableReplicas: 1, conditions: stuckConditions });
    assert.equal(
      s.status.failedRevision?.message,
      `pod tiles-new, container ${status.name}: last exit code 1: OutOfMemoryError: CUDA out of memory`,
    );
  });

  it('is remembered before anything is done about it', () => {
    const { s } = updated();
    const before = s.deployment;
    s.deployment = merge(s.deployment ?? {}, {
      status: { observedGeneration: s.deployment?.metadata.generation, replicas: 2, conditions: stuckConditions },
    }) as NonNullable<typeof before>;
    const { actions, status } = s.look();
    assert.deepEqual(actions, []);
    assert.notEqual(status.failedRevision, undefined);
  });

  it('is not tried again, and a change of the spec is', () => {
    const { s } = stuck();
    s.pods = [];
    s.rolledOut(whole(1));
    assert.equal(s.settle().condition('Progressing'), 'False RolledBack');
    change(s, { runtime: { args: ['--seed', '3'] } }).settle();
    assert.deepEqual(
      [seeds(s), s.status.failedRevision, s.condition('Progressing')],
      ['3', undefined, 'True RollingOut'],
    );
    s.rolledOut(whole(1));
    assert.deepEqual([s.condition('Ready'), s.condition('Stalled')], ['True Available', 'absent']);
  });

  it('is left as it is when the spec says so, or when nothing served before', () => {
    const { s } = stuck({ rollout: { autoRollback: false } });
    assert.deepEqual([seeds(s), s.condition('Progressing')], ['2', 'False ProgressDeadlineExceeded']);
    const first = stage().settle();
    first.rolledOut({ replicas: 1, conditions: stuckConditions });
    assert.deepEqual(
      [first.condition('Progressing'), first.status.failedRevision],
      ['False ProgressDeadlineExceeded', undefined],
    );
  });

  it('is left as it is when the pool of the last good one is gone', () => {
    const { s } = updated();
    s.pools = [aPool('other').build()];
    s.settle();
    s.rolledOut({ replicas: 2, updatedReplicas: 1, conditions: stuckConditions });
    assert.deepEqual([s.status.failedRevision, s.status.placement?.pool], [undefined, 'other']);
  });
});

describe('the history of a student', () => {
  it('keeps as many old revisions as the spec says, besides what serves and what is rolled out', () => {
    const s = stage({ revisionHistoryLimit: 1 }).settle().rolledOut(whole(1));
    const seen: (string | undefined)[] = [s.status.currentRevision];
    for (const seed of ['2', '3', '4']) {
      change(s, { runtime: { args: ['--seed', seed] } })
        .settle()
        .rolledOut(whole(1));
      seen.push(s.status.currentRevision);
    }
    assert.deepEqual(names(s), seen.slice(-2));
  });

  it('does not lose what serves, however often the spec changes before a rollout is complete', () => {
    const s = stage({ revisionHistoryLimit: 0 }).settle().rolledOut(whole(1));
    const serving = s.status.currentRevision;
    for (const seed of ['2', '3', '4']) change(s, { runtime: { args: ['--seed', seed] } }).settle();
    assert.deepEqual(names(s), [serving, s.status.updateRevision]);
  });

  it('numbers a revision anew that comes back', () => {
    const { s, first, second } = updated();
    s.rolledOut(whole(1));
    change(s, { runtime: { args: ['--seed', '1'] } }).settle();
    assert.deepEqual(names(s), [second, first]);
    assert.equal(s.status.updateRevision, first);
  });

  it('has revisions to pin by name', () => {
    const { s, first, second } = updated();
    s.rolledOut(whole(1));
    change(s, { rollout: { revision: first } }).settle();
    assert.equal(seeds(s), '1');
    s.rolledOut(whole(1));
    assert.deepEqual([s.condition('Progressing'), s.condition('Ready')], ['True Pinned', 'True Available']);
    assert.deepEqual([s.status.currentRevision, s.status.updateRevision], [first, second]);
    change(s, { rollout: { revision: undefined } }).settle();
    assert.equal(seeds(s), '2');
  });

  it('is told when a pinned revision is not in it, and what serves goes on', () => {
    const { s } = updated();
    s.rolledOut(whole(1));
    change(s, { rollout: { revision: '00000000' } }).settle();
    assert.deepEqual(
      [seeds(s), s.condition('Progressing'), s.condition('Stalled'), s.condition('Ready')],
      ['2', 'False RevisionNotFound', 'True RevisionNotFound', 'True Available'],
    );
  });

  it('leaves out what cannot be read', () => {
    const { s } = updated();
    const [one] = s.revisions;
    assert.ok(one);
    s.revisions = [
      ...s.revisions,
      { ...one, metadata: { ...one.metadata, name: 'tiles-broken' }, data: { template: 1 } },
    ];
    assert.equal(s.settle().condition('Progressing'), 'True RollingOut');
  });
});

describe('what stands around the replicas', () => {
  it('is a budget that lets one go at a time, while there are two', () => {
    const s = stage({ replicas: 2 }).settle();
    assert.equal(s.disruptionBudget?.spec.maxUnavailable, 1);
    assert.equal(change(s, { replicas: 1 }).settle().disruptionBudget, undefined);
  });

  it('is a policy that lets everybody reach the port that serves, and no other', () => {
    const s = stage({ runtime: { port: 9000 } }).settle();
    assert.deepEqual(s.networkPolicy?.spec.ingress, [{ ports: [{ protocol: 'TCP', port: 9000 }] }]);
    s.settings = { ...s.settings, networkPolicy: false };
    assert.equal(s.settle().networkPolicy, undefined);
  });

  it('is not taken from somebody else who has the name', () => {
    const s = stage();
    const own = stage().settle().networkPolicy;
    assert.ok(own);
    s.networkPolicy = { ...own, metadata: { name: 'tiles', namespace: 'team-a' } };
    assert.deepEqual([s.settle().condition('Ready'), s.applied], ['Unknown NameTaken', 0]);
  });
});
