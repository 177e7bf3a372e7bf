import assert from 'node:assert/strict';
import { Discovery } from '../../../src/kube/discovery.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { clusterScoped } from '../../../src/kube/resources.ts';
import { VirtualClock } from './virtual-clock.ts';

const pools = clusterScoped('karpenter.sh/v1', 'nodepools', 'NodePool');
const claims = clusterScoped('karpenter.sh/v1', 'nodeclaims', 'NodeClaim');
const oldPools = clusterScoped('karpenter.sh/v1beta1', 'nodepools', 'NodePool');

/** Answers by path; a path that is not named is not found. */
function asking(answers: Record<string, unknown>) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const raw = async (_: string, path: string): Promise<unknown> => {
    asked.push(path);
    const answer = answers[path];
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw new KubeError('requesting', { type: 'NotFound' });
    return answer;
  };
  return { clock, asked, answers, discovery: new Discovery({ client: { raw }, clock }) };
}

const group = (...versions: string[]) => ({ versions: versions.map((version) => ({ version })) });
const list = (...names: string[]) => ({ resources: names.map((name) => ({ name })) });
const maxAgeMs = 1_000;

describe('Discovery', () => {
  it('does not ask for the core, which every server serves and none lists', async () => {
    const { discovery, asked } = asking({});
    const nodes = clusterScoped('v1', 'nodes', 'Node');
    assert.equal(await discovery.firstServed([nodes], { maxAgeMs }), nodes);
    assert.deepEqual(asked, []);
  });

  it('asks once for a group that is not there, whichever of its collections are looked for', async () => {
    const { discovery, asked } = asking({});
    assert.deepEqual(
      await Promise.all([pools, claims, oldPools].map((resource) => discovery.firstServed([resource], { maxAgeMs }))),
      [undefined, undefined, undefined],
    );
    assert.deepEqual(asked, ['/apis/karpenter.sh']);
  });

  it('finds the preferred version of those that are served', async () => {
    const { discovery, answers, clock } = asking({
      '/apis/karpenter.sh': group('v1beta1'),
      '/apis/karpenter.sh/v1beta1': list('nodepools', 'nodepools/status'),
    });
    assert.equal(await discovery.firstServed([pools, oldPools], { maxAgeMs }), oldPools);
    Object.assign(answers, {
      '/apis/karpenter.sh': group('v1', 'v1beta1'),
      '/apis/karpenter.sh/v1': list('nodepools'),
    });
    await clock.advance(maxAgeMs);
    assert.equal(await discovery.firstServed([pools, oldPools], { maxAgeMs }), pools);
    assert.equal(await discovery.firstServed([claims], { maxAgeMs }), undefined);
  });

  it('does not take a failure for an answer, and asks again', async () => {
    const failure = new KubeError('requesting', { type: 'Unavailable' });
    const { discovery, answers, asked } = asking({ '/apis/karpenter.sh': failure });
    await assert.rejects(discovery.firstServed([pools], { maxAgeMs }), failure);
    answers['/apis/karpenter.sh'] = group();
    assert.equal(await discovery.firstServed([pools], { maxAgeMs }), undefined);
    assert.equal(asked.length, 2);
  });

  it('survives answers without content', async () => {
    const { discovery } = asking({ '/apis/karpenter.sh': group('v1'), '/apis/karpenter.sh/v1': {} });
    assert.equal(await discovery.firstServed([pools], { maxAgeMs }), undefined);
  });
});
