/** Random lives of jobs under a random quota: whatever happens, and in whichever order, no cap is exceeded and nothing is lost. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DistillationQuota } from '../../../src/api/v1alpha1/distillation-quota.gen.ts';
import { addMoney, type Money, parseMoney } from '../../../src/domain/money.ts';
import { marginSeconds } from '../../../src/domain/distillation/quota-ask.ts';
import { decideQuota } from '../../../src/domain/quota/decide.ts';
import type { Ask, JobView } from '../../../src/domain/quota/job-view.ts';
import { nothing, plus, type Usage } from '../../../src/domain/quota/usage.ts';
import { verdictOf } from '../../../src/domain/quota/verdict.ts';
import { aQuota } from '../../support/builders/quota.ts';

const tickSeconds = 60;

const start = Date.parse('2026-03-01T12:00:00Z');

interface Plan {
  readonly gpus: number;
  /** Millionths of the currency for one second. */
  readonly price: bigint;
  readonly ticks: number;
  readonly bornAt: number;
  readonly priority: number;
  /** Ticks it takes to stop when the grant ends; a checkpoint takes up to two minutes. */
  readonly stopTicks: number;
  /** Is deleted at this tick of its life, if it lives so long. */
  readonly deletedAt: number | undefined;
}

/** A job that obeys the ledger it reads, as slowly as it is allowed to. */
class SimulatedJob {
  readonly plan: Plan;
  readonly uid: string;
  done = 0;
  running = false;
  gone = false;
  #stopping = 0;
  usage: Usage = nothing;

  constructor(plan: Plan, index: number) {
    this.plan = plan;
    this.uid = `job-${index}`;
  }

  get ended(): boolean {
    return this.done >= this.plan.ticks;
  }

  during(seconds: number): Usage {
    return { cost: (this.plan.price * BigInt(seconds)) as Money, gpuSeconds: this.plan.gpus * seconds };
  }

  get ask(): Ask | undefined {
    if (this.ended) return undefined;
    const minimum = plus(this.usage, this.during(marginSeconds));
    return { gpus: this.plan.gpus, minimum, wanted: plus(this.usage, this.during(900)), unpriced: false };
  }

  view(): JobView {
    const { uid, usage, ask, ended, running } = this;
    const { priority, bornAt, gpus } = this.plan;
    const identity = { uid, name: uid, priority, created: start + bornAt, currency: 'USD' };
    return {
      ...identity,
      ended,
      released: false,
      usage,
      ask,
      livePods: running ? 1 : 0,
      mayStart: false,
      queued: false,
      heldGpus: running ? gpus : 0,
    };
  }

  live(quota: DistillationQuota): void {
    const { ask } = this;
    const granted = ask !== undefined && verdictOf([quota], this.uid, ask).kind === 'granted';
    if (this.running) {
      this.usage = plus(this.usage, this.during(tickSeconds));
      this.done += 1;
      this.#stopping = granted ? 0 : this.#stopping + 1;
      if (this.ended || this.#stopping > this.plan.stopTicks) this.running = false;
      return;
    }
    this.#stopping = 0;
    this.running = granted && !this.ended;
  }
}

const plans = fc.array(
  fc.record({
    gpus: fc.integer({ min: 0, max: 4 }),
    price: fc.bigInt({ min: 0n, max: 3000n }),
    ticks: fc.integer({ min: 1, max: 40 }),
    bornAt: fc.integer({ min: 0, max: 60 }),
    priority: fc.integer({ min: 0, max: 2 }),
    stopTicks: fc.integer({ min: 0, max: 2 }),
    deletedAt: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 4 }),
  }),
  { minLength: 1, maxLength: 12 },
);

const limits = fc.record({
  cost: fc.constantFrom('2.00', '20.00', '500'),
  gpuHours: fc.constantFrom('1', '4', '50'),
  gpus: fc.integer({ min: 4, max: 8 }),
  jobs: fc.integer({ min: 1, max: 4 }),
});

function written(quota: DistillationQuota, jobs: readonly SimulatedJob[], now: number): DistillationQuota {
  const { status } = decideQuota(
    quota,
    jobs.filter(({ gone }) => !gone).map((job) => job.view()),
    now,
  );
  return { ...quota, status };
}

function moneyOf(text: string | undefined): Money {
  return parseMoney(text ?? '0') ?? nothing.cost;
}

function assertWithinCaps(quota: DistillationQuota, jobs: readonly SimulatedJob[]): void {
  assertLedgerWithinCaps(quota);
  const { gpus = 0, jobs: most = 0 } = quota.spec.limits;
  const running = jobs.filter((job) => job.running);
  assert.ok(running.length <= most, `${running.length} jobs run of ${most}`);
  const held = running.reduce((sum, { plan }) => sum + plan.gpus, 0);
  assert.ok(held <= gpus, `${held} GPUs are held of ${gpus}`);
}

function assertLedgerWithinCaps({ spec, status }: DistillationQuota): void {
  const { spent, reserved } = status ?? {};
  const cost = addMoney(moneyOf(spent?.cost), moneyOf(reserved?.cost));
  assert.ok(cost <= moneyOf(spec.limits.cost), `${cost} of ${spec.limits.cost} are spent or reserved`);
  const gpuSeconds = (spent?.gpuSeconds ?? 0) + (reserved?.gpuSeconds ?? 0);
  assert.ok(gpuSeconds <= Number(spec.limits.gpuHours) * 3600, `${gpuSeconds} of ${spec.limits.gpuHours} GPU-hours`);
}

function totalOf(quota: DistillationQuota): Usage {
  const { history = [], spent } = quota.status ?? {};
  return [...history.map((past) => past.spent), spent ?? { cost: '0', gpuSeconds: 0 }]
    .map(({ cost, gpuSeconds }) => ({ cost: parseMoney(cost) ?? nothing.cost, gpuSeconds }))
    .reduce(plus, nothing);
}

describe('a DistillationQuota in random weather', () => {
  it('never lets its jobs have more than its caps, and loses nothing of what they used', () => {
    fc.assert(
      fc.property(plans, limits, (all, caps) => {
        const jobs = all.map((plan, index) => new SimulatedJob(plan, index));
        let quota = aQuota({ period: 'Day', limits: caps });
        for (let tick = 0; tick < 200; tick += 1) {
          const now = start + tick * tickSeconds * 1000;
          const born = jobs.filter(({ plan }) => plan.bornAt <= tick);
          quota = written(quota, born, now);
          assertWithinCaps(quota, jobs);
          for (const job of born) {
            // A finalizer keeps a deleted job until its pods have stopped and the ledger has seen it.
            if (job.plan.deletedAt !== undefined && tick - job.plan.bornAt >= job.plan.deletedAt && !job.running)
              job.gone = true;
            if (!job.gone) job.live(quota);
          }
          assertWithinCaps(quota, jobs);
        }
        quota = written(quota, jobs, start + 200 * tickSeconds * 1000);
        assert.deepEqual(totalOf(quota), jobs.map(({ usage }) => usage).reduce(plus, nothing));
      }),
      { numRuns: 60 },
    );
  });

  it('lets every job that fits at all end in time', () => {
    fc.assert(
      fc.property(plans, (all) => {
        const jobs = all.map((plan, index) => new SimulatedJob({ ...plan, deletedAt: undefined }, index));
        let quota = aQuota({ period: 'Day', limits: { gpus: 4, jobs: 2 } });
        // One after the other they would need this long; waiting an hour may cost each a few more looks.
        const enough = 60 + all.reduce((sum, { ticks }) => sum + ticks + 5, 0) * 2;
        for (let tick = 0; tick < enough; tick += 1) {
          quota = written(
            quota,
            jobs.filter(({ plan }) => plan.bornAt <= tick),
            start + tick * tickSeconds * 1000,
          );
          for (const job of jobs) if (job.plan.bornAt <= tick) job.live(quota);
        }
        assert.deepEqual(
          jobs.filter(({ ended }) => !ended).map(({ uid }) => uid),
          [],
        );
      }),
      { numRuns: 40 },
    );
  });

  it('says the same when it is asked twice', () => {
    fc.assert(
      fc.property(plans, limits, (all, caps) => {
        const jobs = all.map((plan, index) => new SimulatedJob(plan, index));
        const once = written(aQuota({ limits: caps }), jobs, start);
        const again = written(once, jobs, start);
        assert.deepEqual(written(again, jobs, start).status, again.status);
      }),
    );
  });
});
