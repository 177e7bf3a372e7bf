// A clock that stands still until it is told to go on.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../src/kube/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  readonly #epoch: number;
  readonly #sleepers = new Set<Sleeper>();
  #elapsed = 0;

  constructor(start = '2026-01-02T03:04:05Z') {
    this.#epoch = Date.parse(start);
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#elapsed + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass, waking sleepers at their times and in their order, and letting each do its work. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await setImmediate();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#sleepers.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.wake();
      await setImmediate();
    }
    this.#elapsed = end;
  }

  #next(end: number): Sleeper | undefined {
    return [...this.#sleepers].filter((sleeper) => sleeper.at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
