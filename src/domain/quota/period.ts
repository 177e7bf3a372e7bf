/** The calendar that caps per period count by: days, weeks from Monday, and months, all from midnight UTC. */
import type { DistillationQuotaSpec, QuotaPeriod } from '../../api/v1alpha1/distillation-quota.gen.ts';
import { timestamp } from '../time.ts';

const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday; weeks begin on Mondays. */
const mondayOffsetDays = 3;

/** The period that holds `now`, in milliseconds since the epoch. */
export function periodAt(kind: DistillationQuotaSpec['period'], now: number): QuotaPeriod {
  const [start, end] = bounds(kind, now);
  return { startTime: timestamp(start), endTime: timestamp(end) };
}

/**
 * Whether the stored period is over. A clock that was set back does not bring an earlier one back: what was spent stays
 * counted, and the period goes on until its end has really come.
 */
export function isOver(stored: QuotaPeriod, now: number): boolean {
  return now >= Date.parse(stored.endTime);
}

function bounds(kind: DistillationQuotaSpec['period'], now: number): [number, number] {
  const day = Math.floor(now / dayMs);
  if (kind === 'Day') return [day * dayMs, (day + 1) * dayMs];
  if (kind === 'Week') {
    const monday = day - ((day + mondayOffsetDays) % 7);
    return [monday * dayMs, (monday + 7) * dayMs];
  }
  const date = new Date(now);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
}
