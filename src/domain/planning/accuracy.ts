import { clampUnit, type Proportion, wilson } from '../statistics.ts';
import { GAP_CLOSED, INJECTION_POINT } from './constants.ts';
import type { Method, ProfiledModel, Strategy } from './request.ts';

export interface AccuracyEstimate extends Proportion {
  readonly basis: 'Predicted' | 'Unmeasured';
}

/** A model nobody has asked anything: it may know nothing or all. */
const UNPROBED: Proportion = { low: 0, point: 0, high: 1 };

export function measuredAccuracy(model: ProfiledModel | undefined): Proportion | null {
  return model ? wilson(model.correct, model.samples) : null;
}

/** What a student is expected to score after training, as honestly as two zero-shot probes allow. */
export function expectedAccuracy(pair: {
  readonly teacher: Proportion | null;
  readonly student: Proportion | null;
  readonly strategy: Strategy;
  readonly method: Method;
}): AccuracyEstimate {
  const student = pair.student ?? { ...UNPROBED, high: 0 };
  return pair.strategy === 'KnowledgeAlignment'
    ? aligned(pair.teacher, student, pair.method)
    : injected(student, pair.method);
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

function close(from: number, to: number, share: number): number {
  return clampUnit(from + Math.max(0, to - from) * share);
}
