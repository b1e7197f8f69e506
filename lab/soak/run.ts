// The soak run: a constant rate of writes, and a sample of both services every ten seconds.
import { setTimeout as pause } from 'node:timers/promises';
import type { Soaked } from './soaked.ts';
import { noWrites, type Writes, write } from './writes.ts';

const sampleMs = 10_000;
/** The share of the run in which caches fill and code is compiled. */
const warmUp = 1 / 4;

export interface Ran {
  writes: Writes;
  warmUpSeconds: number;
  /** For each service, after the warm-up and at the end. */
  heapsMiB: { first: number; last: number }[];
}

/** @throws when `stop` is aborted */
export async function run(url: string, services: Soaked[], perSecond: number, seconds: number, stop: AbortSignal): Promise<Ran> {
  const writes = noWrites();
  const startedAt = performance.now();
  const passed = () => (performance.now() - startedAt) / 1_000;
  const heaps = () => Promise.all(services.map((service) => service.heapMiB()));
  const done = write(url, perSecond, seconds, writes, stop);
  let first: number[] | undefined;

  while (passed() < seconds && !stop.aborted) {
    if (passed() >= seconds * warmUp) first ??= await heaps();
    for (const service of services) service.sample(passed());
    printProgress(passed(), writes, services);
    await pause(sampleMs, undefined, { signal: stop }).catch(() => {}); // aborted: the loop ends
  }
  await done;
  stop.throwIfAborted();
  const last = await heaps();
  const heapsMiB = services.map((_, place) => ({ first: first?.[place] ?? Number.NaN, last: last[place] ?? Number.NaN }));
  return { writes, warmUpSeconds: seconds * warmUp, heapsMiB };
}

function printProgress(seconds: number, { answered, failures }: Writes, services: Soaked[]): void {
  const failed = Object.entries(failures).map(([outcome, count]) => `, ${count} ${outcome}`);
  const seen = services.map(
    ({ name, samples }) => `${name} ${samples.at(-1)?.rssMiB.toFixed(0)} MiB, ${samples.at(-1)?.fds} files`,
  );
  console.log(`${seconds.toFixed(0).padStart(5)} s  ${answered} answered${failed.join('')}; ${seen.join('; ')}`);
}
