// Compares the built-in autoscaler with HPA's algorithm and KEDA's defaults on the same requests; ends with 1 where it is worse.
// `make bench-autoscale`, or `node test/bench/autoscale/bench.ts --seed 7 --only day --svg autoscale.svg`
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { renderTable } from '../../../src/cli/table.ts';
import { beaten, compare, type Hardware, type Result } from './compare.ts';
import { drawPanels, type Panel, sparkline } from './draw.ts';
import { readTraces, type Scenario, scenarios, type TraceShape } from './workload.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '18' },
    only: { type: 'string' },
    svg: { type: 'string', default: 'dist/bench-autoscale.svg' },
  },
});

/** A large batch, which hides load from a count of waiting requests, and a small one, which does not. */
const machines: readonly Hardware[] = [
  { product: 'L4', modelId: 'Qwen/Qwen2.5-3B-Instruct' },
  { product: 'L4', modelId: 'meta-llama/Llama-3.1-8B-Instruct' },
];

const chosen = scenarios.filter(({ name }) => values.only === undefined || values.only === name);
const panels = machines.flatMap((hardware) =>
  readTraces().flatMap((trace) => chosen.map((scenario) => played(scenario, trace, hardware))),
);

function played(scenario: Scenario, trace: TraceShape, hardware: Hardware): Panel & { readonly isWorse: boolean } {
  const results = compare(scenario, { trace, hardware, seed: Number(values.seed) });
  const place = `${hardware.modelId.split('/')[1]} on ${hardware.product}`;
  const title = `${scenario.name}: ${trace.name}, ${place}, ${results[0]?.firstTokenSeconds} s`;
  return { title, results, isWorse: beaten(results).length > 0 };
}

for (const { title, results } of panels) {
  const most = Math.max(...results.flatMap(({ outcome }) => outcome.replicas));
  console.log(`\n${title} (at most ${most} replicas)`);
  console.log(`  ${'needed'.padEnd(34)}${sparkline(results[0]?.outcome.demand ?? [], most)}`);
  for (const { policy, outcome } of results) console.log(`  ${policy.padEnd(34)}${sparkline(outcome.replicas, most)}`);
}

const cells = ({ outcome }: Result): string[] => [String(outcome.violatedMinutes), outcome.gpuHours.toFixed(1)];
const columns = ['BUILT-IN', 'HPA', 'KEDA'].flatMap((name) => [
  { title: `${name} MIN`, align: 'right' as const },
  { title: 'GPU-H', align: 'right' as const },
]);
console.log(
  '\nMIN: minutes in which more than 5 % of the requests waited longer for their first token than the load says',
);
console.log(
  renderTable(
    [{ title: 'LOAD' }, ...columns, { title: '' }],
    panels.map(({ title, results, isWorse }) => [title, ...results.flatMap(cells), isWorse ? 'WORSE' : '']),
  ),
);
mkdirSync(dirname(values.svg), { recursive: true });
writeFileSync(values.svg, drawPanels(panels));
console.log(`\ndrawn in ${values.svg}`);
process.exitCode = panels.some(({ isWorse }) => isWorse) ? 1 : 0;
