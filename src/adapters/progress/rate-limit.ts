export interface RateLimitOptions {
  /** Requests that a key may make at once. */
  readonly burst: number;
  /** Requests per second that it regains. */
  readonly perSecond: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

interface Bucket {
  readonly left: number;
  readonly at: number;
}

const maxBuckets = 10_000;

/** A token bucket per key. Keys that have been quiet long enough to be full again take no memory. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Takes one request from the key's bucket; false when there is none left. */
  take(key: string): boolean {
    const { burst, perSecond, monotonic } = this.#options;
    const now = monotonic();
    const bucket = this.#buckets.get(key) ?? { left: burst, at: now };
    const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
    this.#forgetFull(now);
    return left >= 1;
  }

  /** The order of the map is the order of last use, so the full ones stand first. */
  #forgetFull(now: number): void {
    const fullAfterMs = (this.#options.burst / this.#options.perSecond) * 1000;
    for (const [key, { at }] of this.#buckets) {
      if (now - at < fullAfterMs && this.#buckets.size <= maxBuckets) return;
      this.#buckets.delete(key);
    }
  }
}
