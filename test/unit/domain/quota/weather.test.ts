// What docs/quotas.md promises of a quota whose surroundings change: a test for each row of its table that needs no cluster.
// Deleted namespaces and pods that run on are in test/integration/distillation-quota.test.ts.
import assert from 'node:assert/strict';
import type { DistillationQuota, DistillationQuotaSpec } from '../../../../src/api/v1alpha1/distillation-quota.gen.ts';
import { type Money, parseMoney } from '../../../../src/domain/money.ts';
import { decideQuota } from '../../../../src/domain/quota/decide.ts';
import type { JobView } from '../../../../src/domain/quota/job-view.ts';
import type { Usage } from '../../../../src/domain/quota/usage.ts';
import { aJob } from '../../../support/builders/job.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { aQuota } from '../../../support/builders/quota.ts';
import { World } from '../../../support/builders/world.ts';

const day = 86_400_000;
const noon = Date.parse('2026-03-10T12:00:00Z');
const usage = (cost: string, gpuSeconds: number): Usage => ({ cost: parseMoney(cost) as Money, gpuSeconds });

/** A job that runs on one GPU and has used so much; it asks for 1 USD more. */
function running(name: string, used: Usage, change: Partial<JobView> = {}): JobView {
  const more = { cost: (used.cost + 1_000_000n) as Money, gpuSeconds: used.gpuSeconds + 3600 };
  return {
    uid: name,
    name,
    priority: 0,
    created: 0,
    ended: false,
    released: false,
    usage: used,
    currency: 'USD',
    livePods: 1,
    mayStart: false,
    queued: false,
    heldGpus: 1,
    ask: { gpus: 1, minimum: used, wanted: more, unpriced: false },
    ...change,
  };
}

const idle = { livePods: 0, heldGpus: 0 };

/** A quota and its clock; each look is stored. */
class Ledger {
  quota: DistillationQuota;
  now = noon;

  constructor(spec: Partial<DistillationQuotaSpec>) {
    this.quota = aQuota({ period: 'Day', ...spec });
  }

  look(...jobs: JobView[]): this {
    this.quota = { ...this.quota, status: decideQuota(this.quota, jobs, this.now).status };
    return this;
  }

  edit(spec: Partial<DistillationQuotaSpec>): void {
    this.quota = { ...this.quota, spec: { ...this.quota.spec, ...spec } };
  }

  get spent(): string | undefined {
    return this.quota.status?.spent?.cost;
  }

  get period(): string | undefined {
    return this.quota.status?.period?.endTime;
  }

  state(name: string): string {
    const entry = this.quota.status?.entries?.find(({ jobUID }) => jobUID === name);
    return [entry?.state, entry?.reason].filter((part) => part !== undefined).join(' ');
  }
}

/** A job that has been granted 1 USD, and has used 0.40 of it. */
function underWay(spec: Partial<DistillationQuotaSpec> = { limits: { cost: '10.00' } }): Ledger {
  const ledger = new Ledger(spec).look(running('a', usage('0', 0), idle));
  return ledger.look(running('a', usage('0.40', 1200)));
}

const rows: Record<string, (ledger: Ledger) => void> = {
  'the period ends: spent begins anew, the old sum is history, and what is reserved stays': (ledger) => {
    ledger.now = noon + day / 2;
    ledger.look(running('a', usage('0.50', 1500)));
    assert.equal(ledger.quota.status?.history?.[0]?.spent.cost, '0.40', 'what the ledger had seen by then');
    assert.equal(ledger.spent, '0.10');
    assert.equal(ledger.quota.status?.reserved?.cost, '0.50');
    assert.equal(ledger.state('a'), 'Granted');
  },

  'a cap is lowered under what is taken: what runs goes on, and nothing is granted': (ledger) => {
    ledger.edit({ limits: { cost: '0.10', gpus: 0 } });
    ledger.look(running('a', usage('0.45', 1350)), running('b', usage('0', 0), idle));
    assert.equal(ledger.state('a'), 'Granted');
    assert.equal(ledger.spent, '0.45');
    assert.match(ledger.state('b'), /^Waiting (CostCap|GpuCap)$/);
  },

  'a cap is raised: who waits may start': (ledger) => {
    ledger.edit({ limits: { gpus: 1 } });
    ledger.look(running('a', usage('0.45', 1350)), running('b', usage('0', 0), idle));
    assert.equal(ledger.state('b'), 'Waiting GpuCap');
    ledger.edit({ limits: { gpus: 2 } });
    ledger.look(running('a', usage('0.45', 1350)), running('b', usage('0', 0), idle));
    assert.equal(ledger.state('b'), 'Granted');
  },

  'the clock goes back a day: the period goes on, nothing that is spent comes back, and nothing is charged twice': (
    ledger,
  ) => {
    const { period } = ledger;
    ledger.now = noon - day;
    ledger.look(running('a', usage('0.45', 1350)));
    assert.deepEqual([ledger.period, ledger.spent, ledger.state('a')], [period, '0.45', 'Granted']);
    ledger.now = noon;
    ledger.look(running('a', usage('0.45', 1350)));
    assert.deepEqual([ledger.period, ledger.spent], [period, '0.45']);
  },

  'the clock goes a day forward and back: the period is over, its sum is kept, and the new one goes on until its own end':
    (ledger) => {
      ledger.now = noon + day;
      ledger.look(running('a', usage('0.45', 1350)));
      const { period } = ledger;
      ledger.now = noon;
      ledger.look(running('a', usage('0.50', 1500)));
      assert.equal(ledger.period, period);
      assert.deepEqual([ledger.quota.status?.history?.[0]?.spent.cost, ledger.spent], ['0.40', '0.10']);
      assert.equal(ledger.state('a'), 'Granted', 'grants are amounts, not times');
    },

  'a price rises in mid-run: what is spent stays, and the grant lasts for less time': (ledger) => {
    // Ten times the price: a minute costs what ten did.
    ledger.look(running('a', usage('1.40', 1500)));
    assert.equal(ledger.spent, '1.40');
    const { limit } = ledger.quota.status?.entries?.[0] ?? {};
    assert.equal(limit?.cost, '2.40', 'the job has asked for more, and has been given it');
  },

  'a price becomes unknown: the job gets no more, and says why': (ledger) => {
    const used = usage('0.99', 3500);
    const ask = { gpus: 1, minimum: usage('1.10', 3700), wanted: usage('2.00', 7200), unpriced: true };
    ledger.look(running('a', used, { ask }));
    assert.equal(ledger.state('a'), 'Waiting PriceUnknown');
    ledger.edit({ unknownPrices: 'Allow' });
    ledger.look(running('a', used, { ask }));
    assert.equal(ledger.state('a'), 'Granted');
  },

  'a job that stands in a queue needs more than is left: it holds its GPU until Kueue cannot start it any more': (
    ledger,
  ) => {
    ledger.edit({ limits: { gpus: 1 } });
    const wish = { gpus: 2, minimum: usage('0.50', 1500), wanted: usage('1.00', 3600), unpriced: false };
    const inTheQueue = (mayStart: boolean) => running('a', usage('0.40', 1200), { ...idle, mayStart, ask: wish });
    ledger.look(inTheQueue(true));
    assert.deepEqual([ledger.state('a'), ledger.quota.status?.reserved?.gpus], ['Waiting GpuCap', 1]);
    ledger.look(inTheQueue(false));
    assert.deepEqual([ledger.state('a'), ledger.quota.status?.reserved?.gpus], ['Waiting GpuCap', 0]);
  },

  'a job is gone without a word: it is settled with what was last seen': (ledger) => {
    ledger.look();
    assert.deepEqual(
      [ledger.state('a'), ledger.spent, ledger.quota.status?.reserved?.cost],
      ['Settled', '0.40', '0.00'],
    );
  },

  'a job of the same name is another job': (ledger) => {
    ledger.look(running('a2', usage('0', 0), { ...idle, name: 'a' }));
    assert.deepEqual([ledger.state('a'), ledger.state('a2'), ledger.spent], ['Settled', 'Granted', '0.40']);
  },
};

describe('a quota whose surroundings change', () => {
  for (const [name, row] of Object.entries(rows)) it(name, () => row(underWay()));
});

describe('a job whose surroundings change', () => {
  const budget = { constraints: { budget: { amount: '50.00' } } };

  function training(): World {
    const w = new World(aJob().spec(budget).build(), [aPool().build()]);
    w.quotas = [aQuota({ limits: { cost: '100.00' } })];
    w.runThrough('Synthesize').settle().run('Train').settle();
    w.pass(300);
    return w.settle();
  }

  it('is charged at the new price from the moment on when the price changes, and not before', () => {
    const w = training();
    const before = Number(w.status.cost?.spent);
    w.pools = [aPool().price('12.00').build()];
    w.settle();
    assert.equal(Number(w.status.cost?.spent), before);
    w.pass(300);
    w.settle();
    assert.equal(Number(w.status.cost?.spent).toFixed(2), (before + 1).toFixed(2));
    assert.equal(w.quotas[0]?.status?.spent?.cost, w.status.cost?.spent);
    assert.equal(w.condition('QuotaReserved'), 'True QuotaReserved');
  });

  it('is charged nothing for the hours of a clock that goes back, and goes on to be charged when it is right again', () => {
    const w = training();
    const before = w.status.cost;
    w.now -= day;
    w.settle();
    assert.deepEqual(w.status.cost, before);
    w.now += day;
    w.pass(60);
    w.settle();
    assert.equal(w.status.cost?.gpuSeconds, (before?.gpuSeconds ?? 0) + 60);
  });

  it('is not ended by its deadline while the clock goes back, and counts from its start when it is right again', () => {
    const w = new World(aJob().spec({ activeDeadlineSeconds: 600 }).build(), [aPool().build()]);
    w.settle().run('Profile').settle();
    w.now -= day;
    w.settle();
    assert.equal(w.condition('Failed'), 'absent');
    w.now += day;
    w.pass(590);
    w.settle();
    assert.equal(w.condition('Failed'), 'absent');
    w.pass(20);
    w.settle();
    assert.equal(w.condition('Failed'), 'True DeadlineExceeded');
  });
});
