// Computes medians and intervals of ratios from samples.

/** One measurement of one setup. */
export interface Sample {
  setUp: string;
  loadCase: string;
  /** The set of processes, which are restarted for each generation. */
  generation: number;
  round: number;
  cpuUsPerRequest: number;
}

export interface Ratio {
  mean: number;
  /** Half the width of the 95 % confidence interval of the mean. Undefined for fewer than two blocks. */
  margin?: number;
}

/** Consecutive rounds that count as one measurement: long enough for several garbage collections and exports of each setup. */
export const roundsPerBlock = 5;

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Two-sided 95 % quantiles of Student's t, by degrees of freedom from 1. */
const quantiles = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

/** CPU per request as a multiple of that of another setup, as the mean of the ratios of all blocks. */
export function ratioOf(samples: Sample[], setUp: string, base: string, loadCase: string): Ratio {
  const own = blocksOf(samples, setUp, loadCase);
  const bases = blocksOf(samples, base, loadCase);
  const ratios = [...own].map(([block, mean]) => mean / (bases.get(block) as number));
  const mean = meanOf(ratios);
  if (ratios.length < 2) return { mean };
  const degrees = ratios.length - 1;
  const variance = ratios.reduce((sum, each) => sum + (each - mean) ** 2, 0) / degrees;
  const quantile = quantiles[degrees - 1] ?? 1.96 + 2.5 / degrees;
  return { mean, margin: quantile * Math.sqrt(variance / ratios.length) };
}

/** @returns the mean CPU per request in each block of rounds */
function blocksOf(samples: Sample[], setUp: string, loadCase: string): Map<string, number> {
  const own = samples.filter((each) => each.setUp === setUp && each.loadCase === loadCase);
  const blocks = Map.groupBy(own, ({ generation, round }) => `${generation} ${Math.floor(round / roundsPerBlock)}`);
  return new Map([...blocks].map(([block, each]) => [block, meanOf(each.map(({ cpuUsPerRequest }) => cpuUsPerRequest))]));
}

function meanOf(values: number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
