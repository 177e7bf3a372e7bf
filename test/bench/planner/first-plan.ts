/** What the first plan of a process takes, in processes that have done nothing before. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Milliseconds of processor time. */
export interface FirstPlan {
  /** To load the planner's modules, types stripped. */
  readonly modules: number;
  readonly first: number;
  readonly second: number;
  /** The least of thirty. */
  readonly warm: number;
}

export interface PlanSize {
  readonly nodes: number;
  readonly teachers: number;
  readonly students: number;
}

const worker = fileURLToPath(new URL('first-plan-worker.ts', import.meta.url));
const run = promisify(execFile);

/** The least of several processes in each figure: what an idle core would take. */
export async function firstPlan({ nodes, teachers, students }: PlanSize, processes = 5): Promise<FirstPlan> {
  const found: FirstPlan[] = [];
  for (let i = 0; i < processes; i += 1) {
    const { stdout } = await run(process.execPath, [worker, ...[nodes, teachers, students].map(String)]);
    found.push(JSON.parse(stdout) as FirstPlan);
  }
  const least = (of: keyof FirstPlan): number => Math.min(...found.map((one) => one[of]));
  return {
    modules: least('modules'),
    first: least('first'),
    second: least('second'),
    warm: least('warm'),
  };
}
