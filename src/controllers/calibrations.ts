/** What finished jobs and served students have taught, kept up to date from the cache: only what changed is looked at again. */
import { observationsOf } from '../domain/distillation/observations.ts';
import { calibrate, type CalibrationFactor, type Observation } from '../domain/planning/calibration.ts';
import { servingObservations } from '../domain/student/serving-estimate.ts';
import type { Store } from '../kube/store.ts';
import { formatKey, keyOf, type KubeObject } from '../kube/types.ts';
import type { Stores } from './stores.ts';

/** Is told what a stored status holds of measurements; the metrics are one. */
export interface EstimateLog {
  stored(before: readonly Observation[], after: readonly Observation[]): void;
}

export class Calibrations {
  readonly #observations = new Map<string, readonly Observation[]>();
  #factors: readonly CalibrationFactor[] | undefined;

  constructor({ distillationJobs, studentDeployments }: Pick<Stores, 'distillationJobs' | 'studentDeployments'>) {
    this.#follow('job', distillationJobs, observationsOf);
    this.#follow('student', studentDeployments, servingObservations);
  }

  /** One factor for each kind of run; worked out again only after a run was added or is gone. */
  factors(): readonly CalibrationFactor[] {
    this.#factors ??= calibrate([...this.#observations.values()].flat());
    return this.#factors;
  }

  #follow<T extends KubeObject>(kind: string, store: Store<T>, read: (object: T) => readonly Observation[]): void {
    const idOf = (object: T): string => `${kind} ${formatKey(keyOf(object))}`;
    for (const object of store.list()) this.#keep(idOf(object), read(object));
    store.subscribe((_type, object, previous) => {
      const known = object ?? previous;
      if (known !== undefined) this.#keep(idOf(known), object === undefined ? [] : read(object));
    });
  }

  #keep(id: string, after: readonly Observation[]): void {
    const before = this.#observations.get(id) ?? [];
    if (before.length === 0 && after.length === 0) return;
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.#factors = undefined;
    if (after.length === 0) this.#observations.delete(id);
    else this.#observations.set(id, after);
  }
}
