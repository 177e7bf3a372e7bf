/** Limits that a bench holds its figures against. A missed one is printed, and makes the process exit with 1. */
import { renderTable } from '../../src/cli/table.ts';

interface Checked {
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly met: boolean;
}

/** Writes a figure with its unit. */
type Show = (value: number) => string;

export const percent: Show = (value) => `${(value * 100).toFixed(1)} %`;

export class Limits {
  readonly #checked: Checked[] = [];

  atMost(what: string, value: number, limit: number, show: Show): void {
    // Not `value > limit`: a figure that is not a number meets nothing.
    this.#checked.push({ what, value: show(value), limit: `at most ${show(limit)}`, met: value <= limit });
  }

  atLeast(what: string, value: number, limit: number, show: Show): void {
    this.#checked.push({ what, value: show(value), limit: `at least ${show(limit)}`, met: value >= limit });
  }

  /** Prints all of them, and sets the exit code. */
  report(): void {
    const rows = this.#checked.map(({ what, value, limit, met }) => [met ? 'ok' : 'MISSED', what, value, limit]);
    console.log(
      `\n${renderTable([{ title: '' }, { title: 'LIMIT' }, { title: 'FOUND', align: 'right' }, { title: '' }], rows)}`,
    );
    if (this.#checked.some(({ met }) => !met)) process.exitCode = 1;
  }
}
