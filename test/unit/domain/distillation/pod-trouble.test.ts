import assert from 'node:assert/strict';
import type { Pod } from '../../../../src/api/core.ts';
import { findFailure, findTrouble, terminationMessage } from '../../../../src/domain/pod-trouble.ts';
import { aPod } from '../../../support/builders/pod.ts';

describe('what keeps pods from working', () => {
  const cases: Record<string, { pods: Pod[]; want: string | undefined }> = {
    'is nothing while they are created': { pods: [aPod().waiting('ContainerCreating', '').build()], want: undefined },
    'is nothing while they run': { pods: [aPod().running('2026-03-01T12:00:00Z').build()], want: undefined },
    'is what the scheduler says': {
      pods: [aPod('p').unschedulable('0/3 nodes are available').build()],
      want: 'Unschedulable: pod p is not scheduled: 0/3 nodes are available',
    },
    'is what the kubelet says': {
      pods: [aPod('p').waiting('ImagePullBackOff', 'no such image').build()],
      want: 'ImagePullBackOff: pod p, container trainer: no such image',
    },
    'is that of the first pod by name': {
      pods: [aPod('b').waiting('ErrImagePull', 'b').build(), aPod('a').waiting('CreateContainerError', 'a').build()],
      want: 'CreateContainerError: pod a, container trainer: a',
    },
  };
  for (const [name, { pods, want }] of Object.entries(cases)) {
    it(name, () => {
      const trouble = findTrouble(pods);
      assert.equal(trouble && `${trouble.reason}: ${trouble.message}`, want);
    });
  }
});

describe('why a pod failed', () => {
  const early = aPod('early').failed({ exitCode: 2, message: 'bad', finishedAt: '2026-03-01T12:00:00Z' }).build();
  const late = aPod('late').failed({ exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-03-01T13:00:00Z' }).build();
  const cases: Record<string, { pods: Pod[]; want: string | undefined }> = {
    'is nothing when none did': { pods: [aPod().succeeded('{}').build()], want: undefined },
    'is told of the one that ended last, in whatever order they are seen': {
      pods: [late, early],
      want: 'OOMKilled: pod late, container trainer, exit code 137: no message',
    },
    'is the termination message': { pods: [early], want: 'Error: pod early, container trainer, exit code 2: bad' },
    'is the eviction, where no container ended': {
      pods: [aPod('p').evicted('low on memory').build()],
      want: 'Evicted: pod p: low on memory',
    },
  };
  for (const [name, { pods, want }] of Object.entries(cases)) {
    it(name, () => {
      for (const order of [pods, pods.toReversed()]) {
        const failure = findFailure(order);
        assert.equal(failure && `${failure.reason}: ${failure.message}`, want);
      }
    });
  }

  it('leaves the message to be read', () => assert.equal(terminationMessage(early), 'bad'));
});
