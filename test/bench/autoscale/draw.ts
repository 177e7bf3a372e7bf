// Replicas over time, against what was needed: for a terminal, and as one SVG document.
import type { Result } from './compare.ts';

const marks = ' ▁▂▃▄▅▆▇█';
const terminalWidth = 60;

/** A line of blocks; the tallest stands for `most`. */
export function sparkline(values: readonly number[], most: number): string {
  return bins(values, terminalWidth)
    .map((value) => marks[Math.max(0, Math.min(marks.length - 1, Math.round((value / most) * (marks.length - 1))))])
    .join('');
}

function bins(values: readonly number[], count: number): number[] {
  const size = Math.max(1, values.length / count);
  return Array.from({ length: Math.min(count, values.length) }, (_, index) => {
    const part = values.slice(
      Math.floor(index * size),
      Math.max(Math.floor(index * size) + 1, Math.floor((index + 1) * size)),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

export interface Panel {
  readonly title: string;
  readonly results: readonly Result[];
}

const width = 860;
const panelHeight = 190;
const plot = { left: 50, right: 20, top: 34, height: 120 };
const colours = ['#2f855a', '#c05621', '#6b46c1'];

export function drawPanels(panels: readonly Panel[]): string {
  const height = panels.length * panelHeight + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#1a202c">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...legend(panels[0]?.results ?? []),
    ...panels.flatMap((panel, index) => drawPanel(panel, 30 + index * panelHeight)),
    '</svg>',
    '',
  ].join('\n');
}

function legend(results: readonly Result[]): string[] {
  const labels = ['needed (replicas at their limit)', ...results.map(({ policy }) => policy)];
  return labels.map((label, index) => {
    const colour = index === 0 ? '#cbd5e0' : (colours[index - 1] ?? '#000');
    const x = plot.left + index * 200;
    return `<rect x="${x}" y="10" width="12" height="12" fill="${colour}"/><text x="${x + 18}" y="20">${label}</text>`;
  });
}

function drawPanel({ title, results }: Panel, top: number): string[] {
  const demand = results[0]?.outcome.demand ?? [];
  const most = Math.max(1, ...results.flatMap(({ outcome }) => outcome.replicas), ...demand);
  const baseline = top + plot.top + plot.height;
  const across = (index: number, count: number) =>
    (plot.left + (index / Math.max(1, count - 1)) * (width - plot.left - plot.right)).toFixed(1);
  const up = (value: number) => (baseline - (value / most) * plot.height).toFixed(1);
  const points = (values: readonly number[]) =>
    values.map((value, index) => `${across(index, values.length)},${up(value)}`).join(' ');
  return [
    `<text x="${plot.left}" y="${top + 24}" font-size="13">${title}</text>`,
    `<text x="${plot.left - 8}" y="${baseline}" text-anchor="end">0</text>`,
    `<text x="${plot.left - 8}" y="${top + plot.top + 8}" text-anchor="end">${Math.ceil(most)}</text>`,
    `<polygon points="${plot.left},${baseline} ${points(demand)} ${width - plot.right},${baseline}" fill="#cbd5e0"/>`,
    ...results.map(
      ({ outcome }, index) =>
        `<polyline points="${points(outcome.replicas)}" fill="none" stroke="${colours[index] ?? '#000'}" stroke-width="1.5"/>`,
    ),
  ];
}
