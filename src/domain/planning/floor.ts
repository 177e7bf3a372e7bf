import type { AccuracyEstimate } from './accuracy.ts';
import type { Group } from './enumerate.ts';
import { pairName } from './pair.ts';
import type { RejectionLog } from './rejections.ts';
import { ratio } from './strategy.ts';

/** How an expected accuracy stands to a floor, the surest first. */
const STANDINGS = ['LowerBound', 'Estimate', 'UpperBound'] as const;

export type FloorStanding = (typeof STANDINGS)[number];

const SIDE: Readonly<Record<FloorStanding, { readonly words: string; readonly of: (a: AccuracyEstimate) => number }>> =
  {
    LowerBound: { words: 'lower bound', of: ({ low }) => low },
    Estimate: { words: 'estimate', of: ({ point }) => point },
    UpperBound: { words: 'upper bound', of: ({ high }) => high },
  };

/** The surest side of the interval that reaches the floor; null when none does. */
export function floorStanding(accuracy: AccuracyEstimate, floor: number): FloorStanding | null {
  return STANDINGS.find((standing) => SIDE[standing].of(accuracy) >= floor) ?? null;
}

/**
 * Holds the floor against the lower bound where that leaves anything, else against the estimate, else against the upper
 * bound: a plan must not trade a pair that surely passes for a cheaper one that may, and must not refuse to try when
 * nothing measured says that it would fail.
 */
export function keepSurest(groups: readonly Group[], floor: number | undefined, log: RejectionLog): readonly Group[] {
  if (floor === undefined) return groups;
  const standings = groups.map(({ pair }) => floorStanding(pair.accuracy, floor));
  const surest = STANDINGS.find((standing) => standings.includes(standing));
  if (surest === undefined) return groups;
  return groups.filter(({ pair }, i) => {
    if (standings[i] === surest) return true;
    const { words, of } = SIDE[surest];
    log.add('AccuracyBelowFloor', { stage: 'Pair', place: pair.student.option.name }, () => ({
      ...pairName(pair),
      message: `its ${words} ${ratio(of(pair.accuracy))} is below the floor ${ratio(floor)}, and that of other pairs is not`,
    }));
    return false;
  });
}

/** What a plan that rests on less than the lower bound has to admit. */
export function floorNote(accuracy: AccuracyEstimate, floor: number | undefined): readonly string[] {
  const standing = floor === undefined ? null : floorStanding(accuracy, floor);
  if (floor === undefined || standing === null || standing === 'LowerBound') return [];
  const side = standing === 'Estimate' ? 'only the estimate' : 'not even the estimate, only the upper bound,';
  return [`of the expected accuracy ${side} reaches the floor ${ratio(floor)}: the evaluation decides`];
}
