/** Least value entered at or before a cell of a table, in both directions; a Fenwick tree of Fenwick trees, O(log² n). */
export class PrefixMinimum {
  readonly #rows: number;
  readonly #columns: number;
  readonly #cells: Float64Array;

  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.#cells = new Float64Array((rows + 1) * (columns + 1)).fill(Infinity);
  }

  enter(row: number, column: number, value: number): void {
    for (let r = row + 1; r <= this.#rows; r += r & -r) {
      for (let c = column + 1; c <= this.#columns; c += c & -c) {
        const cell = r * (this.#columns + 1) + c;
        if (value < (this.#cells[cell] ?? Infinity)) this.#cells[cell] = value;
      }
    }
  }

  /** Infinity when nothing was entered there. */
  upTo(row: number, column: number): number {
    let least = Infinity;
    for (let r = row + 1; r > 0; r -= r & -r) {
      for (let c = column + 1; c > 0; c -= c & -c) {
        least = Math.min(least, this.#cells[r * (this.#columns + 1) + c] ?? Infinity);
      }
    }
    return least;
  }
}
