// Computes medians and intervals of ratios from samples.

/** One measurement of one setup: CPU time or instructions. */
export interface Sample {
  setUp: string;
  loadCase: string;
  /** The set of processes, which are restarted for each generation. */
  generation: number;
  perRequest: number;
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
 * CPU or instructions per request as a multiple of those of another setup. Identical processes differ by more than ten percent over their lifetime, so the rounds
 * of one process are not independent: its mean counts, garbage collection included, and the interval comes from the sets of processes.
 */
export function ratioOf(samples: Sample[], setUp: string, base: string, loadCase: string): Ratio {
  const generations = [...new Set(samples.map(({ generation }) => generation))];
  const ratios = generations.map((generation) => {
    const own = samples.filter((each) => each.generation === generation);
    return meanOf(meansOf(own, setUp, loadCase)) / meanOf(meansOf(own, base, loadCase));
  });
  const mean = meanOf(ratios);
  if (ratios.length < 2) return { mean };
  const quantile = quantiles[Math.min(ratios.length - 1, quantiles.length) - 1] as number;
  return { mean, margin: quantile * Math.sqrt(varianceOf(ratios) / ratios.length) };
}

/** What several processes of a setup need, as multiples of another setup. */
export interface Spread {
  mean: number;
  least: number;
  most: number;
}

/**
 * For figures of which few processes suffice, such as instructions. Of the rounds of a process the median counts, because V8 may
 * compile once more in one of them. Each process of the setup is compared with the mean of those of the base.
 */
export function spreadOf(samples: Sample[], setUp: string, base: string, loadCase: string): Spread {
  const own = samples.filter((each) => each.loadCase === loadCase);
  const bases = mediansOf(own.filter((each) => each.setUp === base));
  const ratios = mediansOf(own.filter((each) => each.setUp === setUp)).map((each) => each / meanOf(bases));
  return { mean: meanOf(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** @returns one for each process */
function mediansOf(samples: Sample[]): number[] {
  return [...Map.groupBy(samples, ({ generation }) => generation).values()].map((own) =>
    median(own.map(({ perRequest }) => perRequest)),
  );
}

/** @returns a mean for each set of processes, in order */
function meansOf(samples: Sample[], setUp: string, loadCase: string): number[] {
  const own = samples.filter((each) => each.setUp === setUp && each.loadCase === loadCase);
  const generations = [...new Set(own.map(({ generation }) => generation))].sort((a, b) => a - b);
  return generations.map((generation) =>
    meanOf(own.filter((each) => each.generation === generation).map(({ perRequest }) => perRequest)),
  );
}

function meanOf(values: number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

function varianceOf(values: number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1);
}
