import { compareText } from '../text.ts';
import type { Rejection, RejectionReason } from './candidate.ts';

/** Examples kept of each reason: enough to explain, whatever the size of the cluster. */
const EXAMPLES_PER_REASON = 64;

/** Counts every rejection and keeps examples; the sentence is only written when it is kept. */
export class RejectionLog {
  readonly #examples = new Map<RejectionReason, Rejection[]>();
  readonly #totals = new Map<RejectionReason, number>();

  add(reason: RejectionReason, describe: () => Omit<Rejection, 'reason'>): void {
    this.#totals.set(reason, (this.#totals.get(reason) ?? 0) + 1);
    const examples = this.#examples.get(reason) ?? [];
    if (examples.length < EXAMPLES_PER_REASON) examples.push({ ...describe(), reason });
    this.#examples.set(reason, examples);
  }

  /** In order of reason, then of discovery, which follows names. */
  examples(): readonly Rejection[] {
    return this.#reasons().flatMap((reason) => this.#examples.get(reason) ?? []);
  }

  totals(): Readonly<Partial<Record<RejectionReason, number>>> {
    return Object.fromEntries(this.#reasons().map((reason) => [reason, this.#totals.get(reason) ?? 0]));
  }

  total(): number {
    return [...this.#totals.values()].reduce((sum, count) => sum + count, 0);
  }

  #reasons(): readonly RejectionReason[] {
    return [...this.#totals.keys()].sort(compareText);
  }
}
