/** What the jobs and students of a cluster have taught about its hardware, as the operator of that cluster would take it. */
import type { DistillationJob, DistillationJobSpec } from '../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import { observationsOf } from '../domain/distillation/observations.ts';
import { calibrationFor } from '../domain/distillation/plan-inputs.ts';
import { calibrate, type CalibrationFactor } from '../domain/planning/calibration.ts';
import { servingObservations } from '../domain/student/serving-estimate.ts';
import { renderTable } from './table.ts';

export interface Taught {
  readonly jobs: readonly DistillationJob[];
  readonly students: readonly StudentDeployment[];
  /** What could not be read, in sentences. */
  readonly gaps: readonly string[];
}

export function factorsOf({ jobs, students }: Taught): readonly CalibrationFactor[] {
  return calibrate([...jobs.flatMap(observationsOf), ...students.flatMap(servingObservations)]);
}

/** Those of the images that this job would run in: its own, else the ones that the operator gave to the newest that name none. */
export function factorsFor(spec: DistillationJobSpec, taught: Taught): readonly CalibrationFactor[] {
  const images = { trainerImage: trainerImageOf(taught), servingImage: servingImageOf(taught) };
  return calibrationFor(spec, factorsOf(taught), images);
}

function trainerImageOf({ jobs }: Taught): string {
  const plain = jobs.filter(({ spec }) => spec.image === undefined);
  return newest(
    plain.flatMap(({ status }) =>
      (status?.stages ?? []).map(({ completionTime, estimate }) => ({
        at: completionTime,
        version: estimate?.version,
      })),
    ),
  );
}

function servingImageOf({ students }: Taught): string {
  const plain = students.filter(({ spec }) => spec.runtime.image === undefined);
  return newest(
    plain.flatMap(({ status }) =>
      (status?.estimates ?? []).map(({ lastUpdatedTime, version }) => ({ at: lastUpdatedTime, version })),
    ),
  );
}

/** Empty when there is none: no factor has that image. */
function newest(seen: readonly { readonly at: string | undefined; readonly version: string | undefined }[]): string {
  const [last] = seen
    .filter(({ at, version }) => at !== undefined && version !== undefined)
    .toSorted((a, b) => Date.parse(b.at ?? '') - Date.parse(a.at ?? ''));
  return last?.version ?? '';
}

/** A sentence for a plan; it says so when nothing is calibrated, where there was a cluster to learn from. */
export function calibrationNote(factors: readonly CalibrationFactor[], { gaps }: Taught): string {
  if (factors.length === 0) {
    const why = gaps.length > 0 ? gaps.join('; ') : 'no finished run and no served student on real hardware was found';
    return `constants are uncalibrated: ${why}`;
  }
  const told = factors.map(({ quantity, device, method, factor, runs }) => {
    const what = method === '' ? quantity : `${quantity} (${method})`;
    return `${what} on ${device} x${factor} by ${runs}`;
  });
  return [`constants are calibrated by what ran here: ${told.join(', ')}`, ...gaps].join('; ');
}

export function renderFactors(factors: readonly CalibrationFactor[]): string {
  return renderTable(
    [
      { title: 'CALIBRATED' },
      { title: 'METHOD' },
      { title: 'ON' },
      { title: 'RUNS', align: 'right' },
      { title: 'FACTOR', align: 'right' },
      { title: 'IMAGE' },
    ],
    factors.map(({ quantity, method, device, runs, factor, version }) => [
      quantity,
      method,
      device,
      String(runs),
      `x${factor}`,
      version,
    ]),
  );
}
