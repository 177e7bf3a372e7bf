import { compareText } from '../text.ts';
import type { Rejection, RejectionReason } from './candidate.ts';

/** Examples kept of each reason: enough to explain, whatever the size of the cluster. */
const EXAMPLES_PER_REASON = 64;

/** Where something was ruled out: the pool, or the student where the pool does not matter. */
interface At {
  readonly stage: Rejection['stage'];
  readonly place: string;
}

/** All that was ruled out at one place for one reason. */
export interface RejectionGroup extends At {
  readonly reason: RejectionReason;
  readonly count: number;
  readonly example: Rejection;
}

type Describe = () => Omit<Rejection, 'reason' | 'stage'>;
type Counted = { -readonly [K in keyof RejectionGroup]: RejectionGroup[K] };

/** Counts every rejection and keeps examples; the sentence is only written when it is kept. */
export class RejectionLog {
  readonly #examplesPerReason: number;
  readonly #examples = new Map<RejectionReason, Rejection[]>();
  /** By stage, then by place: both are at hand, and a key made of them would have to be made millions of times. */
  readonly #groups = new Map<RejectionReason, Map<Rejection['stage'], Map<string, Counted>>>();

  /** @param examplesPerReason Infinity keeps all. */
  constructor(examplesPerReason: number = EXAMPLES_PER_REASON) {
    this.#examplesPerReason = examplesPerReason;
  }

  /** Whether every single rejection is wanted, and not the counts and some examples. */
  get keepsAll(): boolean {
    return this.#examplesPerReason === Infinity;
  }

  /** Counts one more like those that are described already; false where a description is wanted. Spares making one. */
  countOne(reason: RejectionReason, stage: Rejection['stage'], place: string): boolean {
    const group = this.#groups.get(reason)?.get(stage)?.get(place);
    const examples = this.#examples.get(reason);
    if (!group || !examples || examples.length < this.#examplesPerReason) return false;
    group.count += 1;
    return true;
  }

  /** @param times how many things the description stands for. */
  add(reason: RejectionReason, at: At, describe: Describe, times = 1): void {
    const examples = getOrInsert(this.#examples, reason, () => []);
    const stages = getOrInsert(this.#groups, reason, () => new Map());
    const groups = getOrInsert(stages, at.stage, () => new Map<string, Counted>());
    const group = groups.get(at.place);
    if (group) group.count += times;
    if (group && examples.length >= this.#examplesPerReason) return;
    const example = { ...describe(), stage: at.stage, reason };
    if (!group) groups.set(at.place, { ...at, reason, count: times, example });
    if (examples.length < this.#examplesPerReason) examples.push(example);
  }

  /** In order of reason, then of discovery, which follows names. */
  examples(): readonly Rejection[] {
    return this.#reasons().flatMap((reason) => this.#examples.get(reason) ?? []);
  }

  /** In order of reason, then the most frequent first. */
  groups(): readonly RejectionGroup[] {
    return this.#reasons().flatMap((reason) =>
      this.#groupsOf(reason).sort(
        (a, b) => b.count - a.count || compareText(a.stage, b.stage) || compareText(a.place, b.place),
      ),
    );
  }

  totals(): Readonly<Partial<Record<RejectionReason, number>>> {
    return Object.fromEntries(this.#reasons().map((reason) => [reason, this.#count(reason)]));
  }

  total(): number {
    return this.#reasons().reduce((sum, reason) => sum + this.#count(reason), 0);
  }

  #count(reason: RejectionReason): number {
    return this.#groupsOf(reason).reduce((sum, { count }) => sum + count, 0);
  }

  #groupsOf(reason: RejectionReason): Counted[] {
    return [...(this.#groups.get(reason)?.values() ?? [])].flatMap((places) => [...places.values()]);
  }

  #reasons(): readonly RejectionReason[] {
    return [...this.#groups.keys()].sort(compareText);
  }
}

function getOrInsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
