/** Searches over students of the catalogue, with results as a test says. */
import type { PilotResult } from '../../../../src/domain/planning/pilot-result.ts';
import {
  nextPilot,
  type Pilot,
  type SearchLimits,
  type SearchStep,
} from '../../../../src/domain/planning/pilot-search.ts';
import type { PlanInputs, PlanRequest } from '../../../../src/domain/planning/request.ts';
import { addMoney, type Money, ZERO_MONEY } from '../../../../src/domain/money.ts';
import { aProfile, aRequest, facts, h100Node, l4Node, planInputs, poolsOf } from './builders.ts';

const sizes = ['0.5B', '1.5B', '3B', '7B'] as const;
const studentNames = sizes.map((size) => `s${size.toLowerCase().replace('.', '-')}`);

/** Students of four sizes, of which the probe knows the same: only their sizes tell them apart. */
export function fourStudents(changes: Partial<PlanRequest> = {}, teacherCorrect = 180): PlanInputs {
  const students = sizes.map((size, index) => ({
    name: studentNames[index] ?? '',
    role: 'Student' as const,
    samples: 200,
    correct: 20 + 15 * index,
    facts: facts(`Qwen/Qwen2.5-${size}-Instruct`),
  }));
  const [teacher] = aProfile().models;
  if (!teacher) throw new Error('the profile has no teacher');
  return planInputs({
    pools: poolsOf(h100Node(), l4Node()),
    profile: aProfile({ models: [{ ...teacher, correct: teacherCorrect }, ...students] }),
    request: aRequest({
      students: studentNames.map((name) => ({ name })),
      training: { ...aRequest().training, method: 'Full' },
      ...changes,
    }),
  });
}

export const noLimits: SearchLimits = {
  maxPilots: 32,
  money: null,
  spent: ZERO_MONEY,
  currency: 'USD',
  probeSamples: 200,
  warmupSteps: 20,
};

export interface Played {
  readonly starts: readonly Extract<SearchStep, { type: 'start' }>[];
  readonly end: Extract<SearchStep, { type: 'over' }>;
  readonly spent: Money;
}

interface Play {
  readonly inputs: PlanInputs;
  readonly limits: SearchLimits;
  /** Right answers of 200, or a failure. */
  readonly result: (pilot: Pilot, run: number) => number | 'fails';
  /** What a run costs. */
  readonly cost?: (step: Extract<SearchStep, { type: 'start' }>) => Money;
}

/** Plays a whole search, as the operator would carry it out. */
export function playSearch({ inputs, limits, result, cost = () => ZERO_MONEY }: Play): Played {
  const starts: Played['starts'][number][] = [];
  let pilots: readonly Pilot[] = [];
  let spent = limits.spent;
  for (;;) {
    const found = resultsOf(pilots);
    const step = nextPilot({ ...inputs, ...(found.length > 0 ? { pilots: found } : {}) }, pilots, { ...limits, spent });
    if (step.type === 'over') return { starts, end: step, spent };
    starts.push(step);
    if (starts.length > 200) throw new Error('the search does not end');
    spent = addMoney(spent, cost(step));
    pilots = step.pilots.map((pilot) => (pilot.state === 'Running' ? ended(pilot, step) : pilot));
  }

  function ended(pilot: Pilot, step: Extract<SearchStep, { type: 'start' }>): Pilot {
    const correct = result(pilot, starts.length - 1);
    if (correct === 'fails') return { ...pilot, state: 'Failed' };
    return { ...pilot, state: 'Measured', measured: { steps: step.size.steps, samples: 200, correct } };
  }
}

function resultsOf(pilots: readonly Pilot[]): PilotResult[] {
  return pilots.flatMap(({ recipe, state, measured }): PilotResult[] => {
    if (state === 'Failed') return [{ ...recipe, failure: 'OutOfMemory' }];
    return measured === undefined ? [] : [{ ...recipe, ...measured }];
  });
}

export function studentsOf({ starts }: Played): string[] {
  return starts.map(({ pilots, name }) => pilots.find((pilot) => pilot.name === name)?.recipe.student ?? '');
}
