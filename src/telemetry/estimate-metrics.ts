import { Histogram, type Registry } from 'prom-client';
import type { Observation } from '../domain/planning/calibration.ts';

/** Close around 1, where a right prediction lies. */
const errorRatios = [0.1, 0.25, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 10];

/** How far off the estimators are, by what is held against them. */
export class EstimateMetrics {
  readonly #ratios: Histogram;

  constructor(registry: Registry) {
    this.#ratios = new Histogram({
      name: 'stratos_estimate_error_ratio',
      help: 'Measured time over the time that the estimators, uncalibrated, give it: of finished stages and of served students; real hardware only.',
      labelNames: ['quantity', 'device'],
      buckets: errorRatios,
      registers: [registry],
    });
  }

  /** Counts what is in the second and not in the first. */
  stored(before: readonly Observation[], after: readonly Observation[]): void {
    const known = new Set(before.map((observation) => JSON.stringify(observation)));
    for (const observation of after) {
      const { quantity, device, measuredSeconds, predictedSeconds, simulated } = observation;
      const ratio = measuredSeconds / predictedSeconds;
      if (simulated || !Number.isFinite(ratio) || known.has(JSON.stringify(observation))) continue;
      this.#ratios.observe({ quantity, device }, ratio);
    }
  }
}
