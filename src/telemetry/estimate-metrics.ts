import { Histogram, type Registry } from 'prom-client';

/** Close around 1, where a right prediction lies. */
const errorRatios = [0.1, 0.25, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 10];

/** One finished run, or one served student, by the estimators and by the clock. */
export interface Comparison {
  readonly quantity: string;
  /** GPU product, or CPU. */
  readonly device: string;
  readonly predictedSeconds: number;
  readonly measuredSeconds: number;
  /** On a node that only plays its hardware. */
  readonly simulated: boolean;
}

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
  stored(before: readonly Comparison[], after: readonly Comparison[]): void {
    const known = new Set(before.map((comparison) => JSON.stringify(comparison)));
    for (const comparison of after) {
      const { quantity, device, measuredSeconds, predictedSeconds, simulated } = comparison;
      const ratio = measuredSeconds / predictedSeconds;
      if (simulated || !Number.isFinite(ratio) || known.has(JSON.stringify(comparison))) continue;
      this.#ratios.observe({ quantity, device }, ratio);
    }
  }
}
