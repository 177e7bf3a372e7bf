import type { Proportion } from '../statistics.ts';
import type { Strategy, StrategyRequest } from './request.ts';

export interface StrategyDecision {
  readonly teacher: string;
  readonly strategy: Strategy;
  /** False when the teacher's interval straddles the threshold and its point estimate decided. */
  readonly decided: boolean;
  readonly message: string;
}

/**
 * Alignment needs a teacher that knows the task: its lower bound reaches the threshold. One whose upper bound does not is
 * out of its depth, and knowledge has to be injected past it. Between the two the probe was too small to tell.
 */
export function chooseStrategy(
  teacher: string,
  accuracy: Proportion | null,
  request: StrategyRequest,
): StrategyDecision {
  if (request.mode !== 'Auto') {
    return { teacher, strategy: request.mode, decided: true, message: `${request.mode} is asked for` };
  }
  if (!accuracy) {
    return {
      teacher,
      strategy: 'KnowledgeInjection',
      decided: false,
      message: `${teacher} was not probed: nothing says that it knows the task`,
    };
  }
  const threshold = request.alignmentThreshold;
  const interval = `${teacher} scores ${ratio(accuracy.point)} (95 %: ${ratio(accuracy.low)} to ${ratio(accuracy.high)})`;
  if (accuracy.low >= threshold) {
    return {
      teacher,
      strategy: 'KnowledgeAlignment',
      decided: true,
      message: `${interval}, all of it at or above the threshold ${ratio(threshold)}`,
    };
  }
  if (accuracy.high < threshold) {
    return {
      teacher,
      strategy: 'KnowledgeInjection',
      decided: true,
      message: `${interval}, all of it below the threshold ${ratio(threshold)}`,
    };
  }
  const strategy = accuracy.point >= threshold ? 'KnowledgeAlignment' : 'KnowledgeInjection';
  return {
    teacher,
    strategy,
    decided: false,
    message: `${interval}, across the threshold ${ratio(threshold)}: undecided, the point estimate chose`,
  };
}

export function ratio(value: number): string {
  return value.toFixed(3);
}
