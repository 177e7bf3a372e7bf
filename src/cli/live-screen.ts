/** Shows a text that changes: in place on a terminal, as new lines elsewhere and only when it says something new. */
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

export class LiveScreen {
  readonly #out: WriteStream | NodeJS.WritableStream;
  #last = '';
  #rows = 0;

  constructor(out: WriteStream | NodeJS.WritableStream) {
    this.#out = out;
  }

  show(text: string): void {
    if (!this.#isTerminal()) return this.#append(text);
    const up = this.#rows === 0 ? '' : `\x1b[${this.#rows}A\r\x1b[J`;
    this.#out.write(`${up}${text}\n`);
    this.#rows = text.split('\n').reduce((rows, line) => rows + this.#rowsOf(line), 0);
  }

  #isTerminal(): boolean {
    return 'isTTY' in this.#out && this.#out.isTTY;
  }

  /** A log wants changes, not seconds that pass. */
  #append(text: string): void {
    const fresh = text.split('\n').filter((line) => !this.#last.includes(withoutTimes(line)));
    if (fresh.length > 0) this.#out.write(`${fresh.join('\n')}\n`);
    this.#last = withoutTimes(text);
  }

  #rowsOf(line: string): number {
    const columns = 'columns' in this.#out ? this.#out.columns : 80;
    return Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
  }
}

function withoutTimes(text: string): string {
  return text.replaceAll(/\s+\d+ s\b/g, '');
}
