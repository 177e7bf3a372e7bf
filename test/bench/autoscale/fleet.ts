// A queueing model of replicas: start-up, continuous batching as src/domain/planning/serving predicts it, drains.
import { servingEstimate, type Served } from '../../../src/domain/planning/serving.ts';
import { servingMemory } from '../../../src/domain/planning/memory.ts';
import type { Request } from './workload.ts';

export interface Profile {
  /** Requests that one replica runs at once. */
  readonly maxBatch: number;
  /** By the batch: seconds between two tokens, prefills of others included. */
  readonly interToken: readonly number[];
  /** By the batch: seconds from the start of a request of mean length to its first token. */
  readonly firstToken: readonly number[];
  readonly meanInput: number;
  /** At the limit. */
  readonly requestsPerSecond: number;
  readonly tokensPerSecond: number;
}

export function profileOf(served: Served, mean: { input: number; output: number }): Profile {
  const load = { inputTokens: Math.round(mean.input), outputTokens: Math.round(mean.output) };
  const maxBatch = servingMemory(served, load.inputTokens + load.outputTokens).maxConcurrency;
  const estimates = Array.from({ length: maxBatch }, (_, index) =>
    servingEstimate(served, { ...load, concurrency: index + 1 }),
  );
  const limit = estimates.at(-1);
  if (limit === undefined) throw new Error('the model does not fit the device');
  return {
    maxBatch,
    interToken: estimates.map(({ interTokenSeconds }) => interTokenSeconds),
    firstToken: estimates.map(({ timeToFirstTokenSeconds }) => timeToFirstTokenSeconds),
    meanInput: load.inputTokens,
    requestsPerSecond: limit.requestsPerSecond,
    tokensPerSecond: limit.outputTokensPerSecond,
  };
}

interface Running {
  /** At this many tokens of the replica's own count the request is done. */
  readonly doneAt: number;
  readonly tokens: number;
}

/** One replica. All running requests get tokens at one rate, so the replica counts tokens and each request waits for its number. */
export class Replica {
  readonly id: string;
  readonly bornAt: number;
  readonly readyAt: number;
  draining = false;
  readonly queue: Request[] = [];
  readonly #profile: Profile;
  readonly #running: Running[] = [];
  #tokens = 0;
  succeeded = 0;
  generatedTokens = 0;
  readonly firstTokens: number[] = [];

  constructor(id: string, profile: Profile, { bornAt, readyAt }: { bornAt: number; readyAt: number }) {
    this.id = id;
    this.#profile = profile;
    this.bornAt = bornAt;
    this.readyAt = readyAt;
  }

  get running(): number {
    return this.#running.length;
  }

  get cacheUse(): number {
    return this.#running.length / this.#profile.maxBatch;
  }

  isReady(now: number): boolean {
    return now >= this.readyAt && !this.draining;
  }

  isEmpty(): boolean {
    return this.#running.length === 0 && this.queue.length === 0;
  }

  /** @param started hears of each request that begins, and how long its first token took. */
  step(now: number, seconds: number, started: (request: Request, firstTokenSeconds: number) => void): void {
    this.#admit(now, started);
    const batch = this.#running.length;
    if (batch === 0) return;
    const made = seconds / (this.#profile.interToken[batch - 1] ?? Infinity);
    this.#tokens += made;
    this.generatedTokens += made * batch;
    while ((this.#running[0]?.doneAt ?? Infinity) <= this.#tokens) {
      this.#running.shift();
      this.succeeded += 1;
    }
    this.#admit(now + seconds, started);
  }

  #admit(now: number, started: (request: Request, firstTokenSeconds: number) => void): void {
    while (this.#running.length < this.#profile.maxBatch) {
      const request = this.queue.shift();
      if (request === undefined) return;
      const alone = this.#profile.firstToken[this.#running.length] ?? 0;
      const first = alone * (request.inputTokens / this.#profile.meanInput) + Math.max(0, now - request.arrived);
      this.firstTokens.push(first);
      started(request, first);
      this.#insert({ doneAt: this.#tokens + request.outputTokens, tokens: request.outputTokens });
    }
  }

  #insert(running: Running): void {
    const after = this.#running.findIndex(({ doneAt }) => doneAt > running.doneAt);
    this.#running.splice(after < 0 ? this.#running.length : after, 0, running);
  }
}
