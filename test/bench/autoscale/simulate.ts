// Plays one scenario under one policy and adds up what users and the bill see.
import { type Profile, Replica } from './fleet.ts';
import { seeded } from './random.ts';
import type { Request } from './workload.ts';

export interface View {
  /** Seconds since the start. */
  readonly now: number;
  /** Replicas asked for. */
  readonly current: number;
  readonly ready: readonly Replica[];
  /** Not ready yet. */
  readonly starting: number;
}

export interface Policy {
  readonly name: string;
  /** Seconds between two looks. */
  readonly period: number;
  readonly decide: (view: View) => number;
}

export interface SimulationInput {
  readonly requests: readonly Request[];
  readonly seconds: number;
  readonly profile: Profile;
  readonly limits: { readonly min: number; readonly max: number };
  /** The longest time to the first token that is acceptable. */
  readonly firstTokenSeconds: number;
  readonly startSeconds: number;
  readonly seed: number;
}

export interface Outcome {
  readonly violatedMinutes: number;
  readonly gpuHours: number;
  /** Replicas that existed, by minute. */
  readonly replicas: readonly number[];
  /** Load in replicas' worth that arrived, by minute. */
  readonly demand: readonly number[];
}

const stepSeconds = 0.5;
/** A minute in which more of the requests than this waited too long is violated. */
const allowedShare = 0.05;

export function simulate(input: SimulationInput, policy: Policy): Outcome {
  const world = new World(input, policy);
  for (let now = 0; now < input.seconds; now += stepSeconds) world.step(now);
  return world.outcome();
}

class World {
  readonly #input: SimulationInput;
  readonly #policy: Policy;
  readonly #random: () => number;
  #replicas: Replica[] = [];
  #current: number;
  #born = 0;
  #next = 0;
  #held: Request[] = [];
  readonly #arrived: number[] = [];
  readonly #late: number[] = [];
  readonly #counts: number[] = [];
  #replicaSeconds = 0;
  #nextLook = 0;

  constructor(input: SimulationInput, policy: Policy) {
    this.#input = input;
    this.#policy = policy;
    this.#random = seeded(input.seed);
    this.#current = input.limits.min;
    // The first ones are there when the story begins.
    for (let index = 0; index < this.#current; index++) this.#replicas.push(this.#newReplica(-input.startSeconds));
  }

  step(now: number): void {
    this.#arrive(now);
    for (const replica of this.#replicas)
      if (now >= replica.readyAt) replica.step(now, stepSeconds, (request, first) => this.#judge(request, first));
    this.#replicas = this.#replicas.filter((replica) => !(replica.draining && replica.isEmpty()));
    this.#replicaSeconds += this.#replicas.length * stepSeconds;
    if (now % 60 === 0) this.#counts.push(this.#replicas.length);
    if (now < this.#nextLook) return;
    this.#nextLook = now + this.#policy.period;
    this.#scale(now);
  }

  outcome(): Outcome {
    const waiting = [...this.#held, ...this.#replicas.flatMap(({ queue }) => queue)];
    for (const request of waiting) this.#judge(request, this.#input.seconds - request.arrived);
    const violated = this.#arrived.filter((count, minute) => (this.#late[minute] ?? 0) > allowedShare * count);
    return {
      violatedMinutes: violated.length,
      gpuHours: this.#replicaSeconds / 3600,
      replicas: this.#counts,
      demand: this.#arrived.map((count) => count / 60 / this.#input.profile.requestsPerSecond),
    };
  }

  /** A Service sends each request to any ready pod. */
  #arrive(now: number): void {
    const { requests } = this.#input;
    for (let request = requests[this.#next]; request !== undefined && request.arrived < now + stepSeconds; ) {
      this.#held.push(request);
      const minute = Math.floor(request.arrived / 60);
      this.#arrived[minute] = (this.#arrived[minute] ?? 0) + 1;
      request = requests[++this.#next];
    }
    const ready = this.#replicas.filter((replica) => replica.isReady(now));
    if (ready.length === 0) return;
    for (const request of this.#held) ready[Math.floor(this.#random() * ready.length)]?.queue.push(request);
    this.#held = [];
  }

  #judge(request: Request, firstTokenSeconds: number): void {
    if (firstTokenSeconds <= this.#input.firstTokenSeconds) return;
    const minute = Math.floor(request.arrived / 60);
    this.#late[minute] = (this.#late[minute] ?? 0) + 1;
  }

  #scale(now: number): void {
    const alive = this.#replicas.filter(({ draining }) => !draining);
    const ready = alive.filter((replica) => replica.isReady(now));
    const view: View = { now, current: this.#current, ready, starting: alive.length - ready.length };
    const { min, max } = this.#input.limits;
    this.#current = Math.min(max, Math.max(min, this.#policy.decide(view)));
    for (let missing = this.#current - alive.length; missing > 0; missing--) this.#replicas.push(this.#newReplica(now));
    // As a ReplicaSet does: those that are not ready go first, then the youngest.
    const doomed = alive.toSorted(
      (one, other) => Number(one.isReady(now)) - Number(other.isReady(now)) || other.bornAt - one.bornAt,
    );
    for (const replica of doomed.slice(0, Math.max(0, alive.length - this.#current))) replica.draining = true;
  }

  #newReplica(bornAt: number): Replica {
    const { profile, startSeconds } = this.#input;
    return new Replica(`replica-${this.#born++}`, profile, { bornAt, readyAt: bornAt + startSeconds });
  }
}
