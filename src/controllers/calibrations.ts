/** What finished jobs have taught, kept up to date from the cache: only a job that changed is looked at again. */
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import { observationsOf } from '../domain/distillation/observations.ts';
import { calibrate, type CalibrationFactor, type Observation } from '../domain/planning/calibration.ts';
import type { Store } from '../kube/store.ts';
import { formatKey, keyOf } from '../kube/types.ts';

export class Calibrations {
  readonly #observations = new Map<string, readonly Observation[]>();
  #factors: readonly CalibrationFactor[] | undefined;

  constructor(jobs: Store<DistillationJob>) {
    for (const job of jobs.list()) this.#look(formatKey(keyOf(job)), job);
    jobs.subscribe((_type, job, previous) => {
      const known = job ?? previous;
      if (known !== undefined) this.#look(formatKey(keyOf(known)), job);
    });
  }

  /** One factor for each kind of run; worked out again only after a run was added or is gone. */
  factors(): readonly CalibrationFactor[] {
    this.#factors ??= calibrate([...this.#observations.values()].flat());
    return this.#factors;
  }

  #look(key: string, job: DistillationJob | undefined): void {
    const before = this.#observations.get(key) ?? [];
    const after = job === undefined ? [] : observationsOf(job);
    if (before.length === 0 && after.length === 0) return;
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.#factors = undefined;
    if (after.length === 0) this.#observations.delete(key);
    else this.#observations.set(key, after);
  }
}
