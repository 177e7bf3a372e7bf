import type { Random } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { classify, ignoreNotFound } from './errors.ts';
import { claim, isHeldByAnother, type LeaseTerms, type Observation, observe, vacancy } from './lease.ts';
import { type Log, silentLog } from './log.ts';
import { type LeaderMetrics, noMetrics } from './metrics.ts';
import { type Lease, type LeaseSpec, leases } from './resources.ts';
import { formatKey, type ObjectKey, type Stored } from './types.ts';

export interface LeaderElectorOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly lease: ObjectKey;
  /** Unique among all processes, also across restarts: a pod's name and a random part. */
  readonly identity: string;
  /** What only the leader may do. It must stop writing as soon as the signal is aborted. */
  readonly onStarted: (signal: AbortSignal) => Promise<void>;
  /** Leadership was lost, not given up: the process had better end. */
  readonly onLost?: (() => void) | undefined;
  readonly leaseMs?: number | undefined;
  readonly renewDeadlineMs?: number | undefined;
  readonly retryMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly metrics?: LeaderMetrics | undefined;
  readonly log?: Log | undefined;
}

/** Waiting times are spread over `[t, t * 1.2)`, so that candidates do not meet again and again. */
const JITTER = 0.2;

/** To hand the lease over is a courtesy; a server that does not answer must not delay the shutdown. */
const RELEASE_TIMEOUT_MS = 3_000;

interface Term {
  readonly abort: AbortController;
  /** Monotonic time after which the lease can no longer be counted on. */
  deadline: number;
}

/**
 * Elects one of several replicas by a Lease.
 *
 * # Guarantees
 * - `onStarted` runs in one replica at a time, provided that clocks run at about the same speed; the times they show
 *   need not agree. A lease has expired when its record has not changed for its duration *as measured here*.
 * - The leader's signal is aborted `renewDeadlineMs` after the last successful renewal *was sent*: that is
 *   `leaseMs - renewDeadlineMs` before anyone else may take over.
 * - {@link assertLeading} reads the clock itself, so that a process that was frozen does not write before its timers run.
 * - On stop the lease is released, so that a successor need not wait; but only after `onStarted` has returned.
 *
 * # Caveats
 * - A request under way when leadership is lost may still arrive. Preconditions on writes cover that.
 * - One elector, one run.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #terms: LeaseTerms;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: LeaderMetrics;
  readonly #log: Log;
  #observation: Observation | undefined;
  #term: Term | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#terms = termsOf(options);
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#metrics = options.metrics ?? noMetrics;
    this.#log = (options.log ?? silentLog).child({ lease: formatKey(options.lease), identity: options.identity });
  }

  /** Whether this replica may act as the leader at this moment. */
  get leading(): boolean {
    const term = this.#term;
    if (!term || term.abort.signal.aborted) return false;
    if (this.#clock.monotonic() < term.deadline) return true;
    term.abort.abort(new Error('the lease ran out'));
    return false;
  }

  /** Throws unless {@link leading}. To be called before every write. */
  assertLeading(): void {
    if (!this.leading) throw new Error('writing without leadership is not allowed');
  }

  /** Stands for election, leads, and returns when leadership was lost, or when the signal or `onStarted` ended it. */
  async run(signal: AbortSignal): Promise<'lost' | 'stopped'> {
    this.#metrics.leading(formatKey(this.#options.lease), false);
    const sentAt = await this.#acquire(signal);
    return sentAt === undefined ? 'stopped' : this.#lead(sentAt, signal);
  }

  /** When the request that acquired the lease was sent; `undefined` when stopped before. */
  async #acquire(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      const sentAt = this.#clock.monotonic();
      if (await this.#tryToHold(this.#terms.renewDeadlineMs, signal)) return sentAt;
      await this.#rest(this.#clock.monotonic() + this.#terms.renewDeadlineMs, signal);
    }
    return undefined;
  }

  async #lead(sentAt: number, signal: AbortSignal): Promise<'lost' | 'stopped'> {
    const term: Term = { abort: new AbortController(), deadline: sentAt + this.#terms.renewDeadlineMs };
    this.#begin(term);
    const work = this.#options.onStarted(term.abort.signal);
    try {
      return await this.#renewWhile(term, work, signal);
    } finally {
      this.#end(term);
      await work;
    }
  }

  async #renewWhile(term: Term, work: Promise<void>, signal: AbortSignal): Promise<'lost' | 'stopped'> {
    const ended = new AbortController();
    const end = (): void => ended.abort();
    signal.addEventListener('abort', end, { once: true });
    work.then(end, end);
    if (signal.aborted) end();
    const kept = await this.#renew(term, ended.signal);
    signal.removeEventListener('abort', end);
    if (!kept) return this.#lose(term);
    term.abort.abort(new Error('leadership was given up'));
    await work.catch(() => undefined);
    await this.#release();
    return 'stopped';
  }

  /** Renews until told to end (true), or until the lease is lost (false). */
  async #renew(term: Term, ended: AbortSignal): Promise<boolean> {
    for (;;) {
      await this.#rest(term.deadline, ended);
      if (!this.leading) return false;
      if (ended.aborted) return true;
      const sentAt = this.#clock.monotonic();
      const held = await this.#tryToHold(term.deadline - sentAt, ended);
      if (held) term.deadline = sentAt + this.#terms.renewDeadlineMs;
      else if (this.#isTaken()) return false;
    }
  }

  #begin(term: Term): void {
    this.#term = term;
    this.#metrics.leading(formatKey(this.#options.lease), true);
    this.#log.info({}, 'became the leader');
  }

  #end(term: Term): void {
    term.abort.abort(new Error('leadership has ended'));
    this.#term = undefined;
    this.#metrics.leading(formatKey(this.#options.lease), false);
  }

  #lose(term: Term): 'lost' {
    term.abort.abort(new Error('leadership was lost'));
    this.#log.error({ holder: this.#observation?.spec.holderIdentity }, 'lost the leadership');
    this.#options.onLost?.();
    return 'lost';
  }

  #isTaken(): boolean {
    const observation = this.#observation;
    return observation !== undefined && isHeldByAnother(observation, this.#terms, this.#clock.monotonic());
  }

  /** One attempt to take or to renew the lease. Never throws. */
  async #tryToHold(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#hold({ timeoutMs: Math.max(1, timeoutMs), signal });
    } catch (error) {
      const fault = classify(error).type;
      if (fault === 'Conflict') this.#observation = undefined;
      if (!signal.aborted) this.#log.info({ err: error, fault }, 'could not hold the lease');
      return false;
    }
  }

  async #hold(request: { timeoutMs: number; signal: AbortSignal }): Promise<boolean> {
    const known = (this.leading ? this.#observation : undefined) ?? (await this.#look(request));
    if (known && isHeldByAnother(known, this.#terms, this.#clock.monotonic())) return false;
    const spec = claim(known?.spec, this.#terms, this.#clock.now());
    this.#remember(known ? await this.#write(known, spec, request) : await this.#create(spec, request));
    return true;
  }

  async #look(request: { timeoutMs: number; signal: AbortSignal }): Promise<Observation | undefined> {
    const lease = await ignoreNotFound(this.#options.client.get(leases, this.#options.lease, request));
    if (lease) this.#remember(lease);
    else this.#observation = undefined;
    return this.#observation;
  }

  async #create(spec: LeaseSpec, request: { timeoutMs: number; signal: AbortSignal }): Promise<Stored<Lease>> {
    const identity = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: this.#options.lease };
    return this.#options.client.create(leases, { ...identity, spec }, request);
  }

  async #write(
    known: Observation,
    spec: LeaseSpec,
    request: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<Stored<Lease>> {
    const body = { metadata: { resourceVersion: known.resourceVersion }, spec };
    return this.#options.client.patch(leases, this.#options.lease, { type: 'merge', body }, request);
  }

  #remember(lease: Stored<Lease>): void {
    const seen = { resourceVersion: lease.metadata.resourceVersion, at: this.#clock.monotonic() };
    this.#observation = observe(this.#observation, lease.spec ?? {}, seen);
  }

  async #release(): Promise<void> {
    const known = this.#observation;
    if (known?.spec.holderIdentity !== this.#terms.identity) return;
    try {
      await this.#write(known, vacancy(this.#clock.now()), { timeoutMs: RELEASE_TIMEOUT_MS });
      this.#log.info({}, 'released the lease');
    } catch (error) {
      this.#log.info({ err: error }, 'could not release the lease; it will expire');
    }
  }

  /** Sleeps for a retry period with jitter, at most until the deadline, or until aborted. */
  async #rest(deadline: number, signal: AbortSignal): Promise<void> {
    const period = this.#terms.retryMs * (1 + JITTER * this.#random());
    const ms = Math.max(0, Math.min(period, deadline - this.#clock.monotonic()));
    await this.#clock.sleep(ms, signal).catch(() => undefined);
  }
}

function termsOf(options: LeaderElectorOptions): LeaseTerms {
  const { identity, leaseMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000 } = options;
  if (leaseMs <= renewDeadlineMs) throw new Error('electing a leader: leaseMs must exceed renewDeadlineMs');
  if (renewDeadlineMs <= retryMs * (1 + JITTER)) {
    throw new Error('electing a leader: renewDeadlineMs must exceed retryMs and its jitter');
  }
  return { identity, leaseMs, renewDeadlineMs, retryMs };
}
