import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stageNames } from '../../../../src/domain/distillation/stage.ts';
import type { DistillationJob } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { aJob } from '../../../support/builders/job.ts';
import { twoStudents } from '../../../support/builders/results.ts';
import { World } from '../../../support/builders/world.ts';
import { endState, type Outcome, type Script, simulate, type Turn } from './simulation.ts';

const outcome: fc.Arbitrary<Outcome> = fc.constantFrom('done', 'mendable', 'crash', 'bad-input', 'mute', 'vanished');

const script = fc.record(
  Object.fromEntries(stageNames.map((stage) => [stage, fc.array(outcome, { maxLength: 2 })])),
) as fc.Arbitrary<Script>;

/** One of `values` in one turn of `turns`, else nothing: a job that is hit all the time does not get far. */
function onceIn<T>(turns: number, ...values: readonly T[]): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: turns - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...values) },
  );
}

const turn = fc.record({
  dieAfterActions: onceIn(6, 0, 1),
  loseStatus: onceIn(6, true),
  staleBy: onceIn(4, 1),
  childrenStaleBy: onceIn(3, 1, 2, 3),
  play: fc.constantFrom(true, false, false),
  seconds: fc.constantFrom(0, 1, 15, 60),
  suspend: onceIn(6, true, false, false),
  queue: onceIn(2, 'admit', 'admit', 'evict'),
}) as fc.Arbitrary<Turn>;

/** Two candidates, so that a failed attempt is followed by another one, and a deployment at the end. */
const plain = () => aJob().spec({ students: twoStudents, maxAttempts: 2, deployment: { spec: {} } });
const jobs: Record<string, DistillationJob> = {
  'a job': plain().build(),
  'a job with trial runs, their money limited,': plain()
    .spec({ search: { maxPilots: 2, maxBudgetFraction: '0.5' }, constraints: { budget: { amount: '1.00' } } })
    .build(),
};

describe('with an operator that dies, loses its writes and sees old views', () => {
  for (const [name, job] of Object.entries(jobs))
    it(`${name} ends as it would have ended undisturbed, with the same Jobs and the same bill`, () => {
      fc.assert(
        fc.property(script, fc.array(turn, { maxLength: 40 }), (outcomes, turns) => {
          const undisturbed = simulate(new World(job), outcomes);
          const disturbed = simulate(new World(job), outcomes, turns);
          assert.deepEqual(endState(disturbed), endState(undisturbed));
        }),
        { numRuns: Number(process.env['STRATOS_PROPERTY_RUNS'] ?? 40) },
      );
    }).timeout(120_000);

  it('a job in a queue ends so as well, where the operator stops a Job by deleting it and Kueue by suspending it', () => {
    fc.assert(
      fc.property(script, fc.array(turn, { maxLength: 40 }), (outcomes, turns) => {
        const { tries: _undisturbed, ...undisturbed } = endState(simulate(new World(plain().build()), outcomes));
        // A Job that was taken out of its queue is made again.
        const queued = plain().spec({ queueName: 'gpus' }).build();
        const { tries: _disturbed, ...disturbed } = endState(simulate(new World(queued), outcomes, turns));
        assert.deepEqual(disturbed, undisturbed);
      }),
      { numRuns: Number(process.env['STRATOS_PROPERTY_RUNS'] ?? 40) },
    );
  }).timeout(120_000);
});
