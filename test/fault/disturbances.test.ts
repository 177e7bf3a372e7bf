// An API server that refuses, or is slow to tell: the operator gets there all the same, and does nothing twice.
import assert from 'node:assert/strict';
import { l4Pool } from '../support/cluster-pools.ts';
import { inParallel } from '../support/cluster-lanes.ts';
import { withCluster } from '../support/cluster.ts';
import type { Fault, FaultPlan } from '../support/fault-proxy.ts';
import { requestText } from '../support/fault-proxy-request.ts';
import { eventually } from '../support/eventually.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { type Life, live, type Meanwhile } from './workload.ts';

/** The first write of each object and subresource is refused once; in the order in which the operator makes them. */
function refuseOnceEach(fault: Fault): FaultPlan {
  const seen = new Set<string>();
  const strikes: FaultPlan['strikes'] = (request) => {
    const text = requestText(request);
    const first = !seen.has(text);
    seen.add(text);
    return first;
  };
  return { fault, strikes, times: Number.POSITIVE_INFINITY };
}

/** The operator's view of this resource falls behind for a while, just as the training Job is made. */
function holdWatch(resource: string, milliseconds: number): Meanwhile {
  return async (proxy) => {
    await eventually('the training Job is made', () => proxy.writes.some(({ name }) => name?.includes('-train-')), {
      withinMs: 300_000,
    });
    const release = proxy.gate.hold(resource);
    setTimeout(release, milliseconds);
  };
}

const cases: Record<string, { plans?: () => FaultPlan[]; meanwhile?: Meanwhile; wantStruck: number }> = {
  'each object is refused once with a conflict': { plans: () => [refuseOnceEach('refuse-409')], wantStruck: 17 },
  'each object is throttled once': { plans: () => [refuseOnceEach('refuse-429')], wantStruck: 17 },
  'each object meets an internal error once': { plans: () => [refuseOnceEach('refuse-500')], wantStruck: 17 },
  'the watch of Jobs falls 5 s behind': { meanwhile: holdWatch('jobs', 5000), wantStruck: 0 },
  'the watch of pods falls 5 s behind': { meanwhile: holdWatch('pods', 5000), wantStruck: 0 },
  'the watch of DistillationJobs falls 5 s behind': { meanwhile: holdWatch('distillationjobs', 5000), wantStruck: 0 },
};

describe('the API server refuses, or is slow to tell', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 4)], images: standInImages() });
  let reference: Life;
  let lives: ReadonlyMap<string, Life | undefined>;

  before('run it with each disturbance, and without', async () => {
    const disturbed = Object.entries(cases);
    const [undisturbed, ...results] = await inParallel(4, [undefined, ...disturbed], (entry) => {
      const { plans, meanwhile } = entry?.[1] ?? {};
      return live(cluster(), plans?.() ?? [], meanwhile);
    });
    assert.ok(undisturbed);
    reference = undisturbed;
    lives = new Map(disturbed.map(([name], index) => [name, results[index]]));
  });

  for (const [name, { wantStruck }] of Object.entries(cases)) {
    it(name, () => {
      const { end, deeds, struck } = lives.get(name) ?? {};
      assert.deepEqual(deeds, reference.deeds);
      assert.deepEqual(end, reference.end);
      assert.equal(struck?.length, wantStruck, struck?.map(requestText).join('\n'));
    });
  }
});
