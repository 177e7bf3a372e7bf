import assert from 'node:assert/strict';
import type { PodReading } from '../../../../src/domain/student/autoscale/tick.ts';
import {
  measureTrial,
  stepId,
  type TrialLook,
  type TrialMeasurement,
} from '../../../../src/domain/student/canary/measurement.ts';
import { aPod } from '../../../support/builders/pod.ts';
import { aSample, histogramOf } from './autoscale/builders.ts';

function pod(name: string, track: string) {
  const built = aPod(name).build();
  built.metadata.uid = name;
  built.metadata.labels = { 'distill.stratos.dev/track': track };
  return built;
}

const pods = [pod('old', 'stable'), pod('new', 'canary')];

function reading(name: string, succeeded: number, failed = 0): PodReading {
  const firstToken = histogramOf(Array.from({ length: succeeded }, () => 0.05));
  return { pod: name, at: 0, sample: aSample({ succeeded, failed, firstToken }) };
}

/** Looks one after another; each has what the pods had counted by then. */
function looks(ids: readonly (string | undefined)[], ...all: (readonly PodReading[])[]): TrialMeasurement | undefined {
  let before: TrialMeasurement | undefined;
  let earlier: TrialLook['earlier'] = new Map();
  for (const [index, readings] of all.entries()) {
    before = measureTrial(before, { id: ids[index], pods, earlier, readings, now: 15_000 * index });
    earlier = new Map(readings.map((one) => [one.pod, one]));
  }
  return before;
}

const numbers = (measured: TrialMeasurement | undefined) =>
  measured && [measured.stable, measured.canary].map(({ requests, failed }) => `${failed} of ${requests}`);

describe('the measurement of a trial', () => {
  it('tells the tracks apart, and counts since the step began', () => {
    const measured = looks(
      ['a', 'a', 'a'],
      [reading('old', 1000), reading('new', 10)],
      [reading('old', 1020), reading('new', 15, 2)],
      [reading('old', 1030), reading('new', 25, 3)],
    );
    assert.deepEqual(numbers(measured), ['0 of 30', '3 of 18']);
    assert.equal(measured?.canary.firstToken?.counts.at(-1), 15);
  });

  it('begins anew with each step, and after a restart of the operator', () => {
    const measured = looks(['a', 'a', 'b'], [reading('new', 1)], [reading('new', 9)], [reading('new', 20)]);
    assert.deepEqual(numbers(measured), ['0 of 0', '0 of 0']);
  });

  it('counts on through a look that a pod did not answer', () => {
    const silent = { pod: 'new', at: 0, sample: undefined, trouble: 'no answer' };
    const measured = looks(
      ['a', 'a', 'a', 'a'],
      [reading('new', 1)],
      [reading('new', 4)],
      [silent],
      [reading('new', 6)],
    );
    assert.deepEqual(numbers(measured), ['0 of 0', '0 of 3']);
  });

  it('is none while no step is under way', () => {
    assert.equal(looks([undefined], [reading('new', 1)]), undefined);
    assert.equal(stepId({ revision: 'r', step: 0 }), undefined);
  });
});
