/**
 * Prints how wrong the estimators are against measurements by others, by GPU and by model, and tries constants on hardware and
 * models that they were not fitted to. Exits with 1 when an error is over its limit. `make bench-estimates`
 */
import { renderSummary, summarise, summaryOf } from '../../../src/cli/estimate-command.ts';
import { ENGINES, type EngineConstants } from '../../../src/domain/planning/constants.ts';
import { Limits, percent } from '../limits.ts';
import { crossValidate, fitEngine } from './fit.ts';
import {
  absoluteErrors,
  batchRows,
  estimates,
  hasMeasurements,
  mean,
  servingRows,
  trainingRows,
  WHY_SKIPPED,
} from './measured.ts';
import { trainingRates } from './training-rates.ts';

const limits = new Limits();

function printDefaults(): void {
  const batch = estimates(batchRows());
  const serving = estimates(servingRows());
  const possible = [...batch, ...serving].filter((value) => value.possible);
  console.log('default constants\n');
  console.log(renderSummary(summarise(possible)));
  console.log(`\nrows faster than physics allows, left out: ${batch.length + serving.length - possible.length}`);
  const of = (quantity: string) =>
    summaryOf(
      quantity,
      possible.filter((value) => value.quantity === quantity),
    );
  limits.atMost('batch latency, default constants, mean', of('batch latency').mean, 0.16, percent);
  limits.atMost('inter-token latency, dense, median', of('inter-token latency').median, 0.1, percent);
  limits.atMost('time to first token, dense, mean', of('time to first token').mean, 0.25, percent);
}

function printTraining(): void {
  const rates = trainingRates(trainingRows());
  console.log('\ntraining, tokens a second: published, predicted, error');
  for (const { what, measured, predicted } of rates) {
    const error = `${((predicted / measured - 1) * 100).toFixed(0)} %`;
    console.log(
      `  ${what.padEnd(50)}${String(measured).padStart(8)}${predicted.toFixed(0).padStart(8)}${error.padStart(8)}`,
    );
  }
  limits.atMost(`training throughput, ${rates.length} rows, mean`, mean(absoluteErrors(rates)), 0.2, percent);
}

/** The batch rows again, with constants fitted to them, and with constants fitted to all but what they are tried on. */
function printFit(): void {
  const rows = batchRows();
  const fitted = fitEngine(rows);
  const published = summaryOf('vllm-2024', estimates(rows, ENGINES['vllm-2024']));
  console.log('\nbatch latency by constants that were fitted to it\n');
  console.log(renderSummary([published, summaryOf('fitted here, to all rows', estimates(rows, fitted))]));
  console.log(`\n${describeEngine(fitted)}`);
  limits.atMost('batch latency, fitted constants (vllm-2024), mean', published.mean, 0.1, percent);
  for (const [what, by] of [
    ['GPU', 'gpu'],
    ['model', 'model'],
  ] as const) {
    const held = crossValidate(rows, (row) => row[by] ?? '');
    console.log(`\nheld out, by ${what}: all rows of one left out of the fit, and predicted by it`);
    for (const { left, rows: count, error } of held)
      console.log(`  ${left.padEnd(34)}${String(count).padStart(4)} rows  mean error ${percent(error)}`);
    const worst = Math.max(...held.map(({ error }) => error));
    limits.atMost(`batch latency of a ${what} not fitted to, mean, the worst`, worst, 0.12, percent);
  }
}

function describeEngine(engine: EngineConstants): string {
  const micros = (seconds: number): string => `${(seconds * 1e6).toFixed(0)} us`;
  return [
    `bandwidth ${engine.bandwidthEfficiency.toFixed(2)}, decode MFU ${engine.decodeMfu.toFixed(2)}`,
    `step ${micros(engine.stepSeconds)}, layer ${micros(engine.layerSeconds)}`,
    `sequence ${micros(engine.sequenceSeconds)}, all-reduce ${micros(engine.allReduceSeconds)}`,
  ].join(', ');
}

if (hasMeasurements()) {
  printDefaults();
  printTraining();
  printFit();
  limits.report();
} else {
  console.log(`estimator errors: skipped, ${WHY_SKIPPED}`);
}
