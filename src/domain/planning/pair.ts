import type { Proportion } from '../statistics.ts';
import { type AccuracyEstimate, expectedAccuracy, measuredAccuracy, pilotedAccuracy } from './accuracy.ts';
import { refuseLicence } from './licence.ts';
import type { ModelFacts } from './model-facts.ts';
import type { PilotResult } from './pilot-result.ts';
import type { Refusal } from './placement.ts';
import { type Recipe, recipeKey } from './recipe.ts';
import type {
  Comparison,
  Loss,
  Method,
  PlanInputs,
  ProfiledModel,
  Strategy,
  StudentOption,
  TeacherOption,
} from './request.ts';
import { lossesOf, refuseLoss } from './pair-loss.ts';
import { areSaneFacts } from './sane-inputs.ts';
import { chooseStrategy, ratio, type StrategyDecision } from './strategy.ts';
import { trainingSteps } from './training.ts';
import { workloadOf } from './workload.ts';

/** A teacher as the profile knows it. */
interface Teacher {
  readonly option: TeacherOption;
  /** Null for an endpoint, whose weights nobody sees. */
  readonly facts: ModelFacts | null;
  readonly accuracy: Proportion | null;
}

export interface Student {
  readonly option: StudentOption;
  readonly facts: ModelFacts;
  readonly accuracy: Proportion | null;
}

/** What is trained and how, wherever it runs. */
export interface Pair {
  readonly teacher: Teacher;
  readonly student: Student;
  readonly strategy: Strategy;
  readonly method: Method;
  readonly loss: Loss;
  readonly comparison: Comparison;
  readonly accuracy: AccuracyEstimate;
  /** What a trial run of it found. */
  readonly pilot: PilotResult | undefined;
}

export interface Pairing {
  readonly pairs: readonly Pair[];
  readonly refused: readonly (Refusal & PairName)[];
  readonly decisions: readonly StrategyDecision[];
}

export type PairName = Partial<Recipe>;

const TOKEN_BY_TOKEN: Comparison = { topTokens: 0, universal: false };
const METHODS: readonly Method[] = ['Full', 'LoRA', 'QLoRA'];

/** Every teacher with every student by every method, less what cannot work on any hardware. */
export function makePairs(inputs: PlanInputs, minAccuracy: number | undefined): Pairing {
  const { request } = inputs;
  const teachers = byName(request.teachers).map((option) => teacherOf(option, inputs));
  const decisions = teachers.map((teacher) => chooseStrategy(evidenceOf(teacher, inputs), request.strategy));
  const students = byName(request.students).map((option) => studentOf(option, inputs));
  const methods = methodsOf(request.training);
  const comparison = request.training.comparison ?? TOKEN_BY_TOKEN;
  const known = students.filter((student) => 'facts' in student);
  const makePair = pairMaker(inputs);
  const all = teachers.flatMap((teacher, i) =>
    (decisions[i]?.strategies ?? []).flatMap((strategy) =>
      known.flatMap((student) =>
        methods.flatMap((method) =>
          lossesOf(request.training.loss, strategy).map((loss) =>
            makePair({ teacher, student, strategy, method, loss, comparison }),
          ),
        ),
      ),
    ),
  );
  const judged = all.map((pair) => ({ pair, refusal: refusePair(pair, request.training.loss, minAccuracy) }));
  const refused = judged.flatMap(({ pair, refusal }) => (refusal ? [{ ...refusal, ...pairName(pair) }] : []));
  return {
    pairs: judged.filter(({ refusal }) => !refusal).map(({ pair }) => pair),
    refused: [...students.filter((student) => 'reason' in student), ...refused],
    decisions,
  };
}

function methodsOf({ method, fallbackMethod }: PlanInputs['request']['training']): readonly Method[] {
  if (method === 'Auto') return METHODS;
  return fallbackMethod === undefined ? [method] : [method, fallbackMethod];
}

function teacherOf(option: TeacherOption, inputs: PlanInputs): Teacher {
  const profiled = profileOf(inputs, 'Teacher', option.name);
  return { option, facts: saneFacts(profiled), accuracy: measuredAccuracy(profiled) };
}

function studentOf(option: StudentOption, inputs: PlanInputs): Student | (Refusal & PairName) {
  const profiled = profileOf(inputs, 'Student', option.name);
  const facts = saneFacts(profiled);
  if (facts) return { option, facts, accuracy: measuredAccuracy(profiled) };
  const message = `nothing is known about the size of student ${option.name}`;
  return { student: option.name, reason: 'ModelFactsMissing', message };
}

/** Facts that make no sense are no facts. */
function saneFacts(model: ProfiledModel | undefined): ModelFacts | null {
  return model?.facts && areSaneFacts(model.facts) ? model.facts : null;
}

function profileOf({ profile }: PlanInputs, role: ProfiledModel['role'], name: string): ProfiledModel | undefined {
  return profile.models.find((model) => model.role === role && model.name === name);
}

function evidenceOf({ option, accuracy }: Teacher, { pilots = [] }: PlanInputs) {
  const measured = pilots.filter((pilot) => pilot.teacher === option.name && 'steps' in pilot);
  return { teacher: option.name, accuracy, tried: measured.map(({ strategy }) => strategy) };
}

type PairParts = Omit<Pair, 'accuracy' | 'pilot'>;

function pairMaker(inputs: PlanInputs): (parts: PairParts) => Pair {
  const pilots = new Map((inputs.pilots ?? []).map((pilot) => [recipeKey(pilot), pilot]));
  const wholeSteps = trainingSteps(workloadOf(inputs));
  return (parts) => {
    const { teacher, student, strategy, method, loss } = parts;
    const prior = expectedAccuracy({ teacher: teacher.accuracy, student: student.accuracy, strategy, method });
    const measured = (pilot: PilotResult | undefined): AccuracyEstimate | null =>
      pilot && 'steps' in pilot ? pilotedAccuracy(prior, pilot, wholeSteps) : null;
    const text = { teacher: teacher.option.name, student: student.option.name, strategy, method };
    const pilot = pilots.get(recipeKey({ ...text, loss }));
    const isExtra = inputs.request.training.loss === 'Auto' && loss !== 'SequenceLevel';
    const twin = isExtra ? measured(pilots.get(recipeKey(text))) : null;
    return { ...parts, accuracy: measured(pilot) ?? likeTwin(prior, twin), pilot };
  };
}

/** Nobody knows of logits that they teach more than text before a trial run has shown it, only that they might. */
function likeTwin(prior: AccuracyEstimate, twin: AccuracyEstimate | null): AccuracyEstimate {
  return twin === null ? prior : { ...twin, high: Math.max(twin.high, prior.high), basis: prior.basis };
}

/** Without a loss where it is text. */
export function pairName({ teacher, student, strategy, method, loss }: Pair): Recipe {
  const name = { teacher: teacher.option.name, student: student.option.name, strategy, method };
  return loss === 'SequenceLevel' ? name : { ...name, loss };
}

/** The teacher that is in memory at every step; null where its answers, or what it finds likeliest, are on disk. */
export function residentTeacher({ loss, teacher, comparison }: Pair): ModelFacts | null {
  return loss === 'SequenceLevel' || comparison.topTokens > 0 ? null : teacher.facts;
}

/** The teacher that reads the training data once, alone, before the student trains. */
export function scoringTeacher({ loss, teacher, comparison }: Pair): ModelFacts | null {
  return loss === 'Logits' && comparison.topTokens > 0 ? teacher.facts : null;
}

/** Whether the teacher writes anything: injection trains on given answers, and asks it for reasons at most. */
export function teacherGenerates({ strategy }: Pick<Pair, 'strategy'>, rationale: boolean): boolean {
  return strategy !== 'KnowledgeInjection' || rationale;
}

function refusePair(pair: Pair, asked: 'Auto' | Loss, minAccuracy: number | undefined): Refusal | null {
  const { teacher, student, method, accuracy, pilot } = pair;
  if (pilot && 'failure' in pilot) return { reason: 'PilotFailed', message: `its trial run failed: ${pilot.failure}` };
  const forbidden = refuseLicence(teacher.option, student.option);
  if (forbidden) return forbidden;
  if (!teacher.facts && !teacher.option.endpoint) {
    return {
      reason: 'ModelFactsMissing',
      message: `nothing is known about the size of teacher ${teacher.option.name}`,
    };
  }
  if (method !== 'Full' && student.option.randomlyInitialised) {
    return {
      reason: 'MethodNotApplicable',
      message: `${student.option.name} starts from random weights, on which adapters learn nothing`,
    };
  }
  return refuseLoss(pair, asked) ?? refuseAccuracy(accuracy, minAccuracy);
}

/** A prediction only rules out what it cannot reach; whether the floor is met is for the evaluation to measure. */
function refuseAccuracy(accuracy: AccuracyEstimate, minAccuracy: number | undefined): Refusal | null {
  if (minAccuracy === undefined || accuracy.high >= minAccuracy) return null;
  return {
    reason: 'AccuracyBelowFloor',
    message: `at best ${ratio(accuracy.high)} is expected; the floor is ${ratio(minAccuracy)}`,
  };
}

function byName<T extends { readonly name: string }>(options: readonly T[]): readonly T[] {
  return [...options].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
