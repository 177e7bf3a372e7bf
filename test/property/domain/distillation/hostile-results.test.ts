import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stageNames } from '../../../../src/domain/distillation/stage.ts';
import { aJob } from '../../../support/builders/job.ts';
import { goodResults, profileOfTwo, success, twoStudents } from '../../../support/builders/results.ts';
import { World } from '../../../support/builders/world.ts';

/** A result of the right shape, in which any field may hold anything. */
function spoiled(result: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(result)) return fc.tuple(...result.map((item) => spoiled(item)));
  if (typeof result !== 'object' || result === null)
    return fc.oneof({ weight: 3, arbitrary: fc.constant(result) }, { weight: 1, arbitrary: fc.jsonValue() });
  return fc.record(Object.fromEntries(Object.entries(result).map(([key, value]) => [key, spoiled(value)])));
}

/** About to make its first trial run. */
function aPiloted(): World {
  const job = aJob()
    .spec({ students: twoStudents, search: { maxPilots: 6 } })
    .build();
  return new World(job).runThrough('Profile', { Profile: profileOfTwo() });
}

describe('whatever a pod says', () => {
  for (const [index, stage] of stageNames.entries()) {
    it(`in the result of ${stage}, the API server accepts the status that comes of it`, () => {
      // A job without trial runs, but for the stage that is one.
      const before = stage === 'Pilot' ? undefined : stageNames.slice(0, index).findLast((name) => name !== 'Pilot');
      fc.assert(
        fc.property(fc.oneof(spoiled(goodResults[stage]()), fc.jsonValue()), (result) => {
          const world =
            stage === 'Pilot' ? aPiloted() : before === undefined ? new World() : new World().runThrough(before);
          // Every status that is stored is checked against the CRD by the world itself.
          world
            .settle()
            .complete(stage, [success(stage, result as object)])
            .settle();
          assert.notEqual(world.stage(stage), undefined);
        }),
        { numRuns: 10 },
      );
    });
  }
});
