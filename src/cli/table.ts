/** Text tables for terminals: columns as wide as their widest cell, two spaces apart, no frames. */
import { stripVTControlCharacters, styleText } from 'node:util';

export interface Column {
  readonly title: string;
  /** Numbers read better to the right. */
  readonly align?: 'left' | 'right';
}

export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join('  ')
      .trimEnd();
  return [styleText('bold', line(columns.map(({ title }) => title))), ...rows.map(line)].join('\n');
}

function pad(cell: string, to: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)));
  return align === 'right' ? space + cell : cell + space;
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
