/** Draws a chart with characters: `*` the chosen candidate, `o` the front, `.` what it beats. */
import { styleText } from 'node:util';
import type { Chart, ChartPoint, Scale } from './chart.ts';
import { tickText } from './chart.ts';

const COLUMNS = 64;
const ROWS = 16;

const MARKS = {
  Dominated: { mark: '.', rank: 1, colour: 'gray' },
  Front: { mark: 'o', rank: 2, colour: 'cyan' },
  Selected: { mark: '*', rank: 3, colour: 'green' },
} as const;

type Verdict = keyof typeof MARKS;

export function plotChart(chart: Chart): string {
  const cells = cellsOf(chart);
  const labels = rowLabels(chart.y);
  const width = Math.max(...labels.map((label) => label.length));
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const line = Array.from({ length: COLUMNS }, (_cell, column) => drawn(cells.get(row * COLUMNS + column))).join('');
    return `${(labels[row] ?? '').padStart(width)} │${line.trimEnd()}`;
  });
  const indent = ' '.repeat(width + 1);
  return [
    `${indent}${chart.y.title}`,
    ...rows,
    `${indent}└${'─'.repeat(COLUMNS)}`,
    `${indent} ${columnLabels(chart.x)}`,
    `${indent} ${chart.x.title.padStart(COLUMNS)}`,
    `${indent} * chosen   o on the front   . beaten${leftOut(chart)}`,
  ].join('\n');
}

/** Of several candidates in one cell the best verdict is drawn. */
function cellsOf({ points, x, y }: Chart): ReadonlyMap<number, Verdict> {
  const cells = new Map<number, Verdict>();
  for (const point of points) {
    const cell = cellOf(point, x, y);
    const { verdict } = point.listed;
    const there = cells.get(cell);
    if (there === undefined || MARKS[there].rank < MARKS[verdict].rank) cells.set(cell, verdict);
  }
  return cells;
}

function cellOf(point: ChartPoint, x: Scale, y: Scale): number {
  return rowAt(y.at(point.y)) * COLUMNS + columnAt(x.at(point.x));
}

function columnAt(share: number): number {
  return Math.min(COLUMNS - 1, Math.floor(share * COLUMNS));
}

function rowAt(share: number): number {
  return ROWS - 1 - Math.min(ROWS - 1, Math.floor(share * ROWS));
}

function drawn(verdict: Verdict | undefined): string {
  return verdict === undefined ? ' ' : styleText(MARKS[verdict].colour, MARKS[verdict].mark);
}

function rowLabels(y: Scale): readonly string[] {
  const labels = Array.from({ length: ROWS }, () => '');
  for (const tick of y.ticks) labels[rowAt(y.at(tick))] = tickText(tick);
  return labels;
}

/** A label that would run into the one before it is left out. */
function columnLabels(x: Scale): string {
  return x.ticks.reduce((line, tick) => {
    const column = columnAt(x.at(tick));
    return line.length === 0 || column > line.length ? `${line.padEnd(column)}${tickText(tick)}` : line;
  }, '');
}

function leftOut({ leftOut: count }: Chart): string {
  return count === 0 ? '' : `   (${count} of unknown cost not drawn)`;
}
