// Draws instructions as multiples of bare: a group of bars per setup, one bar per load, with a line from the least to the most of its processes.
import type { CountedResults } from './page.ts';

const colours = ['#9ecbff', '#58a6ff', '#1f6feb'];
const others = ['#e3c27a', '#d29922', '#9e6a03'];
const barHeight = 9;
const groupGap = 12;
const left = 200;
const width = 760;

/** @returns an SVG that suits light and dark pages */
export function drawChart({ rows, plan: { loadCases } }: CountedResults): string {
  const longest = Math.max(...rows.flatMap(({ ratios }) => ratios.map(({ most }) => most)));
  const scale = (width - left - 50) / longest;
  const parts: string[] = [];
  let y = 40;
  for (const { name, ratios } of rows) {
    parts.push(text(left - 10, y + (ratios.length * barHeight) / 2 + 4, name, 'end'));
    const shades = name.startsWith('ours') || name === 'bare' ? colours : others;
    for (const [place, { mean, least, most }] of ratios.entries()) {
      const middle = y + barHeight / 2 - 0.5;
      parts.push(
        `<rect x="${left}" y="${y}" width="${(mean * scale).toFixed(1)}" height="${barHeight - 1}" fill="${shades[place]}"/>`,
        `<path d="M${(left + least * scale).toFixed(1)} ${middle}H${(left + most * scale).toFixed(1)}" stroke="#8b949e"/>`,
        text(left + most * scale + 5, y + barHeight - 1, mean.toFixed(2), 'start', 9),
      );
      y += barHeight;
    }
    y += groupGap;
  }
  const legend = loadCases.map(({ name }, place) => {
    const x = left + place * 130;
    return `<rect x="${x}" y="12" width="11" height="11" fill="${colours[place]}"/>${text(x + 16, 22, name)}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="12">
<title>Instructions of the service per request, as a multiple of the same service without telemetry</title>
<style>text { fill: #24292f } @media (prefers-color-scheme: dark) { text { fill: #d0d7de } }</style>
${[...legend, ...parts].join('\n')}
</svg>
`;
}

function text(x: number, y: number, what: string, anchor = 'start', size = 12): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}">${what}</text>`;
}
