// What a long run has to show.
import type { Results } from './page.ts';
import { slopeOf } from './slope.ts';
import type { Soaked } from './soaked.ts';

type Summary = Results['services'][number];

/** Less than this an hour, after a collection, is no leak that 180,000 writes could hide. */
const heapMiBPerHour = 8;
/** Memory that the kernel counts moves with the collector, too: only what is certain counts. */
const rssMiBPerHour = 16;
/** In less, memory still finds its level, and says nothing of an hour. */
const longEnoughMinutes = 30;

/** A busy moment opens some connections more, which stay for the next; a leak in a hundred thousand writes would be far beyond. */
const manyFiles = 32;

/** Of the samples after the warm-up. */
export function summaryOf({ name, samples }: Soaked, warmUpSeconds: number, heapMiB: { first: number; last: number }): Summary {
  const warm = samples.filter(({ seconds }) => seconds >= warmUpSeconds);
  const ends = (of: (sample: (typeof warm)[number]) => number) => ({
    first: of(warm[0] as (typeof warm)[number]),
    last: of(warm.at(-1) as (typeof warm)[number]),
  });
  const third = Math.ceil(warm.length / 3);
  const lowest = (of: (sample: (typeof warm)[number]) => number) => ({
    first: Math.min(...warm.slice(0, third).map(of)),
    last: Math.min(...warm.slice(-third).map(of)),
  });
  return {
    name,
    rss: slopeOf(warm.map(({ seconds, rssMiB }) => ({ x: seconds / 3_600, y: rssMiB }))),
    rssMiB: { ...ends(({ rssMiB }) => rssMiB), peak: Math.max(...warm.map(({ rssMiB }) => rssMiB)) },
    heapMiB,
    fds: lowest(({ fds }) => fds),
    sockets: lowest(({ sockets }) => sockets),
  };
}

export function judge(counts: Results['counts'], services: Summary[], minutes: number, complaints: string): Results['verdict'] {
  const { sent, answered, rows, spans, logRecords, lines } = counts;
  const hours = ((minutes / 60) * 3) / 4;
  const isSteady = ({ fds, sockets }: Summary) => fds.last < fds.first + manyFiles && sockets.last < sockets.first + manyFiles;
  const verdict = [
    { what: `each of ${sent} writes is answered with 201`, isRight: answered === sent },
    { what: 'each is one row', isRight: rows === answered },
    { what: 'each is a trace of four spans', isRight: spans === 4 * answered },
    { what: 'each is two log records, and two lines', isRight: logRecords === 2 * answered && lines === 2 * answered },
    { what: 'neither service complains', isRight: complaints === '' },
    { what: 'files and connections do not pile up', isRight: services.every(isSteady) },
  ];
  if (minutes < longEnoughMinutes) return verdict;
  const isLevel = ({ rss, heapMiB }: Summary) =>
    rss.slope - 2 * rss.error < rssMiBPerHour && (heapMiB.last - heapMiB.first) / hours < heapMiBPerHour;
  return [
    ...verdict,
    { what: `no memory grows by ${rssMiBPerHour} MiB an hour, no heap by ${heapMiBPerHour}`, isRight: services.every(isLevel) },
  ];
}
