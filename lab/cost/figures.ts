// Summarizes samples.

/** What one process used per request in one round: CPU time in µs, or instructions. */
export interface Sample {
  setUp: string;
  loadCase: string;
  /** The number of the process among those of its setup. */
  generation: number;
  perRequest: number;
  /** What a service without telemetry used, with which the process took turns. */
  bare?: number;
}

/** Of several processes. */
export interface Spread {
  mean: number;
  least: number;
  most: number;
}

export function spreadOf(values: number[]): Spread {
  return { mean: meanOf(values), least: Math.min(...values), most: Math.max(...values) };
}

export function meanOf(values: number[]): number {
  return sumOf(values) / values.length;
}

/** Student's t for 95 %, two-sided, and 25 degrees of freedom. With more of them, the interval is slightly too wide; with fewer, too narrow. */
const t = 2.06;

/**
 * @param groups the values of each setup at each load. They are too few to estimate their own deviation, so the relative deviations are pooled
 * @returns half the 95 % confidence interval of a single value, relative to the mean; for the mean of n values, divide it by √n
 */
export function intervalOf(groups: number[][]): number {
  const squares = groups.map((values) => sumOf(values.map((each) => (each / meanOf(values) - 1) ** 2)));
  const freedom = sumOf(groups.map((values) => values.length - 1));
  return t * Math.sqrt(sumOf(squares) / freedom);
}

export function spreadText({ mean, least, most }: Spread): string {
  const range = least === most ? '' : ` (${least.toFixed(2)} to ${most.toFixed(2)})`;
  return mean.toFixed(2) + range;
}

function sumOf(values: number[]): number {
  return values.reduce((sum, each) => sum + each, 0);
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** @returns the samples of each process of a setup */
export function processesOf(samples: Sample[], setUp: string, loadCase: string): Sample[][] {
  const own = samples.filter((each) => each.setUp === setUp && each.loadCase === loadCase);
  return [...Map.groupBy(own, ({ generation }) => generation).values()];
}
