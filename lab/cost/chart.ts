// The ratios as a picture: one bar for each set-up at each load.
import type { Figures } from './figures.ts';

const colours: Record<string, string> = {
  bare: '#8b949e',
  'ours, traces': '#58a6ff',
  'ours, traces and logs': '#1f6feb',
  'ours, 10 % sampled': '#9ecbff',
  stock: '#d29922',
};
const barHeight = 16;
const groupGap = 18;
const left = 130;
const width = 760;

/** @returns an SVG that suits light and dark pages */
export function drawChart({ figures, setUps }: { figures: Figures[]; setUps: { name: string }[] }): string {
  const longest = Math.max(...figures.map(({ ratio }) => ratio.median));
  const scale = (width - left - 60) / longest;
  const groups = [...new Set(figures.map(({ loadCase }) => loadCase))];
  const parts: string[] = [];
  let y = 46;
  for (const group of groups) {
    parts.push(text(left - 12, y + (setUps.length * barHeight) / 2 + 4, group, 'end'));
    for (const { setUp, ratio } of figures.filter(({ loadCase }) => loadCase === group)) {
      const length = ratio.median * scale;
      parts.push(`<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${barHeight - 3}" fill="${colours[setUp]}"/>`);
      parts.push(text(left + length + 6, y + 11, ratio.median.toFixed(2)));
      y += barHeight;
    }
    y += groupGap;
  }
  let x = left;
  const legend = setUps.map(({ name }) => {
    x += 20;
    const entry = `<rect x="${x}" y="14" width="11" height="11" fill="${colours[name]}"/>${text(x + 16, 24, name)}`;
    x += 16 + name.length * 6.5;
    return entry;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="12">
<title>CPU of the backend for each request, as a multiple of the same backend without telemetry</title>
<style>text { fill: #24292f } @media (prefers-color-scheme: dark) { text { fill: #d0d7de } }</style>
${[...legend, ...parts].join('\n')}
</svg>
`;
}

function text(x: number, y: number, what: string, anchor = 'start'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${what}</text>`;
}
