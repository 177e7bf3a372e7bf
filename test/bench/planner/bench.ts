/**
 * Prints how wrong the estimators are against measurements by others, how long a plan takes, and how its choices compare with
 * simpler rules. `node test/bench/planner/bench.ts`
 */
import { makePlan } from '../../../src/domain/planning/plan.ts';
import type { PlanInputs } from '../../../src/domain/planning/request.ts';
import { discover } from '../../unit/domain/planning/builders.ts';
import { fleet, fleetInputs } from './fleet.ts';
import { renderSummary, summarise, summaryOf } from '../../../src/cli/estimate-command.ts';
import { ENGINES, type EngineConstants } from '../../../src/domain/planning/constants.ts';
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
import { printScores } from './score.ts';
import { trainingRates } from './training-rates.ts';

const REPEATS = 15;

function printErrors(): void {
  if (!hasMeasurements()) {
    console.log(`estimator errors: skipped, ${WHY_SKIPPED}`);
    return;
  }
  console.log('default constants\n');
  console.log(renderSummary(summarise([...estimates(batchRows()), ...estimates(servingRows())])));
  const impossible = estimates(batchRows()).filter(({ possible }) => !possible).length;
  console.log(`\nrows faster than physics allows, left out: ${impossible}`);
}

function printTraining(): void {
  if (!hasMeasurements()) return;
  const rates = trainingRates(trainingRows());
  console.log('\ntraining, tokens a second: published, predicted, error');
  for (const { what, measured, predicted } of rates) {
    const error = `${((predicted / measured - 1) * 100).toFixed(0)} %`;
    console.log(
      `  ${what.padEnd(50)}${String(measured).padStart(8)}${predicted.toFixed(0).padStart(8)}${error.padStart(8)}`,
    );
  }
  console.log(`  mean error of ${rates.length} rows: ${(mean(absoluteErrors(rates)) * 100).toFixed(1)} %`);
}

/** The batch rows again, with constants fitted to them, and with constants fitted to all but what they are tried on. */
function printFit(): void {
  if (!hasMeasurements()) return;
  const rows = batchRows();
  const fitted = fitEngine(rows);
  console.log('\nconstants fitted to the batch rows\n');
  console.log(
    renderSummary([
      ...Object.entries(ENGINES).map(([name, engine]) => summaryOf(name, estimates(rows, engine))),
      summaryOf('fitted here, to all rows', estimates(rows, fitted)),
    ]),
  );
  console.log(`\n${describeEngine(fitted)}\n`);
  const held = [...crossValidate(rows, ({ gpu = '' }) => gpu), ...crossValidate(rows, ({ model = '' }) => model)];
  for (const { left, rows: count, error } of held)
    console.log(
      `held out ${left.padEnd(28)}${String(count).padStart(4)} rows  mean error ${(error * 100).toFixed(1)} %`,
    );
}

function describeEngine(engine: EngineConstants): string {
  const micros = (seconds: number): string => `${(seconds * 1e6).toFixed(0)} us`;
  return [
    `bandwidth ${engine.bandwidthEfficiency.toFixed(2)}, decode MFU ${engine.decodeMfu.toFixed(2)}`,
    `step ${micros(engine.stepSeconds)}, layer ${micros(engine.layerSeconds)}`,
    `sequence ${micros(engine.sequenceSeconds)}, all-reduce ${micros(engine.allReduceSeconds)}`,
  ].join(', ');
}

function printTimes(): void {
  console.log('\nplanner                                          pools  candidates  feasible  front   CPU ms');
  const nodes = fleet(5_000);
  const discovery = timed(() => discover(nodes));
  console.log(
    `${'discover 5,000 nodes'.padEnd(46)}${String(discover(nodes).pools.length).padStart(8)}${discovery.toFixed(1).padStart(41)}`,
  );
  printPlan('plan, 12 pairs x 3 methods', fleetInputs(nodes, 3, 4));
  printPlan('plan, 50 pairs x 3 methods', fleetInputs(nodes, 5, 10));
  printPlan('plan, 100 pairs x 3 methods', fleetInputs(nodes, 10, 10));
  printPlan('plan, 200 pairs x 3 methods', fleetInputs(nodes, 20, 10));
}

function printPlan(title: string, inputs: PlanInputs): void {
  const milliseconds = timed(() => makePlan(inputs));
  const { considered, feasible, front } = makePlan(inputs);
  const cells = [
    String(inputs.pools.length).padStart(8),
    String(considered).padStart(12),
    String(feasible).padStart(10),
    String(front.length).padStart(7),
  ];
  console.log(`${title.padEnd(46)}${cells.join('')}${milliseconds.toFixed(1).padStart(9)}`);
}

/** Milliseconds of processor time, all threads: what a run takes on an idle core. The least of a few after two that warm up. */
function timed(work: () => unknown): number {
  work();
  work();
  const times = Array.from({ length: REPEATS }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

printErrors();
printTraining();
printFit();
printTimes();
printScores(1_000, 1);
