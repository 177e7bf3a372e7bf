import type { LeaseSpec } from './resources.ts';

/** How one replica competes for the lease. */
export interface LeaseTerms {
  readonly identity: string;
  /** For how long others respect a record that does not change. */
  readonly leaseMs: number;
  /** For how long the leader may go on without a renewal. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** The last record seen and the local, monotonic time at which it was first seen so. */
export interface Observation {
  readonly spec: LeaseSpec;
  readonly resourceVersion: string;
  readonly since: number;
}

/** Looks at a record. Only a changed record restarts its time: nobody's clock is compared with ours. */
export function observe(
  previous: Observation | undefined,
  spec: LeaseSpec,
  seen: { readonly resourceVersion: string; readonly at: number },
): Observation {
  const unchanged = previous !== undefined && isSameRecord(previous.spec, spec);
  return { spec, resourceVersion: seen.resourceVersion, since: unchanged ? previous.since : seen.at };
}

/** Whether another replica holds the lease and may still count on it. */
export function isHeldByAnother(observation: Observation, terms: LeaseTerms, now: number): boolean {
  const { holderIdentity, leaseDurationSeconds } = observation.spec;
  if (!holderIdentity || holderIdentity === terms.identity) return false;
  const durationMs = leaseDurationSeconds === undefined ? terms.leaseMs : leaseDurationSeconds * 1000;
  return now < observation.since + durationMs;
}

/** The record that makes the lease ours, or keeps it so. `now` is wall-clock time, for people to read. */
export function claim(previous: LeaseSpec | undefined, terms: LeaseTerms, now: number): LeaseSpec {
  const renewTime = microTime(now);
  const common = {
    holderIdentity: terms.identity,
    leaseDurationSeconds: Math.ceil(terms.leaseMs / 1000),
    renewTime,
  };
  if (previous?.holderIdentity === terms.identity) return common;
  const transitions = previous === undefined ? 0 : (previous.leaseTransitions ?? 0) + 1;
  return { ...common, acquireTime: renewTime, leaseTransitions: transitions };
}

/** The record that lets anyone take the lease at once. */
export function vacancy(now: number): LeaseSpec {
  return { holderIdentity: null, leaseDurationSeconds: 1, renewTime: microTime(now) };
}

/** `metav1.MicroTime` is parsed with exactly six digits. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

function isSameRecord(a: LeaseSpec, b: LeaseSpec): boolean {
  return a.holderIdentity === b.holderIdentity && a.renewTime === b.renewTime && a.acquireTime === b.acquireTime;
}
