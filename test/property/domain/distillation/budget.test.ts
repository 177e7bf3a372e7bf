/** Whatever pods cost, however long they take to stop, and whenever they are looked at: a budget is kept. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { graceSeconds } from '../../../../src/domain/distillation/stage-job.ts';
import { compareMoney, formatMoney, type Money, parseMoney, ZERO_MONEY } from '../../../../src/domain/money.ts';
import { aJob } from '../../../support/builders/job.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { World } from '../../../support/builders/world.ts';

const stages = ['Profile', 'Synthesize', 'Train'] as const;
const shards = 3;
/** How often pods are looked at, without any reason. */
const tickSeconds = 60;

interface Weather {
  readonly stage: (typeof stages)[number];
  readonly pricePerHour: number;
  /** Above what the stages before have cost, in seconds of the stage's pods. */
  readonly roomSeconds: number;
  /** How much later than asked for the operator looks. */
  readonly lateMs: number;
  /** How much of the grace period a stop takes. */
  readonly slowness: number;
  readonly raises: number;
}

const weather: fc.Arbitrary<Weather> = fc.record({
  stage: fc.constantFrom(...stages),
  pricePerHour: fc.integer({ min: 1, max: 120 }),
  roomSeconds: fc.integer({ min: 150, max: 4000 }),
  lateMs: fc.integer({ min: 0, max: 10_000 }),
  slowness: fc.double({ min: 0, max: 1, noNaN: true }),
  raises: fc.integer({ min: 0, max: 3 }),
});

const budgetOf = (amount: Money) => ({ constraints: { budget: { currency: 'USD', amount: formatMoney(amount) } } });
const spentOf = (w: World): Money => parseMoney(w.status.cost?.spent ?? '0') ?? ZERO_MONEY;

/** Millionths of a dollar that the stage's pods cost in so many seconds; the pool has one GPU a node, so a pod has it all. */
function price({ stage, pricePerHour }: Weather, seconds: number): Money {
  const pods = stage === 'Synthesize' ? shards : 1;
  return BigInt(Math.ceil((pricePerHour * 1_000_000 * seconds * pods) / 3600)) as Money;
}

function prepared(sky: Weather): World {
  const rich = aJob().spec({ synthesis: { shards }, ...budgetOf(1_000_000_000n as Money) });
  const w = new World(rich.build(), [aPool().price(sky.pricePerHour.toFixed(2)).build()]);
  w.slowStops = true;
  const before = stages[stages.indexOf(sky.stage) - 1];
  if (before !== undefined) w.runThrough(before);
  return w.settle();
}

/** Looks when it is asked to, or at the tick, and somewhat late; until the pods are told to stop. */
function runOut(w: World, sky: Weather): void {
  for (let pods = 0; pods < (sky.stage === 'Synthesize' ? shards : 1); pods += 1) w.run(sky.stage);
  for (let looks = 0; looks < 2000 && w.condition('BudgetAvailable') !== 'False BudgetExhausted'; looks += 1) {
    const { requeueAfterMs = tickSeconds * 1000 } = w.settle().look();
    w.pass((Math.min(requeueAfterMs, tickSeconds * 1000) + sky.lateMs) / 1000);
    w.settle();
  }
  assert.equal(w.condition('BudgetAvailable'), 'False BudgetExhausted');
  assert.equal(w.live(sky.stage)?.spec.suspend, true);
  w.pass(graceSeconds[sky.stage] * sky.slowness);
  w.settle().endStops().settle();
}

describe('a budget in random weather', function () {
  this.timeout(60_000);

  it('is exceeded by no more than a tick of the price of its pods, and in truth by no more than the looks were late', () => {
    fc.assert(
      fc.property(weather, (sky) => {
        const w = prepared(sky);
        let budget = (spentOf(w) + price(sky, sky.roomSeconds)) as Money;
        for (let raise = 0; raise <= sky.raises; raise += 1) {
          w.edit(budgetOf(budget));
          w.settle();
          runOut(w, sky);
          // A second for each pod: bills count whole ones.
          const late = (budget + price(sky, sky.lateMs / 1000 + 2)) as Money;
          assert.ok(compareMoney(spentOf(w), late) <= 0, `${w.status.cost?.spent} of ${formatMoney(budget)}`);
          assert.ok(compareMoney(spentOf(w), (budget + price(sky, tickSeconds)) as Money) <= 0);
          budget = (budget + price(sky, sky.roomSeconds)) as Money;
        }
      }),
      { numRuns: 8 },
    );
  });

  it('is used up to what the pods need to stop: nothing is held back that could have been used', () => {
    fc.assert(
      fc.property(weather, (sky) => {
        const w = prepared(sky);
        const budget = (spentOf(w) + price(sky, sky.roomSeconds)) as Money;
        w.edit(budgetOf(budget));
        w.settle();
        runOut(w, { ...sky, slowness: 1 });
        const least = (budget - price(sky, 2)) as Money;
        assert.ok(compareMoney(spentOf(w), least) >= 0, `${w.status.cost?.spent} of ${formatMoney(budget)}`);
      }),
      { numRuns: 5 },
    );
  });
});
