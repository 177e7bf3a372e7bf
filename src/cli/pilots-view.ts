/** Shows the trial runs of a job: what each recipe scored, after how many steps, for how much. */
import type { DistillationJob, PilotStatus } from '../api/v1alpha1/distillation-job.gen.ts';
import { type Column, renderTable } from './table.ts';

interface PilotColumn extends Column {
  readonly of: (pilot: PilotStatus) => string;
}

const COLUMNS: readonly PilotColumn[] = [
  { title: 'STUDENT', of: ({ student }) => student },
  { title: 'TEACHER', of: ({ teacher }) => teacher },
  { title: 'STRATEGY', of: ({ strategy }) => strategy.replace('Knowledge', '') },
  { title: 'METHOD', of: ({ method }) => method },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'STEPS', align: 'right', of: ({ measured, steps }) => String(measured?.steps ?? steps ?? '') },
  { title: 'ACCURACY', align: 'right', of: ({ measured }) => measured?.accuracy ?? '' },
  {
    title: '95% INTERVAL',
    of: ({ measured }) =>
      measured?.accuracyLow === undefined ? '' : `${measured.accuracyLow}..${measured.accuracyHigh ?? '?'}`,
  },
  { title: 'COST', align: 'right', of: ({ cost }) => cost ?? '' },
];

/** Empty for a job that makes none, and has no reason not to. */
export function renderPilots({ status }: Pick<DistillationJob, 'status'>): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Piloted');
  if (condition === undefined) return '';
  const { pilots = [] } = status ?? {};
  const title = `trial runs: ${condition.reason}: ${condition.message}`;
  if (pilots.length === 0) return title;
  const failures = pilots.filter(({ state }) => state === 'Failed').map(({ name, message }) => `${name}: ${message}`);
  const table = renderTable(
    COLUMNS,
    pilots.map((pilot) => COLUMNS.map(({ of }) => of(pilot))),
  );
  return [title, table, ...failures].join('\n');
}
