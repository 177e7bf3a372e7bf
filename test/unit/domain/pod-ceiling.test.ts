import assert from 'node:assert/strict';
import type { LimitRange, ResourceQuota } from '../../../src/api/core.ts';
import { podCeiling } from '../../../src/domain/pod-ceiling.ts';
import { podResources } from '../../../src/domain/pool-choice.ts';
import { aPool } from '../../support/builders/pool.ts';

const quota = (hard: Record<string, string>, rest: object = {}): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'compute' },
  spec: { hard, ...rest },
});

const range = (limit: object, type = 'Container'): LimitRange => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'sizes' },
  spec: { limits: [{ type, ...limit }] },
});

interface Case {
  readonly quotas?: readonly ResourceQuota[];
  readonly ranges?: readonly LimitRange[];
  /** Of a pod with one of the four L4 of a node. */
  readonly want: { readonly cpu?: string; readonly memoryGib?: number; readonly gpus?: number };
}

const cases: Record<string, Case> = {
  'nothing limits a namespace without quotas': { want: {} },
  'memory is fitted into a quota': { quotas: [quota({ 'requests.memory': '8Gi' })], want: { memoryGib: 8 } },
  'a limit is a bound like a request': { quotas: [quota({ 'limits.cpu': '3' })], want: { cpu: '3' } },
  'the smallest of several bounds holds': {
    quotas: [quota({ cpu: '8', memory: '12Gi' })],
    ranges: [range({ max: { cpu: '2' } }), range({ max: { memory: '8Gi' } }, 'Pod')],
    want: { cpu: '2', memoryGib: 8 },
  },
  'what a LimitRange asks for at least is asked for': { ranges: [range({ min: { cpu: '90' } })], want: { cpu: '90' } },
  'GPUs are counted by their resource': { quotas: [quota({ 'requests.nvidia.com/gpu': '2' })], want: { gpus: 2 } },
  'a quota for some pods only is left to the API server': {
    quotas: [quota({ 'requests.memory': '1Gi' }, { scopes: ['BestEffort'] })],
    want: {},
  },
  'a LimitRange of claims is none of pods': {
    ranges: [range({ max: { storage: '1Gi' } }, 'PersistentVolumeClaim')],
    want: {},
  },
  'a quantity that is none limits nothing': { quotas: [quota({ 'requests.cpu': 'much' })], want: {} },
};

describe('ResourceQuotas and LimitRanges', () => {
  const choice = { pool: aPool().gpus('L4', 4).build(), gpus: 1 };
  const free = podResources(choice).requests ?? {};
  for (const [name, { quotas = [], ranges = [], want }] of Object.entries(cases)) {
    it(name, () => {
      const ceiling = podCeiling(quotas, ranges);
      const { cpu, memory } = podResources(choice, ceiling).requests ?? {};
      assert.equal(cpu, want.cpu ?? free['cpu']);
      assert.equal(memory, want.memoryGib === undefined ? free['memory'] : `${want.memoryGib}Gi`);
      assert.equal(ceiling.gpus.get('nvidia.com/gpu')?.count, want.gpus);
      assert.equal(podResources(choice, ceiling).requests?.['nvidia.com/gpu'], '1', 'the plan chose the GPUs');
    });
  }

  it('take GPUs from a LimitRange too, and know whose bound it is', () => {
    const { gpus } = podCeiling(
      [quota({ 'requests.nvidia.com/gpu': '4' })],
      [range({ max: { 'nvidia.com/gpu': '1' } })],
    );
    assert.deepEqual(gpus.get('nvidia.com/gpu'), { count: 1, source: 'LimitRange sizes' });
  });
});
