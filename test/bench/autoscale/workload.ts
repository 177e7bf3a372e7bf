// Requests as the Azure traces have them, at rates that a scenario gives.
import { readFileSync } from 'node:fs';
import { normal, poisson } from './random.ts';

export interface TraceShape {
  readonly name: string;
  readonly input: Length;
  readonly output: Length;
}

interface Length {
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
}

export interface Request {
  /** Seconds since the start. */
  readonly arrived: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Replicas' worth of load, by the time in seconds: 1 keeps one replica at its limit. */
export interface Scenario {
  readonly name: string;
  readonly seconds: number;
  readonly load: (second: number) => number;
}

export function readTraces(): TraceShape[] {
  const text = readFileSync(new URL('workload_traces.csv', import.meta.url), 'utf8');
  const [header = '', ...rows] = text.trim().split('\n');
  const columns = header.split(',');
  return rows.map((row) => {
    const cells = row.split(',');
    const number = (column: string) => Number(cells[columns.indexOf(column)]);
    const length = (side: 'in' | 'out'): Length => ({
      mean: number(`${side}_mean`),
      median: number(`${side}_p50`),
      p90: number(`${side}_p90`),
      p99: number(`${side}_p99`),
    });
    return { name: cells[0] ?? '', input: length('in'), output: length('out') };
  });
}

/** Log-normal with the trace's median and 90 % point, cut at its 99 % point. */
function drawLength({ median, p90, p99 }: Length, random: () => number): number {
  const sigma = Math.log(p90 / median) / 1.2816;
  return Math.max(1, Math.min(p99, Math.round(median * Math.exp(sigma * normal(random)))));
}

/** @param perReplica requests per second that one replica can do at its limit. */
export function drawRequests(
  { seconds, load }: Scenario,
  { trace, perReplica }: { trace: TraceShape; perReplica: number },
  random: () => number,
): Request[] {
  const requests: Request[] = [];
  for (let second = 0; second < seconds; second++) {
    const count = poisson(random, load(second) * perReplica);
    const times = Array.from({ length: count }, () => second + random()).sort((one, other) => one - other);
    for (const arrived of times)
      requests.push({
        arrived,
        inputTokens: drawLength(trace.input, random),
        outputTokens: drawLength(trace.output, random),
      });
  }
  return requests;
}

/** Mean lengths as drawn, which the cut makes shorter than the trace's own. */
export function meanLengths(trace: TraceShape, random: () => number): { input: number; output: number } {
  const samples = 20_000;
  let [input, output] = [0, 0];
  for (let index = 0; index < samples; index++) {
    input += drawLength(trace.input, random);
    output += drawLength(trace.output, random);
  }
  return { input: input / samples, output: output / samples };
}

const minute = 60;
const hour = 60 * minute;

export const scenarios: readonly Scenario[] = [
  { name: 'steady', seconds: 2 * hour, load: () => 3.3 },
  {
    name: 'steps',
    seconds: 4 * hour,
    load: (second) => [1.2, 5, 2.5, 7, 1.2, 4][Math.floor(second / (40 * minute))] ?? 1.2,
  },
  {
    name: 'ramp',
    seconds: 3 * hour,
    load: (second) => {
      const up = Math.min(1, second / hour);
      const down = Math.min(1, Math.max(0, (second - 1.5 * hour) / hour));
      return 0.5 + 7.5 * (up - down);
    },
  },
  {
    name: 'bursts',
    seconds: 3 * hour,
    load: (second) => (second % (30 * minute) > 15 * minute && second % (30 * minute) < 20 * minute ? 8 : 2),
  },
  {
    name: 'day',
    seconds: 24 * hour,
    load: (second) => {
      const day = 4 - 3.5 * Math.cos((2 * Math.PI * (second - 4 * hour)) / (24 * hour));
      const lunch = second > 12 * hour && second < 13 * hour ? 0.7 : 1;
      return day * lunch;
    },
  },
];
