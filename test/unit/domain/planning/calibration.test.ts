import assert from 'node:assert/strict';
import fc from 'fast-check';
import { calibrate, type CalibrationFactor, type Observation } from '../../../../src/domain/planning/calibration.ts';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { planInputs } from './builders.ts';

const run = (measuredSeconds: number, changes: Partial<Observation> = {}): Observation => ({
  quantity: 'Training',
  device: 'H100-SXM',
  version: 'trainer:1',
  method: 'Full',
  predictedSeconds: 100,
  measuredSeconds,
  simulated: false,
  ...changes,
});

const cases: Record<string, { runs: Observation[]; want: number | undefined }> = {
  'nothing measured, nothing calibrated': { runs: [], want: undefined },
  'one run twice as slow counts a quarter, on a logarithmic scale': { runs: [run(200)], want: 1.19 },
  'three count half': { runs: [run(200), run(200), run(200)], want: 1.41 },
  'many count nearly whole': { runs: Array.from({ length: 60 }, () => run(200)), want: 1.94 },
  'one odd run among many moves nothing': {
    runs: [...Array.from({ length: 9 }, () => run(100)), run(1e7)],
    want: 1,
  },
  'whatever was measured, the factor stays bounded': {
    runs: Array.from({ length: 50 }, () => run(1e9)),
    want: 4,
  },
  'a run on a simulated node does not count': { runs: [run(300, { simulated: true })], want: undefined },
  'a run without time does not count': { runs: [run(0), run(Number.NaN), run(-5), run(Infinity)], want: undefined },
  'a prediction of nothing does not count': { runs: [run(5, { predictedSeconds: 0 })], want: undefined },
};

describe('the calibration by finished runs', () => {
  for (const [name, { runs, want }] of Object.entries(cases))
    it(name, () => assert.equal(calibrate(runs)[0]?.factor, want));

  it('keeps GPUs, versions, methods and quantities apart', () => {
    const apart = calibrate([
      run(200),
      run(200, { device: 'L4' }),
      run(200, { version: 'trainer:2' }),
      run(200, { method: 'LoRA' }),
      run(200, { quantity: 'Generation', method: '' }),
    ]);
    assert.deepEqual(
      apart.map(({ runs }) => runs),
      [1, 1, 1, 1, 1],
    );
  });

  it('does not depend on the order of the runs, and stays in its bounds', () => {
    const seconds = fc.double({ min: 1e-3, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 20 }), (measured) => {
        const runs = measured.map((value) => run(value));
        const [factor] = calibrate(runs);
        assert.deepEqual(calibrate(runs.toReversed())[0], factor);
        assert.ok(factor && factor.factor >= 0.25 && factor.factor <= 4);
      }),
    );
  });

  it('is never moved away from 1 by more than the runs say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.3, max: 3, noNaN: true }), (count, ratio) => {
        const [factor] = calibrate(Array.from({ length: count }, () => run(100 * ratio)));
        const drawn = Math.abs(Math.log(factor?.factor ?? 9));
        assert.ok(drawn <= Math.abs(Math.log(ratio)) + 0.005, `${factor?.factor} for ${ratio}`);
      }),
    );
  });
});

describe('a plan calibrated by finished runs', () => {
  const pools = planInputs().pools.filter(({ gpu }) => gpu?.product === 'H100-SXM');
  const request = { ...planInputs().request, training: { ...planInputs().request.training, method: 'Full' } } as const;
  const plain = makePlan(planInputs({ pools, request }));
  const factor = (changes: Partial<CalibrationFactor>): CalibrationFactor => ({
    quantity: 'Training',
    device: 'H100-SXM',
    version: 'trainer:1',
    method: 'Full',
    runs: 7,
    factor: 1.12,
    ...changes,
  });
  const seconds = (calibration: readonly CalibrationFactor[]): number =>
    Math.max(
      ...makePlan(planInputs({ pools, request, calibration })).front.map(({ predicted }) => predicted.trainingSeconds),
    );

  it('has longer times where runs were slower than predicted', () => {
    const both = [factor({ factor: 2 }), factor({ quantity: 'Generation', method: '', factor: 2 })];
    const want = Math.max(...plain.front.map(({ predicted }) => predicted.trainingSeconds));
    assert.ok(Math.abs(seconds(both) / want - 2) < 1e-9);
    assert.ok(seconds([factor({ factor: 2 })]) > want && seconds([factor({ factor: 2 })]) < 2 * want);
  });
  it('is not touched by runs on other hardware or by another method', () =>
    assert.equal(seconds([factor({ device: 'L4', factor: 3 }), factor({ method: 'LoRA', factor: 3 })]), seconds([])));
  it('says how many runs stand behind its time, and by how much they moved it', () =>
    assert.match(
      makePlan(planInputs({ pools, request, calibration: [factor({})] })).explanation,
      /Its time for training is calibrated by 7 runs on H100-SXM \(x1\.12\)\./,
    ));
  it('has another id when the factor changes, and the same when one more run agrees', () => {
    const id = (changes: Partial<CalibrationFactor>): string =>
      makePlan(planInputs({ pools, request, calibration: [factor(changes)] })).id;
    assert.notEqual(id({}), plain.id);
    assert.notEqual(id({}), id({ factor: 1.13 }));
    assert.equal(id({}), id({ runs: 8 }));
    assert.equal(makePlan(planInputs({ pools, request, calibration: [] })).id, plain.id);
  });
});
