import type { Clock } from './clock.ts';

/** A number in [0, 1), like `Math.random`; tests pass a constant. */
export type Random = () => number;

export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** Each delay is spread over `[d, d * (1 + jitter))`. */
  readonly jitter: number;
  /** The delay starts over when it was not asked for during this time. */
  readonly resetAfterMs: number;
}

/** client-go's reflector: 0.8 s doubling to 30 s, forgotten after two quiet minutes. */
export const reflectorBackoff: BackoffOptions = {
  minMs: 800,
  maxMs: 30_000,
  factor: 2,
  jitter: 1,
  resetAfterMs: 120_000,
};

/** An exponentially growing delay with jitter. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  #step = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(options: BackoffOptions, clock: Clock, random: Random = Math.random) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
  }

  /** The next delay in milliseconds. */
  next(): number {
    const { minMs, maxMs, factor, jitter, resetAfterMs } = this.#options;
    const now = this.#clock.monotonic();
    if (now - this.#last > resetAfterMs) this.#step = 0;
    const base = Math.min(minMs * factor ** this.#step, maxMs);
    this.#step += 1;
    const delay = base * (1 + jitter * this.#random());
    this.#last = now + delay;
    return delay;
  }

  reset(): void {
    this.#step = 0;
  }
}

/** Tokens that refill at a steady rate: what limits a sender over time while allowing a burst. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#at = clock.monotonic();
  }

  /** Takes a token if there is one. */
  tryTake(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a token in any case, and says for how many milliseconds its user has to wait. */
  reserve(): number {
    this.#refill();
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#perSecond) * 1000;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
  }
}
