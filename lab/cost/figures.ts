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
  return values.reduce((sum, each) => sum + each, 0) / values.length;
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
