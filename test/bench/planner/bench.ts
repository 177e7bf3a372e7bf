/** Prints how wrong the estimators are against measurements by others, and how long a plan takes. `node test/bench/planner/bench.ts` */
import { makePlan } from '../../../src/domain/planning/plan.ts';
import type { PlanInputs } from '../../../src/domain/planning/request.ts';
import { discover } from '../../unit/domain/planning/builders.ts';
import { fleet, fleetInputs } from './fleet.ts';
import {
  absoluteErrors,
  batchLatency,
  type Comparison,
  hasMeasurements,
  mean,
  quantile,
  servingLatency,
  WHY_SKIPPED,
} from './measured.ts';

const REPEATS = 15;

function printErrors(): void {
  if (!hasMeasurements()) {
    console.log(`estimator errors: skipped, ${WHY_SKIPPED}`);
    return;
  }
  const { believed, impossible } = batchLatency();
  const { interToken, firstToken } = servingLatency();
  console.log('estimator errors, unfitted constants            rows    mean  median     p90');
  printTable('batch latency, vLLM 2024', believed);
  printTable('inter-token latency, vLLM 0.1x', interToken);
  printTable('time to first token, vLLM 0.1x', firstToken);
  console.log(`rows faster than physics allows: ${impossible} of ${believed.length + impossible}, left out`);
}

/** The whole, then by GPU, then by model. */
function printTable(title: string, rows: readonly Comparison[]): void {
  printRow(title, rows);
  for (const by of ['gpu', 'model'] as const) {
    for (const [name, part] of [...Map.groupBy(rows, (row) => row[by])].sort(([a], [b]) => a.localeCompare(b)))
      printRow(`  ${name}`, part);
  }
}

function printRow(title: string, rows: readonly Comparison[]): void {
  const errors = absoluteErrors(rows);
  const cells = [mean(errors), quantile(errors, 0.5), quantile(errors, 0.9)].map((value) =>
    `${(value * 100).toFixed(1)} %`.padStart(8),
  );
  console.log(`${title.padEnd(46)}${String(rows.length).padStart(6)}${cells.join('')}`);
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
printTimes();
