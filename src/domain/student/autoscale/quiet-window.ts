/** The last minutes as a measurement of the hardware: only where nothing waited, nothing failed and nothing came out of a cache. */
import { countOf, type Histogram } from './histogram.ts';
import { merged, total } from './load.ts';
import type { Tick } from './tick.ts';

/** What the replicas did, and under which load; times are means over requests and over tokens. */
export interface QuietWindow {
  /** Milliseconds since the epoch, of the newest look. */
  readonly at: number;
  /** Requests that had their first token. */
  readonly requests: number;
  readonly firstTokenSeconds: number;
  /** Undefined where answers have one token. */
  readonly interTokenSeconds: number | undefined;
  /** Of a request. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Requests in flight at a replica, as one of them sees it: itself included, so at least 1. */
  readonly concurrency: number;
}

/** Fewer requests say more of chance than of hardware. */
const leastRequests = 30;
/** Prompts that the prefix cache holds are not read, and the prediction reads them. */
const largestCachedShare = 0.1;
/** Of the time to the first token: what went by before a request was begun, between two looks at the queue. */
const largestQueuedShare = 0.05;

/** Undefined where the looks that are kept do not measure the hardware. */
export function quietWindow(ticks: readonly Tick[]): QuietWindow | undefined {
  const newest = ticks.at(-1);
  const first = merged(ticks, ({ firstToken }) => firstToken);
  if (newest === undefined || first === undefined || !ticks.every(isQuiet)) return undefined;
  const requests = countOf(first);
  const prompt = total(ticks, ({ promptTokens }) => promptTokens);
  const generated = total(ticks, ({ generatedTokens }) => generatedTokens);
  if (requests < leastRequests || prompt === 0 || generated === 0) return undefined;
  if (total(ticks, ({ cachedTokens }) => cachedTokens) > largestCachedShare * prompt) return undefined;
  if (total(ticks, ({ queuedSeconds }) => queuedSeconds) > largestQueuedShare * first.sum) return undefined;
  return {
    at: newest.at,
    requests,
    firstTokenSeconds: first.sum / requests,
    interTokenSeconds: meanOf(merged(ticks, ({ interToken }) => interToken)),
    inputTokens: prompt / requests,
    outputTokens: Math.max(1, generated / requests),
    concurrency: inFlight(ticks),
  };
}

function isQuiet({ waiting, waitingGrowth, failed, doubt, reporting, pods }: Tick): boolean {
  return waiting === 0 && waitingGrowth === 0 && failed === 0 && doubt === undefined && reporting === pods;
}

/** Weighted by those who see it: sixteen in one look and none in the next are sixteen, not eight. */
function inFlight(ticks: readonly Tick[]): number {
  const running = total(ticks, (tick) => tick.running);
  const squares = total(ticks, (tick) => tick.runningSquares);
  return running === 0 ? 1 : Math.max(1, squares / running);
}

function meanOf(histogram: Histogram | undefined): number | undefined {
  const count = histogram === undefined ? 0 : countOf(histogram);
  return histogram === undefined || count === 0 ? undefined : histogram.sum / count;
}
