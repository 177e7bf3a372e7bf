import type { Proportion } from '../statistics.ts';
import type { Strategy, StrategyRequest } from './request.ts';

export interface StrategyDecision {
  readonly teacher: string;
  /** One; where trial runs decide, all that are or were tried. */
  readonly strategies: readonly Strategy[];
  /** False when the teacher's interval straddles the threshold. */
  readonly decided: boolean;
  readonly message: string;
}

const ALL: readonly Strategy[] = ['KnowledgeAlignment', 'KnowledgeInjection', 'KnowledgeMixture'];

/** What is known of a teacher when its strategy is chosen. */
export interface TeacherEvidence {
  readonly teacher: string;
  /** What the probe measured; null when nobody asked it anything. */
  readonly accuracy: Proportion | null;
  /** Strategies that a trial run has measured with it. */
  readonly tried: readonly Strategy[];
}

/**
 * Alignment needs a teacher that knows the task: its lower bound reaches the threshold. One whose upper bound does not is
 * out of its depth, and knowledge has to be injected past it. Between the two the probe was too small to tell: trial runs of
 * each strategy decide where there are any, and else a mixture takes from the teacher what it gets right.
 */
export function chooseStrategy(evidence: TeacherEvidence, request: StrategyRequest): StrategyDecision {
  const { teacher, accuracy } = evidence;
  if (request.mode !== 'Auto') return decision(teacher, [request.mode], `${request.mode} is asked for`);
  if (!accuracy) {
    const message = `${teacher} was not probed: nothing says that it knows the task`;
    return { ...decision(teacher, ['KnowledgeInjection'], message), decided: false };
  }
  const threshold = request.alignmentThreshold;
  const interval = `${teacher} scores ${ratio(accuracy.point)} (95 %: ${ratio(accuracy.low)} to ${ratio(accuracy.high)})`;
  if (accuracy.low >= threshold)
    return decision(
      teacher,
      ['KnowledgeAlignment'],
      `${interval}, all of it at or above the threshold ${ratio(threshold)}`,
    );
  if (accuracy.high < threshold)
    return decision(teacher, ['KnowledgeInjection'], `${interval}, all of it below the threshold ${ratio(threshold)}`);
  const undecided = undecidedBy(evidence, request);
  const message = `${interval}, across the threshold ${ratio(threshold)}: ${undecided.message}`;
  return { teacher, strategies: undecided.strategies, decided: false, message };
}

function undecidedBy({ tried }: TeacherEvidence, { open }: StrategyRequest) {
  if (open) return { strategies: ALL, message: 'undecided, trial runs are to tell' };
  if (tried.length > 0) return { strategies: ALL.filter((one) => tried.includes(one)), message: 'trial runs told' };
  const message = 'undecided, so a mixture: the rows it gets right are aligned, the others injected';
  return { strategies: ['KnowledgeMixture' as const], message };
}

function decision(teacher: string, strategies: readonly Strategy[], message: string): StrategyDecision {
  return { teacher, strategies, decided: true, message };
}

export function ratio(value: number): string {
  return value.toFixed(3);
}
