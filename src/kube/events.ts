import { TokenBucket } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isFault } from './errors.ts';
import { type EventInput, fingerprint, type Reporter, type Series, seriesPatch, startSeries } from './event-series.ts';
import { type Log, silentLog } from './log.ts';
import { type EventMetrics, noMetrics } from './metrics.ts';
import { events } from './resources.ts';
import { keyOf } from './types.ts';

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'patch'>;
  readonly reporter: Reporter;
  readonly clock?: Clock | undefined;
  readonly metrics?: EventMetrics | undefined;
  readonly log?: Log | undefined;
}

/** Repetitions within this time of each other are one series. */
const SERIES_MS = 2 * 60_000;
/** A series that goes on is written again no sooner than this. */
const REWRITE_MS = 10_000;
/** Per object, client-go's limits against a controller that talks too much. */
const BURST_PER_OBJECT = 25;
const PER_SECOND_PER_OBJECT = 1 / 300;
/** How many series, and how many talkative objects, are remembered. */
const MOST_REMEMBERED = 4096;
const WRITE_TIMEOUT_MS = 5_000;

/**
 * Writes `events.k8s.io/v1` events.
 *
 * # Guarantees
 * - {@link publish} returns at once and never throws: a reconcile cannot fail for an event.
 * - Equal events within two minutes of each other are one Event with a series, whose count in the end is right.
 * - One object gets 25 different events at once, then one in five minutes; the rest is counted and dropped.
 *
 * # Caveats
 * - Events are a courtesy to people: those that cannot be written are dropped. State belongs into conditions.
 * - Nothing is written before {@link run}.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #metrics: EventMetrics;
  readonly #log: Log;
  /** By fingerprint: what the next equal event may add to. */
  readonly #current = new Map<string, Series>();
  /** Series of which the API server does not know the latest count, in order. */
  readonly #unwritten = new Set<Series>();
  readonly #limits = new Map<string, TokenBucket>();
  #wake = Promise.withResolvers<void>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#metrics = options.metrics ?? noMetrics;
    this.#log = options.log ?? silentLog;
  }

  /** Makes an event known, sooner or later. */
  publish(input: EventInput): void {
    const now = this.#clock.now();
    const id = fingerprint(input);
    const present = this.#current.get(id);
    if (present && now - present.lastSeen < SERIES_MS) this.#repeat(present, now);
    else if (this.#admits(input)) this.#begin(id, startSeries(input, this.#options.reporter, now));
  }

  /** Writes what is published until the signal is aborted, then what is left. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#writeDue();
      await this.#rest(signal);
    }
    await this.flush();
  }

  /** Writes everything now. */
  async flush(): Promise<void> {
    for (const series of this.#unwritten) await this.#write(series);
  }

  #begin(id: string, series: Series): void {
    remember(this.#current, id, series);
    this.#queue(series);
  }

  #repeat(series: Series, now: number): void {
    series.count += 1;
    series.lastSeen = now;
    this.#queue(series);
  }

  #queue(series: Series): void {
    if (this.#unwritten.size >= MOST_REMEMBERED && !this.#unwritten.has(series)) {
      this.#metrics.eventDropped('queue-full');
      return;
    }
    this.#unwritten.add(series);
    this.#wake.resolve();
  }

  #admits({ regarding }: EventInput): boolean {
    const object = regarding.metadata.uid ?? regarding.metadata.name;
    const known = this.#limits.get(object);
    const bucket = known ?? new TokenBucket(PER_SECOND_PER_OBJECT, BURST_PER_OBJECT, this.#clock);
    if (!known) remember(this.#limits, object, bucket);
    if (bucket.tryTake()) return true;
    this.#metrics.eventDropped('rate-limited');
    return false;
  }

  async #writeDue(): Promise<void> {
    this.#wake = Promise.withResolvers();
    const now = this.#clock.now();
    for (const series of this.#unwritten) {
      if (series.storedCount === 0 || now - series.writtenAt >= REWRITE_MS) await this.#write(series);
    }
  }

  /** Until there is something new to write, or a series has been quiet long enough to be written again. */
  async #rest(signal: AbortSignal): Promise<void> {
    const rested = new AbortController();
    const end = (): void => rested.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    void this.#wake.promise.then(end);
    await this.#clock.sleep(REWRITE_MS, rested.signal).catch(() => undefined);
    signal.removeEventListener('abort', end);
  }

  async #write(series: Series): Promise<void> {
    this.#unwritten.delete(series);
    const { count } = series;
    series.writtenAt = this.#clock.now();
    try {
      if (series.storedCount === 0) await this.#create(series);
      else await this.#patch(series);
      series.storedCount = count;
      this.#metrics.eventWritten(series.event.reason);
    } catch (error) {
      this.#metrics.eventDropped('failed');
      this.#log.warn({ err: error, reason: series.event.reason }, 'could not write an event');
    }
  }

  async #create(series: Series): Promise<void> {
    const repeated = series.count > 1 ? seriesPatch(series) : {};
    await this.#options.client.create(events, { ...series.event, ...repeated }, { timeoutMs: WRITE_TIMEOUT_MS });
  }

  async #patch(series: Series): Promise<void> {
    const patch = { type: 'merge', body: seriesPatch(series) } as const;
    const options = { timeoutMs: WRITE_TIMEOUT_MS };
    try {
      await this.#options.client.patch(events, keyOf(series.event), patch, options);
    } catch (error) {
      if (!isFault(error, 'NotFound')) throw error;
      await this.#create(series); // Its time to live was over.
    }
  }
}

/** Adds to a map that forgets its oldest entries. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
