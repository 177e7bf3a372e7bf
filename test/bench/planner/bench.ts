/**
 * Prints how long a plan takes and how much memory, how both grow, and whether the front is the right one. Exits with 1 when a
 * limit is missed. `node test/bench/planner/bench.ts`, the first part of `make bench`
 */
import { makePlan } from '../../../src/domain/planning/plan.ts';
import { renderTable } from '../../../src/cli/table.ts';
import { discover } from '../../unit/domain/planning/builders.ts';
import { Limits } from '../limits.ts';
import { firstPlan } from './first-plan.ts';
import { fleet, fleetInputs } from './fleet.ts';
import { countWrongFronts } from './front-check.ts';
import { peakHeap } from './peak-heap.ts';

const NODES = 3_700;
const REPEATS = 40;
const MIB = 1024 ** 2;

const limits = new Limits();
const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;

/** Milliseconds of processor time, all threads: what a run takes on an idle core. The least of many, after some that warm up. */
function processorTime(work: () => unknown, repeats = REPEATS): number {
  const times = Array.from({ length: repeats }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** The planner has three methods: 20 teachers by 20 students by these are as many recipes as 200 pairs by 6 methods. */
const SIZES = [
  { teachers: 5, students: 10 },
  { teachers: 10, students: 10 },
  { teachers: 10, students: 20 },
  { teachers: 20, students: 20 },
] as const;

interface Timed {
  readonly candidates: number;
  readonly time: number;
}

function printPlans(nodes: ReturnType<typeof fleet>): void {
  const rows: string[][] = [];
  const timed: Timed[] = [];
  for (const { teachers, students } of SIZES) {
    const inputs = fleetInputs(nodes, teachers, students);
    const { considered, feasible, front } = makePlan(inputs);
    const time = processorTime(() => makePlan(inputs));
    timed.push({ candidates: considered, time });
    rows.push([
      `${teachers * students} pairs x 3`,
      ...[considered, feasible, front.length].map(String),
      time.toFixed(1),
    ]);
  }
  const right = { align: 'right' } as const;
  console.log(
    renderTable(
      [
        { title: `${NODES} NODES, 40 POOLS` },
        { title: 'CANDIDATES', ...right },
        { title: 'FEASIBLE', ...right },
        { title: 'FRONT', ...right },
        { title: 'CPU MS', ...right },
      ],
      rows,
    ),
  );
  limits.atMost(
    '1,200 recipes (as 200 pairs by 6 methods), processor time',
    timed.at(-1)?.time ?? Number.NaN,
    50,
    milliseconds,
  );
  limits.atMost('growth: time as this power of the candidates', exponentOf(timed), 1.15, (value) => value.toFixed(2));
}

/** A process plans slowly before its functions are compiled: nothing else is behind it, as loading is told apart. */
async function printFirstPlans(): Promise<void> {
  const sizes = [
    { nodes: NODES, teachers: 1, students: 3 },
    { nodes: NODES, teachers: 20, students: 20 },
  ];
  const rows: string[][] = [];
  for (const size of sizes) {
    const { modules, first, second, warm } = await firstPlan(size);
    const figures = [modules, first, second, warm].map((value) => value.toFixed(0));
    rows.push([`${size.teachers * size.students} pairs x 3`, ...figures]);
  }
  const titles = ['MODULES', 'FIRST PLAN', 'SECOND', 'WARM'];
  const columns = titles.map((title) => ({ title, align: 'right' }) as const);
  console.log(`\n${renderTable([{ title: 'A NEW PROCESS, CPU MS' }, ...columns], rows)}`);
  console.log(
    'no module is loaded and no schema compiled in it: what the first plan takes beyond a warm one is interpreting and compiling',
  );
}

/** The slope of a straight line through the points on logarithmic scales. */
function exponentOf(timed: readonly Timed[]): number {
  const points = timed.map(({ candidates, time }) => [Math.log(candidates), Math.log(time)] as const);
  const mean = (k: 0 | 1): number => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

const nodes = fleet(NODES);
console.log(`discovery of the pools, when nodes change: ${processorTime(() => discover(nodes), 10).toFixed(1)} ms\n`);
printPlans(nodes);
await printFirstPlans();
const { bytes, samples } = await peakHeap({ nodes: NODES, teachers: 20, students: 20 });
console.log(`\npeak heap of the largest, over what its inputs take: the most of ${samples} looks during 10 plans`);
limits.atMost('1,200 recipes, peak heap over the baseline', bytes / MIB, 64, (value) => `${value.toFixed(1)} MiB`);
const checked = countWrongFronts(10_000, 1);
console.log(
  `\nfronts against brute force: ${checked.cases} random cases of 2 to 4 objectives, ${checked.points} points, with ties, duplicates, infinities and -0`,
);
limits.atMost('fronts that differ from brute force', checked.wrong, 0, String);
limits.report();
