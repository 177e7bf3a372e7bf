import assert from 'node:assert/strict';
import { type ContainerRecord, recordsOf, restarts, type Role } from '../../support/local-node/container-record.ts';
import { podStatus, type StatusInput } from '../../support/local-node/status.ts';
import type { Pod, PodCondition } from '../../support/local-node/types.ts';

const now = '2025-01-01T00:00:10Z';
const before = '2025-01-01T00:00:00Z';

function record(role: Role, change: Partial<ContainerRecord>): ContainerRecord {
  const state = { waiting: { reason: 'ContainerCreating' } };
  const blank = { last: undefined, restartCount: 0, ready: false, started: false, imageId: '', containerId: '' };
  return { spec: { name: role }, role, state, ...blank, ...change };
}

const waiting = (role: Role) => record(role, {});
const running = (role: Role, ready = true) =>
  record(role, { state: { running: { startedAt: before } }, started: true, ready });
const ended = (role: Role, exitCode: number) => record(role, { state: { terminated: { exitCode } } });
const crashed = () => record('main', { state: { waiting: { reason: 'CrashLoopBackOff' } }, last: { exitCode: 1 } });

function pod(restartPolicy = 'Always'): Pod {
  return { metadata: { name: 'p', generation: 3 }, spec: { restartPolicy, containers: [] } };
}

function statusOf(records: ContainerRecord[], change: Partial<StatusInput> = {}) {
  const addresses = { podIP: '198.18.0.1', hostIP: '127.0.0.1' };
  return podStatus({ pod: pod(), records, conditions: [], ...addresses, startTime: before, now, ...change });
}

const phases: Record<
  string,
  { records: ContainerRecord[]; policy?: string; ending?: StatusInput['ending']; want: string }
> = {
  'nothing has started': { records: [waiting('main')], want: 'Pending' },
  'an init container runs': { records: [running('init'), waiting('main')], want: 'Pending' },
  'all run': { records: [ended('init', 0), running('main')], want: 'Running' },
  'one runs and one has failed': { records: [running('main'), ended('main', 1)], policy: 'Never', want: 'Running' },
  'waiting for a restart': { records: [crashed()], want: 'Running' },
  'ended, to be restarted': { records: [ended('main', 0)], want: 'Running' },
  'all succeeded': { records: [ended('main', 0)], policy: 'Never', want: 'Succeeded' },
  'succeeded under OnFailure': { records: [ended('main', 0)], policy: 'OnFailure', want: 'Succeeded' },
  'failed under OnFailure': { records: [ended('main', 1)], policy: 'OnFailure', want: 'Running' },
  'one of two failed': { records: [ended('main', 0), ended('main', 2)], policy: 'Never', want: 'Failed' },
  'an init container failed for good': {
    records: [ended('init', 1), waiting('main')],
    policy: 'Never',
    want: 'Failed',
  },
  'an init container failed and is tried again': { records: [ended('init', 1), waiting('main')], want: 'Pending' },
  'work is done but a sidecar still runs': {
    records: [running('sidecar'), ended('main', 0)],
    policy: 'Never',
    want: 'Running',
  },
  'a stopped sidecar does not count as failure': {
    records: [ended('sidecar', 143), ended('main', 0)],
    policy: 'Never',
    want: 'Succeeded',
  },
  'stopped before its deadline passed it': {
    records: [running('main')],
    ending: { reason: 'DeadlineExceeded' },
    want: 'Running',
  },
  'ended by its deadline, even with code 0': {
    records: [ended('main', 0)],
    ending: { reason: 'DeadlineExceeded' },
    want: 'Failed',
  },
  'deleted and ended cleanly': { records: [ended('main', 0)], ending: {}, want: 'Succeeded' },
  'deleted and killed': { records: [ended('main', 137)], ending: {}, want: 'Failed' },
  'deleted before it started': { records: [waiting('main')], ending: {}, want: 'Failed' },
};

const condition = (type: string, status: string, lastTransitionTime: string): PodCondition => ({
  type,
  status,
  lastTransitionTime,
});

describe('status of pods', () => {
  for (const [name, { records, policy = 'Always', ending, want }] of Object.entries(phases)) {
    it(`phase: ${name}`, () => assert.equal(statusOf(records, { pod: pod(policy), ending }).phase, want));
  }

  const conditionOf = (type: string, records: ContainerRecord[], change: Partial<StatusInput> = {}) =>
    statusOf(records, change).conditions?.find((candidate) => candidate.type === type);

  it('is ready when every container is, and names those that are not', () => {
    assert.equal(conditionOf('Ready', [running('main')])?.status, 'True');
    assert.equal(conditionOf('Ready', [running('main', false)])?.message, 'containers with unready status: [main]');
  });

  it('waits for readiness gates with Ready, not with ContainersReady', () => {
    const gated = pod();
    gated.spec = { containers: [], readinessGates: [{ conditionType: 'example.dev/gate' }] };
    assert.equal(conditionOf('Ready', [running('main')], { pod: gated })?.reason, 'ReadinessGatesNotReady');
    assert.equal(conditionOf('ContainersReady', [running('main')], { pod: gated })?.status, 'True');
    gated.status = { conditions: [condition('example.dev/gate', 'True', before)] };
    assert.equal(conditionOf('Ready', [running('main')], { pod: gated })?.status, 'True');
  });

  it('is initialized once init containers have ended and sidecars have started', () => {
    assert.equal(conditionOf('Initialized', [ended('init', 0), waiting('sidecar')])?.status, 'False');
    assert.equal(conditionOf('Initialized', [ended('init', 0), running('sidecar')])?.status, 'True');
  });

  it('keeps the time of a condition while its status stays', () => {
    const conditions = [condition('Ready', 'True', before)];
    assert.equal(conditionOf('Ready', [running('main')], { conditions })?.lastTransitionTime, before);
    assert.equal(conditionOf('Ready', [running('main', false)], { conditions })?.lastTransitionTime, now);
  });

  it('says which generation it has seen and why the pod was ended', () => {
    const ending = { reason: 'DeadlineExceeded', message: 'too long' };
    const status = statusOf([ended('main', 137)], { ending });
    assert.deepEqual([status.observedGeneration, status.reason, status.message], [3, 'DeadlineExceeded', 'too long']);
  });
});

const restartCases: Record<string, { role: Role; policy: string; exitCode: number; want: boolean }> = {
  'a main container that succeeded, Always': { role: 'main', policy: 'Always', exitCode: 0, want: true },
  'a main container that succeeded, OnFailure': { role: 'main', policy: 'OnFailure', exitCode: 0, want: false },
  'a main container that failed, OnFailure': { role: 'main', policy: 'OnFailure', exitCode: 1, want: true },
  'a main container that failed, Never': { role: 'main', policy: 'Never', exitCode: 1, want: false },
  'an init container that succeeded, Always': { role: 'init', policy: 'Always', exitCode: 0, want: false },
  'an init container that failed, Always': { role: 'init', policy: 'Always', exitCode: 1, want: true },
  'a sidecar, whatever the policy': { role: 'sidecar', policy: 'Never', exitCode: 0, want: true },
};

describe('restarts of containers', () => {
  for (const [name, { role, policy, exitCode, want }] of Object.entries(restartCases)) {
    it(name, () => assert.equal(restarts(role, policy, exitCode), want));
  }

  it('a container that ran under an earlier local node has ended with it', () => {
    const found = pod('Never');
    found.spec = { restartPolicy: 'Never', containers: [{ name: 'main' }] };
    found.status = {
      containerStatuses: [
        {
          name: 'main',
          image: '',
          imageID: '',
          ready: true,
          restartCount: 2,
          state: { running: { startedAt: before } },
        },
      ],
    };
    const [taken] = recordsOf(found, now);
    assert.deepEqual(taken?.restartCount, 2);
    assert.ok(taken && 'terminated' in taken.state && taken.state.terminated.exitCode === 137);
  });
});
