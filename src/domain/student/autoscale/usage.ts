/** Replica-seconds and what they cost. Between two changes of the number nothing needs to be written: the number and its time say it. */
import { timestamp } from '../../time.ts';
import type { Pod } from '../../../api/core.ts';
import type { StudentUsage } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { addMoney, formatMoney, parseMoney, scaleMoney, ZERO_MONEY } from '../../money.ts';

/** So often it is added up though the number stays, since a price may change. */
const longestMs = 3_600_000;

/** Replicas that hold a place on a node, and so are paid for. */
export function heldReplicas(pods: readonly Pod[]): number {
  return pods.filter(({ spec, status }) => spec.nodeName !== undefined && !ended.has(status?.phase ?? '')).length;
}

/** @param hourlyCost of one replica; undefined leaves the time uncharged and the cost as it is. */
export function accrue(
  before: StudentUsage | undefined,
  replicas: number,
  { now, hourlyCost }: { readonly now: number; readonly hourlyCost: string | undefined },
): StudentUsage | undefined {
  if (before === undefined)
    return replicas === 0 ? undefined : { replicas, replicaSeconds: 0, lastUpdatedTime: timestamp(now) };
  const elapsedMs = Math.max(0, now - Date.parse(before.lastUpdatedTime));
  const isDue = elapsedMs >= longestMs && before.replicas > 0;
  if (replicas === before.replicas && !isDue) return before;
  const seconds = Math.round((elapsedMs * before.replicas) / 1000);
  return {
    replicas,
    replicaSeconds: before.replicaSeconds + seconds,
    ...costOf(before, seconds, hourlyCost),
    lastUpdatedTime: timestamp(now),
  };
}

function costOf(before: StudentUsage, seconds: number, hourlyCost: string | undefined): Pick<StudentUsage, 'cost'> {
  const price = hourlyCost === undefined ? null : parseMoney(hourlyCost);
  const spent = before.cost === undefined ? ZERO_MONEY : (parseMoney(before.cost) ?? ZERO_MONEY);
  if (price === null) return before.cost === undefined ? {} : { cost: before.cost };
  return { cost: formatMoney(addMoney(spent, scaleMoney(price, BigInt(seconds), 3600n))) };
}

const ended: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);
