/** A process that plans for the first time, and says what that took: `first-plan.ts` starts it anew for each figure. */
import type { FirstPlan } from './first-plan.ts';

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const started = cpu();
const { makePlan } = await import('../../../src/domain/planning/plan.ts');
const loaded = cpu();
const { fleet, fleetInputs } = await import('./fleet.ts');

const [nodes = 0, teachers = 0, students = 0] = process.argv.slice(2).map(Number);
const inputs = fleetInputs(fleet(nodes), teachers, students);

const plans = Array.from({ length: 30 }, () => {
  const before = cpu();
  makePlan(inputs);
  return cpu() - before;
});
const [first = 0, second = 0] = plans;
const found: FirstPlan = {
  modules: loaded - started,
  first,
  second,
  warm: Math.min(...plans),
};
process.stdout.write(JSON.stringify(found));
