// The result, as Markdown.
import type { Runtime } from './runtimes.ts';

export interface Result {
  title: string;
  /** By version of Node.js as it was asked for; undefined where the row is not for it. Names what failed. */
  cells: Record<string, { passed: string[]; failed: string[] } | undefined>;
}

export function table(heading: string, results: Result[], runtimes: Runtime[]): string {
  const rows = results.map(({ title, cells }) => [title, ...runtimes.map(({ asked }) => cellText(cells[asked]))]);
  return [[heading, ...runtimes.map(({ version }) => `Node.js ${version}`)], ['---', ...runtimes.map(() => ':-:')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function cellText(cell: Result['cells'][string]): string {
  if (!cell) return '–';
  return cell.failed.length === 0 ? '✓' : `✗ ${cell.failed.join(', ')}`;
}
