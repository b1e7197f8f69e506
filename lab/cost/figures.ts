// From samples to what is printed: medians, and how far they spread.
import type { Sample } from './rounds.ts';

export interface Spread {
  median: number;
  lowest: number;
  highest: number;
}

export interface Figures {
  setUp: string;
  loadCase: string;
  cpuUsPerRequest: Spread;
  /** Of CPU per request, to bare in the same round. */
  ratio: Spread;
  perSecond: Spread;
  p50Ms: Spread;
  p99Ms: Spread;
}

export function spread(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 ? sorted[middle] : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return { median: median as number, lowest: sorted[0] as number, highest: sorted.at(-1) as number };
}

/** @param samples in the order of rounds, so that those of a place belong to the same round */
export function figuresOf(samples: Sample[], setUp: string, loadCase: string, bare: string): Figures {
  const of = (name: string) => samples.filter((sample) => sample.setUp === name && sample.loadCase === loadCase);
  const own = of(setUp);
  const base = of(bare);
  return {
    setUp,
    loadCase,
    cpuUsPerRequest: spread(own.map((sample) => sample.cpuUsPerRequest)),
    ratio: spread(own.map((sample, round) => sample.cpuUsPerRequest / (base[round] as Sample).cpuUsPerRequest)),
    perSecond: spread(own.map((sample) => sample.perSecond)),
    p50Ms: spread(own.map((sample) => sample.p50Ms)),
    p99Ms: spread(own.map((sample) => sample.p99Ms)),
  };
}
