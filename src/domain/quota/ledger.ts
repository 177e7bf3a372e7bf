/**
 * The ledger of a quota while a look at it is under way: what each job may use, what it has used, what the period came to.
 *
 * Usage is charged by difference: an entry knows what the job's status said when the ledger was last written, so the same
 * state of the job charges nothing twice, whoever reads it and however often.
 */
import type {
  DistillationQuota,
  LedgerEntry,
  PastPeriod,
  QuotaPeriod,
} from '../../api/v1alpha1/distillation-quota.gen.ts';
import { compareText } from '../text.ts';
import { timestamp } from '../time.ts';
import { addHolding, type Holding, noHolding } from './caps.ts';
import type { JobView } from './job-view.ts';
import { isOver, periodAt } from './period.ts';
import { excess, isNothing, nothing, plus, readUsage, type Usage, writeUsage } from './usage.ts';

export interface Entry {
  readonly uid: string;
  readonly name: string;
  readonly state: LedgerEntry['state'];
  readonly since: string;
  readonly charged: Usage;
  readonly spent: Usage;
  readonly limit: Usage;
  readonly gpus: number;
  readonly reason: string;
  readonly message: string;
}

/** Ended jobs that the period still lists. */
const listedEnded = 100;
/** Periods that stay listed, as the CRD allows. */
const listedPeriods = 12;
/** More that wait are counted and not listed. */
const listedWaiting = 500;

export class Ledger {
  readonly now: number;
  readonly #entries: Map<string, Entry>;
  #period: QuotaPeriod;
  #spent: Usage;
  #history: readonly PastPeriod[];
  /** The period that ended at this look, if one did. */
  readonly ended: PastPeriod | undefined;

  constructor({ spec, status }: DistillationQuota, now: number) {
    this.now = now;
    this.#entries = new Map((status?.entries ?? []).map((stored) => [stored.jobUID, readEntry(stored)]));
    this.#period = status?.period ?? periodAt(spec.period, now);
    this.#spent = readUsage(status?.spent);
    this.#history = status?.history ?? [];
    if (!isOver(this.#period, now)) return;
    this.ended = { ...this.#period, spent: writeUsage(this.#spent) };
    this.#begin(periodAt(spec.period, now), this.ended);
  }

  get period(): QuotaPeriod {
    return this.#period;
  }

  get spent(): Usage {
    return this.#spent;
  }

  entry(uid: string): Entry | undefined {
    return this.#entries.get(uid);
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** The entry of a job, made with what it has used before: that was not this quota's. */
  open({ uid, name, usage }: JobView): Entry {
    const known = this.#entries.get(uid);
    if (known !== undefined) return known;
    const since = timestamp(this.now);
    const spent = nothing;
    const entry = { uid, name, state: 'Idle', since, charged: usage, spent, limit: usage, gpus: 0 } as const;
    return this.put({ ...entry, reason: '', message: '' });
  }

  /** Charges what the job has used since the ledger last saw it. */
  charge(job: JobView): void {
    const entry = this.#entries.get(job.uid);
    if (entry === undefined || entry.state === 'Settled') return;
    const increase = excess(job.usage, entry.charged);
    if (isNothing(increase)) return;
    this.#spent = plus(this.#spent, increase);
    this.put({ ...entry, charged: plus(entry.charged, increase), spent: plus(entry.spent, increase) });
  }

  /** Stores a changed entry; a new state starts its own time. */
  put(entry: Entry): Entry {
    const before = this.#entries.get(entry.uid);
    const since = before === undefined || before.state === entry.state ? entry.since : timestamp(this.now);
    const stored = { ...entry, since };
    this.#entries.set(entry.uid, stored);
    return stored;
  }

  /** What an entry may still use, and what it holds: of a job that waits, what its pods hold until they have stopped. */
  static holdingOf(this: void, { state, limit, charged, gpus }: Entry): Holding {
    const left = excess(limit, charged);
    const runs = state === 'Granted' || gpus > 0 || !isNothing(left);
    return { ...left, gpus, jobs: runs ? 1 : 0 };
  }

  /** Of all entries together. */
  reserved(): Holding {
    return this.entries().map(Ledger.holdingOf).reduce(addHolding, noHolding);
  }

  /** Forgets settled jobs of earlier periods, and all but the newest of this one, once the jobs are gone or have read it. */
  prune(jobs: ReadonlyMap<string, JobView>): void {
    const closed = this.entries().filter(({ uid, state }) => state === 'Settled' && (jobs.get(uid)?.released ?? true));
    const newestFirst = closed.toSorted((a, b) => compareText(b.since, a.since) || compareText(a.uid, b.uid));
    for (const [index, { uid, since }] of newestFirst.entries()) {
      if (index >= listedEnded || since < this.#period.startTime) this.#entries.delete(uid);
    }
  }

  /** As the status stores it. */
  write() {
    const waiting = this.entries().filter(({ state }) => state === 'Waiting');
    const unlisted = new Set(waiting.slice(listedWaiting).map(({ uid }) => uid));
    return {
      period: this.#period,
      spent: this.#spent,
      history: this.#history,
      waiting: waiting.length,
      entries: this.entries()
        .filter(({ uid }) => !unlisted.has(uid))
        .map(writeEntry),
    };
  }

  #begin(period: QuotaPeriod, past: PastPeriod): void {
    this.#period = period;
    this.#spent = nothing;
    this.#history = [past, ...this.#history].slice(0, listedPeriods);
    for (const entry of this.entries()) this.#entries.set(entry.uid, { ...entry, spent: nothing });
  }
}

function readEntry(stored: LedgerEntry): Entry {
  return {
    uid: stored.jobUID,
    name: stored.jobName,
    state: stored.state,
    since: stored.sinceTime ?? '',
    charged: readUsage(stored.charged),
    spent: readUsage(stored.spent),
    limit: readUsage(stored.limit ?? stored.charged),
    gpus: stored.gpus ?? 0,
    reason: stored.reason ?? '',
    message: stored.message ?? '',
  };
}

function writeEntry({ uid, name, since, charged, spent, limit, reason, message, ...rest }: Entry): LedgerEntry {
  return {
    jobUID: uid,
    jobName: name,
    ...rest,
    sinceTime: since,
    charged: writeUsage(charged),
    spent: writeUsage(spent),
    limit: writeUsage(limit),
    ...(reason === '' ? {} : { reason, message }),
  };
}
