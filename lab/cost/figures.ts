// Computes medians and intervals of ratios from samples.

/** One measurement of one setup. */
export interface Sample {
  setUp: string;
  loadCase: string;
  /** The set of processes, which are restarted for each generation. */
  generation: number;
  cpuUsPerRequest: number;
}

export interface Ratio {
  mean: number;
  /** Half the width of the 95 % confidence interval of the mean. Undefined for fewer than two generations. */
  margin?: number;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Two-sided 95 % quantiles of Student's t, by degrees of freedom from 1. */
const quantiles = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

/**
 * CPU per request as a multiple of that of another setup. Identical processes differ by more than ten percent over their lifetime, so the rounds
 * of one process are not independent: its mean counts, garbage collection included, and the interval comes from the sets of processes.
 */
export function ratioOf(samples: Sample[], setUp: string, base: string, loadCase: string): Ratio {
  const meanOf = (name: string, generation: number) => {
    const own = samples.filter((each) => each.setUp === name && each.loadCase === loadCase && each.generation === generation);
    return own.reduce((sum, { cpuUsPerRequest }) => sum + cpuUsPerRequest, 0) / own.length;
  };
  const generations = [...new Set(samples.map(({ generation }) => generation))];
  const ratios = generations.map((generation) => meanOf(setUp, generation) / meanOf(base, generation));
  const mean = ratios.reduce((sum, each) => sum + each, 0) / ratios.length;
  if (ratios.length < 2) return { mean };
  const variance = ratios.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (ratios.length - 1);
  const quantile = quantiles[Math.min(ratios.length - 1, quantiles.length) - 1] as number;
  return { mean, margin: quantile * Math.sqrt(variance / ratios.length) };
}
