/** Puts candidates on two axes, for the plot in the terminal and the one in SVG. */
import type { CandidateObjectives } from '../domain/planning/candidate.ts';
import type { ListedCandidate } from '../domain/planning/list-candidates.ts';
import { UsageError } from './usage-error.ts';

export interface Axis {
  readonly title: string;
  readonly logarithmic: boolean;
  /** Null for a candidate that has no place on it. */
  readonly of: (objectives: CandidateObjectives) => number | null;
}

const AXES: Readonly<Record<string, Axis>> = {
  accuracy: { title: 'expected accuracy', logarithmic: false, of: ({ shortfall }) => 1 - shortfall },
  latency: { title: 'seconds per request', logarithmic: true, of: ({ requestSeconds }) => requestSeconds },
  'training-time': { title: 'seconds to train', logarithmic: true, of: ({ trainingSeconds }) => trainingSeconds },
  cost: { title: 'cost of training and of serving for 720 hours', logarithmic: true, of: ({ cost }) => cost },
};

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly listed: ListedCandidate;
}

/** A direction of the plot: where values lie in [0, 1], and the round values to mark. */
export interface Scale {
  readonly title: string;
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export interface Chart {
  readonly points: readonly ChartPoint[];
  readonly x: Scale;
  readonly y: Scale;
  /** Candidates without a known value on one of the axes. */
  readonly leftOut: number;
}

/** Two names such as "cost,latency": first to the right, second upwards. */
export function readAxes(text: string): readonly [Axis, Axis] {
  const [x, y, ...more] = text.split(',').map((name) => AXES[name.trim()]);
  if (x && y && more.length === 0) return [x, y];
  throw new UsageError(`--axes takes two of ${Object.keys(AXES).join(', ')}, with a comma between; got '${text}'`);
}

export function chartOf(candidates: readonly ListedCandidate[], [x, y]: readonly [Axis, Axis]): Chart {
  const points = candidates.flatMap((listed): readonly ChartPoint[] => {
    const { objectives } = listed.candidate;
    const [right, up] = [x.of(objectives), y.of(objectives)];
    return right === null || up === null ? [] : [{ x: right, y: up, listed }];
  });
  return {
    points,
    x: scaleOf(
      x,
      points.map((point) => point.x),
    ),
    y: scaleOf(
      y,
      points.map((point) => point.y),
    ),
    leftOut: candidates.length - points.length,
  };
}

/** A little wider than the values, so that no point lies on the frame. */
function scaleOf({ title, logarithmic }: Axis, values: readonly number[]): Scale {
  const [least, most] = extremes(values);
  const [map, unmap] = logarithmic ? [Math.log10, (v: number) => 10 ** v] : [Number, Number];
  const low = map(logarithmic ? Math.max(least, 1e-9) : least);
  const high = map(logarithmic ? Math.max(most, 1e-9) : most);
  const margin = Math.max((high - low) * 0.08, logarithmic ? 0.02 : 0.01);
  const [from, to] = [low - margin, high + margin];
  const at = (value: number): number => (map(Math.max(value, logarithmic ? 1e-9 : value)) - from) / (to - from);
  return { title, at, ticks: ticksOf([unmap(from), unmap(to)], logarithmic) };
}

function extremes(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [1, 1];
  return values.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
}

const MAX_TICKS = 6;

/** Past this ratio, values at equal ratios are marked instead of at equal differences. */
const WIDE = 8;

function ticksOf([from, to]: readonly [number, number], logarithmic: boolean): readonly number[] {
  return logarithmic && to / from > WIDE ? ratioTicks(from, to) : differenceTicks(from, to);
}

/** 1, 2 and 5 times the powers of ten, or only the powers where these would be many. */
function ratioTicks(from: number, to: number): readonly number[] {
  const digits = to / from > 1000 ? [1] : [1, 2, 5];
  const first = Math.floor(Math.log10(from));
  const decades = Array.from({ length: Math.ceil(Math.log10(to)) - first + 1 }, (_, i) => first + i);
  return decades
    .flatMap((decade) => digits.map((digit) => Number((digit * 10 ** decade).toPrecision(6))))
    .filter((value) => value >= from && value <= to);
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function differenceTicks(from: number, to: number): readonly number[] {
  const step = [1, 2, 5, 10]
    .map((digit) => digit * 10 ** Math.floor(Math.log10((to - from) / MAX_TICKS)))
    .find((width) => (to - from) / width <= MAX_TICKS);
  if (step === undefined || !Number.isFinite(step)) return [];
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

export function tickText(value: number): string {
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(4)));
}
