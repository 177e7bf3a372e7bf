import assert from 'node:assert/strict';
import fc from 'fast-check';
import { largerProbe, type ProbeBounds, type ProbedTeacher } from '../../../../src/domain/planning/probe-size.ts';
import { wilson } from '../../../../src/domain/statistics.ts';

const bounds: ProbeBounds = { threshold: 0.5, firstSamples: 200, lastSamples: 200, examples: 10_000 };
const teacher = (correct: number, samples = 200, name = 'tiny'): ProbedTeacher => ({ name, samples, correct });

interface Case {
  readonly teachers: readonly ProbedTeacher[];
  readonly bounds?: Partial<ProbeBounds>;
  readonly want: { readonly samples: number; readonly teachers: readonly string[] } | null;
}

const cases: Record<string, Case> = {
  'none is needed where all are decided': { teachers: [teacher(150), teacher(20, 200, 'other')], want: null },
  'it is as large as decides, if the teacher goes on as it did': {
    teachers: [teacher(110)],
    want: { samples: 400, teachers: ['tiny'] },
  },
  'one decides for the hardest that it can decide, and asks no teacher that is decided': {
    teachers: [teacher(110), teacher(106, 200, 'close'), teacher(190, 200, 'sure')],
    want: { samples: 1068, teachers: ['tiny', 'close'] },
  },
  'none is made for a teacher so close that sixteen times the examples do not tell': {
    teachers: [teacher(101)],
    want: null,
  },
  'none where the data has not so many': { teachers: [teacher(106)], bounds: { examples: 1000 }, want: null },
  'none once the data is used up': { teachers: [teacher(110, 200)], bounds: { lastSamples: 400 }, want: null },
  'the bound counts from what the job asked at first': {
    teachers: [teacher(530, 1000)],
    bounds: { firstSamples: 100, lastSamples: 1000 },
    want: null,
  },
  'nobody who was not asked is asked more': { teachers: [teacher(0, 0)], want: null },
};

describe('a larger probe', () => {
  for (const [name, tc] of Object.entries(cases))
    it(name, () => assert.deepEqual(largerProbe(tc.teachers, { ...bounds, ...tc.bounds }), tc.want));

  it('decides at the rate it was reckoned with, within its bounds, and is at least twice the one before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), (samples, rate) => {
        const correct = Math.round(samples * rate);
        const probe = largerProbe([teacher(correct, samples)], {
          ...bounds,
          firstSamples: samples,
          lastSamples: samples,
        });
        if (probe === null) return;
        assert.ok(probe.samples >= 2 * samples && probe.samples <= 16 * samples);
        const interval = wilson((correct / samples) * probe.samples, probe.samples);
        assert.ok(interval !== null && (interval.low >= 0.5 || interval.high < 0.5));
      }),
    );
  });
});
