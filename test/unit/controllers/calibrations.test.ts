import assert from 'node:assert/strict';
import type { DistillationJob } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { Calibrations } from '../../../src/controllers/calibrations.ts';
import { MutableStore } from '../../../src/kube/store.ts';
import type { Stored } from '../../../src/kube/types.ts';
import { World } from '../../support/builders/world.ts';

/** A job whose training is done, or not begun, as the cache holds it. */
function stored(name: string, resourceVersion: string, isDone = true): Stored<DistillationJob> {
  const { job } = isDone ? new World().runThrough('Train') : new World();
  return {
    ...job,
    metadata: { ...job.metadata, name, uid: `uid-${name}`, resourceVersion },
  };
}

describe('what finished jobs have taught', () => {
  const runs = (of: Calibrations): number[] => of.factors().map((factor) => factor.runs);

  it('grows with every job that finishes, and forgets those that are gone', () => {
    const store = new MutableStore<DistillationJob>();
    const writer = store.writer();
    writer.apply(stored('before', '1'));
    const calibrations = new Calibrations(store);
    assert.deepEqual(runs(calibrations), [1, 1]);
    writer.apply(stored('after', '2'));
    assert.deepEqual(runs(calibrations), [2, 2]);
    writer.remove(stored('before', '3'));
    assert.deepEqual(runs(calibrations), [1, 1]);
  });

  it('is not worked out again for a job that only goes on', () => {
    const store = new MutableStore<DistillationJob>();
    const writer = store.writer();
    const calibrations = new Calibrations(store);
    writer.apply(stored('done', '1'));
    const before = calibrations.factors();
    writer.apply(stored('done', '2'));
    writer.apply(stored('other', '3', false));
    assert.equal(calibrations.factors(), before);
  });
});
