// An hour of looks at a student with an even load: what its status is written for.
import assert from 'node:assert/strict';
import type { Pod } from '../../../../../src/api/core.ts';
import { isNews, watch, type WatchState } from '../../../../../src/domain/student/autoscale/watch.ts';
import { aPod } from '../../../../support/builders/pod.ts';
import { type Stage, stage } from '../stage.ts';
import { aSample, histogramOf } from './builders.ts';

const replicas = 4;
const periodMs = 15_000;
/** Five minutes are measured over, and one more may pass until what they say is written. */
const settled = 26;

function ready(name: string): Pod {
  const { metadata, status, ...rest } = aPod(name).build();
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { ...rest, metadata: { ...metadata, uid: name }, status: { ...status, podIP: '10.0.0.1', conditions } };
}

function aStudent(spec: Parameters<typeof stage>[0]): Stage {
  const s = stage(spec).settle().answered();
  s.pods = Array.from({ length: replicas }, (_, index) => ready(`pod-${index}`));
  return s.settle();
}

/** @returns how often the status changed after it had settled. */
function writes(s: Stage, failing: number, looks = 240): number {
  let seed = 11;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let state: WatchState | undefined;
  let count = 0;
  for (let look = 0; look < looks; look += 1) {
    s.now += periodMs * (0.9 + 0.2 * random());
    const requests = Math.round((s.now / 1000) * 2) % 1_000_000;
    const histogram = histogramOf(Array.from({ length: 40 }, () => 0.07));
    const all = { ...histogram, counts: histogram.counts.map((n) => (n * requests) / 40), sum: requests * 0.07 };
    const sample = aSample({ running: 2, succeeded: requests, generatedTokens: requests * 200, firstToken: all });
    const readings = s.pods.map(({ metadata }) => ({
      pod: metadata.uid ?? '',
      at: s.now,
      ...(random() < failing ? { sample: undefined, trouble: 'no answer in 3000 ms' } : { sample }),
    }));
    const { student, source, deployment, canary, service, trackServices, revisions, pods, pools } = s;
    const { disruptionBudget, networkPolicy, httpRoute, inferencePool, scalers, calibration, settings } = s;
    const around = { disruptionBudget, networkPolicy, httpRoute, inferencePool, scalers, calibration };
    const claimTemplates = new Set<string>();
    const own = { deployment, canary, service, trackServices, revisions, claimTemplates };
    const seen = { student, source, ...own, pods, pools, ...around };
    const next = watch(state, { seen, readings, settings, now: s.now });
    const before = JSON.stringify(s.status);
    s.load = next.load;
    if (isNews(s.student, state, next)) s.settle();
    state = next;
    if (look > settled && JSON.stringify(s.status) !== before) count += 1;
  }
  return count;
}

describe('an hour of an even load', () => {
  const autoscaling = { minReplicas: replicas, maxReplicas: 2 * replicas, targets: { waitingRequests: 4 } };
  const serving = { maxTimeToFirstTokenMilliseconds: 500 };
  for (const failing of [0, 0.03, 0.1]) {
    it(`writes nothing, where ${100 * failing} % of the pages cannot be read`, () => {
      assert.equal(writes(aStudent({ serving, autoscaling }), failing), 0);
      assert.equal(writes(aStudent({ serving, replicas }), failing), 0);
    });
  }
});
