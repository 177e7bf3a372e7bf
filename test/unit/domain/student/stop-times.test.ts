import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ServingTargets } from '../../../../src/api/v1alpha1/student-deployment.gen.ts';
import { type StopTimes, stopTimes } from '../../../../src/domain/student/stop-times.ts';
import { sharedMemory } from '../../../../src/domain/student/vllm.ts';

describe('the end of a server', () => {
  const cases: Record<string, { targets: ServingTargets; want: StopTimes }> = {
    'waits a usual time when nothing says how long a request takes': {
      targets: {},
      want: { leave: 5, drain: 50, grace: 60 },
    },
    'waits as long when only half is said': {
      targets: { outputTokens: 4000 },
      want: { leave: 5, drain: 50, grace: 60 },
    },
    'waits for twice the longest request that the targets allow': {
      targets: { maxTimeToFirstTokenMilliseconds: 2000, maxInterTokenLatencyMilliseconds: 50, outputTokens: 1000 },
      want: { leave: 5, drain: 104, grace: 114 },
    },
    'waits a little even for short requests': {
      targets: { maxInterTokenLatencyMilliseconds: 10, outputTokens: 10 },
      want: { leave: 5, drain: 30, grace: 40 },
    },
    'never keeps a node from being drained': {
      targets: { maxInterTokenLatencyMilliseconds: 600_000, outputTokens: 1_000_000 },
      want: { leave: 5, drain: 900, grace: 910 },
    },
  };
  for (const [name, { targets, want }] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(stopTimes(targets), want));
  }

  it('is never cut short by the kubelet: the grace covers leaving, draining and ending', () => {
    const target = fc.option(fc.integer({ min: 1, max: 3_600_000 }), { nil: undefined });
    fc.assert(
      fc.property(target, target, target, (first, inter, outputTokens) => {
        const { leave, drain, grace } = stopTimes({
          ...(first === undefined ? {} : { maxTimeToFirstTokenMilliseconds: first }),
          ...(inter === undefined ? {} : { maxInterTokenLatencyMilliseconds: inter }),
          ...(outputTokens === undefined ? {} : { outputTokens }),
        });
        assert.ok(grace >= leave + drain + 5 && drain >= 30);
      }),
    );
  });
});

describe('the memory that a server shares between its processes', () => {
  const cases: Record<string, { gpus: number; memory: string; want: string }> = {
    'is two gibibytes for one GPU': { gpus: 1, memory: '64Gi', want: '2Gi' },
    'grows with the GPUs that talk through it': { gpus: 4, memory: '256Gi', want: '8Gi' },
    'is at most a quarter of the pod, which pays for it': { gpus: 8, memory: '16Gi', want: '4Gi' },
    'is never nothing': { gpus: 1, memory: '512Mi', want: '1Gi' },
  };
  for (const [name, { gpus, memory, want }] of Object.entries(cases)) {
    it(name, () => assert.equal(sharedMemory(gpus, memory), want));
  }
});
