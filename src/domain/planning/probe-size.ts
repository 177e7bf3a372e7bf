/** How many examples a probe needs before it says on which side of the threshold a teacher stands. */
import { wilson } from '../statistics.ts';

/** A repeated probe asks at most so many times the examples that the job asked for at first. */
const MOST_GROWTH = 16;
/** Half again as many would rarely tell more: each further probe is at least twice the one before. */
const LEAST_GROWTH = 2;

export interface ProbedTeacher {
  readonly name: string;
  readonly samples: number;
  readonly correct: number;
}

export interface ProbeBounds {
  /** A ratio in [0, 1]. */
  readonly threshold: number;
  /** What the job asks for, and what the last probe asked for. */
  readonly firstSamples: number;
  readonly lastSamples: number;
  /** Examples there are. */
  readonly examples: number;
}

export interface LargerProbe {
  readonly samples: number;
  /** Those that it would decide. */
  readonly teachers: readonly string[];
}

/**
 * The smallest probe that decides every undecided teacher that can be decided within the bounds, if it goes on answering as it
 * did. Null when all are decided, or none could be: a probe that ends where it began is not worth its price.
 */
export function largerProbe(teachers: readonly ProbedTeacher[], bounds: ProbeBounds): LargerProbe | null {
  const most = Math.min(bounds.examples, bounds.firstSamples * MOST_GROWTH);
  const wanted = teachers
    // Fewer answers than questions asked for: the data has no more.
    .filter(({ samples }) => samples > 0 && samples >= bounds.lastSamples)
    .filter((teacher) => !isDecided(teacher.correct, teacher.samples, bounds.threshold))
    .flatMap(({ name, samples, correct }) => {
      const least = samples * LEAST_GROWTH;
      const needed = least > most ? null : decidingSamples(correct / samples, { least, most }, bounds.threshold);
      return needed === null ? [] : [{ name, needed }];
    });
  if (wanted.length === 0) return null;
  return { samples: Math.max(...wanted.map(({ needed }) => needed)), teachers: wanted.map(({ name }) => name) };
}

/** By bisection: at one rate of right answers the interval only gets narrower. Null when even `most` do not decide. */
function decidingSamples(rate: number, { least, most }: { least: number; most: number }, threshold: number) {
  if (!isDecided(rate * most, most, threshold)) return null;
  let [low, high] = [least, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isDecided(rate * middle, middle, threshold)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** As `chooseStrategy` does: the lower bound reaches the threshold, or the upper one does not. */
function isDecided(correct: number, samples: number, threshold: number): boolean {
  const interval = wilson(correct, samples);
  return interval !== null && (interval.low >= threshold || interval.high < threshold);
}
