/** Draws a chart as an SVG document that needs nothing else: every point says in its tooltip what it is. */
import type { Chart, ChartPoint, Scale } from './chart.ts';
import { tickText } from './chart.ts';

const WIDTH = 860;
const HEIGHT = 520;
const FRAME = { left: 80, right: 30, top: 50, bottom: 70 };

const LOOKS = {
  Dominated: { radius: 3, fill: '#b8bec6', label: 'beaten' },
  Front: { radius: 6, fill: '#2b6cb0', label: 'on the front' },
  Selected: { radius: 8, fill: '#2f855a', label: 'chosen' },
} as const;

export function svgChart(chart: Chart, title: string): string {
  // The chosen one is drawn last, on top.
  const order = ['Dominated', 'Front', 'Selected'] as const;
  const circles = order.flatMap((verdict) =>
    chart.points.filter(({ listed }) => listed.verdict === verdict).map((point) => circle(point, chart)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#1a202c">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${FRAME.left}" y="24" font-size="15">${escape(title)}</text>`,
    ...horizontalAxis(chart.x),
    ...verticalAxis(chart.y),
    ...circles,
    ...legend(),
    '</svg>',
    '',
  ].join('\n');
}

function right(share: number): string {
  return (FRAME.left + share * (WIDTH - FRAME.left - FRAME.right)).toFixed(1);
}

function down(share: number): string {
  return (HEIGHT - FRAME.bottom - share * (HEIGHT - FRAME.top - FRAME.bottom)).toFixed(1);
}

function circle({ x, y, listed }: ChartPoint, chart: Chart): string {
  const { radius, fill } = LOOKS[listed.verdict];
  const { student, teacher, method, trainingPool, trainingGpus, servingPool, servingGpus } = listed.candidate;
  const places = `trained on ${trainingPool} x${trainingGpus}, served on ${servingPool} x${servingGpus}`;
  const text = escape(`${student} from ${teacher} (${method}), ${places}: ${tickText(x)}, ${tickText(y)}`);
  return `<circle cx="${right(chart.x.at(x))}" cy="${down(chart.y.at(y))}" r="${radius}" fill="${fill}" fill-opacity="0.85"><title>${text}</title></circle>`;
}

function horizontalAxis({ title, ticks, at }: Scale): readonly string[] {
  return [
    `<path d="M${right(0)} ${down(0)}H${right(1)}" stroke="#4a5568" fill="none"/>`,
    ...ticks.flatMap((tick) => [
      `<path d="M${right(at(tick))} ${down(0)}V${down(1)}" stroke="#e2e8f0" fill="none"/>`,
      `<text x="${right(at(tick))}" y="${Number(down(0)) + 18}" text-anchor="middle">${tickText(tick)}</text>`,
    ]),
    `<text x="${right(0.5)}" y="${HEIGHT - 16}" text-anchor="middle">${escape(title)}</text>`,
  ];
}

function verticalAxis({ title, ticks, at }: Scale): readonly string[] {
  const middle = `18 ${down(0.5)}`;
  return [
    `<path d="M${right(0)} ${down(0)}V${down(1)}" stroke="#4a5568" fill="none"/>`,
    ...ticks.flatMap((tick) => [
      `<path d="M${right(0)} ${down(at(tick))}H${right(1)}" stroke="#e2e8f0" fill="none"/>`,
      `<text x="${FRAME.left - 8}" y="${Number(down(at(tick))) + 4}" text-anchor="end">${tickText(tick)}</text>`,
    ]),
    `<text transform="translate(${middle}) rotate(-90)" text-anchor="middle">${escape(title)}</text>`,
  ];
}

function legend(): readonly string[] {
  return Object.values(LOOKS).flatMap(({ radius, fill, label }, i) => [
    `<circle cx="${WIDTH - 300 + i * 100}" cy="20" r="${radius}" fill="${fill}"/>`,
    `<text x="${WIDTH - 288 + i * 100}" y="24">${label}</text>`,
  ]);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
