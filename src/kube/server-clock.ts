import { type Clock, systemClock } from './clock.ts';

/** What one answer of the API server says of its time is known to a second, and arrives late by however long the network took. */
const TOLERANCE_MS = 2_000;

export interface ServerClockOptions {
  readonly base?: Clock | undefined;
  /** Told when the machine's clock is found to be off, and by how many milliseconds. */
  readonly onDifference?: ((ms: number) => void) | undefined;
}

/**
 * The API server's wall clock, carried on between its answers by a clock that nobody can set.
 *
 * Bills, periods, deadlines and grants compare this time with what API server and kubelets have written. Were it the machine's own,
 * then whoever set that clock forward by a day would charge a day to all pods that run, and end periods and deadlines.
 *
 * # Guarantees
 * - Before the first answer it is the machine's clock; from then on that one may be set at will.
 * - A server that says the same as the machine, to two seconds, leaves the machine's milliseconds in place.
 * - One answer that is late, or a server that is wrong once, moves nothing: only two that agree do.
 */
export class ServerClock implements Clock {
  readonly #base: Clock;
  readonly #onDifference: (ms: number) => void;
  /** Wall-clock time when the monotonic clock was 0. */
  #zero: number | undefined;
  #doubted: number | undefined;

  constructor({ base = systemClock, onDifference = () => undefined }: ServerClockOptions = {}) {
    this.#base = base;
    this.#onDifference = onDifference;
  }

  now(): number {
    return this.#zero === undefined ? this.#base.now() : this.#zero + this.#base.monotonic();
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#base.sleep(ms, signal);
  }

  /** Takes note of an answer's `Date`, which has just arrived; anything unreadable is ignored. */
  heard(date: string | undefined): void {
    const stamped = Date.parse(date ?? '');
    if (Number.isNaN(stamped)) return;
    // Half a second: the header leaves out the rest of its second.
    const zero = stamped + 500 - this.#base.monotonic();
    const known = this.#zero ?? this.#base.now() - this.#base.monotonic();
    if (close(zero, known)) this.#adopt(known);
    else if (this.#zero === undefined || close(zero, this.#doubted)) this.#move(zero);
    else this.#doubted = zero;
  }

  #adopt(zero: number): void {
    this.#zero = zero;
    this.#doubted = undefined;
  }

  #move(zero: number): void {
    this.#adopt(zero);
    this.#onDifference(Math.round(this.#base.now() - this.now()));
  }
}

function close(left: number, right: number | undefined): boolean {
  return right !== undefined && Math.abs(left - right) <= TOLERANCE_MS;
}
