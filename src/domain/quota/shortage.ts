/** Why a job has to wait: which cap, by how much, who holds it, and when the job may start. */
import { type Cap, type Holding } from './caps.ts';

export interface Shortage {
  /** One word for the condition. */
  readonly reason: string;
  readonly message: string;
  /** No end of a job and no new period will mend it: only the quota, or the job, can change. */
  readonly forever: boolean;
}

/** What counts against the caps at a look, told apart by who has it. */
export interface Taken {
  /** Spent in this period and not to be had back before its end. */
  readonly spent: Holding;
  /** Reserved for jobs that run. */
  readonly reserved: Holding;
  /** Set aside for jobs that wait and go first. */
  readonly ahead: Holding;
}

export interface Holder {
  readonly name: string;
  readonly holding: Holding;
  /** It has a grant, and waits in another queue for what it is granted. */
  readonly queued: boolean;
}

interface Circumstances {
  readonly taken: Taken;
  readonly holders: readonly Holder[];
  readonly periodEnd: string;
}

const reasons = { cost: 'CostCap', gpuHours: 'GpuHoursCap', gpus: 'GpuCap', jobs: 'JobCap' } as const;
const largestReasons = { cost: 'LargestJob', gpuHours: 'LargestJob', gpus: 'LargestJob', jobs: 'LargestJob' } as const;
const namedHolders = 3;

/** The first cap that the job alone is over; what others hold does not matter. */
export function overOwnCap(caps: readonly Cap[], ask: Holding): Shortage | undefined {
  const cap = caps.find((candidate) => candidate.of(ask) > candidate.limit);
  if (cap === undefined) return undefined;
  const message = `${cap.field} is ${cap.text(cap.limit)}; the job needs ${cap.text(cap.of(ask))}, ${cap.text(cap.of(ask) - cap.limit)} more`;
  return {
    reason: cap.field.startsWith('spec.largestJob') ? largestReasons[cap.name] : reasons[cap.name],
    message: `${message}: it can only start if the cap is raised or the job asks for less`,
    forever: true,
  };
}

/** The first cap without room for the ask, in the order of the quota's fields. */
export function findShortage(caps: readonly Cap[], ask: Holding, around: Circumstances): Shortage | undefined {
  const cap = caps.find((candidate) => missing(candidate, ask, around.taken) > 0n);
  if (cap === undefined) return undefined;
  const { taken, holders } = around;
  const parts = [
    `${cap.field} is ${cap.text(cap.limit)}`,
    `the job needs ${cap.text(cap.of(ask))}, ${cap.text(missing(cap, ask, taken))} more than is left`,
    ...whoHasIt(cap, taken, holders),
  ];
  return {
    reason: reasons[cap.name],
    message: `${parts.join('; ')}; ${whenFree(cap, ask, around)}`,
    forever: false,
  };
}

function missing(cap: Cap, ask: Holding, { spent, reserved, ahead }: Taken): bigint {
  return cap.of(spent) + cap.of(reserved) + cap.of(ahead) + cap.of(ask) - cap.limit;
}

function whoHasIt(cap: Cap, { reserved, ahead }: Taken, holders: readonly Holder[]): string[] {
  const largest = holders
    .filter(({ holding }) => cap.of(holding) > 0n)
    .toSorted((a, b) => Number(cap.of(b.holding) - cap.of(a.holding)));
  const named = largest.slice(0, namedHolders).map(({ name, holding, queued }) => {
    return `${name} (${cap.text(cap.of(holding))}${queued ? ", waiting in Kueue's queue" : ''})`;
  });
  const more = largest.length > namedHolders ? ` and ${largest.length - namedHolders} more` : '';
  return [
    ...(cap.of(reserved) > 0n && named.length > 0 ? [`held by ${named.join(', ')}${more}`] : []),
    ...(cap.of(ahead) > 0n ? ['jobs that go first wait for it too'] : []),
  ];
}

/** Money and GPU time that are spent come back with the next period only; what is held comes back when its job ends. */
function whenFree(cap: Cap, ask: Holding, { taken, periodEnd }: Circumstances): string {
  if (!cap.perPeriod) return 'it starts when enough of that has ended';
  const withoutHolders = cap.of(taken.spent) + cap.of(ask) <= cap.limit;
  return withoutHolders
    ? `it starts when enough of that has ended, or after ${periodEnd}`
    : `it may start after ${periodEnd}, when a new period begins`;
}
