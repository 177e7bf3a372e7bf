/**
 * Who may run. Jobs are taken by priority, then by age; a job that does not fit keeps its place: what it needs is set aside
 * from those behind it, so small jobs that come later cannot starve a large one. After an hour of waiting a job goes before
 * every priority, so a stream of important jobs cannot starve the others either.
 */
import { compareText } from '../text.ts';
import { addHolding, type Cap, type Holding, noHolding } from './caps.ts';
import type { Ask, JobView } from './job-view.ts';
import { type Entry, Ledger } from './ledger.ts';
import { findShortage, overOwnCap, type Shortage } from './shortage.ts';
import { excess, type Usage } from './usage.ts';

export interface Candidate {
  readonly job: JobView;
  readonly ask: Ask;
}

export interface Rules {
  readonly namespace: readonly Cap[];
  readonly largest: readonly Cap[];
  /** The limit on a single job in its whole life, where there is one. */
  readonly clamp: (wanted: Usage) => Usage;
  readonly allowUnpriced: boolean;
  /** Jobs that stand in a queue of Kueue's, by uid. */
  readonly queued: ReadonlySet<string>;
}

const patienceMs = 3_600_000;

/** Grants what fits, in order, and writes down for the others why they wait. */
export function admit(ledger: Ledger, candidates: readonly Candidate[], rules: Rules): void {
  let ahead = noHolding;
  for (const candidate of inOrder(ledger, candidates)) {
    const entry = ledger.open(candidate.job);
    const limit = rules.clamp(candidate.ask.wanted);
    const wish = { ...excess(limit, entry.charged), gpus: candidate.ask.gpus, jobs: 1 };
    const shortage = unpricedShortage(candidate, rules) ?? refuse({ ledger, entry, candidate, wish, ahead, rules });
    if (shortage === undefined) {
      ledger.put({ ...entry, state: 'Granted', limit, gpus: candidate.ask.gpus, reason: '', message: '' });
      continue;
    }
    ledger.put({ ...entry, state: 'Waiting', reason: shortage.reason, message: shortage.message });
    if (!shortage.forever) ahead = addHolding(ahead, wish);
  }
}

interface Request {
  readonly ledger: Ledger;
  readonly entry: Entry;
  readonly candidate: Candidate;
  readonly wish: Holding;
  readonly ahead: Holding;
  readonly rules: Rules;
}

function refuse({ ledger, entry, candidate, wish, ahead, rules }: Request): Shortage | undefined {
  const { minimum, gpus } = candidate.ask;
  const whole = { ...minimum, gpus, jobs: 1 };
  const others = ledger.entries().filter(({ uid }) => uid !== entry.uid);
  const holders = others.map((other) => ({
    name: other.name,
    holding: Ledger.holdingOf(other),
    queued: rules.queued.has(other.uid),
  }));
  const taken = {
    spent: { ...ledger.spent, gpus: 0, jobs: 0 },
    reserved: holders.map(({ holding }) => holding).reduce(addHolding, noHolding),
    ahead,
  };
  return (
    overOwnCap(rules.largest, whole) ??
    overOwnCap(rules.namespace, { ...wish, ...excess(minimum, entry.charged) }) ??
    findShortage(rules.namespace, wish, { taken, holders, periodEnd: ledger.period.endTime })
  );
}

function unpricedShortage({ ask, job }: Candidate, rules: Rules): Shortage | undefined {
  if (!ask.unpriced || rules.allowUnpriced) return undefined;
  const message = `spec.limits.cost cannot be kept where the price is unknown, or not in the quota's currency (the job counts in ${job.currency}); give the pool a price, or set spec.unknownPrices to Allow`;
  return { reason: 'PriceUnknown', message, forever: true };
}

function inOrder(ledger: Ledger, candidates: readonly Candidate[]): Candidate[] {
  const rank = ({ job }: Candidate): [number, number] => {
    const entry = ledger.entry(job.uid);
    const waited = entry?.state === 'Waiting' ? ledger.now - Date.parse(entry.since) : 0;
    return waited > patienceMs ? [1, 0] : [0, job.priority];
  };
  return candidates.toSorted((a, b) => {
    const [[patientA, priorityA], [patientB, priorityB]] = [rank(a), rank(b)];
    return (
      patientB - patientA || priorityB - priorityA || a.job.created - b.job.created || compareText(a.job.uid, b.job.uid)
    );
  });
}
