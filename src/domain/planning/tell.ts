import type { ObjectiveName } from './resolution.ts';

/** One objective of two candidates, less being better; `same` when the estimators cannot tell them apart. */
export interface Measure {
  readonly of: ObjectiveName;
  readonly ours: number;
  readonly theirs: number;
  readonly same: boolean;
}

interface Words {
  readonly better: string;
  readonly worse: string;
  readonly same: string;
  readonly show: (value: number) => string;
}

const WORDS: Readonly<Record<ObjectiveName, Words>> = {
  accuracy: {
    better: 'more accurate',
    worse: 'less accurate',
    same: 'accuracy',
    show: (shortfall) => (1 - shortfall).toFixed(3),
  },
  latency: { better: 'faster to answer', worse: 'slower to answer', same: 'latency', show: secondsText },
  trainingTime: { better: 'quicker to train', worse: 'slower to train', same: 'training time', show: secondsText },
  cost: { better: 'cheaper', worse: 'dearer', same: 'cost', show: costText },
};

/** "cheaper (0.01 against 0.24) and slower to train (12 s against 9 s); no different in accuracy". */
export function tell(measures: readonly Measure[]): string {
  const better = measures.filter(({ same, ours, theirs }) => !same && ours < theirs).map((m) => phrase(m, 'better'));
  const worse = measures.filter(({ same, ours, theirs }) => !same && ours > theirs).map((m) => phrase(m, 'worse'));
  const same = measures.filter((m) => m.same).map(({ of }) => WORDS[of].same);
  const differences = [listed(better), listed(worse)].filter((text) => text !== '').join(', but ');
  if (same.length === 0) return differences;
  return differences === '' ? `no different in ${listed(same)}` : `${differences}; no different in ${listed(same)}`;
}

function phrase({ of, ours, theirs }: Measure, side: 'better' | 'worse'): string {
  const { show } = WORDS[of];
  return `${WORDS[of][side]} (${show(ours)} against ${show(theirs)})`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function secondsText(seconds: number): string {
  if (seconds < 1) return `${(seconds * 1000).toPrecision(3)} ms`;
  return seconds < 100 ? `${seconds.toPrecision(3)} s` : `${Math.round(seconds)} s`;
}

function costText(cost: number): string {
  if (!Number.isFinite(cost)) return 'an unknown cost';
  return cost < 0.01 ? cost.toPrecision(2) : cost.toFixed(2);
}
