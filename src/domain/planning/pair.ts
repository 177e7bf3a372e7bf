import type { Proportion } from '../statistics.ts';
import { type AccuracyEstimate, expectedAccuracy, measuredAccuracy, pilotedAccuracy } from './accuracy.ts';
import { refuseLicence } from './licence.ts';
import type { ModelFacts } from './model-facts.ts';
import type { PilotResult } from './pilot-result.ts';
import type { Refusal } from './placement.ts';
import { recipeKey } from './recipe.ts';
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

export interface PairName {
  readonly teacher?: string;
  readonly student?: string;
  readonly strategy?: Strategy;
  readonly method?: Method;
}

const TOKEN_BY_TOKEN: Comparison = { topTokens: 0, universal: false };
const METHODS: readonly Method[] = ['Full', 'LoRA', 'QLoRA'];

/** Every teacher with every student by every method, less what cannot work on any hardware. */
export function makePairs(inputs: PlanInputs, minAccuracy: number | undefined): Pairing {
  const { request } = inputs;
  const teachers = byName(request.teachers).map((option) => teacherOf(option, inputs));
  const decisions = teachers.map((teacher) => chooseStrategy(evidenceOf(teacher, inputs), request.strategy));
  const students = byName(request.students).map((option) => studentOf(option, inputs));
  const methods = request.training.method === 'Auto' ? METHODS : [request.training.method];
  const loss = request.training.loss === 'Auto' ? 'SequenceLevel' : request.training.loss;
  const comparison = request.training.comparison ?? TOKEN_BY_TOKEN;
  const known = students.filter((student) => 'facts' in student);
  const makePair = pairMaker(inputs);
  const all = teachers.flatMap((teacher, i) =>
    (decisions[i]?.strategies ?? []).flatMap((strategy) =>
      known.flatMap((student) =>
        methods.map((method) => makePair({ teacher, student, strategy, method, loss, comparison })),
      ),
    ),
  );
  const judged = all.map((pair) => ({ pair, refusal: refusePair(pair, minAccuracy) }));
  const refused = judged.flatMap(({ pair, refusal }) => (refusal ? [{ ...refusal, ...pairName(pair) }] : []));
  return {
    pairs: judged.filter(({ refusal }) => !refusal).map(({ pair }) => pair),
    refused: [...students.filter((student) => 'reason' in student), ...refused],
    decisions,
  };
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
    const { teacher, student, strategy, method } = parts;
    const prior = expectedAccuracy({ teacher: teacher.accuracy, student: student.accuracy, strategy, method });
    const pilot = pilots.get(
      recipeKey({ teacher: teacher.option.name, student: student.option.name, strategy, method }),
    );
    const piloted = pilot && 'steps' in pilot ? pilotedAccuracy(prior, pilot, wholeSteps) : null;
    return { ...parts, accuracy: piloted ?? prior, pilot };
  };
}

export function pairName({ teacher, student, strategy, method }: Pair): Required<PairName> {
  return { teacher: teacher.option.name, student: student.option.name, strategy, method };
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

function refusePair(pair: Pair, minAccuracy: number | undefined): Refusal | null {
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
  return refuseLoss(pair) ?? refuseAccuracy(accuracy, minAccuracy);
}

/** Losses on logits need both models to number the same tokens alike, unless what is compared is sorted. */
function refuseLoss({ teacher, student, loss, comparison }: Pair): Refusal | null {
  if (loss === 'SequenceLevel') return null;
  if (!teacher.facts)
    return {
      reason: 'MethodNotApplicable',
      message: `${loss} needs the logits of ${teacher.option.name}, and an endpoint gives none`,
    };
  if (comparison.universal || teacher.facts.tokenizerDigest === student.facts.tokenizerDigest) return null;
  return {
    reason: 'TokenizerMismatch',
    message: `${teacher.option.name} and ${student.option.name} have different tokenizers, and ${loss} compares token by token; divergence Universal does not`,
  };
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
