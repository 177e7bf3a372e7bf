import { clampUnit, type Proportion, wilson } from '../statistics.ts';
import { GAP_CLOSED, INJECTION_POINT, PILOT_ERROR_EXPONENT } from './constants.ts';
import type { PilotMeasured } from './pilot-result.ts';
import type { Method, ProfiledModel, Strategy } from './request.ts';

export interface AccuracyEstimate extends Proportion {
  readonly basis: 'Predicted' | 'Unmeasured' | 'Piloted';
}

/** A model nobody has asked anything: it may know nothing or all. */
const UNPROBED: Proportion = { low: 0, point: 0, high: 1 };

export function measuredAccuracy(model: ProfiledModel | undefined): Proportion | null {
  return model ? wilson(model.correct, model.samples) : null;
}

interface ProbedPair {
  readonly teacher: Proportion | null;
  readonly student: Proportion | null;
  readonly strategy: Strategy;
  readonly method: Method;
}

/** What a student is expected to score after training, as honestly as two zero-shot probes allow. */
export function expectedAccuracy(pair: ProbedPair): AccuracyEstimate {
  const student = pair.student ?? { ...UNPROBED, high: 0 };
  switch (pair.strategy) {
    case 'KnowledgeAlignment':
      return aligned(pair.teacher, student, pair.method);
    case 'KnowledgeInjection':
      return injected(student, pair.method);
    case 'KnowledgeMixture':
      return mixed(pair.teacher, student, pair.method);
  }
}

/**
 * What a trial run of some of the steps says of all of them. With `f` the share of the steps it made, its own interval
 * `l, p, u` (Wilson, 95 %) and `H`, the upper end that was expected before it:
 *
 *     low      = l                              a longer run of the same recipe is not expected to end worse
 *     estimate = 1 - (1 - p) * f^0.2            the error falls with a power of the training
 *     high     = u + (1 - f) * max(0, H - u)    what is left of the run may still bring its share of all that was thought possible
 *
 * At f = 1 that is the interval as measured; the shorter the trial, the wider it gets.
 * Null when nothing was measured.
 */
export function pilotedAccuracy(
  prior: Proportion,
  { steps, samples, correct }: PilotMeasured,
  wholeSteps: number,
): AccuracyEstimate | null {
  const measured = wilson(correct, samples);
  if (!measured) return null;
  const share = clampUnit(steps / Math.max(1, wholeSteps));
  const high = measured.high + (1 - share) * Math.max(0, prior.high - measured.high);
  const point = 1 - (1 - measured.point) * share ** PILOT_ERROR_EXPONENT;
  return { low: measured.low, point: Math.min(point, high), high, basis: 'Piloted' };
}

/**
 * A student that imitates closes a share of the gap to its teacher (`GAP_CLOSED`, assumed) and never falls below itself.
 * The interval joins the probe's sampling error and the doubt about the share.
 */
function aligned(teacher: Proportion | null, student: Proportion, method: Method): AccuracyEstimate {
  const share = GAP_CLOSED[method];
  const { low, point, high } = teacher ?? { ...UNPROBED, point: 0.5 };
  return {
    low: close(student.low, low, share.low),
    point: close(student.point, point, share.point),
    high: close(student.high, high, share.high),
    basis: teacher ? 'Predicted' : 'Unmeasured',
  };
}

/** Knowledge that the teacher lacks: no probe says how much of it a student can take in. */
function injected(student: Proportion, method: Method): AccuracyEstimate {
  return { low: student.low, point: close(student.point, 1, INJECTION_POINT[method]), high: 1, basis: 'Unmeasured' };
}

/** Alignment in the share of rows that the teacher gets right, injection in the rest. */
function mixed(teacher: Proportion | null, student: Proportion, method: Method): AccuracyEstimate {
  const share = teacher?.point ?? 0.5;
  const own = aligned(teacher, student, method);
  const known = injected(student, method);
  return {
    low: Math.min(own.low, known.low),
    point: share * own.point + (1 - share) * known.point,
    high: Math.max(own.high, known.high),
    basis: 'Unmeasured',
  };
}

function close(from: number, to: number, share: number): number {
  return clampUnit(from + Math.max(0, to - from) * share);
}
