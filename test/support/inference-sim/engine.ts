// One engine's schedule without a model: continuous batching, a queue before it, a cache that fills. Only its clock is real.
import type { SimOptions } from './flags.ts';

export interface Asked {
  readonly promptTokens: number;
  readonly maxTokens: number;
  /** Called for each token, from the first on. */
  readonly onToken: (index: number) => void;
  readonly onEnd: (how: 'length' | 'abort') => void;
}

/** What the engine tells its metrics; times in seconds. */
export interface EngineEvents {
  readonly firstToken: (seconds: number) => void;
  readonly nextToken: (seconds: number) => void;
  readonly ended: (how: 'length' | 'abort', promptTokens: number, generatedTokens: number) => void;
}

interface Sequence {
  readonly asked: Asked;
  readonly arrived: number;
  generated: number;
  lastToken: number;
  timer: NodeJS.Timeout | undefined;
}

type Timing = Pick<SimOptions, 'maxSequences' | 'firstTokenMs' | 'interTokenMs' | 'kvTokens'>;

export class Engine {
  readonly #timing: Timing;
  readonly #events: EngineEvents;
  readonly #running = new Set<Sequence>();
  readonly #waiting: Sequence[] = [];

  constructor(timing: Timing, events: EngineEvents) {
    this.#timing = timing;
    this.#events = events;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** From 0 to 1. */
  get cacheUse(): number {
    return Math.min(1, this.#held() / this.#timing.kvTokens);
  }

  /** Queues a request; the function returned aborts it. */
  submit(asked: Asked): () => void {
    const sequence: Sequence = { asked, arrived: performance.now(), generated: 0, lastToken: 0, timer: undefined };
    this.#waiting.push(sequence);
    this.#admit();
    return () => this.#end(sequence, 'abort');
  }

  /** First come, first served: a request that does not fit holds up those behind it, as in vLLM. */
  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#running.add(next);
      this.#later(next, this.#timing.firstTokenMs);
    }
  }

  #fits({ asked }: Sequence): boolean {
    if (this.#running.size === 0) return true;
    const needed = this.#held() + asked.promptTokens + asked.maxTokens;
    return this.#running.size < this.#timing.maxSequences && needed <= this.#timing.kvTokens;
  }

  #held(): number {
    return [...this.#running].reduce((sum, { asked, generated }) => sum + asked.promptTokens + generated, 0);
  }

  #later(sequence: Sequence, afterMs: number): void {
    sequence.timer = setTimeout(() => this.#step(sequence), afterMs);
  }

  #step(sequence: Sequence): void {
    const now = performance.now();
    if (sequence.generated === 0) this.#events.firstToken((now - sequence.arrived) / 1000);
    else this.#events.nextToken((now - sequence.lastToken) / 1000);
    sequence.lastToken = now;
    sequence.generated += 1;
    sequence.asked.onToken(sequence.generated - 1);
    if (sequence.generated >= sequence.asked.maxTokens) return this.#end(sequence, 'length');
    const { interTokenMs, maxSequences } = this.#timing;
    this.#later(sequence, interTokenMs * (1 + (this.#running.size - 1) / maxSequences));
  }

  #end(sequence: Sequence, how: 'length' | 'abort'): void {
    clearTimeout(sequence.timer);
    const position = this.#waiting.indexOf(sequence);
    if (position >= 0) this.#waiting.splice(position, 1);
    else if (!this.#running.delete(sequence)) return;
    this.#events.ended(how, sequence.asked.promptTokens, sequence.generated);
    sequence.asked.onEnd(how);
    this.#admit();
  }
}
